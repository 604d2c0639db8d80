"""Every run of every cell as a mark at its number of training sequences."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from lagrun import metrics
from lagrun.figures.axes import log_axis
from lagrun.figures.cells import FigureCell, setting, told, with_outcome
from lagrun.figures.drawing import COLOURS, GREY, Drawing, add_caption, caption_height, new_figure, styled
from lagrun.figures.panels import MOST_CELLS, wrapped

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NAME = "strip"

#: What there must be.
NEEDS = f"two runs that ended, and at most {MOST_CELLS} cells"

CAPTION = (
    "Training sequences to the solution (logarithmic), a mark a run, a row a cell. Dots: solved runs. Open triangles: "
    "unsolved within the budget, side by side at the budget (dashed). Crosses: diverged, there too, as they are never "
    "solved. Black bar: median over all N runs, unsolved ones as infinite; where it is infinite there is none. At the "
    "right: solved runs k/N. The height within a row has no meaning. "
)

SOLVED_COLOUR, UNSOLVED_COLOUR, DIVERGED_COLOUR = COLOURS[0], COLOURS[1], COLOURS[6]
UNSOLVED: dict[str, Any] = {"marker": "^", "facecolors": "none", "edgecolors": UNSOLVED_COLOUR, "linewidths": 1.1}
DIVERGED: dict[str, Any] = {"marker": "x", "color": DIVERGED_COLOUR, "linewidths": 1.3}

#: Share of a row that dots are spread over, and the golden ratio, whose multiples fill it evenly.
SPREAD, GOLDEN = 0.62, (5**0.5 - 1) / 2

#: Cells above which the figure is a long list, wide enough for titles of one line.
FEW = 20

#: Inches between marks at the budget, and of the axes; marks side by side, at most, before they cover each other.
GAP, AXES_WIDTH, MOST_BESIDE = 0.1, 5.5, 6

#: Inches that a mark is high, which must not reach into the next row, and of what is above and below the axes.
MARK, AROUND = 0.12, 0.95

#: Runs of a cell above which its marks are small, and how much closer and more they are then.
MANY, CLOSER, MORE = 60, 0.6, 4


def strip(runs: pd.DataFrame) -> Drawing | None:
    """Draw the sequences to solve of each run.

    Parameters
    ----------
    runs : pandas.DataFrame
        From `lagrun.frame.frame`.

    Returns
    -------
    Drawing or None
        None unless there is what `NEEDS` says.
    """
    cells = with_outcome(runs)
    if sum(len(cell.sequences) for cell in cells) < 2 or len(cells) > MOST_CELLS:
        return None
    few = len(cells) <= FEW
    texts = [wrapped(cell.title, 42 if few else 110) for cell in cells]
    n_lines = max(text.count("\n") + 1 for text in texts)
    row = max(1.6 / len(cells), 0.34 if few else 0.22, 0.15 * n_lines + 0.06)
    caption = CAPTION + setting(cells, runs)
    with styled():
        width = 9.0 if few else 11.5
        figure = new_figure(width, row * len(cells) + AROUND + caption_height(width, caption))
        axes = figure.add_subplot()
        high = max(cell.budget for cell in cells)
        low = min([high / 2, *(cell.solved[0] / 1.3 for cell in cells if len(cell.solved))])
        inch = (high / low) ** (1 / AXES_WIDTH)
        for i, cell in enumerate(cells):
            _draw(axes, i, cell, row, inch)
        axes.set_ylim(len(cells) - 0.5, -0.5)
        axes.set_yticks(range(len(cells)), texts, fontsize=9 if few else 7.5)
        axes.tick_params(axis="y", length=0)
        axes.grid(visible=False, axis="y")
        furthest = max(_at(cell, row, inch)[0].max(initial=high) for cell in cells)
        log_axis(axes.xaxis, low, furthest * inch**GAP)
        axes.set_xlabel("training sequences to the solution")
        _legend(figure, cells)
        add_caption(figure, caption)
    alt = f"Sequences to solve of every run, {len(cells)} cell{'s' * (len(cells) > 1)}. {told(cells)}"
    return Drawing(NAME, figure, caption, alt)


def jitter(n: int) -> np.ndarray:
    """Heights of n marks within a row, the same each time, neighbours far from each other, shape (n,)."""
    return ((np.arange(1, n + 1) * GOLDEN) % 1 - 0.5) * SPREAD


def at_the_budget(
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
        Gaps to the right of the budget, from 0, and heights within the row.
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


def _is_many(cell: FigureCell, row: float) -> bool:
    """Tell whether a cell's marks at the budget are small: as all its marks are, or as large ones would touch."""
    n_unsolved = int(np.isinf(cell.sequences).sum())
    return len(cell.sequences) > MANY or n_unsolved > MOST_BESIDE * _fitting(row, GAP, MARK)


