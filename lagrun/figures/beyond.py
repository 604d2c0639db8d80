"""Marks of unsolved runs: to the right of the axis of sequences, on which they have no position."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Any

import numpy as np

from lagrun.analysis.cells import MeasuredCell
from lagrun.figures.drawing import COLOURS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

UNSOLVED_COLOUR, DIVERGED_COLOUR = COLOURS[1], COLOURS[6]
UNSOLVED: dict[str, Any] = {"marker": "^", "facecolors": "none", "edgecolors": UNSOLVED_COLOUR, "linewidths": 1.1}
DIVERGED: dict[str, Any] = {"marker": "x", "color": DIVERGED_COLOUR, "linewidths": 1.3}

#: Inches between marks beyond the axis; most marks side by side before they are stacked.
GAP, MOST_BESIDE = 0.1, 6

#: Height of a mark in inches, which must not reach into the next row; least width in inches for all marks.
MARK, LEAST = 0.12, 0.6

#: Number of runs above which a cell's marks are small; factors for the gap between small marks, and for their number.
MANY, CLOSER, MORE = 60, 0.6, 4


def room_beyond(cell: MeasuredCell, row: float) -> float:
    """Inches that the marks of a cell need, in a row of this height in inches; 0 if all runs were solved."""
    at, _ = _at(cell, row)
    return max(LEAST, at.max() + 2 * GAP) if len(at) else 0.0


def draw_beyond(axes: Axes, row: int, cell: MeasuredCell, inches: float) -> None:
    """Draw the unsolved runs of a cell in a row of this height in inches, on axes whose x is in inches."""
    size = 8 if _is_many(cell, inches) else 28
    diverged = np.sort(cell.diverged[np.isinf(cell.sequences)])
    at, heights = _at(cell, inches)
    for which, style in ((~diverged, UNSOLVED), (diverged, DIVERGED)):
        axes.scatter(at[which], row + heights[which], s=size, zorder=3, **style)


def beyond_the_axis(
    n: int, row: float, gap: float, most_beside: int, mark: float = MARK
) -> tuple[np.ndarray, np.ndarray]:
    """Positions of the marks of n unsolved runs: side by side, and stacked if they are many.

    Parameters
    ----------
    n : int
        Marks.
    row, gap : float
        Inches: height of a row, and distance between marks.
    most_beside : int
        Most marks side by side.
    mark : float
        Height of a mark in inches.

    Returns
    -------
    beside, heights : np.ndarray, shape (n,)
        Number of gaps from the first column, from 0, and heights within the row.
    """
    n_columns = min(n, most_beside, max(MOST_BESIDE, ceil(n / _fitting(row, gap, mark))))
    columns = np.array_split(np.arange(n), max(1, n_columns))
    beside = np.concatenate([np.full(len(column), float(i)) for i, column in enumerate(columns)])
    room = min(max(row - mark, 0), (len(columns[0]) - 1) * gap) / row
    heights = [np.linspace(-room / 2, room / 2, len(column)) if len(column) > 1 else [0.0] for column in columns]
    return beside, np.concatenate(heights)[:n]


def _fitting(row: float, gap: float, mark: float) -> int:
    """How many marks can be stacked within a row."""
    return max(1, int((row - mark) / gap + 1 + 1e-9))


def _is_many(cell: MeasuredCell, row: float) -> bool:
    """Tell whether a cell's marks beyond the axis are small: if all its marks are, or if large ones would touch."""
    n_unsolved = int(np.isinf(cell.sequences).sum())
    return len(cell.sequences) > MANY or n_unsolved > MOST_BESIDE * _fitting(row, GAP, MARK)


def _at(cell: MeasuredCell, row: float) -> tuple[np.ndarray, np.ndarray]:
    """Positions of a cell's unsolved runs: inches beyond the axis, and heights within the row."""
    size, most = (CLOSER, MOST_BESIDE * MORE) if _is_many(cell, row) else (1, MOST_BESIDE)
    gap, n_unsolved = GAP * size, int(np.isinf(cell.sequences).sum())
    beside, heights = beyond_the_axis(n_unsolved, row, gap, most, MARK * size)
    return gap * beside, heights
