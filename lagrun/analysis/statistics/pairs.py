"""Comparison of two cells: which solves more runs, which is faster, and by how much; with correction for many tests.

Runs of the two are taken as independent. All tests are two-sided.
"""

from __future__ import annotations

import warnings
from functools import lru_cache
from math import nan

import numpy as np
from scipy import stats


def success_p(k_a: int, n_a: int, k_b: int, n_b: int) -> float:
    """Boschloo's exact test of whether two cells solve the same share of their runs.

    Parameters
    ----------
    k_a, n_a, k_b, n_b : int
        Solved runs of each cell, and all runs of it with an outcome.

    Returns
    -------
    float
        Twice the smaller of the two one-sided p-values, at most 1; 1 where both solve all or none, NaN where a cell has
        no runs.

    References
    ----------
    R. D. Boschloo, "Raised conditional level of significance for the 2x2-table when testing the equality of two
    probabilities", Statistica Neerlandica 24:1-9 (1970).
    """
    if n_a == 0 or n_b == 0:
        return nan
    if k_a + k_b in (0, n_a + n_b):
        return 1.0
    (k_a, n_a), (k_b, n_b) = sorted([(k_a, n_a), (k_b, n_b)])  # scipy's optimiser sees the order in the last digits
    return _boschloo(k_a, n_a, k_b, n_b)


@lru_cache
def _boschloo(k_a: int, n_a: int, k_b: int, n_b: int) -> float:
    with np.errstate(all="ignore"):  # logarithms of probabilities that are zero
        return float(stats.boschloo_exact([[k_a, k_b], [n_a - k_a, n_b - k_b]]).pvalue)


def time_test(a: np.ndarray, b: np.ndarray, budget: float) -> tuple[float, float]:
    """Log-rank test of whether two cells take equally long to be solved.

    Parameters
    ----------
    a, b : np.ndarray, shapes (N_a,), (N_b,)
        Sequences to solve; infinity where unsolved, which also holds for diverged runs: they stay at risk to the end.
    budget : float
        At which unsolved runs are censored.

    Returns
    -------
    z, p : float
        The statistic, positive where `a` is solved earlier than expected, and the p-value. NaN where nothing was
        solved, or all runs at the same check, and where a cell has no runs.

    References
    ----------
    N. Mantel, "Evaluation of survival data and two new rank order statistics arising in its consideration", Cancer
    Chemotherapy Reports 50:163-170 (1966).
    """
    if len(a) == 0 or len(b) == 0 or not (np.isfinite(a).any() or np.isfinite(b).any()):
        return nan, nan
    samples = [stats.CensoredData.right_censored(np.minimum(each, budget), np.isinf(each)) for each in (a, b)]
    with warnings.catch_warnings(), np.errstate(all="ignore"):  # no variance where all are solved at once
        warnings.simplefilter("ignore", RuntimeWarning)
        found = stats.logrank(*samples)
    return float(found.statistic), float(found.pvalue)


def faster(a: np.ndarray, b: np.ndarray) -> float:
    """Probability that a run of one cell is solved earlier than a run of another, ties counting half.

    Parameters
    ----------
    a, b : np.ndarray, shapes (N_a,), (N_b,)
        Sequences to solve; infinity where unsolved, so two unsolved runs are a tie.

    Returns
    -------
    float
        P(A < B) + P(A = B) / 2, which is Mann and Whitney's U over N_a N_b; NaN where a cell has no runs.

    References
    ----------
    A. Vargha and H. D. Delaney, "A critique and improvement of the CL common language effect size statistics", Journal
    of Educational and Behavioral Statistics 25:101-132 (2000).
    """
    if len(a) == 0 or len(b) == 0:
        return nan
    ordered = np.sort(b)
    later = len(b) - np.searchsorted(ordered, a, side="right")
    not_earlier = len(b) - np.searchsorted(ordered, a, side="left")
    return float((later + not_earlier).sum() / (2 * len(a) * len(b)))


def holm(p: np.ndarray) -> np.ndarray:
    """Holm's adjustment of p-values for many tests: at a level of 5%, the chance of any false alarm is at most 5%.

    Parameters
    ----------
    p : np.ndarray, shape (M,)
        p-values; NaN where there was no test, which does not count as a member of the family.

    Returns
    -------
    np.ndarray, shape (M,)

    References
    ----------
    S. Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6:65-70
    (1979).
    """
    p = np.asarray(p, float)
    order = np.argsort(p)[: int(np.isfinite(p).sum())]  # NaN comes last
    adjusted = np.full(len(p), nan)
    steps = np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(p[order] * steps), 1)
    return adjusted
