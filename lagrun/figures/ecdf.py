"""The share of runs solved by each number of training sequences."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from lagrun import metrics
from lagrun.figures.axes import log_axis, look, marker
from lagrun.figures.cells import FigureCell, setting, told, with_outcome
from lagrun.figures.drawing import GREY, Drawing, add_caption, new_figure, styled
from lagrun.figures.panels import MOST_CELLS, Panel, grid, panels, wrapped

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NAME = "ecdf"

#: What there must be.
NEEDS = f"a cell with two runs that ended, and at most {MOST_CELLS} cells"

CAPTION = (
    "Share of all N runs that were solved by a number of training sequences (logarithmic). Unsolved and diverged runs "
    "count in N and are never solved. Bands: 95% Wilson intervals, each for its point. Vertical dashed lines: budget, "
    "after which runs were given up. At the right end: solved runs k/N. "
)

#: Inches of a label's line, and of a figure beside its axes.
LINE_HEIGHT, MARGIN = 0.15, 1.3


def ecdf(runs: pd.DataFrame) -> Drawing | None:
    """Draw the empirical distribution of sequences to solve, a curve a cell.

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
    if not (cells and max(len(cell.sequences) for cell in cells) > 1 and len(cells) <= MOST_CELLS):
        return None
    shared = panels(cells)
    n_rows, n_columns = grid(len(shared), 3)
    width, height = (9.0, 4.8) if len(shared) == 1 else (4.3 * n_columns, 2.9 * n_rows + MARGIN / 2)
    low, high = _limits(cells)
    caption = CAPTION + setting(cells)
    with styled():
        figure = new_figure(width, height)
        for i, panel in enumerate(shared):
            axes = figure.add_subplot(n_rows, n_columns, i + 1)
            _draw(axes, panel, (low, high), height / n_rows - MARGIN, 34 if len(shared) == 1 else 22)
            if i % n_columns == 0:
                axes.set_ylabel("share of runs solved")
            if i + n_columns >= len(shared):
                axes.set_xlabel("training sequences")
        add_caption(figure, caption)
    alt = f"Share of runs solved against training sequences, {len(cells)} cell{'s' * (len(cells) > 1)}. {told(cells)}"
    return Drawing(NAME, figure, caption, alt)


def steps(cell: FigureCell, low: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Corners of a cell's curve.

    Parameters
    ----------
    cell : FigureCell
        With N runs.
    low : float
        Where the curve begins.

    Returns
    -------
    sequences : np.ndarray, shape (P,)
        `low`, the different times of solutions, and the budget.
    k : np.ndarray of int, shape (P,)
        Runs solved by then.
    band : np.ndarray, shape (P, 2)
        Wilson interval of k / N.
    """
    solved = cell.solved
    sequences = np.concatenate([[low], np.unique(solved), [cell.budget]])
    k = np.searchsorted(solved, sequences, side="right")
    return sequences, k, np.array([metrics.wilson(int(each), len(cell.sequences)) for each in k])


def _limits(cells: list[FigureCell]) -> tuple[float, float]:
    """Ends of the axis: a little before the first solution, a little after the largest budget."""
    high = max(cell.budget for cell in cells)
    first = min((cell.solved[0] for cell in cells if len(cell.solved)), default=high / 10)
    return min(first / 1.3, high / 2), high * 1.04


def _draw(axes: Axes, panel: Panel, limits: tuple[float, float], height: float, width: int) -> None:
    """One panel: curves, bands, budgets, and labels at the right ends."""
    for budget in sorted({cell.budget for cell in panel.cells}):
        axes.axvline(budget, color=GREY, linestyle=(0, (4, 3)), linewidth=1, zorder=1)
    ends, texts = [], []
    for i, (cell, label) in enumerate(zip(panel.cells, panel.labels, strict=True)):
        sequences, k, band = steps(cell, limits[0])
        n = len(cell.sequences)
        axes.fill_between(sequences, band[:, 0], band[:, 1], step="post", color=look(i)["color"], alpha=0.12, lw=0)
        axes.plot(sequences, k / n, drawstyle="steps-post", label=cell.title, clip_on=False, zorder=3, **look(i))
        axes.plot(sequences[-1], k[-1] / n, marker(i), color=look(i)["color"], markersize=5, clip_on=False, zorder=4)
        ends.append((sequences[-1], k[-1] / n))
        texts.append(wrapped(f"{cell.count}  {label}".strip(), width))
    axes.set_ylim(-0.02, 1.02)
    log_axis(axes.xaxis, *limits)
    if panel.title:
        axes.set_title(wrapped(panel.title, 44), loc="left")
    heights = [(text.count("\n") + 1) * LINE_HEIGHT / height * 1.04 for text in texts]
    for i, y in enumerate(spread([end[1] for end in ends], heights)):
        axes.annotate(
            texts[i],
            ends[i],
            xytext=(1.06, y),
            textcoords=axes.get_yaxis_transform(),
            va="center",
            fontsize=8.5,
            color="#222222",
            annotation_clip=False,
            arrowprops={"arrowstyle": "-", "shrinkA": 2, "shrinkB": 3, "linewidth": 1, **look(i)},
        )


def spread(wanted: list[float], heights: list[float]) -> list[float]:
    """Move labels apart that would cover each other, as little as can be, in the order of where they belong.

    Parameters
    ----------
    wanted : list of float
        Where the middle of each belongs.
    heights : list of float
        Of each.

    Returns
    -------
    list of float
        Where the middle of each is.
    """
    clusters: list[tuple[float, float, list[int]]] = []  # middle, height, labels from below
    for i in sorted(range(len(wanted)), key=lambda i: (wanted[i], -i)):
        middle, height, members = wanted[i], heights[i], [i]
        while clusters and clusters[-1][0] + clusters[-1][1] / 2 > middle - height / 2:
            below_middle, below_height, below = clusters.pop()
            middle = (below_middle * len(below) + middle * len(members)) / (len(below) + len(members))
            height, members = height + below_height, below + members
        clusters.append((middle, height, members))
    found = [0.0] * len(wanted)
    for middle, height, members in clusters:
        y = middle - height / 2
        for i in members:
            found[i] = y + heights[i] / 2
            y += heights[i]
    return found
