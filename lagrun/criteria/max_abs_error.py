"""The paper's criterion: no output of the frozen net is far off in many random sequences.

Hochreiter & Schmidhuber (1997), section 5.2: solved when the largest absolute error of all outputs is below 0.25 over
10,000 successive random sequences (2a: at every step; 2b: at the end), or below 0.2 at the end (2c).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from lagrun.checks import check
from lagrun.interfaces import Frozen, Pause
from lagrun.numerics import rolling_window


@dataclass(frozen=True)
class MaxAbsError:
    """Largest absolute output error of frozen weights on random sequences that are not trained on.

    Parameters
    ----------
    threshold : float
        The error must be below it, in (0, 1].
    place : str
        ``every_step``: at every scored step. ``end``: at the last step alone.
    n_sequences : int
        Random sequences of a test. Each seed has its own, the same at all its tests.
    check_every : int
        Training sequences between tests; the resolution of "sequences to solve".
    window : int
        Training sequences in the window of the learning curve's rolling accuracy; the criterion does not use it.
    """

    threshold: float
    place: str
    n_sequences: int
    check_every: int
    window: int

    PLACES: ClassVar[tuple[str, ...]] = ("every_step", "end")

    def __post_init__(self) -> None:
        check("threshold", self.threshold, 0 < self.threshold <= 1, "a number in (0, 1]")
        check("place", self.place, self.place in self.PLACES, " or ".join(self.PLACES))
        for name in ("n_sequences", "check_every", "window"):
            check(name, getattr(self, name), getattr(self, name) >= 1, "an integer >= 1")

    def init(self, n_seeds: int) -> dict[str, np.ndarray]:
        """Start with an empty window."""
        return rolling_window.start(n_seeds, self.window)

    def update(
        self, state: dict[str, np.ndarray], sequence: int, last_step_correct: np.ndarray, frozen: Frozen
    ) -> np.ndarray:
        """Test the nets, if it is time to; see `lagrun.interfaces.Criterion`."""
        rolling_window.push(state, sequence, last_step_correct)
        if sequence % self.check_every:
            return np.zeros(len(last_step_correct), bool)
        return frozen.passes(self.threshold, self.place, self.n_sequences)

    def pause(self) -> Pause:
        """Tests are `check_every` sequences apart."""
        return Pause(self.check_every, self.threshold, self.place)

    def update_several(
        self, state: dict[str, np.ndarray], sequence: int, last_step_correct: np.ndarray, frozen: Frozen
    ) -> tuple[int, bool]:
        """Test the net after the last sequence, if it is time to; see `lagrun.interfaces.BatchedCriterion`."""
        n_taken = len(last_step_correct)
        rolling_window.push_several(state, sequence, last_step_correct)
        if (sequence + n_taken) % self.check_every:
            return n_taken, False
        return n_taken, bool(frozen.passes(self.threshold, self.place, self.n_sequences)[0])

    def rolling_accuracy(self, state: dict[str, np.ndarray], sequence: int) -> np.ndarray:
        """Share of right predictions over the window, or over all so far while it is not full, shape (S,)."""
        return rolling_window.share(state, sequence)
