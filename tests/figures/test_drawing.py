"""How figures are written."""

from __future__ import annotations

import numpy as np

from lagrun.figures.drawing import Drawing, add_caption, content, new_figure, save, styled
from lagrun.figures.run_parts import set_scale


def drawing() -> Drawing:
    with styled():
        figure = new_figure(4, 3)
        figure.subplots().plot([1, 2], [3, 1], label="runs")
        add_caption(figure, "A line that falls.")
    return Drawing("line", figure, "A line that falls.", "A falling line.")


def test_a_figure_is_written_as_png_and_svg_whose_text_is_text(tmp_path):
    png, svg = save([drawing()], tmp_path / "figures")
    assert (png.name, svg.name) == ("line.png", "line.svg")
    assert png.read_bytes().startswith(b"\x89PNG")
    assert ">A line that falls.<" in svg.read_text()


def test_the_same_figure_has_the_same_bytes():
    for kind in ("png", "svg"):
        assert content(drawing(), kind) == content(drawing(), kind)


def test_no_tick_is_written_as_a_formula():
    with styled():
        figure = new_figure(4, 3)
        axes = figure.subplots()
        set_scale(axes, np.array([1e-7, 0.002, 40.0]))
        low, high = axes.get_ylim()
        assert low < 1e-7 < 40 < high
        labels = [text.get_text() for text in axes.get_yticklabels()]
    assert axes.get_yscale() == "log"
    assert labels == ["1e-07", "1e-05", "0.001", "0.1", "10"]
