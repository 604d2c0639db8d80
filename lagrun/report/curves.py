"""Learning curves for the report: few numbers per run, and one picture into which the page puts them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from lagrun.figures.drawing import COLOURS

#: Most points that are kept of a curve, and of all curves together; points kept of a curve in any case.
MOST_POINTS, MOST_OF_ALL, FEWEST_POINTS = 120, 120_000, 12

#: Significant digits of the numbers that are drawn.
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

#: Names by which the page finds the parts that it fills.
SOURCE, SOLVED_AT = "curve", "solved at"


def points_of_each(n_curves: int) -> int:
    """How many points to keep of each of `n_curves` curves."""
    return max(FEWEST_POINTS, min(MOST_POINTS, MOST_OF_ALL // n_curves))


def compact(curve: pd.DataFrame, n_points: int = MOST_POINTS) -> list[list[float | None]]:
    """Keep the numbers of a curve that are drawn: one list per column of `COLUMNS`.

    Parameters
    ----------
    curve : pandas.DataFrame
        From `lagrun.storage.learning_curve.read_curve`.
    n_points : int
        Points to keep, at most.

    Returns
    -------
    list of list
        Evenly chosen points with the first and the last, of `DIGITS` digits. None for values that cannot be drawn:
        those that are not finite, and losses of 0, which have no logarithm. Points without a sequence are left out.
    """
    found = dict(zip(curve, curve.to_numpy(float).T, strict=True))  # at once, which is faster than by column
    known = np.flatnonzero(np.isfinite(found[X]))
    kept = known[np.unique(np.linspace(0, len(known) - 1, min(len(known), n_points)).round().astype(int))]
    positive = [line.column for line in LOSSES]
    columns: list[list[float | None]] = [list(map(int, found[X][kept]))]
    for name in COLUMNS[1:]:
        values = found[name][kept]
        drawn = np.isfinite(values) & ((values > 0) | (name not in positive))
        columns.append([_rounded(value) if ok else None for value, ok in zip(values.tolist(), drawn, strict=True)])
    return columns


def _rounded(value: float) -> float:
    short = float(f"{value:.{DIGITS}g}")
    return int(short) if short.is_integer() and abs(short) < 1e15 else short  # "1" is shorter than "1.0"


def in_words(columns: list[list[float | None]]) -> str:
    """Say where a curve ends, for readers who cannot see it."""
    last = {name: values[-1] for name, values in zip(COLUMNS, columns, strict=True)}
    shares, losses = (
        ", ".join(f"{line.title} {last[line.column]:g}" for line in lines if last[line.column] is not None)
        for lines in (ACCURACIES, LOSSES)
    )
    said = "; ".join(filter(None, [shares and f"share of right predictions: {shares}", losses]))
    points = f"{len(columns[0])} points" if len(columns[0]) > 1 else "1 point"
    return f"{points}. At the last, sequence {last[X]:,}: {said or 'nothing that can be drawn'}."


def picture() -> dict[str, Any]:
    """Make the picture of a curve, without its numbers, in the form that BokehJS takes: plain values."""
    from bokeh.embed import json_item
    from bokeh.layouts import column
    from bokeh.models import ColumnDataSource, LogTicker

    source = ColumnDataSource({name: [1] for name in COLUMNS}, name=SOURCE)  # bokeh warns of an empty log axis
    upper = _plot(source, ACCURACIES, "right predictions", 290, y_range=(-0.04, 1.04))
    lower = _plot(source, LOSSES, "loss", 250, y_axis_type="log", x_range=upper.x_range)
    lower.yaxis.ticker = LogTicker(desired_num_ticks=8, num_minor_ticks=0)
    lower.xaxis.axis_label = "training sequences"
    plain: dict[str, Any] = json.loads(json.dumps(json_item(column(upper, lower, sizing_mode="stretch_width"))))
    return plain


def _plot(source: Any, lines: tuple[Line, ...], title: str, height: int, **options: Any) -> Any:
    from bokeh.models import HoverTool, NumeralTickFormatter
    from bokeh.models.annotations import Legend, LegendItem, Span
    from bokeh.plotting import figure

    tools = "pan,box_zoom,wheel_zoom,reset,save"
    plot = figure(
        height=height, tools=tools, active_scroll=None, x_axis_type="log", sizing_mode="stretch_width", **options
    )
    glyphs: list[Any] = []
    for line in lines:
        look = {"source": source, "color": line.colour}
        glyphs.append(plot.line(X, line.column, line_dash=line.dash, line_width=2, **look))
        plot.scatter(X, line.column, size=3, **look)
    named = [LegendItem(label=line.title, renderers=[glyph]) for line, glyph in zip(lines, glyphs, strict=True)]
    plot.add_layout(Legend(items=named, location="left", border_line_color=None, spacing=0), "above")
    plot.add_layout(Span(name=SOLVED_AT, dimension="height", line_color="#333333", line_dash="dotdash", visible=False))
    shown = [("sequence", f"@{X}{{0,0}}"), *((line.title, f"@{line.column}") for line in lines)]
    plot.add_tools(HoverTool(mode="vline", renderers=glyphs[:1], tooltips=shown))
    plot.toolbar.logo = None
    plot.toolbar.autohide = True
    plot.xaxis.formatter = NumeralTickFormatter(format="0,0")
    plot.yaxis.axis_label = title
    for axis in plot.axis:
        axis.axis_label_text_font_style = "normal"
        axis.axis_label_text_color = axis.major_label_text_color = "#333333"
    return plot
