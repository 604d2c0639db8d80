"""Gives a figure that is drawn the colours, lines and size of its look.

Sizes in the code of figures are meant for letters of 10 points. A look with larger letters enlarges the whole figure:
what fits still fits. A look with a size then shrinks the figure to at most that size.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from lagrun.figures.look import CYCLE, INK, LETTERS, LINES, PAPER, SIZE, Look

if TYPE_CHECKING:
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure
    from matplotlib.transforms import Bbox

#: Factor by which the next try is larger, if the parts of a figure do not fit.
STEP = 1.12

#: Dots by which texts may overlap, or stick out of a figure: bounding boxes are higher than their letters.
NEAR = 2

#: Least share of a column's width for a panel's axes; labels to the left and right have the rest.
LEAST_SHARE = 0.5

RGBA = tuple[float, float, float, float]


def restyle(figure: Figure, look: Look, palette: Sequence[str], letters: float, width: float) -> float:
    """Give a figure the colours, lines and size of a look, within `lagrun.figures.drawing.styled`.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        Changed in place, so once only; drawn with black on white and the colours of `palette`.
    look : Look
        What it is to look like.
    palette : sequence of str
        Colours that the look's colours replace.
    letters, width : float
        Points of the letters and lines that it was drawn with.

    Returns
    -------
    float
        How many times larger the figure is to be written.
    """
    settings = look.settings
    recolour(figure, look, palette)
    wanted = settings.get(LETTERS, letters) / letters
    if LINES in settings:
        _widen(figure, settings[LINES] / width / wanted)
    if SIZE not in settings:
        return float(wanted)
    across, upwards = settings[SIZE]
    if look.fill:
        _fill(figure, across / wanted, across / upwards)
    elif look.column:
        _put_in_column(figure, look.column / wanted)
    figure_width, figure_height = figure.get_size_inches()
    return float(min(wanted, across / figure_width, upwards / figure_height))


class _Colours:
    """Maps the colours that a figure was drawn with to those of a look."""

    def __init__(self, settings: Any, palette: Sequence[str]) -> None:
        from matplotlib.colors import to_rgba

        self.ink, self.paper = to_rgba(settings.get(INK, "black")), to_rgba(settings.get(PAPER, "white"))
        ours, theirs = [to_rgba(colour) for colour in palette], [to_rgba(colour) for colour in settings.get(CYCLE, ())]
        self._cycle = {colour[:3]: theirs[i % len(theirs)][:3] for i, colour in enumerate(ours) if theirs}

    def __call__(self, colour: Any) -> RGBA:
        """Map greys to the scale from ink to paper, and the palette's colours to the look's; keep all others."""
        from matplotlib.colors import to_rgba

        red, green, blue, alpha = to_rgba(colour)
        if max(red, green, blue) - min(red, green, blue) < 0.02:
            parts = [ink + red * (paper - ink) for ink, paper in zip(self.ink[:3], self.paper[:3], strict=True)]
            red, green, blue = parts
        else:
            red, green, blue = self._cycle.get((red, green, blue), (red, green, blue))
        return red, green, blue, alpha

    def of_map(self, found: Colormap) -> Colormap:
        """A colour map from light to dark, reversed on dark paper."""
        is_dark = sum(self.paper[:3]) < sum(self.ink[:3])
        return found.reversed() if is_dark else found


def recolour(figure: Figure, look: Look, palette: Sequence[str]) -> None:
    """Give all parts of a figure the colours of a look, see `restyle`."""
    from matplotlib.collections import Collection
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch
    from matplotlib.text import Text

    if not {INK, PAPER, CYCLE} & set(look.settings):
        return
    colours = _Colours(look.settings, palette)
    mapped = [artist for artist in figure.findobj(Collection) if artist.get_array() is not None]
    for artist in figure.findobj():
        if isinstance(artist, Text):
            artist.set_color(colours(artist.get_color()))
            if arrow := getattr(artist, "arrow_patch", None):  # findobj does not find it
                arrow.set(facecolor=colours(arrow.get_facecolor()), edgecolor=colours(arrow.get_edgecolor()))
        elif isinstance(artist, Line2D):
            face, edge = artist.get_markerfacecolor(), artist.get_markeredgecolor()
            artist.set_color(colours(artist.get_color()))
            artist.set(markerfacecolor=colours(face), markeredgecolor=colours(edge))
        elif isinstance(artist, Patch):
            artist.set(facecolor=colours(artist.get_facecolor()), edgecolor=colours(artist.get_edgecolor()))
        elif isinstance(artist, Collection):
            edges = [colours(edge) for edge in artist.get_edgecolor()]
            if artist in mapped:
                artist.set_cmap(colours.of_map(artist.get_cmap()))
            else:
                artist.set_facecolor([colours(face) for face in artist.get_facecolor()])
            artist.set_edgecolor(edges)


def _widen(figure: Figure, times: float) -> None:
    """Multiply the width of a figure's lines by `times`; lengths and letters stay the same."""
    from matplotlib.collections import LineCollection
    from matplotlib.lines import Line2D

    for line in figure.findobj(Line2D):
        line.set_linewidth(line.get_linewidth() * times)
    for lines in figure.findobj(LineCollection):
        lines.set_linewidth(np.multiply(lines.get_linewidth(), times).tolist())


