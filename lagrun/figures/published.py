"""What a paper reports of the cells of a figure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lagrun.analysis.cells import MeasuredCell
from lagrun.analysis.frame import PUBLISHED_MEAN
from lagrun.figures.series import Series


def published_mean(cell: MeasuredCell) -> float:
    """What a paper reports of a cell: mean sequences over its solved runs; NaN where it does not."""
    return float(cell.runs[PUBLISHED_MEAN].astype(float).iloc[0]) if PUBLISHED_MEAN in cell.runs else np.nan


def published(series: Sequence[Series]) -> tuple[list[list[float]], list[tuple[float, float]]]:
    """What a paper reports of each series alone, and of several.

    Returns
    -------
    own : list of list of float
        Of each series the published means of its cells; NaN where there is none, or where it is shared.
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
