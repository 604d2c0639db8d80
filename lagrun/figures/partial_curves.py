"""The learning curves of runs so far, a line a run: also of those that have not ended."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lagrun.figures.axes import log_axis
from lagrun.figures.drawing import COLOURS, Drawing, add_caption, caption_height, new_figure, styled
from lagrun.figures.fitting import fitted
from lagrun.figures.panels import grid

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NAME = "partial_curves"

CAPTION = (
    "Share of right predictions of the last symbol in the latest training sequences, each made before its update, "
    "against training sequences (logarithmic), a panel a cell, a line a run. Blue: runs that have ended; orange, with "
    "a dot: runs that have not. A partial picture of unfinished work: {counts}."
)


class Line(NamedTuple):
    """The curve of a run: sequences and rolling accuracies, shape (points,) each, and whether the run has ended."""

    sequences: np.ndarray
    rolling: np.ndarray
    has_ended: bool


def partial_curves(cells: Sequence[tuple[str, Sequence[Line]]], counts: str) -> Drawing | None:
    """Draw the curves of runs so far.

    Parameters
    ----------
    cells : sequence of (str, sequence of Line)
        Title of each cell, and its runs that have a point.
    counts : str
        How many runs have ended, in words.

    Returns
    -------
    Drawing or None
        None if no run has a point.
    """
    found = [(title, lines) for title, lines in cells if lines]
    if not found:
        return None
    ends = [float(line.sequences[-1]) for _, lines in found for line in lines]
    n_rows, n_columns = grid(len(found), 3 if len(found) <= 12 else 6)
    width, height = (3.6, 2.4) if len(found) <= 12 else (2.2, 1.65)
    caption, across = CAPTION.format(counts=counts), max(6.0, width * n_columns)
    with styled():
        figure = new_figure(across, height * n_rows + 0.8 + caption_height(across, caption))
        for i, (title, lines) in enumerate(found):
            axes = figure.add_subplot(n_rows, n_columns, i + 1)
            _draw(axes, lines)
            log_axis(axes.xaxis, 1.0, max(2.0, *ends) * 1.2, 5, minor=len(found) <= 12)
            axes.set_ylim(-0.02, 1.02)
            axes.set_title(fitted(title, width - 0.5, 9), loc="left", fontsize=9)
            axes.tick_params(labelbottom=i + n_columns >= len(found), labelleft=i % n_columns == 0, labelsize=8)
            if i + n_columns >= len(found):
                axes.set_xlabel("training sequences", fontsize=9)
        figure.supylabel("last symbols" + (" " if n_rows > 1 else "\n") + "predicted right", fontsize=10)
        _add_legend(figure)
        add_caption(figure, caption)
    n_running = sum(not line.has_ended for _, lines in found for line in lines)
    alt = f"Learning curves so far, {len(found)} cell{'s' * (len(found) > 1)}: {len(ends) - n_running} runs that have "
    return Drawing(NAME, figure, caption, f"{alt}ended, {n_running} that have not; the longest has {max(ends):,.0f}.")


def _draw(axes: Axes, lines: Sequence[Line]) -> None:
    """One panel; runs that have not ended lie above the others."""
    for line in sorted(lines, key=lambda line: not line.has_ended):
        colour, order = COLOURS[0 if line.has_ended else 1], 2 if line.has_ended else 3
        axes.plot(line.sequences, line.rolling, color=colour, linewidth=1, alpha=0.7, zorder=order)
        if not line.has_ended:
            axes.plot(line.sequences[-1:], line.rolling[-1:], color=colour, marker="o", markersize=3.5, zorder=4)


def _add_legend(figure: Figure) -> None:
    from matplotlib.lines import Line2D

    handles = [
        Line2D([], [], color=COLOURS[0], linewidth=1, label="run that has ended"),
        Line2D([], [], color=COLOURS[1], linewidth=1, marker="o", markersize=3.5, label="run that has not"),
    ]
    figure.legend(handles=handles, loc="outside upper left", ncols=2)
