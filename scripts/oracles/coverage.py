"""How often 95% intervals of the median hold it: ours, R's and lifelines', exactly, where all runs are solved."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from scipy import stats

from lagrun.analysis import statistics
from scripts.oracles import kaplan_meier, r

SIZES = (10, 18, 20, 30)


def coverage(low: float, high: float, n: int) -> float:
    """Chance that an interval between two of N times in order holds the median of their distribution.

    Parameters
    ----------
    low, high : float
        Ranks of the times, from 1; infinite where there is no end.
    n : int
        Number of times, which are independent and of any continuous distribution: the number below the median is then
        binomial (N, 1/2), and the interval holds it if that number is `low` or more, and less than `high`.

    Raises
    ------
    ValueError
        If an end lies between two times, where the chance would depend on the distribution.
    """
    if any(np.isfinite(rank) and rank != int(rank) for rank in (low, high)):
        raise ValueError(f"low={low}, high={high}: must be ranks")
    below = np.arange(n + 1)
    return float(stats.binom.pmf(below, n, 0.5)[(low <= below) & (below < high)].sum())


def ranks(sizes: Sequence[int] = SIZES) -> dict[str, list[tuple[float, float]]]:
    """Give every program the times 1 to N, so that interval ends are ranks: program to an interval a size."""
    times = [np.arange(1.0, n + 1) for n in sizes]
    found = {"lagrun": [statistics.median_interval(each) for each in times]}
    if not r.missing():
        said = r.ask([(each, np.ones(len(each), bool)) for each in times])
        for kind in r.KINDS:
            ends = said.cells[[f"{kind}_low", f"{kind}_high"]].fillna(np.inf)
            found[f"{said.version}, {kind}"] = list(map(tuple, ends.to_numpy().tolist()))
    if not kaplan_meier.missing():
        found["lifelines"] = [_by_lifelines(each) for each in times]
    return found


def _by_lifelines(times: np.ndarray) -> tuple[float, float]:
    from lifelines.utils import median_survival_times

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # its own, of pandas
        fitted = kaplan_meier.curve(times, np.ones(len(times), bool))
        low, high = median_survival_times(fitted.confidence_interval_).to_numpy()[0]  # type: ignore[attr-defined]
    return float(low), float(high)


def table(found: Mapping[str, Sequence[tuple[float, float]]], sizes: Sequence[int] = SIZES) -> pd.DataFrame:
    """Coverage and ranks as text, a row a program, a column a size."""
    rows = []
    for program, intervals in found.items():
        cells = [
            f"{coverage(low, high, n):.3f} ({low:.0f}, {high:.0f})"
            for (low, high), n in zip(intervals, sizes, strict=True)
        ]
        rows.append({"": program, **{f"N = {n}": cell for n, cell in zip(sizes, cells, strict=True)}})
    return pd.DataFrame(rows)
