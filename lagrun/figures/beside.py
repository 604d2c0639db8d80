"""Labels beside the right ends of curves, instead of a legend."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lagrun.figures.axes import look

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Size of a label's letters in points; height of its lines in inches; factor that adds room above and below.
LABEL_SIZE, LINE_HEIGHT, AROUND = 8.5, 0.155, 1.08


def beside(
    axes: Axes, ends: Sequence[tuple[float, float]], texts: Sequence[str], shares: Sequence[float], height: float
) -> None:
    """Write labels to the right of the axes, each joined to the end of its curve by a line in the curve's style.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Whose curves they are.
    ends : sequence of (float, float)
        Right ends of the curves.
    texts : sequence of str
        Labels; a curve whose label is empty has none.
    shares : sequence of float
        Heights of the ends as shares of the axes' height.
    height : float
        Inches that the axes are high.
    """
    shown = [i for i, text in enumerate(texts) if text]
    heights = [_height(texts[i]) / height for i in shown]
    for i, y in zip(shown, spread([shares[i] for i in shown], heights), strict=True):
        axes.annotate(
            texts[i],
            ends[i],
            xytext=(1.09, y),
            textcoords=axes.transAxes,
            va="center",
            fontsize=LABEL_SIZE,
            color="#222222",
            annotation_clip=False,
            arrowprops={"arrowstyle": "-", "relpos": (0, 0.5), "shrinkA": 1, "shrinkB": 3, "linewidth": 1, **look(i)},
        )


def room_for(texts: Sequence[str]) -> float:
    """Least height of axes, in inches, at which the labels beside them fit."""
    return sum(_height(text) for text in texts if text)


def _height(text: str) -> float:
    return (text.count("\n") + 1) * LINE_HEIGHT * AROUND


def spread(wanted: Sequence[float], heights: Sequence[float], low: float = 0.0, high: float = 1.0) -> list[float]:
    """Move overlapping labels apart, as little as possible, and keep their order.

    Parameters
    ----------
    wanted : sequence of float
        Wanted position of the middle of each.
    heights : sequence of float
        Of each.
    low, high : float
        Ends of the room; if it is too small, labels reach beyond `high`.

    Returns
    -------
    list of float
        Position of the middle of each.
    """
    clusters: list[tuple[float, float, list[int]]] = []  # wanted middle, height, labels from the lowest upwards
    found = [0.0] * len(wanted)

    def middle(cluster: tuple[float, float, list[int]]) -> float:
        return max(min(cluster[0], high - cluster[1] / 2), low + cluster[1] / 2)

    for i in sorted(range(len(wanted)), key=lambda i: (wanted[i], -i)):
        last = (wanted[i], heights[i], [i])
        while clusters and middle(clusters[-1]) + clusters[-1][1] / 2 > middle(last) - last[1] / 2:
            below = clusters.pop()
            n, m = len(below[2]), len(last[2])
            last = ((below[0] * n + last[0] * m) / (n + m), below[1] + last[1], below[2] + last[2])
        clusters.append(last)
    for cluster in clusters:
        y = middle(cluster) - cluster[1] / 2
        for i in cluster[2]:
            found[i] = y + heights[i] / 2
            y += heights[i]
    return found
