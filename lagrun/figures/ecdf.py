"""The share of runs solved by each number of training sequences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from lagrun.analysis import statistics
from lagrun.analysis.cells import MeasuredCell, with_outcome
from lagrun.figures.axes import log_axis, look, marker
from lagrun.figures.beside import LABEL_SIZE, beside, room_for
from lagrun.figures.captions import describe_cells, setting
from lagrun.figures.drawing import GREY, Drawing, add_caption, caption_height, new_figure, styled
from lagrun.figures.fitting import fitted
from lagrun.figures.panels import MOST_CELLS, Panel, grid, panels
from lagrun.figures.unsolved import to_draw

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

#: Inches: least height of a panel's axes; height of what is below and above them, except titles.
AXES_HEIGHT, MARGIN = 1.75, 0.62

#: Widths in inches: of a panel, of a panel that is alone, and of the lines of titles and of labels.
WIDTH, ALONE, TITLE, LABEL = 4.7, 9.0, 4.2, 1.9

#: Number of columns of panels, and number of panels above which there is a third column.
N_COLUMNS, MANY = 2, 12

#: Height of a line of a title, in inches.
TITLE_LINE = 0.17


def ecdf(runs: pd.DataFrame) -> Drawing | None:
    """Draw the empirical distribution of sequences to solve, a curve a cell.

    Parameters
    ----------
    runs : pandas.DataFrame
        From `lagrun.analysis.frame.frame`.

    Returns
    -------
    Drawing or None
        None unless there is what `NEEDS` says.
    """
    cells = with_outcome(runs)
    if not (cells and max(len(cell.sequences) for cell in cells) > 1 and len(cells) <= MOST_CELLS):
        return None
    shown, left_out = to_draw(cells)
    shared = panels(shown)
    n_rows, n_columns = grid(len(shared), N_COLUMNS + (len(shared) > MANY))
    width = ALONE if len(shared) == 1 else WIDTH * n_columns
    titles = [fitted(panel.title, TITLE, 10) for panel in shared]
    texts = [_labels(panel, LABEL if len(shared) > 1 else 1.5 * LABEL) for panel in shared]
    high = max(AXES_HEIGHT if len(shared) > 1 else 2 * AXES_HEIGHT, *(room_for(each) for each in texts))
    n_lines = sum(
        max(text.count("\n") + 1 for text in titles[i : i + n_columns]) for i in range(0, len(titles), n_columns)
    )
    caption = CAPTION + left_out + setting(cells, runs)
    limits = _limits(shown)
    with styled():
        height = n_rows * (high + MARGIN) + n_lines * TITLE_LINE + caption_height(width, caption)
        figure = new_figure(width, height)
        for i, panel in enumerate(shared):
            axes = figure.add_subplot(n_rows, n_columns, i + 1)
            _draw(axes, panel, texts[i], limits, high, len(shared) <= MANY)
            axes.set_title(titles[i], loc="left")
            if i % n_columns == 0:
                axes.set_ylabel("share of runs solved")
            if i + n_columns >= len(shared):
                axes.set_xlabel("training sequences")
        add_caption(figure, caption)
    alt = f"Share of runs solved against training sequences, {len(cells)} cell{'s' * (len(cells) > 1)}. "
    return Drawing(NAME, figure, caption, alt + describe_cells(cells))


def steps(cell: MeasuredCell, low: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Corners of a cell's curve.

    Parameters
    ----------
    cell : MeasuredCell
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
    return sequences, k, np.array([statistics.wilson(int(each), len(cell.sequences)) for each in k])


def _limits(cells: list[MeasuredCell]) -> tuple[float, float]:
    """Ends of the axis: a little before the first solution, a little after the largest budget."""
    high = max(cell.budget for cell in cells)
    first = min((cell.solved[0] for cell in cells if len(cell.solved)), default=high / 10)
    return min(first / 1.3, high / 2), high * 1.04


def _labels(panel: Panel, width: float) -> list[str]:
    """What stands at the right ends of the curves of a panel."""
    pairs = zip(panel.cells, panel.labels, strict=True)
    return [fitted(f"{cell.count} {label}", width, LABEL_SIZE) for cell, label in pairs]


def _draw(
    axes: Axes, panel: Panel, texts: Sequence[str], limits: tuple[float, float], height: float, minor: bool
) -> None:
    """One panel: curves, bands, budgets, and labels at the right ends."""
    for budget in sorted({cell.budget for cell in panel.cells}):
        axes.axvline(budget, color=GREY, linestyle=(0, (4, 3)), linewidth=1, zorder=1)
    ends = []
    for i, cell in enumerate(panel.cells):
        sequences, k, band = steps(cell, limits[0])
        n = len(cell.sequences)
        axes.fill_between(sequences, band[:, 0], band[:, 1], step="post", color=look(i)["color"], alpha=0.13, lw=0)
        axes.plot(sequences, k / n, drawstyle="steps-post", label=cell.title, clip_on=False, zorder=3, **look(i))
        axes.plot(sequences[-1], k[-1] / n, marker(i), color=look(i)["color"], markersize=5, clip_on=False, zorder=4)
        ends.append((sequences[-1], k[-1] / n))
    axes.set_ylim(-0.02, 1.02)
    log_axis(axes.xaxis, *limits, minor=minor)
    beside(axes, ends, texts, [end[1] for end in ends], height)
