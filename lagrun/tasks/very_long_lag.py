"""Task 2c, very long time lags and no local regularities (Hochreiter & Schmidhuber 1997, section 5.2).

A sequence is (b, k, q + j distractors, e, k). The key k is x or y; distractors are uniform over a_1 .. a_p. After the
first q of them, each further element is a distractor with probability 9/10, else the trigger e. So j is geometric with
mean 9, and a sequence has q + 13 symbols on average (the paper prints q + 14, a slip). Only at the trigger does the net
say which key it saw.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lagrun.checks import check
from lagrun.interfaces import Batch
from lagrun.numerics.padded_sums import rounded_up

#: Probability of a further distractor.
GOES_ON = 0.9
#: Largest number of further distractors that a uniform draw of 53 bits can give.
LONGEST_TAIL = int(np.log(2.0**-53) / np.log(GOES_ON))

#: Median, over sets of 250 sequences, of the further distractors in the longest one.
USUAL_TAIL = int(np.log(1 - 0.5 ** (1 / 250)) / np.log(GOES_ON))


@dataclass(frozen=True)
class VeryLongLag:
    """Task 2c. Symbols 0 .. p-1 are distractors, then e, b, x, y; outputs are x, y.

    Parameters
    ----------
    q : int
        Least number of distractors; the minimal time lag is q + 1 steps.
    p : int
        Number of distractor symbols.
    """

    q: int
    p: int

    def __post_init__(self) -> None:
        check("q", self.q, self.q >= 1, "an integer >= 1")
        check("p", self.p, self.p >= 1, "an integer >= 1")

    @property
    def n_inputs(self) -> int:
        """Number of symbols, p + 4."""
        return self.p + 4

    @property
    def n_outputs(self) -> int:
        """One output per key, 2."""
        return 2

    @property
    def n_steps(self) -> int:
        """Steps of a few hundred sequences side by side, padded. A typical number: a few sequences are longer."""
        return rounded_up(self.q + 3 + USUAL_TAIL)

    @property
    def only_at_end(self) -> bool:
        """The only error is at the trigger."""
        return True

    @property
    def distinct_ids(self) -> bool:
        """False: a symbol can occur more than once."""
        return False

    def input_name(self, symbol: int) -> str:
        """``a1`` to ``a<p>``, ``e``, ``b``, ``x`` or ``y``."""
        return "ebxy"[symbol - self.p] if symbol >= self.p else f"a{symbol + 1}"

    def output_name(self, unit: int) -> str:
        """``x`` or ``y``."""
        return "xy"[unit]

    def sample(self, rng: np.random.Generator, first: int, n: int) -> Batch:
        """Draw `n` sequences, padded to equal length; see `lagrun.interfaces.Task`."""
        # Every sequence takes the same number of draws, whatever its length, so the stream may be cut anywhere.
        uniform = rng.random((n, 2 + self.q + LONGEST_TAIL))
        is_y = uniform[:, 0] < 0.5
        tail = (np.log1p(-uniform[:, 1]) / np.log(GOES_ON)).astype(np.int32)  # 1 - u is in (0, 1]
        lengths = (tail + self.q + 3).astype(np.int32)
        n_steps = rounded_up(int(lengths.max()))
        step = np.arange(n_steps)
        trigger, begin, x = self.p, self.p + 1, self.p + 2
        ids = np.zeros((n, n_steps), np.int32)
        drawn = min(n_steps, uniform.shape[1])
        ids[:, :drawn] = uniform[:, :drawn] * self.p
        ids[:, 0] = begin
        ids[:, 1] = x + is_y
        ids[np.arange(n), lengths - 1] = trigger
        ids[step >= lengths[:, None]] = 0
        return Batch(ids, is_y.astype(np.int32)[:, None], np.ones((n, 1), bool), lengths, padded=True)
