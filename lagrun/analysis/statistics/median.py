"""The median number of sequences to the solution, unsolved runs counted as infinite."""

from __future__ import annotations

from functools import lru_cache
from math import nan

import numpy as np

#: Chance in 1 / ONE_IN of each tail that a 95% interval leaves out.
ONE_IN = 40


def censored_median(sequences: np.ndarray) -> float:
    """Median over all runs, solved or not.

    Parameters
    ----------
    sequences : np.ndarray, shape (N,)
        Sequences to solve; infinity where unsolved.

    Returns
    -------
    float
        Infinity where fewer than half of the runs (or just half of an even number) are solved, NaN for no runs.
    """
    return float(np.median(sequences)) if len(sequences) else nan


def median_interval(sequences: np.ndarray) -> tuple[float, float]:
    """Interval of the median by order statistics, with a confidence of at least 95% whatever the distribution is.

    Parameters
    ----------
    sequences : np.ndarray, shape (N,)
        Sequences to solve; infinity where unsolved.

    Returns
    -------
    low, high : float
        The l-th smallest and the l-th largest, l from `median_rank`; either may be infinite: all that is known then is
        that it exceeds the budget. NaN for fewer than 6 runs.

    References
    ----------
    H. A. David and H. N. Nagaraja, "Order Statistics", 3rd edition (2003), section 7.1.
    """
    rank = median_rank(len(sequences))
    if rank == 0:
        return nan, nan
    ordered = np.sort(sequences)
    return float(ordered[rank - 1]), float(ordered[-rank])


@lru_cache
def median_rank(n: int) -> int:
    """Rank l of the order statistics that hold the median between them.

    Parameters
    ----------
    n : int
        Number of runs.

    Returns
    -------
    int
        The largest l with P(X < l) <= 2.5% for X binomial (n, 1/2), in exact arithmetic; 0 for n < 6, where even the
        smallest and the largest of the runs miss the median more often than in 5% of all cases.
    """
    rank, below, ways = 0, 1, 1  # C(n, 0) + ... + C(n, rank), and its last summand
    while below * ONE_IN <= 2**n:
        rank += 1
        ways = ways * (n - rank + 1) // rank
        below += ways
    return rank


def solved_only(sequences: np.ndarray) -> np.ndarray:
    """The finite values; published tables print their mean, which is biased low."""
    return sequences[np.isfinite(sequences)]
