"""Training sequences to the solution against the length of the lag."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, inf
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from lagrun.analysis import statistics
from lagrun.analysis.cells import MeasuredCell, with_outcome
from lagrun.analysis.values import value_text
from lagrun.figures.axes import log_axis, look, short_number
from lagrun.figures.beside import LABEL_SIZE, beside
from lagrun.figures.captions import describe_cells, setting
from lagrun.figures.drawing import GREY, Drawing, add_caption, caption_height, new_figure, styled
from lagrun.figures.fitting import fitted
from lagrun.figures.panels import grid
from lagrun.figures.published import published, published_mean
from lagrun.figures.series import P, Q, Series, asked_key, series_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NAME = "lag"

#: Most series in a panel, and in a figure.
MOST_SERIES, MOST_IN_ALL = 5, 60

#: What there must be.
NEEDS = "cells that differ in task.p or task.q alone (or have p = q), or in the key of --lag"

CAPTION = (
    "Training sequences to the solution against the lag, both logarithmic. Filled marks: median over all N runs of a "
    "cell, unsolved ones as infinite; vertical lines: its 95% interval (none for fewer than 6 runs), with an arrow "
    "where its upper end is beyond the budget. Open triangles: the median itself is beyond the budget, at which they "
    "are drawn, and no line leads there. Open diamonds, beside: mean over the solved runs alone, which is biased low "
    "where some are unsolved. "
)
CAPTION_LEFT_OUT = "Left out, as no other cell differs from them in the lag alone: {}. "
CAPTION_PUBLISHED = "Stars: published mean over solved runs, to be compared with the diamonds alone. "
CAPTION_SHARED = "White stars: published once, for all series at that lag. "

#: Most left-out cells that a caption names.
MOST_NAMED = 12

#: Inches for the caption that are included in the figures' heights.
CAPTION_ROOM = 0.8

#: Markers of medians: none looks like those of means, or of medians beyond the budget.
MEDIANS = ("o", "s", "v", "P", "X")

#: Style of the marks of published values.
STAR: dict[str, Any] = {"linestyle": "", "marker": "*", "mec": "black", "mew": 0.7, "ms": 9.5, "zorder": 5}

#: Width of a series' label, in inches.
LABEL = 1.6

#: Distances as shares of the axis, so that marks do not overlap: of a series' mean from its median, and between series.
BESIDE, APART = 0.013, 0.034


def lag(runs: pd.DataFrame, asked: str = "") -> Drawing | None:
    """Draw the sequences to solve against the lag, with a line through cells that differ in the lag only.

    Parameters
    ----------
    runs : pandas.DataFrame
        From `lagrun.analysis.frame.frame`.
    asked : str
        The key of the lag, which may be shortened as in ``p`` for ``task.p``; empty: `P` and `Q`.

    Returns
    -------
    Drawing or None
        None unless there is what `NEEDS` says.

    Raises
    ------
    ConfigError
        If a key is asked for that does not vary, or has values that are no numbers above 0.
    """
    ended = with_outcome(runs)
    key_asked = asked_key(ended, asked) if asked else ""
    found = series_of(ended, key_asked)
    if not 0 < len(found) <= MOST_IN_ALL:
        return None
    shared = [part for key in (key_asked, Q, P) for part in _parts([series for series in found if series.key == key])]
    cells = list({id(cell): cell for series in found for cell in series.cells}.values())
    of_one, of_several = zip(*map(published, shared), strict=True)
    has_star = any(np.isfinite(mean) for part in of_one for means in part for mean in means), any(of_several)
    said = [CAPTION, CAPTION_PUBLISHED * any(has_star), CAPTION_SHARED * has_star[1], _left_out(ended, cells)]
    caption = "".join(said) + setting(cells, runs)
    n_rows, n_columns = grid(len(shared), 2)
    width, height = (8.0, 5.2) if len(shared) == 1 else (5.6 * n_columns, 3.9 * n_rows + 1.2)
    limits = _limits(cells)
    with styled():
        figure = new_figure(width, height + max(0, caption_height(width, caption) - CAPTION_ROOM))
        for i, part in enumerate(shared):
            axes = figure.add_subplot(n_rows, n_columns, i + 1)
            _draw(axes, part, limits, height / n_rows - 1.6)
            if i % n_columns == 0:
                axes.set_ylabel("training sequences to the solution")
        _legend(figure, cells, has_star)
        add_caption(figure, caption)
    alt = f"Training sequences to the solution against the lag, {len(found)} series. {describe_cells(cells)}"
    return Drawing(NAME, figure, caption, alt)


def _left_out(ended: Sequence[MeasuredCell], drawn: Sequence[MeasuredCell]) -> str:
    """Say which cells are in no series; empty where there are none."""
    titles = [cell.title for cell in ended if not any(cell is other for other in drawn)]
    more = len(titles) - MOST_NAMED
    names = "; ".join(titles[:MOST_NAMED]) + (f"; and {more} more" if more > 0 else "")
    return CAPTION_LEFT_OUT.format(names) if titles else ""


def _parts(series: list[Series]) -> list[list[Series]]:
    """Series shared out between panels."""
    n = ceil(len(series) / MOST_SERIES)
    return [series[round(i * len(series) / n) : round((i + 1) * len(series) / n)] for i in range(n)]


def _solved_mean(cell: MeasuredCell) -> float:
    return float(cell.solved.mean()) if len(cell.solved) else np.nan


def _limits(cells: Sequence[MeasuredCell]) -> tuple[float, float]:
    """Ends of the vertical axis, for all that is drawn."""
    values = []
    for cell in cells:
        low, high = statistics.median_interval(cell.sequences)
        ours = [statistics.censored_median(cell.sequences), low, high, _solved_mean(cell), published_mean(cell)]
        values += [min(value, cell.budget) if value == inf else value for value in ours if not np.isnan(value)]
    return max(min(values) / 1.5, 0.5), max(values) * 1.5


def _draw(axes: Axes, series: Sequence[Series], limits: tuple[float, float], height: float) -> None:
    """One panel."""
    key = series[0].key
    lags_shown = sorted({float(cell.keys[key]) for each in series for cell in each.cells})
    span = lags_shown[-1] / lags_shown[0]
    ends, (own, shared) = [], published(series)
    for i, each in enumerate(series):
        place = span ** (APART * (i - (len(series) - 1) / 2))
        lags = np.array([float(cell.keys[key]) for cell in each.cells]) * place
        ends.append((lags[-1], _draw_series(axes, i, lags, span**BESIDE, each.cells)))
        if np.isfinite(own[i]).any():
            axes.plot(lags * span**BESIDE, own[i], mfc=look(i)["color"], label="published", **STAR)
    for lag_of_all, mean in shared:
        axes.plot(lag_of_all, mean, mfc="white", label="published", **STAR)
    log_axis(axes.yaxis, *limits)
    _lag_axis(axes, lags_shown)
    task_has_q = any(value_text(cell.runs[Q].iloc[0]) for each in series for cell in each.cells if Q in cell.runs)
    what = "number of distractor symbols" if key == P and task_has_q else "time lag"
    name = key.split(".")[-1]
    axes.set_xlabel(f"{name}, {what}" if key.startswith("task.") else name)
    shares = [float(np.log(end[1] / limits[0]) / np.log(limits[1] / limits[0])) for end in ends]
    beside(axes, ends, [fitted(each.label, LABEL, LABEL_SIZE) for each in series], shares, height)


def _draw_series(axes: Axes, i: int, lags: np.ndarray, to_mean: float, cells: Sequence[MeasuredCell]) -> float:
    """Medians with their intervals, and means; returns the height of the last mark."""
    from matplotlib.markers import CARETUP

    colour = look(i)["color"]
    medians = np.array([statistics.censored_median(cell.sequences) for cell in cells])
    budgets = np.array([cell.budget for cell in cells])
    shown = np.where(np.isfinite(medians), medians, budgets)
    solved = np.isfinite(medians)
    axes.plot(lags, np.where(solved, medians, np.nan), linewidth=1.2, zorder=2, **look(i))
    axes.plot(lags[solved], shown[solved], MEDIANS[i], color=colour, markersize=6, zorder=4, label="median")
    axes.plot(lags[~solved], shown[~solved], "^", mfc="white", mec=colour, mew=1.5, ms=9, zorder=4, label="beyond")
    for x, cell in zip(lags, cells, strict=True):
        low, high = statistics.median_interval(cell.sequences)
        if np.isfinite(low):
            axes.plot([x, x], [low, min(high, cell.budget)], color=colour, linewidth=1.6, zorder=3)
            if np.isinf(high):
                axes.plot(x, cell.budget, marker=CARETUP, color=colour, markersize=7, zorder=3)  # its tip at the budget
    means = np.array([_solved_mean(cell) for cell in cells])
    axes.plot(lags * to_mean, means, "D", mfc="none", mec=colour, mew=1.2, ms=8.5, zorder=6, label="mean of solved")
    return float(shown[-1])


def _lag_axis(axes: Axes, lags: Sequence[float]) -> None:
    """A logarithmic axis with a tick per lag, except where labels would touch."""
    from matplotlib.ticker import FixedLocator, NullLocator

    axes.set_xscale("log")
    room = (lags[-1] / lags[0]) ** 0.08
    axes.set_xlim(lags[0] / room / 1.02, lags[-1] * room * 1.02)
    ticks = [lags[0]]
    for each in lags[1:]:
        if each >= ticks[-1] * room:
            ticks.append(each)
    axes.xaxis.set_major_locator(FixedLocator(ticks))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xticklabels([short_number(tick) if tick >= 10_000 else f"{tick:g}" for tick in ticks])


def _legend(figure: Figure, cells: Sequence[MeasuredCell], has_star: tuple[bool, bool]) -> None:
    """Legend of the marks that occur, above all panels; `has_star`: published values of one series, and of several."""
    from matplotlib.lines import Line2D

    medians = [statistics.censored_median(cell.sequences) for cell in cells]
    intervals = [statistics.median_interval(cell.sequences)[0] for cell in cells]
    with_interval = " [95%]" if np.isfinite(intervals).any() else ""
    marks = [
        (np.isfinite(medians).any(), "o", GREY, GREY, 6, f"median of all runs{with_interval}"),
        (np.isinf(medians).any(), "^", "white", GREY, 9, "median beyond the budget"),
        (any(len(cell.solved) for cell in cells), "D", "none", GREY, 8.5, "mean of solved runs"),
        (has_star[0], "*", GREY, "black", 9.5, "published mean of solved"),
        (has_star[1], "*", "white", "black", 9.5, "published, all series"),
    ]
    handles = [
        Line2D([], [], linestyle="", marker=mark, mfc=face, mec=edge, ms=size, mew=1.2, label=text)
        for occurs, mark, face, edge, size, text in marks
        if occurs
    ]
    figure.legend(handles=handles, loc="outside upper left", ncols=4, handletextpad=0.3, columnspacing=1.2)
