"""Task 2b, no local regularities (Hochreiter & Schmidhuber 1997, section 5.2).

As task 2a, but the middle is random: (k, p - 1 symbols of a_1 .. a_{p-1}, k). Only the last symbol can be predicted;
the error signals of the others stay.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from lagrun.checks import check
from lagrun.interfaces import Batch


@dataclass(frozen=True)
class NoRegularities:
    """Task 2b. Symbols 0 .. p-2 are a_1 .. a_{p-1}, p-1 is x and p is y.

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
    SCORED: ClassVar[tuple[str, ...]] = ("every_step", "end")

    def __post_init__(self) -> None:
        check("p", self.p, self.p >= 2, "an integer >= 2")
        check("middle", self.middle, self.middle in self.MIDDLES, " or ".join(self.MIDDLES))
        check("scored", self.scored, self.scored in self.SCORED, " or ".join(self.SCORED))

    @property
    def n_inputs(self) -> int:
        """Number of symbols, p + 1."""
        return self.p + 1

    @property
    def n_outputs(self) -> int:
        """One output a symbol, p + 1."""
        return self.p + 1

    def sample(self, rng: np.random.Generator, first: int, n: int) -> Batch:
        """Draw `n` sequences; see `lagrun.interfaces.Task`."""
        uniform = rng.random((n, self.p))  # a row a sequence, so the stream may be cut anywhere
        sequences = np.empty((n, self.p + 1), np.int32)
        sequences[:, 0] = sequences[:, -1] = self.p - 1 + (uniform[:, 0] < 0.5)
        if self.middle == "iid":
            sequences[:, 1:-1] = uniform[:, 1:] * (self.p - 1)
        else:
            sequences[:, 1:-1] = uniform[:, 1:].argsort(axis=1, kind="stable")
        lengths, scored = np.full(n, self.p, np.int32), np.ones((n, self.p), bool)
        distinct = self.middle == "permutation"
        batch = Batch(sequences[:, :-1], sequences[:, 1:], scored, lengths, distinct_ids=distinct)
        return batch.at_end() if self.scored == "end" else batch
