"""Marks of runs that were not solved: beyond the axis of sequences, on which they have no place."""

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

#: Inches between marks beyond the axis; marks side by side, at most, before they stand above each other.
GAP, MOST_BESIDE = 0.1, 6

#: Inches that a mark is high, which must not reach into the next row, and of the place of all at least.
MARK, LEAST = 0.12, 0.6

#: Runs of a cell above which its marks are small, and how much closer and more they are then.
MANY, CLOSER, MORE = 60, 0.6, 4


def room_beyond(cell: MeasuredCell, row: float) -> float:
    """Inches that the marks of a cell need, in a row that is so many inches high; 0 if all runs were solved."""
    at, _ = _at(cell, row)
    return max(LEAST, at.max() + 2 * GAP) if len(at) else 0.0


def draw_beyond(axes: Axes, row: int, cell: MeasuredCell, inches: float) -> None:
    """Draw the runs of a cell that are not solved, in a row that is so many inches high, on an axis of inches."""
    size = 8 if _is_many(cell, inches) else 28
    diverged = np.sort(cell.diverged[np.isinf(cell.sequences)])
    at, heights = _at(cell, inches)
    for which, style in ((~diverged, UNSOLVED), (diverged, DIVERGED)):
        axes.scatter(at[which], row + heights[which], s=size, zorder=3, **style)


def beyond_the_axis(
    n: int, row: float, gap: float, most_beside: int, mark: float = MARK
) -> tuple[np.ndarray, np.ndarray]:
    """Where n marks of runs that are not solved stand: side by side, and above each other where they are many.

    Parameters
    ----------
    n : int
        Marks.
    row, gap : float
        Inches a row is high, and between marks.
    most_beside : int
        Marks side by side, at most.
    mark : float
        Inches that a mark is high.

    Returns
    -------
    beside, heights : np.ndarray, shape (n,)
        Gaps from the first mark, from 0, and heights within the row.
    """
    n_columns = min(n, most_beside, max(MOST_BESIDE, ceil(n / _fitting(row, gap, mark))))
    columns = np.array_split(np.arange(n), max(1, n_columns))
    beside = np.concatenate([np.full(len(column), float(i)) for i, column in enumerate(columns)])
    room = min(max(row - mark, 0), (len(columns[0]) - 1) * gap) / row
    heights = [np.linspace(-room / 2, room / 2, len(column)) if len(column) > 1 else [0.0] for column in columns]
    return beside, np.concatenate(heights)[:n]


def _fitting(row: float, gap: float, mark: float) -> int:
    """Marks that stand above each other within a row."""
    return max(1, int((row - mark) / gap + 1 + 1e-9))


def _is_many(cell: MeasuredCell, row: float) -> bool:
    """Tell whether a cell's marks beyond the axis are small: as all its marks are, or as large ones would touch."""
    n_unsolved = int(np.isinf(cell.sequences).sum())
    return len(cell.sequences) > MANY or n_unsolved > MOST_BESIDE * _fitting(row, GAP, MARK)


def _at(cell: MeasuredCell, row: float) -> tuple[np.ndarray, np.ndarray]:
    """Inches beyond the axis and heights within a row of the runs of a cell that are not solved."""
    size, most = (CLOSER, MOST_BESIDE * MORE) if _is_many(cell, row) else (1, MOST_BESIDE)
    gap, n_unsolved = GAP * size, int(np.isinf(cell.sequences).sum())
    beside, heights = beyond_the_axis(n_unsolved, row, gap, most, MARK * size)
    return gap * beside, heights
