"""That texts in figures fit, and cover no other."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from PIL import Image

from lagrun.analysis.cells import measured_cells
from lagrun.figures.drawing import DPI, new_figure, styled
from lagrun.figures.ecdf import ecdf
from lagrun.figures.fitting import fitted, width_of
from lagrun.figures.heat_map import heat_map
from lagrun.figures.learning_curves import NAME as CURVES
from lagrun.figures.sweep import KINDS, drawn
from scripts.artefacts import MOST_DRAWN, RESULTS, RUNS, read_runs
from tests.drawn_text import collisions
from tests.figures.frames import frame_of

#: Sweeps of which the repository keeps figures.
KEPT = sorted(path.parent.name for path in RESULTS.glob(f"*/{RUNS}"))

LONG = ("a net that is checked after each sequence", "an_option_without_any_space=logistic_1", "BPTT, error at the end")


@given(st.text("ab =_/W", max_size=40), st.floats(0.2, 2))
def test_lines_are_no_wider_than_they_may_be_and_lose_no_letter(text: str, inches: float) -> None:
    lines = fitted(text, inches, 9).split("\n")
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(width_of(line, 9) <= inches for line in lines)


def test_words_stay_whole_where_they_fit() -> None:
    assert fitted("a b", 9, 9) == "a b"
    assert fitted("first second", width_of("second", 9), 9) == "first\nsecond"
    assert fitted("long_name=value", width_of("long_name=", 9), 9) == "long_name=\nvalue"
    assert fitted("(1\N{NO-BREAK SPACE}of\N{NO-BREAK SPACE}2)", width_of("(1 of 2)", 9), 9).count("\n") == 0


def test_texts_that_cover_others_or_are_cut_are_found() -> None:
    with styled():
        figure = new_figure(3, 2)
        figure.text(0.1, 0.5, "one")
        figure.text(0.15, 0.52, "other")
        figure.text(0.9, 0.1, "too long a text")
    assert collisions(figure) == ["'one' covers 'other'", "'too long a text' is cut"]


def test_long_names_cover_nothing_in_heat_maps() -> None:
    runs = frame_of([({"name": name, "task.p": p}, [10] * 30) for name in LONG for p in (5, 6)])
    assert collisions(heat_map(runs).figure) == []


def test_long_labels_at_the_ends_of_curves_stay_below_the_title() -> None:
    key = "model.a_long_key_of_a_net"
    runs = frame_of([({"name": f"net {i // 4}", key: f"{LONG[1]} and {LONG[0]} {i % 4}"}, [10, 20]) for i in range(6)])
    assert collisions(ecdf(runs).figure) == []


def line_colours(figure: Figure) -> set[str]:
    """Colours of the lines and marks of a figure that are seen."""
    lines = (line for axes in figure.axes for line in axes.lines if len(line.get_xdata()))
    seen = [line for line in lines if np.isfinite(np.array(line.get_ydata(), float)).any()]
    return {to_hex(line.get_markeredgecolor() if line.get_linestyle() == "None" else line.get_color()) for line in seen}


@pytest.mark.slow
@pytest.mark.parametrize("sweep", KEPT)
def test_kept_figures_are_those_of_the_kept_runs_in_their_colours_and_no_text_covers_another(sweep: str) -> None:
    runs, folder = read_runs(RESULTS / sweep), RESULTS / sweep
    is_drawn = len(measured_cells(runs)) <= MOST_DRAWN
    figures = drawn(folder, runs, [name for name in KINDS if name != CURVES]) if is_drawn else {}
    kept = {path.stem for path in folder.glob("*.png")}
    assert kept - {CURVES} == {name for name, drawing in figures.items() if drawing}
    for drawing in filter(None, figures.values()):
        assert collisions(drawing.figure) == []
        picture = Image.open(folder / drawing.file).convert("RGB")
        assert np.abs(picture.size - drawing.figure.get_size_inches() * DPI).max() < 2, drawing.name
        found = np.array([colour for _, colour in picture.getcolors(256) or []])
        for colour in line_colours(drawing.figure):
            assert np.abs(found - list(bytes.fromhex(colour[1:]))).max(-1).min() <= 2, (drawing.name, colour)
