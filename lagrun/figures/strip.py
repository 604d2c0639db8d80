"""Every run of every cell as a mark at its number of training sequences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from lagrun.analysis import statistics
from lagrun.analysis.cells import MeasuredCell, with_outcome
from lagrun.figures.axes import log_axis
from lagrun.figures.beyond import DIVERGED_COLOUR, GAP, MANY, UNSOLVED_COLOUR, draw_beyond, room_beyond
from lagrun.figures.captions import describe_cells, setting
from lagrun.figures.drawing import COLOURS, GREY, Drawing, add_caption, caption_height, new_figure, styled
from lagrun.figures.fitting import fitted, width_of
from lagrun.figures.panels import MOST_CELLS
from lagrun.figures.unsolved import FEW, to_draw

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NAME = "strip"

#: What there must be.
NEEDS = f"two runs that ended, and at most {MOST_CELLS} cells"

CAPTION = (
    "Training sequences to the solution (logarithmic), a mark a run, a row a cell. Dots: solved runs. Dashed: budget. "
    "Black bar: median over all N runs, unsolved ones as infinite; where it is infinite there is none. At the right: "
    "solved runs k/N. Where marks are within a row has no meaning. "
)

CAPTION_UNSOLVED = "Beyond the axis: runs unsolved within the budget (open triangles) or diverged (crosses). "

SOLVED_COLOUR = COLOURS[0]

#: Share of a row over which dots are spread, and the golden ratio, whose multiples fill this share evenly.
SPREAD, GOLDEN = 0.62, (5**0.5 - 1) / 2

#: Widths in inches: of the axis, of a title, and of the room for k/N.
AXES_WIDTH, TITLE, COUNT = 5.0, 3.6, 0.75

#: Inches above and below the axes.
AROUND = 0.95


def strip(runs: pd.DataFrame) -> Drawing | None:
    """Draw the sequences to solve of each run.

    Parameters
    ----------
    runs : pandas.DataFrame
        From `lagrun.analysis.frame.frame`.

    Returns
    -------
    Drawing or None
        None unless there is what `NEEDS` says.
    """
    ended = with_outcome(runs)
    if sum(len(cell.sequences) for cell in ended) < 2 or len(ended) > MOST_CELLS:
        return None
    cells, left_out = to_draw(ended)
    size = 9.0 if len(cells) <= FEW else 7.5
    texts = [fitted(cell.title, TITLE, size) for cell in cells]
    n_lines = max(text.count("\n") + 1 for text in texts)
    row = max(1.6 / len(cells), 0.34 if len(cells) <= FEW else 0.22, n_lines * size / 60 + 0.06)
    room = max(room_beyond(cell, row) for cell in cells)
    caption = CAPTION + CAPTION_UNSOLVED * bool(room) + left_out + setting(ended, runs)
    left = max((width_of(line, size) for text in texts for line in text.splitlines()), default=0)
    width = left + AXES_WIDTH + room + COUNT
    with styled():
        figure = new_figure(width, row * len(cells) + AROUND + caption_height(width, caption))
        axes, *others = figure.subplots(
            1, 2 if room else 1, sharey=True, width_ratios=[AXES_WIDTH, room] if room else [1], squeeze=False
        )[0]
        for i, cell in enumerate(cells):
            _draw(axes, i, cell)
            for unsolved in others:
                _shade(unsolved, i)
                draw_beyond(unsolved, i, cell, row)
            counted = (others or [axes])[0]
            place = {"xytext": (6, 0), "textcoords": "offset points", "va": "center", "annotation_clip": False}
            counted.annotate(cell.count, (1, i), xycoords=counted.get_yaxis_transform(), fontsize=8.5, **place)
        _set_axes(axes, cells, texts, size)
        for unsolved in others:
            unsolved.set(xlim=(-GAP, room - GAP), xticks=[], xlabel="unsolved")
            unsolved.tick_params(left=False, labelleft=False)
            unsolved.spines[["left", "bottom"]].set_visible(False)
            unsolved.grid(visible=False)
        _legend(figure, cells)
        add_caption(figure, caption)
    alt = f"Sequences to solve of every run, {len(ended)} cell{'s' * (len(ended) > 1)}. {describe_cells(ended)}"
    return Drawing(NAME, figure, caption, alt)


def jitter(n: int) -> np.ndarray:
    """Heights of n marks within a row, the same each time, with neighbours far apart, shape (n,)."""
    return ((np.arange(1, n + 1) * GOLDEN) % 1 - 0.5) * SPREAD


def _draw(axes: Axes, row: int, cell: MeasuredCell) -> None:
    """The solved runs of a row, its median and its budget."""
    size, alpha = (7, 0.45) if len(cell.sequences) > MANY else (22, 0.75)
    _shade(axes, row)
    axes.plot([cell.budget] * 2, [row - 0.5, row + 0.5], color=GREY, linestyle=(0, (4, 3)), linewidth=1, zorder=1)
    solved = cell.solved
    axes.scatter(solved, row + jitter(len(solved)), s=size, color=SOLVED_COLOUR, alpha=alpha, lw=0, zorder=3)
    median = statistics.censored_median(cell.sequences)
    if np.isfinite(median):
        axes.plot([median] * 2, [row - 0.4, row + 0.4], color="black", linewidth=2.4, zorder=4)


def _shade(axes: Axes, row: int) -> None:
    if row % 2:
        axes.axhspan(row - 0.5, row + 0.5, color="#f2f2f2", zorder=0, lw=0)


def _set_axes(axes: Axes, cells: Sequence[MeasuredCell], texts: Sequence[str], size: float) -> None:
    """Titles at the left, and the axis of sequences."""
    high = max(cell.budget for cell in cells)
    low = min([high / 2, *(cell.solved[0] / 1.3 for cell in cells if len(cell.solved))])
    axes.set_ylim(len(cells) - 0.5, -0.5)
    axes.set_yticks(range(len(cells)), texts, fontsize=size)
    axes.tick_params(axis="y", length=0)
    axes.grid(visible=False, axis="y")
    log_axis(axes.xaxis, low, high * (high / low) ** 0.02)
    axes.set_xlabel("training sequences to the solution")


def _legend(figure: Figure, cells: Sequence[MeasuredCell]) -> None:
    """What the marks are, above the axes; only those that occur."""
    from matplotlib.lines import Line2D

    n_diverged = sum(int(cell.diverged.sum()) for cell in cells)
    n_unsolved = sum(int(np.isinf(cell.sequences).sum()) for cell in cells) - n_diverged
    has_median = any(np.isfinite(statistics.censored_median(cell.sequences)) for cell in cells)
    marks = [
        (any(len(cell.solved) for cell in cells), "o", SOLVED_COLOUR, SOLVED_COLOUR, "solved"),
        (n_unsolved, "^", "none", UNSOLVED_COLOUR, "unsolved within the budget"),
        (n_diverged, "x", DIVERGED_COLOUR, DIVERGED_COLOUR, "diverged"),
        (has_median, "|", "black", "black", "median of all runs"),
    ]
    handles = [
        Line2D([], [], linestyle="", marker=mark, mfc=face, mec=edge, mew=2.4 if mark == "|" else 1.1, ms=7, label=text)
        for occurs, mark, face, edge, text in marks
        if occurs
    ]
    figure.legend(handles=handles, loc="outside upper left", ncols=4, handletextpad=0.3)
