"""Every run of every cell as a mark at its number of training sequences."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from lagrun import metrics
from lagrun.figures.axes import log_axis
from lagrun.figures.cells import FigureCell, setting, told, with_outcome
from lagrun.figures.drawing import COLOURS, GREY, Drawing, add_caption, new_figure, styled
from lagrun.figures.panels import MOST_CELLS, wrapped

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NAME = "strip"

#: What there must be.
NEEDS = f"two runs that ended, and at most {MOST_CELLS} cells"

CAPTION = (
    "Training sequences to the solution (logarithmic), a mark a run, a row a cell. Dots: solved runs. Open triangles: "
    "unsolved within the budget, drawn at the budget. Crosses: diverged, also drawn at the budget, as they are never "
    "solved. Black bar: median over all N runs, unsolved ones as infinite; where it is infinite there is none. At the "
    "right: solved runs k/N. The height within a row has no meaning. "
)

SOLVED_COLOUR, UNSOLVED_COLOUR, DIVERGED_COLOUR = COLOURS[0], COLOURS[1], COLOURS[6]

#: Share of a row that marks are spread over, and the golden ratio, whose multiples fill it evenly.
SPREAD, GOLDEN = 0.62, (5**0.5 - 1) / 2


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
    texts = [wrapped(cell.title, 42 if len(cells) <= 20 else 90) for cell in cells]
    n_lines = max(text.count("\n") + 1 for text in texts)
    row = max(1.6 / len(cells), 0.34 if len(cells) <= 20 else 0.22, 0.15 * n_lines + 0.06)
    caption = CAPTION + setting(cells)
    with styled():
        figure = new_figure(9.0, row * len(cells) + 1.6)
        axes = figure.add_subplot()
        for i, cell in enumerate(cells):
            _draw(axes, i, cell)
        axes.set_ylim(len(cells) - 0.5, -0.5)
        axes.set_yticks(range(len(cells)), texts, fontsize=9 if len(cells) <= 20 else 7)
        axes.tick_params(axis="y", length=0)
        axes.grid(visible=False, axis="y")
        high = max(cell.budget for cell in cells)
        low = min([high / 2, *(cell.solved[0] / 1.3 for cell in cells if len(cell.solved))])
        log_axis(axes.xaxis, low, high * 1.08)
        axes.set_xlabel("training sequences to the solution")
        _legend(axes, cells)
        add_caption(figure, caption)
    alt = f"Sequences to solve of every run, {len(cells)} cell{'s' * (len(cells) > 1)}. {told(cells)}"
    return Drawing(NAME, figure, caption, alt)


def jitter(n: int) -> np.ndarray:
    """Heights of n marks within a row, the same each time, neighbours far from each other, shape (n,)."""
    return ((np.arange(1, n + 1) * GOLDEN) % 1 - 0.5) * SPREAD


def _draw(axes: Axes, row: int, cell: FigureCell) -> None:
    """One row."""
    n = len(cell.sequences)
    size, alpha = (22, 0.75) if n <= 60 else (9, 0.45)
    if row % 2:
        axes.axhspan(row - 0.5, row + 0.5, color="#f2f2f2", zorder=0, lw=0)
    axes.plot([cell.budget] * 2, [row - 0.5, row + 0.5], color=GREY, linestyle=(0, (4, 3)), linewidth=1, zorder=1)
    solved = cell.solved
    axes.scatter(solved, row + jitter(len(solved)), s=size, color=SOLVED_COLOUR, alpha=alpha, lw=0, zorder=3)
    diverged = cell.diverged[np.isinf(cell.sequences)]
    heights, budgets = row + jitter(len(diverged)), np.full(len(diverged), cell.budget)
    axes.scatter(
        budgets[~diverged],
        heights[~diverged],
        s=size + 8,
        marker="^",
        facecolors="none",
        edgecolors=UNSOLVED_COLOUR,
        linewidths=1.1,
        clip_on=False,
        zorder=3,
    )
    axes.scatter(
        budgets[diverged],
        heights[diverged],
        s=size + 8,
        marker="x",
        color=DIVERGED_COLOUR,
        linewidths=1.3,
        clip_on=False,
        zorder=3,
    )
    median = metrics.censored_median(cell.sequences)
    if np.isfinite(median):
        axes.plot([median] * 2, [row - 0.4, row + 0.4], color="black", linewidth=2.4, zorder=4)
    axes.annotate(
        cell.count, (1.02, row), xycoords=axes.get_yaxis_transform(), va="center", fontsize=8.5, annotation_clip=False
    )


def _legend(axes: Axes, cells: list[FigureCell]) -> None:
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
    axes.legend(handles=handles, loc="lower left", bbox_to_anchor=(0, 1), ncols=4, borderpad=0.2, handletextpad=0.3)