def _fill(figure: Figure, width: float, ratio: float) -> None:
    """Give a figure this ratio of width to height, and the least size, from this width up, at which all of it fits."""
    drawn_width, drawn_height = figure.get_size_inches()
    most = max(drawn_width, drawn_height * ratio)
    while width < most:
        figure.set_size_inches(width, width / ratio)
        if fits(figure):
            return
        width *= STEP
    figure.set_size_inches(most, most / ratio)


def _put_in_column(figure: Figure, width: float) -> None:
    """Make a figure of one panel as narrow as a column, and no higher than wide, if it fits and axes stay wide."""
    drawn = figure.get_size_inches()
    if len(figure.axes) > 1 or drawn[0] < width:
        return
    figure.set_size_inches(width, min(drawn[1], width))
    if not fits(figure) or _share_of_width(figure) < LEAST_SHARE:
        figure.set_size_inches(*drawn)


def _share_of_width(figure: Figure) -> float:
    """The share of a drawn figure's width that its panel takes."""
    return float(figure.axes[0].get_position().width)


def fits(figure: Figure) -> bool:
    """Tell whether no text of a figure overlaps another, or sticks out of it."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)  # matplotlib warns of axes without room
        try:
            figure.draw_without_rendering()
        except UserWarning:
            return False
    boxes, whole = text_boxes(figure), figure.bbox
    within = all(
        whole.x0 - NEAR < box.x0 and box.x1 < whole.x1 + NEAR and whole.y0 - NEAR < box.y0 and box.y1 < whole.y1 + NEAR
        for box in boxes
    )
    return within and not any(_overlap(*pair) for pair in combinations(boxes, 2))


def text_boxes(figure: Figure) -> list[Bbox]:
    """Bounding boxes, in dots, of all texts that a drawn figure shows."""
    from matplotlib.text import Text

    hidden = {id(text) for axes in figure.axes for axis in (axes.xaxis, axes.yaxis) for text in _not_shown(axis)}
    texts = [text for text in figure.findobj(Text) if text.get_visible() and text.get_text() and id(text) not in hidden]
    return [text.get_window_extent() for text in texts]


def _not_shown(axis: Any) -> list[Any]:
    """Labels of the ticks that lie beyond the ends of an axis."""
    low, high = sorted(axis.get_view_interval())
    ticks = [*axis.get_major_ticks(), *axis.get_minor_ticks()]
    room = 1e-9 * (high - low)
    return [
        text for tick in ticks if not low - room <= tick.get_loc() <= high + room for text in (tick.label1, tick.label2)
    ]


def _overlap(one: Bbox, other: Bbox) -> bool:
    across = min(one.x1, other.x1) - max(one.x0, other.x0)
    upwards = min(one.y1, other.y1) - max(one.y0, other.y0)
    return across > NEAR and upwards > NEAR
