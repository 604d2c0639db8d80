"""What the texts of a figure cover, for tests."""

from __future__ import annotations

from itertools import combinations
from unittest.mock import patch

from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from lagrun.figures.drawing import DPI, styled

#: Dots by which texts may reach into each other: the boxes of letters have a little room around them.
SLACK = 2


def drawn_texts(figure: Figure) -> list[tuple[str, Bbox]]:
    """Draw a figure as it is written, and list the texts that are seen, with their boxes in dots."""
    drawn: dict[int, Text] = {}
    draw = Text.draw

    def record(text: Text, renderer: object) -> None:
        if text.get_visible() and text.get_text().strip():
            drawn[id(text)] = text
        draw(text, renderer)

    with styled(), patch.object(Text, "draw", record):
        figure.set_dpi(DPI)
        figure.draw_without_rendering()
        return [(text.get_text(), Text.get_window_extent(text)) for text in drawn.values()]


def collisions(figure: Figure) -> list[str]:
    """What texts of a figure cover each other, or reach beyond its edges."""
    texts = drawn_texts(figure)
    assert texts
    found = [f"{one!r} covers {other!r}" for (one, a), (other, b) in combinations(texts, 2) if _meet(a, b)]
    whole = figure.bbox
    return found + [
        f"{text!r} is cut"
        for text, box in texts
        if min(box.x0, box.y0) < -SLACK or box.x1 > whole.x1 + SLACK or box.y1 > whole.y1 + SLACK
    ]


def _meet(one: Bbox, other: Bbox) -> bool:
    return (
        min(one.x1, other.x1) - max(one.x0, other.x0) > SLACK and min(one.y1, other.y1) - max(one.y0, other.y0) > SLACK
    )
