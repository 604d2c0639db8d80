"""Learning curves for the report: few numbers a run, and one picture into which the page puts them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from lagrun.figures.drawing import COLOURS

#: Points of a curve that are kept, at most.
MOST_POINTS = 120

#: Significant digits of what is drawn.
DIGITS = 3

X = "sequence"


@dataclass(frozen=True)
class Line:
    """A column of the curve and how it is drawn."""

    column: str
    title: str
    colour: str
    dash: str


ACCURACIES = (
    Line("rolling_last_step_accuracy", "training, last step (rolling)", COLOURS[0], "solid"),
    Line("held_out_last_step_accuracy", "held-out, last step", COLOURS[1], "dashed"),
    Line("held_out_per_step_accuracy", "held-out, every step", COLOURS[2], "dotted"),
)
LOSSES = (
    Line("loss", "loss of a sequence", COLOURS[6], "solid"),
    Line("last_step_loss", "loss of its last step", COLOURS[3], "dashed"),
)
COLUMNS = (X, *(line.column for line in (*ACCURACIES, *LOSSES)))

#: Names by which the page finds what it fills.
SOURCE, SOLVED_AT = "curve", "solved at"


def compact(curve: pd.DataFrame) -> list[list[float | None]]:
    """Keep what is drawn of a curve, a list a column of `COLUMNS`.

    Parameters
    ----------
    curve : pandas.DataFrame
        From `lagrun.curve.read_curve`.

    Returns
    -------
    list of list
        At most `MOST_POINTS` points, the first and the last among them, of `DIGITS` digits; None for what cannot be
        drawn: what is not finite, and losses of 0, which have no logarithm.
    """
    kept = np.unique(np.linspace(0, len(curve) - 1, min(len(curve), MOST_POINTS)).round().astype(int))
    thin = curve.iloc[kept]
    positive = [line.column for line in LOSSES]
    columns: list[list[float | None]] = [[int(sequence) for sequence in thin[X]]]
    for name in COLUMNS[1:]:
        values = thin[name].astype(float)
        drawn = np.isfinite(values) & ((values > 0) | (name not in positive))
        columns.append([_rounded(value) if ok else None for value, ok in zip(values, drawn, strict=True)])
    return columns


def _rounded(value: float) -> float:
    short = float(f"{value:.{DIGITS}g}")
    return int(short) if short.is_integer() and abs(short) < 1e15 else short  # "1" is shorter than "1.0"


def in_words(columns: list[list[float | None]]) -> str:
    """Say where a curve ends, for those who cannot see it."""
    named = dict(zip(COLUMNS, columns, strict=True))
    ends = [f"{line.title} {named[line.column][-1]:g}" for line in ACCURACIES if named[line.column][-1] is not None]
    losses = [f"{line.title} {named[line.column][-1]:g}" for line in LOSSES if named[line.column][-1] is not None]
    n_points = len(columns[0])
    what = "; ".join(filter(None, [f"share of right predictions: {', '.join(ends)}" if ends else "", ", ".join(losses)]))
    points = f"{n_points} points" if n_points > 1 else "1 point"
    return f"{points}. At the last, sequence {named[X][-1]:,}: {what or 'nothing that can be drawn'}."


def picture() -> dict[str, Any]:
    """Make the picture of a curve, without its numbers, in the form that BokehJS takes."""
    from bokeh.embed import json_item
    from bokeh.layouts import column
    from bokeh.models import ColumnDataSource

    source = ColumnDataSource({name: [1] for name in COLUMNS}, name=SOURCE)  # an empty logarithmic axis is warned of
    upper = _plot(source, ACCURACIES, "right predictions", 290, y_range=(-0.04, 1.04))
    lower = _plot(source, LOSSES, "loss", 250, y_axis_type="log", x_range=upper.x_range)
    lower.xaxis.axis_label = "training sequences"
    item: dict[str, Any] = json_item(column(upper, lower, sizing_mode="stretch_width"))
    return item


def _plot(source: Any, lines: tuple[Line, ...], title: str, height: int, **options: Any) -> Any:
    from bokeh.models import HoverTool, Legend, LegendItem, NumeralTickFormatter, Span
    from bokeh.plotting import figure

    tools = "pan,box_zoom,wheel_zoom,reset,save"
    plot = figure(
        height=height, tools=tools, active_scroll=None, x_axis_type="log", sizing_mode="stretch_width", **options
    )
    drawn = []
    for line in lines:
        glyph = plot.line(X, line.column, source=source, color=line.colour, line_dash=line.dash, line_width=2)
        plot.scatter(X, line.column, source=source, color=line.colour, size=3)
        drawn.append(LegendItem(label=line.title, renderers=[glyph]))
    plot.add_layout(Legend(items=drawn, location="left", border_line_color=None, padding=2, spacing=0), "above")
    end = Span(name=SOLVED_AT, dimension="height", line_color="#333333", line_dash="dotdash", visible=False)
    plot.add_layout(end)
    shown = [(line.title, f"@{line.column}") for line in lines]
    first = [plot.renderers[0]]
    plot.add_tools(HoverTool(mode="vline", renderers=first, tooltips=[("sequence", f"@{X}{{0,0}}"), *shown]))
    plot.toolbar.logo = None
    plot.toolbar.autohide = True
    plot.xaxis.formatter = NumeralTickFormatter(format="0,0")
    plot.yaxis.axis_label = title
    for axis in plot.axis:
        axis.axis_label_text_font_style = "normal"
        axis.axis_label_text_color = axis.major_label_text_color = "#333333"
    return plot
