"""What tasks 2a and 2b share: p + 1 symbols, sequences of p + 1 symbols, and the next symbol as the target.

Symbols 0 .. p-2 are a_1 .. a_{p-1}, p-1 is x and p is y; the key comes first and last.
"""

from __future__ import annotations

import numpy as np

from lagrun.checks import check
from lagrun.interfaces import Batch

#: Where there is an error: at each prediction (the paper's), or only at the last one.
SCORED = ("every_step", "end")


class NextSymbol:
    """What both tasks tell about their sequences."""

    p: int
    scored: str

    @property
    def n_inputs(self) -> int:
        """Number of symbols, p + 1."""
        return self.p + 1

    @property
    def n_outputs(self) -> int:
        """One output per symbol, p + 1."""
        return self.p + 1

    @property
    def n_steps(self) -> int:
        """Steps of every sequence, p."""
        return self.p

    @property
    def only_at_end(self) -> bool:
        """Whether there is an error only at the end."""
        return self.scored == "end"

    def input_name(self, symbol: int) -> str:
        """``a1`` to ``a<p - 1>``, ``x`` or ``y``."""
        return "xy"[symbol - self.p + 1] if symbol >= self.p - 1 else f"a{symbol + 1}"

    def output_name(self, unit: int) -> str:
        """As `input_name`."""
        return self.input_name(unit)


def check_fields(p: int, scored: str) -> None:
    """Check the two fields that both tasks have."""
    check("p", p, p >= 2, "an integer >= 2")
    check("scored", scored, scored in SCORED, " or ".join(SCORED))


def next_symbol_batch(is_y: np.ndarray, middle: np.ndarray, scored: str, distinct_ids: bool) -> Batch:
    """Build sequences from their keys and the symbols between.

    Parameters
    ----------
    is_y : np.ndarray, shape (N,)
        Whether the key of each sequence is y.
    middle : np.ndarray, shape (N, p - 1) or (p - 1,)
        Symbols between the keys.
    scored : str
        One of `SCORED`.
    distinct_ids : bool
        Whether no symbol of the middle occurs twice.

    Returns
    -------
    Batch
        `N` sequences of p steps.
    """
    n, p = len(is_y), middle.shape[-1] + 1
    sequences = np.empty((n, p + 1), np.int32)
    sequences[:, 1:-1] = middle
    sequences[:, 0] = sequences[:, -1] = p - 1 + is_y
    lengths = np.full(n, p, np.int32)
    batch = Batch(sequences[:, :-1], sequences[:, 1:], np.ones((n, p), bool), lengths, distinct_ids)
    return batch.at_end() if scored == "end" else batch
