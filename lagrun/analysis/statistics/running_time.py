"""Expected running time: the training sequences it costs to get one solution, by restarting until there is one."""

from __future__ import annotations

from math import inf, log, nan

import numpy as np

#: Number of samples for a bootstrap interval.
N_RESAMPLES = 10_000

#: Seed of the samples, so that the interval is the same each time.
SEED = 1997

#: Runs drawn at a time, which bounds the memory.
CHUNK = 1_000_000

#: Least number of runs for a bootstrap interval: fewer tell next to nothing about their spread.
FEWEST = 6

#: Upper 95% bound of the number of solutions where none was seen ("rule of three").
NONE_SEEN = -log(0.05)


def ert(spent: np.ndarray, solved: np.ndarray) -> float:
    """Sequences that all runs have used, over the number of solved ones.

    Parameters
    ----------
    spent : np.ndarray, shape (N,)
        Sequences used by each run.
    solved : np.ndarray of bool, shape (N,)
        Whether it was solved.

    Returns
    -------
    float
        Infinity where no run was solved, NaN for no runs.

    References
    ----------
    N. Hansen, A. Auger, S. Finck and R. Ros, "Real-Parameter Black-Box Optimization Benchmarking 2010: Experimental
    Setup", INRIA research report RR-7215 (2010).
    """
    if len(spent) == 0:
        return nan
    k = int(np.sum(solved))
    return float(np.sum(spent)) / k if k else inf


def ert_interval(spent: np.ndarray, solved: np.ndarray) -> tuple[float, float]:
    """95% interval of `ert`: bootstrap over runs; where no run was solved, a lower bound.

    Parameters
    ----------
    spent : np.ndarray, shape (N,)
        Sequences used by each run.
    solved : np.ndarray of bool, shape (N,)
        Whether it was solved.

    Returns
    -------
    low, high : float
        The 2.5% and 97.5% quantiles over `N_RESAMPLES` samples of N runs with replacement. Samples without a solution
        count as infinite, so `high` may be; quantiles are sample values, never interpolated towards infinity. The same
        runs give the same interval in whatever order they come. Without a solved run, ``sum(spent) / 2.996``, which is
        a one-sided 95% bound, and infinity. NaN for fewer than `FEWEST` runs of which one is solved, and for no runs.

    References
    ----------
    B. Efron and R. Tibshirani, "An Introduction to the Bootstrap" (1993), chapter 13.
    """
    n = len(spent)
    if n and not np.any(solved):
        return float(np.sum(spent)) / NONE_SEEN, inf
    if n < FEWEST:
        return nan, nan
    order = np.lexsort((solved, spent))
    of_run = [np.asarray(values, float)[order] for values in (spent, solved)]
    rng, samples = np.random.default_rng(SEED), []
    at_a_time = max(1, CHUNK // n)
    for start in range(0, N_RESAMPLES, at_a_time):
        drawn = rng.integers(n, size=(min(at_a_time, N_RESAMPLES - start), n))
        used, k = (values.take(drawn).sum(axis=-1) for values in of_run)
        samples.append(np.divide(used, k, out=np.full(len(k), inf), where=k > 0))
    low, high = np.quantile(np.concatenate(samples), [0.025, 0.975], method="inverted_cdf")
    return float(low), float(high)
