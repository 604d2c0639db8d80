"""That pictures of few colours have the colours that were drawn."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from lagrun.figures.drawing import COLOURS, GREY
from scripts.small_png import small


def png_of(pixels: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels.astype(np.uint8)).save(buffer, "PNG")
    return buffer.getvalue()


def pixels_of(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)


def test_rare_colours_of_lines_stay_though_a_colour_bar_has_more_than_a_palette_holds() -> None:
    before = np.stack([np.arange(300).repeat(40).reshape(-1, 40) % 256] * 3, axis=-1)
    before[:, :, 2] = np.arange(300)[:, None] // 2
    lines = [list(bytes.fromhex(colour[1:])) for colour in (*COLOURS, GREY)]
    before[10, : len(lines)] = lines
    before[20:, : len(lines)] = np.array(lines) ^ [0, 0, 1]  # frequent ones beside them
    png = png_of(before)
    after = pixels_of(small(png))
    assert after[10, : len(lines)].tolist() == lines  # a pixel each
    assert len(np.unique(after.reshape(-1, 3), axis=0)) == 256
    assert np.abs(after - before).max() <= 4


def test_a_picture_of_few_colours_is_the_same_picture() -> None:
    before = np.random.default_rng(0).integers(0, 6, (20, 30, 3)) * 51
    assert np.array_equal(pixels_of(small(png_of(before))), before)
