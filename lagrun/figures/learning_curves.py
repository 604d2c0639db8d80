"""How well the nets of each cell predict the last symbol while they are trained."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from lagrun.analysis.cells import MeasuredCell, with_outcome
from lagrun.figures.axes import log_axis
from lagrun.figures.captions import describe_cells, setting
from lagrun.figures.drawing import COLOURS, GREY, Drawing, add_caption, caption_height, new_figure, styled
from lagrun.figures.fitting import fitted
from lagrun.figures.panels import MOST_CELLS, grid
from lagrun.storage.stored_sweep import StoredSweep, stored_sweep

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NAME = "learning_curves"

#: What there must be.
NEEDS = f"a run with a stored curve, and at most {MOST_CELLS} cells"

CAPTION = (
    "Share of right predictions of the last symbol against training sequences (logarithmic), a panel a cell. Solid: "
    "training sequences, each before its update, averaged over {window}; median over all N runs and band from the "
    "10th to the 90th percentile. Dashed: held-out sequences, median. Runs that were solved or diverged hold their "
    "last value up to the budget, where curves end. k/N: solved runs. "
)

ROLLING, HELD_OUT = "rolling_last_step_accuracy", "held_out_last_step_accuracy"

#: Column of the frame: training sequences that the rolling accuracy is over.
WINDOW = "criterion.window"

#: Share of the axis after the end of the longest run, so that its last values can be seen.
BEYOND = 0.03

#: Inches above and below all panels together, without the caption.
AROUND = 0.7

#: Points per decade of the grid on which curves are compared.
PER_DECADE = 24


def learning_curves(folder: Path | StoredSweep, runs: pd.DataFrame) -> Drawing | None:
    """Draw the learning curves of each cell, median and spread over its runs.

    Parameters
    ----------
    folder : Path
        Of the sweep, which the runs' folders are in.
    runs : pandas.DataFrame
        From `lagrun.analysis.frame.frame` of the folder.

    Returns
    -------
    Drawing or None
        None unless there is what `NEEDS` says.
    """
    ended = with_outcome(runs)
    if len(ended) > MOST_CELLS:
        return None
    stored = stored_sweep(folder)
    found = [(cell, read) for cell in ended if (read := _curves(stored, cell))]
    if not found:
        return None
    cells = [cell for cell, _ in found]
    n_rows, n_columns = grid(len(cells), 3 if len(cells) <= 12 else 4 if len(cells) <= 24 else 6)
    few = len(cells) <= 12
    width, height, size = (3.6, 2.4, 9.0) if few else (2.6, 1.9, 8.0) if len(cells) <= 24 else (2.2, 1.65, 6.5)
    first, last = min(curve["sequence"].iloc[0] for _, read in found for curve in read), _last(cells)
    caption = CAPTION.format(window=_window(runs)) + setting(cells, runs)
    end = max(last, first * 2)
    across = max(6.0, width * n_columns)
    titles = [fitted(f"{cell.count}  {cell.title}", width - 0.5, size) for cell in cells]
    n_lines = [max(text.count("\n") for text in titles[i : i + n_columns]) for i in range(0, len(titles), n_columns)]
    high = height * n_rows + sum(n_lines) * size / 60 + AROUND
    with styled():
        figure = new_figure(across, high + caption_height(across, caption))
        for i, (cell, read) in enumerate(found):
            axes = figure.add_subplot(n_rows, n_columns, i + 1)
            _draw(axes, cell, read, min(last, cell.budget))
            log_axis(axes.xaxis, first, end * (end / first) ** BEYOND, 5, minor=few)
            axes.set_ylim(-0.02, 1.02)
            axes.set_title(titles[i], loc="left", fontsize=size)
            axes.tick_params(labelbottom=i + n_columns >= len(cells), labelleft=i % n_columns == 0, labelsize=8)
            if i + n_columns >= len(cells):
                axes.set_xlabel("training sequences", fontsize=9)
        figure.supylabel(
            "last symbols\npredicted right" if n_rows == 1 else "last symbols predicted right", fontsize=10
        )
        _legend(figure, last, cells)
        add_caption(figure, caption)
    alt = f"Learning curves, {len(cells)} cell{'s' * (len(cells) > 1)}: share of last symbols predicted right. "
    return Drawing(NAME, figure, caption, alt + describe_cells(cells))


def on_grid(curves: Sequence[pd.DataFrame], column: str, sequences: np.ndarray) -> np.ndarray:
    """Values of learning curves at given numbers of sequences.

    Parameters
    ----------
    curves : sequence of pandas.DataFrame
        From `lagrun.storage.learning_curve.read_curve`, none empty.
    column : str
        Of the curves.
    sequences : np.ndarray, shape (P,)
        Where.

    Returns
    -------
    np.ndarray, shape (len(curves), P)
        The latest value by then, the last one ever after; NaN before the first.
    """
    rows = np.full((len(curves), len(sequences)), np.nan)
    for row, curve in zip(rows, curves, strict=True):
        place = np.searchsorted(curve["sequence"].to_numpy(), sequences, side="right") - 1
        values = curve[column].to_numpy(float)[np.maximum(place, 0)]
        row[:] = np.where(place >= 0, values, np.nan)
    return rows


def _curves(stored: StoredSweep, cell: MeasuredCell) -> list[pd.DataFrame]:
    """The stored curves of a cell's runs that have an outcome and a curve."""
    read = (stored.curve(run) for run in cell.ended["folder"])
    return [curve for curve in read if not curve.empty]


