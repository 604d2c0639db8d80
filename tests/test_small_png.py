"""That pictures of few colours have the colours that were drawn."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from lagrun.figures.drawing import COLOURS, GREY, Drawing, content, new_figure, styled
from scripts.small_png import small


def pixels(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)


def test_the_colours_of_lines_stay_though_a_colour_bar_has_more_than_a_palette_holds() -> None:
    with styled():
        figure = new_figure(5, 3)
        left, right = figure.subplots(1, 2)
        for i, colour in enumerate((*COLOURS, GREY)):
            left.plot([i], [0], "o", color=colour, markersize=3)
            left.fill_between([i - 0.3, i + 0.3], [1, 1], [2, 2], color=colour, alpha=0.13, lw=0)
        figure.colorbar(right.pcolormesh([[0, 1]], cmap="Blues"))
        right.pcolormesh(np.arange(300).reshape(15, 20), cmap="viridis")
    png = content(Drawing("many", figure, "", ""), "png")
    before, after = pixels(png), pixels(small(png))
    assert len(np.unique(before.reshape(-1, 3), axis=0)) > 3 * 256
    assert len(np.unique(after.reshape(-1, 3), axis=0)) <= 256
    for colour in (*COLOURS, GREY):
        wanted = list(bytes.fromhex(colour[1:]))
        kept, there = ((each == wanted).all(-1) for each in (after, before))
        assert there.any()
        assert kept[there].all()
    assert np.abs(after - before).max(-1).mean() < 1
    assert len(small(png)) < len(png) / 2


def test_a_picture_of_few_colours_is_the_same_picture() -> None:
    buffer = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 5, (20, 30, 3), np.uint8) * 60).save(buffer, "PNG")
    assert np.array_equal(pixels(small(buffer.getvalue())), pixels(buffer.getvalue()))
