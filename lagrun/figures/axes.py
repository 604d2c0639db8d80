"""Axes of training sequences, and marks that can be told apart without colour."""

from __future__ import annotations

from math import ceil, floor, log10
from typing import TYPE_CHECKING, Any

from lagrun.figures.drawing import COLOURS, LINES, MARKERS

if TYPE_CHECKING:
    from matplotlib.axis import Axis

#: Decades above which only powers of ten have a tick.
MANY_DECADES = 2.3


def look(i: int) -> dict[str, Any]:
    """Colour and line style of the i-th cell of a panel; the first 28 are different pairs."""
    return {"color": COLOURS[i % len(COLOURS)], "linestyle": LINES[i % len(LINES)]}


def marker(i: int) -> str:
    """Marker of the i-th cell of a panel."""
    return MARKERS[i % len(MARKERS)]


def short_number(value: float) -> str:
    """A number of sequences on an axis: ``500``, ``5k``, ``5M``."""
    for size, letter in ((1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:,.4g}{letter}"
    return f"{value:.4g}"


def log_ticks(low: float, high: float, n_most: int = 7) -> list[float]:
    """Ticks of a logarithmic axis: powers of ten, with 2 and 5 times as much if it is short, or round numbers.

    Parameters
    ----------
    low, high : float
        Ends of the axis, 0 < low < high.
    n_most : int
        Ticks there may be, at least 2.

    Returns
    -------
    list of float
        Ascending, within the axis.
    """
    factors = (1,) if log10(high / low) > MANY_DECADES else (1, 2, 5)
    decades = range(floor(log10(low)), ceil(log10(high)) + 1)
    ticks = [factor * 10.0**decade for decade in decades for factor in factors if low <= factor * 10.0**decade <= high]
    if len(ticks) < 2:
        step = 10.0 ** floor(log10(high - low))
        while (high - low) / step < 2:
            step /= 2
        ticks = [i * step for i in range(ceil(low / step), floor(high / step) + 1)]
    return ticks[:: ceil(len(ticks) / n_most)]


def log_axis(axis: Axis, low: float, high: float, n_most: int = 7, minor: bool = True) -> None:
    """Make an axis logarithmic, from low to high, with ticks a reader knows.

    Parameters
    ----------
    axis : matplotlib.axis.Axis
        ``axes.xaxis`` or ``axes.yaxis``.
    low, high : float
        Its ends, 0 < low < high.
    n_most : int
        Ticks there may be.
    minor : bool
        Whether to draw small ticks between; in a figure of many panels they take most of the time.
    """
    from matplotlib.ticker import FixedLocator, LogLocator, NullFormatter, NullLocator

    name = "x" if axis is axis.axes.xaxis else "y"
    axis.axes.set(**{f"{name}scale": "log", f"{name}lim": (low, high)})
    ticks = log_ticks(low, high, n_most)
    axis.set_major_locator(FixedLocator(ticks))
    axis.set_ticklabels([short_number(tick) for tick in ticks])
    axis.set_minor_locator(LogLocator(subs=range(2, 10)) if minor else NullLocator())
    axis.set_minor_formatter(NullFormatter())
