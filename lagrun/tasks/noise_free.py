"""Task 2a, noise-free sequences with long time lags (Hochreiter & Schmidhuber 1997, section 5.2).

A sequence is (k, a_1, ..., a_{p-1}, k) with a key k in {x, y}: at each of the p steps the net sees one symbol and
predicts the next. Only the last prediction needs the memory of the first input, p steps before; only two sequences
exist.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from lagrun.checks import check
from lagrun.interfaces import Batch
from lagrun.tasks.next_symbol import NextSymbol, check_fields, next_symbol_batch


@dataclass(frozen=True)
class NoiseFree(NextSymbol):
    """Task 2a; symbols as in `lagrun.tasks.next_symbol`.

    Parameters
    ----------
    p : int
        Minimal time lag in steps, and the number of steps of a sequence.
    keys : str
        ``random``: x or y with probability 1/2 each (the paper's). ``alternating``: x, y, x, y, ..., which is easier.
    scored : str
        ``every_step``: an error at each prediction (the paper's). ``end``: only at the last one.
    """

    p: int
    keys: str
    scored: str

    KEYS: ClassVar[tuple[str, ...]] = ("random", "alternating")

    def __post_init__(self) -> None:
        check_fields(self.p, self.scored)
        check("keys", self.keys, self.keys in self.KEYS, " or ".join(self.KEYS))

    @property
    def distinct_ids(self) -> bool:
        """No symbol occurs twice."""
        return True

    def sample(self, rng: np.random.Generator, first: int, n: int) -> Batch:
        """Draw `n` sequences; see `lagrun.interfaces.Task`."""
        is_y = rng.integers(0, 2, n) if self.keys == "random" else np.arange(first, first + n) % 2
        return self._with_keys(is_y)

    def every_sequence(self) -> Batch:
        """The two sequences; see `lagrun.interfaces.task.FiniteTask`."""
        return self._with_keys(np.arange(2))

    def _with_keys(self, is_y: np.ndarray) -> Batch:
        return next_symbol_batch(is_y, np.arange(self.p - 1), self.scored, self.distinct_ids)
