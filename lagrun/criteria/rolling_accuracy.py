"""Solved when most of the latest training sequences ended with a right prediction."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lagrun.checks import check
from lagrun.interfaces import Frozen
from lagrun.numerics import rolling_window


@dataclass(frozen=True)
class RollingAccuracy:
    """Share of right last-step predictions over a window of training sequences.

    Each prediction is the largest output at the last step, made before that sequence's update. A seed is solved at the
    first training sequence, counted from 1, at which the window is full and the share is at least the threshold. The
    update after that sequence may spoil the net; with `confirm`, the net must be right after that update, too.

    Parameters
    ----------
    window : int
        Length of the window in sequences.
    threshold : float
        Least share, in (0, 1].
    check_every : int
        Sequences between checks; the resolution of "sequences to solve".
    confirm : int or None
        Number of held-out sequences of a second test of the frozen net, made when the first is met. The share of right
        last-step predictions must reach the threshold there, too; else the seed trains on. Each seed has its own
        sequences, the same at each check. None: no second test.
    """

    window: int
    threshold: float
    check_every: int
    confirm: int | None

    def __post_init__(self) -> None:
        check("window", self.window, self.window >= 1, "an integer >= 1")
        check("threshold", self.threshold, 0 < self.threshold <= 1, "a number in (0, 1]")
        check("check_every", self.check_every, self.check_every >= 1, "an integer >= 1")
        check("confirm", self.confirm, self.confirm is None or self.confirm >= 1, "null or an integer >= 1")

    def init(self, n_seeds: int) -> dict[str, np.ndarray]:
        """Start with an empty window."""
        return rolling_window.start(n_seeds, self.window)

    def update(
        self, state: dict[str, np.ndarray], sequence: int, last_step_correct: np.ndarray, frozen: Frozen
    ) -> np.ndarray:
        """Move the window on by one; see `lagrun.interfaces.Criterion`."""
        rolling_window.push(state, sequence, last_step_correct)
        if sequence < self.window or sequence % self.check_every:
            return np.zeros(len(last_step_correct), bool)
        return self.confirmed(rolling_window.share(state, sequence) >= self.threshold, frozen)

    def confirmed(self, met: np.ndarray, frozen: Frozen) -> np.ndarray:
        """Tell which of the seeds in the mask `met` are solved; see `lagrun.interfaces.Confirming`."""
        if self.confirm is None or not met.any():
            return met
        solved = met.copy()
        solved[met] = frozen.accuracy(self.confirm, met) >= self.threshold
        return solved

    def pause(self) -> None:
        """None: nets are tested only to confirm."""

    def update_several(
        self, state: dict[str, np.ndarray], sequence: int, last_step_correct: np.ndarray, frozen: Frozen
    ) -> tuple[int, bool]:
        """Move the window on by several; see `lagrun.interfaces.BatchedCriterion`."""
        number = sequence + 1 + np.arange(len(last_step_correct))
        enough = rolling_window.shares(state, sequence, last_step_correct) >= self.threshold
        solved = np.flatnonzero(enough & (number >= self.window) & (number % self.check_every == 0))
        n_taken = int(solved[0]) + 1 if len(solved) else len(last_step_correct)
        rolling_window.push_several(state, sequence, last_step_correct[:n_taken])
        return n_taken, len(solved) > 0

    def rolling_accuracy(self, state: dict[str, np.ndarray], sequence: int) -> np.ndarray:
        """Share of right predictions over the window, or over all so far while it is not full, shape (S,)."""
        return rolling_window.share(state, sequence)
