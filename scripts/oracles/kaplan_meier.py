"""lifelines beside ours: median, and the log-rank test."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from importlib.metadata import version
from importlib.util import find_spec
from math import isnan

import numpy as np

from scripts.oracles import Agreement, is_near
from scripts.oracles.cells import CommittedCell, CommittedPair


def missing() -> str:
    """Name what is not installed; empty if all is."""
    return "" if find_spec("lifelines") else "lifelines"


def agreements(cells: Sequence[CommittedCell], pairs: Sequence[CommittedPair]) -> list[Agreement]:
    """Compare all cells and pairs with lifelines."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # its own, of pandas
        return [_medians(cells), _log_rank(pairs)]


def curve(times: np.ndarray, solved: np.ndarray) -> object:
    """Fit Kaplan and Meier's curve."""
    from lifelines import KaplanMeierFitter

    return KaplanMeierFitter().fit(times, solved)


def _medians(cells: Sequence[CommittedCell]) -> Agreement:
    why = "even N: the earlier or the later of the two in the middle, as a product of shares is rounded"
    found = Agreement("median", f"lifelines {version('lifelines')}", why=why)
    for cell in cells:
        fitted = curve(np.minimum(cell.sequences, cell.budget), np.isfinite(cell.sequences))
        theirs = float(fitted.median_survival_time_)  # type: ignore[attr-defined]
        ordered = np.sort(cell.sequences)
        middle = ordered[cell.n // 2 - 1 : cell.n // 2 + 1]
        is_mean = cell.n % 2 == 0 and cell.median == middle.mean()
        found.add(cell.name, cell.median, theirs, theirs == cell.median, is_mean and theirs in middle)
    return found


def _log_rank(pairs: Sequence[CommittedPair]) -> Agreement:
    why = "nothing solved in both: ours is empty, lifelines has p = 1"
    found = Agreement("log-rank", f"lifelines {version('lifelines')}", why=why)
    for pair in pairs:
        statistic, p = log_rank(pair)
        is_same = is_near(pair.z**2, statistic, 1e-9) and is_near(pair.p, p, 1e-9)
        found.add(pair.name, pair.p, p, is_same, pair.says_nothing and isnan(pair.p) and p == 1)
    return found


def log_rank(pair: CommittedPair) -> tuple[float, float]:
    """Statistic and p-value."""
    from lifelines.statistics import logrank_test

    test = logrank_test(*pair.times, *pair.solved)
    return float(test.test_statistic), float(test.p_value)
