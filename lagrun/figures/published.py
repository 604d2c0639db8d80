"""Published values of the cells of a figure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lagrun.analysis.cells import MeasuredCell
from lagrun.analysis.frame import PUBLISHED_MEAN
from lagrun.figures.series import Series


def published_mean(cell: MeasuredCell) -> float:
    """The mean sequences over solved runs that a paper reports of a cell; NaN if it reports none."""
    return float(cell.runs[PUBLISHED_MEAN].astype(float).iloc[0]) if PUBLISHED_MEAN in cell.runs else np.nan


def published(series: Sequence[Series]) -> tuple[list[list[float]], list[tuple[float, float]]]:
    """Published means: those of each series alone, and those that several series share.

    Returns
    -------
    own : list of list of float
        For each series, the published means of its cells; NaN if there is none, or if it is shared.
    shared : list of (float, float)
        Lag and mean of those that several series have.
    """
    of_all = [(float(cell.keys[each.key]), published_mean(cell)) for each in series for cell in each.cells]
    shared = [pair for pair in dict.fromkeys(of_all) if of_all.count(pair) > 1 and np.isfinite(pair[1])]
    own = [
        [
            np.nan if (float(cell.keys[each.key]), mean) in shared else mean
            for cell in each.cells
            for mean in [published_mean(cell)]
        ]
        for each in series
    ]
    return own, shared