def _at(cell: FigureCell, row: float, inch: float) -> tuple[np.ndarray, np.ndarray]:
    """Sequences and heights at which the runs of a cell that are not solved are drawn.

    `inch` is the factor between sequences that are an inch apart.
    """
    size, most = (CLOSER, MOST_BESIDE * MORE) if _is_many(cell, row) else (1, MOST_BESIDE)
    gap, n_unsolved = GAP * size, int(np.isinf(cell.sequences).sum())
    beside, heights = at_the_budget(n_unsolved, row, gap, most, MARK * size)
    return cell.budget * inch ** (gap * beside), heights


def _draw(axes: Axes, row: int, cell: FigureCell, inches: float, inch: float) -> None:
    """One row."""
    size, alpha = (7, 0.45) if len(cell.sequences) > MANY else (22, 0.75)
    size_at_budget = 8 if _is_many(cell, inches) else 28
    if row % 2:
        axes.axhspan(row - 0.5, row + 0.5, color="#f2f2f2", zorder=0, lw=0)
    axes.plot([cell.budget] * 2, [row - 0.5, row + 0.5], color=GREY, linestyle=(0, (4, 3)), linewidth=1, zorder=1)
    solved = cell.solved
    axes.scatter(solved, row + jitter(len(solved)), s=size, color=SOLVED_COLOUR, alpha=alpha, lw=0, zorder=3)
    diverged = np.sort(cell.diverged[np.isinf(cell.sequences)])
    at, heights = _at(cell, inches, inch)
    for which, style in ((~diverged, UNSOLVED), (diverged, DIVERGED)):
        axes.scatter(at[which], row + heights[which], s=size_at_budget, clip_on=False, zorder=3, **style)
    median = metrics.censored_median(cell.sequences)
    if np.isfinite(median):
        axes.plot([median] * 2, [row - 0.4, row + 0.4], color="black", linewidth=2.4, zorder=4)
    axes.annotate(
        cell.count, (1.02, row), xycoords=axes.get_yaxis_transform(), va="center", fontsize=8.5, annotation_clip=False
    )


def _legend(figure: Figure, cells: list[FigureCell]) -> None:
    """What the marks are, above the axes; only those that occur."""
    from matplotlib.lines import Line2D

    n_diverged = sum(int(cell.diverged.sum()) for cell in cells)
    n_unsolved = sum(int(np.isinf(cell.sequences).sum()) for cell in cells) - n_diverged
    has_median = any(np.isfinite(metrics.censored_median(cell.sequences)) for cell in cells)
    marks = [
        (any(len(cell.solved) for cell in cells), "o", SOLVED_COLOUR, SOLVED_COLOUR, "solved"),
        (n_unsolved, "^", "none", UNSOLVED_COLOUR, "unsolved at the budget"),
        (n_diverged, "x", DIVERGED_COLOUR, DIVERGED_COLOUR, "diverged"),
        (has_median, "|", "black", "black", "median of all runs"),
    ]
    handles = [
        Line2D([], [], linestyle="", marker=mark, mfc=face, mec=edge, mew=2.4 if mark == "|" else 1.1, ms=7, label=text)
        for occurs, mark, face, edge, text in marks
        if occurs
    ]
    figure.legend(handles=handles, loc="outside upper left", ncols=4, handletextpad=0.3)