def _last(cells: Sequence[MeasuredCell]) -> float:
    """Sequences of the longest run: nothing changes after it."""
    return float(max(cell.spent.max() for cell in cells))


def _draw(axes: Axes, cell: MeasuredCell, curves: Sequence[pd.DataFrame], last: float) -> None:
    """One panel, up to `last` sequences."""
    start = max(curve["sequence"].iloc[0] for curve in curves)  # where all runs have a value
    n_points = max(2, int(PER_DECADE * np.log10(max(last / start, 1))) + 1)
    sequences = np.unique(np.round(np.geomspace(start, max(last, start), n_points)))
    low, median, high = np.nanquantile(on_grid(curves, ROLLING, sequences), [0.1, 0.5, 0.9], axis=0)
    axes.fill_between(sequences, low, high, step="post", color=COLOURS[0], alpha=0.2, lw=0)
    axes.plot(sequences, median, drawstyle="steps-post", color=COLOURS[0], zorder=3)
    held_out = np.nanmedian(on_grid(curves, HELD_OUT, sequences), axis=0)
    axes.plot(sequences, held_out, drawstyle="steps-post", color=COLOURS[1], linestyle="--", linewidth=1.2, zorder=2)
    if cell.budget <= last:
        axes.axvline(cell.budget, color=GREY, linestyle=(0, (4, 3)), linewidth=1)


def _window(runs: pd.DataFrame) -> str:
    """Say over how many training sequences the stored rolling accuracy is taken."""
    windows = list(runs[WINDOW].dropna().unique()) if WINDOW in runs else []
    return f"the latest {windows[0]:,.0f}" if len(windows) == 1 else "the latest ones"


def _legend(figure: Figure, last: float, cells: Sequence[MeasuredCell]) -> None:
    """What the lines are, above all panels."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    handles = [
        Line2D([], [], color=COLOURS[0], label="training, median"),
        Patch(facecolor=COLOURS[0], alpha=0.2, label="training, 10-90%"),
        Line2D([], [], color=COLOURS[1], linestyle="--", linewidth=1.2, label="held-out, median"),
    ]
    if any(cell.budget <= last for cell in cells):
        handles.append(Line2D([], [], color=GREY, linestyle=(0, (4, 3)), linewidth=1, label="budget"))
    figure.legend(handles=handles, loc="outside upper left", ncols=4)
