"""The heat map: the share of solved runs in each square, and which keys make its axes."""

from __future__ import annotations

import numpy as np
import pytest

from lagrun.analysis.cells import measured_cells
from lagrun.checks import ConfigError
from lagrun.figures import lag as lags
from lagrun.figures.heat_map import heat_map
from lagrun.figures.panels import panels
from lagrun.figures.squares import values_of
from lagrun.figures.sweep import sweep_figures
from tests.figures.frames import frame_of, grid_runs


def test_squares_hold_the_share_of_solved_runs():
    (axes, _) = heat_map(grid_runs()).figure.axes
    (mesh,) = axes.collections
    expected = [[np.nan, np.nan, 0.5], [0, 0.75, 1]]
    np.testing.assert_array_equal(mesh.get_array().filled(np.nan), expected)
    assert [text.get_text() for text in axes.get_xticklabels()] == ["5", "50", "100"]
    assert [text.get_text() for text in axes.get_yticklabels()] == ["0.02", "0.1"]
    assert {text.get_position(): text.get_text() for text in axes.texts} == {
        (2.5, 0.5): "1/2",
        (0.5, 1.5): "0/2",
        (1.5, 1.5): "3/4",
        (2.5, 1.5): "2/2",
    }


def test_a_cell_of_which_no_run_ended_is_not_taken_for_one_that_is_not_there():
    drawing = heat_map(grid_runs(({"task.p": 5, "optimiser.r": 0.02}, ["failed", "unfinished"])))
    (axes, _) = drawing.figure.axes
    hatched, patch = axes.patches
    assert (hatched.get_xy(), hatched.get_width(), hatched.get_height()) == ((0, 0), 3, 2)
    assert (patch.get_xy(), patch.get_hatch()) == ((0, 0), None)
    assert {text.get_position(): text.get_text() for text in axes.texts}[0.5, 0.5] == "0 ended"
    assert "0 ended: all runs of the cell failed or are unfinished" in drawing.caption
    assert "Hatched squares are no cells of the sweep" in drawing.caption
    assert "N=2 to 4 runs a cell. 4 failed or unfinished runs are left out." in drawing.caption
    assert "not shown" not in drawing.caption
    assert "p=5, r=0.02: no run ended" in drawing.alt
    plain = heat_map(frame_of([({"task.p": p, "optimiser.r": r}, [10]) for p in (1, 2) for r in (1, 2)])).caption
    assert "Hatched" not in plain
    assert "0 ended" not in plain


def test_the_text_of_a_square_is_light_where_the_square_is_dark():
    (axes, _) = heat_map(grid_runs()).figure.axes
    colours = {text.get_text(): text.get_color() for text in axes.texts}
    assert colours == {"0/2": "black", "1/2": "black", "3/4": "white", "2/2": "white"}


@pytest.mark.parametrize(("n", "is_drawn"), [(7, False), (8, True)])
def test_a_third_of_the_squares_of_a_heat_map_must_be_there(n, is_drawn):
    squares = [(0, 0), (1, 1), (2, 2), (3, 3), (4, 0), (5, 1), (0, 1), (1, 2)]  # of 6 times 4
    runs = frame_of([({"task.p": p, "optimiser.r": r}, [10]) for p, r in squares[:n]])
    assert (heat_map(runs) is not None) == is_drawn


def test_the_keys_of_the_heat_map_can_be_chosen():
    (axes, _) = heat_map(grid_runs(), ["r", "task.p"]).figure.axes
    assert axes.get_xlabel() == "r"
    for keys, said in (
        (["q", "r"], "--keys q: does not vary; allowed: task.p, optimiser.r"),
        (["p", "p"], "different"),
    ):
        with pytest.raises(ConfigError, match=said):
            heat_map(grid_runs(), keys)


def test_what_two_keys_do_not_tell_apart_are_several_heat_maps():
    cells = [{"task.p": p, "optimiser.r": r, "task.k": k} for p in (1, 2) for r in (1, 2) for k in ("a", "b")]
    figure = heat_map(frame_of([(keys, [10]) for keys in cells])).figure
    assert [axes.get_title(loc="left") for axes in figure.axes[:-1]] == ["k=a", "k=b"]


def test_the_keys_of_the_heat_map_are_those_that_fill_it():
    rates = {"Adam": (1, 2, 3), "SGD": (3, 4, 5)}
    cells = [
        {"name": n, "optimiser.r": r, "task.k": k} for n, tried in rates.items() for r in tried for k in ("a", "b")
    ]
    drawing = heat_map(frame_of([(keys, [10]) for keys in cells]))
    *tables, _ = drawing.figure.axes
    assert [axes.get_title(loc="left") for axes in tables] == ["Adam", "SGD"]
    shown = [[text.get_text() for text in axes.get_xticklabels()] for axes in tables]
    assert shown == [["1", "2", "3"], ["3", "4", "5"]]  # of each its own
    assert "Hatched" not in drawing.caption


def test_values_are_sorted_as_numbers_where_they_are_numbers():
    cells = measured_cells(frame_of([({"task.p": p}, [1]) for p in (100, 9, 20)]))
    assert list(values_of(cells, "task.p").values()) == ["9", "20", "100"]
    cells = measured_cells(frame_of([({"task.p": 5, "task.k": k}, [1]) for k in ("random", "alternating")]))
    assert list(values_of(cells, "task.k").values()) == ["random", "alternating"]


def test_cells_whose_values_agree_in_six_digits_are_different_cells(tmp_path):
    keys = [{"task.p": p, "optimiser.r": r} for p in (5, 6) for r in (0.01234561, 0.01234562)]
    runs = frame_of([(of_cell, [10 * i + 10, 10 * i + 15]) for i, of_cell in enumerate(keys)])
    drawings = {drawing.name: drawing for drawing in sweep_figures(tmp_path, runs)}
    assert set(drawings) == {"ecdf", "strip", "lag", "heat_map"}
    (axes, _) = drawings["heat_map"].figure.axes
    assert [text.get_text() for text in axes.get_yticklabels()] == ["0.01234561", "0.01234562"]
    assert len({text.get_position() for text in axes.texts}) == 4
    assert [series.label for series in lags.series_of(measured_cells(runs))] == ["r=0.01234561", "r=0.01234562"]
    assert [panel.labels for panel in panels(measured_cells(runs), 2)] == [["r=0.01234561", "r=0.01234562"]] * 2
    assert "p=6, r=0.01234562: 2 of 2 solved" in drawings["strip"].alt


def test_keys_that_are_never_combined_have_no_heat_map_unless_they_are_asked_for():
    runs = frame_of([({"task.p": p, "optimiser.r": p / 10}, [10]) for p in (1, 2, 3)])
    assert heat_map(runs) is None
    assert heat_map(runs, ["p", "r"]) is not None
    assert heat_map(frame_of([({"task.p": 5}, [10])])) is None
