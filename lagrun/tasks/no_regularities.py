"""Task 2b, no local regularities (Hochreiter & Schmidhuber 1997, section 5.2).

As task 2a, but the middle is random: (k, p - 1 symbols of a_1 .. a_{p-1}, k). Only the last symbol can be predicted,
but in the paper the errors at all steps count.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from lagrun.checks import check
from lagrun.interfaces import Batch
from lagrun.tasks.next_symbol import NextSymbol, check_fields, next_symbol_batch


@dataclass(frozen=True)
class NoRegularities(NextSymbol):
    """Task 2b; symbols as in `lagrun.tasks.next_symbol`.

    Parameters
    ----------
    p : int
        Minimal time lag in steps, and the number of steps of a sequence.
    middle : str
        ``iid``: p - 1 independent uniform draws (the paper's). ``permutation``: every symbol once, in random order.
    scored : str
        ``every_step``: an error at each prediction (the paper's). ``end``: only at the last one.
    """

    p: int
    middle: str
    scored: str

    MIDDLES: ClassVar[tuple[str, ...]] = ("iid", "permutation")

    def __post_init__(self) -> None:
        check_fields(self.p, self.scored)
        check("middle", self.middle, self.middle in self.MIDDLES, " or ".join(self.MIDDLES))

    @property
    def distinct_ids(self) -> bool:
        """Whether no symbol occurs twice."""
        return self.middle == "permutation"

    def sample(self, rng: np.random.Generator, first: int, n: int) -> Batch:
        """Draw `n` sequences; see `lagrun.interfaces.Task`."""
        uniform = rng.random((n, self.p))  # one row per sequence, so the stream may be cut anywhere
        if self.middle == "iid":
            middle = (uniform[:, 1:] * (self.p - 1)).astype(np.int32)
        else:
            middle = uniform[:, 1:].argsort(axis=1, kind="stable").astype(np.int32)
        return next_symbol_batch(uniform[:, 0] < 0.5, middle, self.scored, distinct_ids=self.distinct_ids)
