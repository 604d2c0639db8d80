"""The distribution of solved runs over training sequences, its band, and its labels, against numbers worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from lagrun.analysis import statistics
from lagrun.analysis.cells import measured_cells
from lagrun.figures.drawing import GREY
from lagrun.figures.ecdf import ecdf, steps
from tests.figures.frames import frame_of, line, texts


def test_the_distribution_has_unsolved_and_diverged_runs_below_the_line():
    runs = frame_of([({"task.p": 5}, [100, 300, 100, "budget", "diverged", "failed", "unfinished"])])
    (cell,) = measured_cells(runs)
    sequences, k, band = steps(cell, 10.0)
    assert sequences.tolist() == [10, 100, 300, 1000]
    assert k.tolist() == [0, 2, 3, 3]  # of 5: runs without an outcome are not among them
    np.testing.assert_array_equal(band, [statistics.wilson(each, 5) for each in (0, 2, 3, 3)])
    drawing = ecdf(runs)
    (axes,) = drawing.figure.axes
    x, y = line(axes, cell.title)
    assert x[1:].tolist() == [100, 300, 1000]
    assert y.tolist() == [0, 0.4, 0.6, 0.6]
    assert texts(axes) == ["3/5"]
    assert [each.get_xdata()[0] for each in axes.lines if each.get_linestyle() == "--"] == [1000]
    assert "N=5 runs" in drawing.caption
    assert "2 failed or unfinished runs are left out" in drawing.caption
    assert "3 of 5 solved, median 300" in drawing.alt


def test_the_band_in_the_picture_is_wilsons():
    runs = frame_of([({"task.p": 5}, [100, 300, "budget"])])
    (axes,) = ecdf(runs).figure.axes
    (band,) = axes.collections
    corners = band.get_paths()[0].vertices
    for x, before, after in ((100, 0, 1), (300, 1, 2)):  # steps at the solution itself, as the curve does
        at = {round(float(y), 9) for found, y in corners if found == x}
        assert at == {round(bound, 9) for k in (before, after) for bound in statistics.wilson(k, 3)}
    assert max(corners[:, 1]) == pytest.approx(statistics.wilson(2, 3)[1])


def test_cells_of_which_nothing_is_solved_are_seen_and_told_apart():
    runs = frame_of([({"task.p": p}, ["budget"] * 3) for p in (5, 6)] + [({"task.p": 7, "budget": 500}, ["budget"])])
    (axes,) = ecdf(runs).figure.axes
    ends = [line(axes, f"p={p}")[:, -1].tolist() for p in (5, 6, 7)]
    assert ends == [[1000, 0], [1000, 0], [500, 0]]
    looks = {(each.get_color(), each.get_linestyle()) for each in axes.lines if each.get_label().startswith("p=")}
    assert len(looks) == 3
    budgets = [each.get_xdata()[0] for each in axes.lines if each.get_color() == GREY]
    assert budgets == [500, 1000]  # a line each
    assert axes.get_ylim()[0] < 0  # a line at zero is not hidden by the axis
    assert sorted(texts(axes)) == ["0/1 p=7", "0/3 p=5", "0/3 p=6"]
    heights = sorted(text.get_position()[1] for text in axes.texts)
    assert np.diff(heights).min() > 0.03


def test_one_run_a_cell_has_no_distribution():
    assert ecdf(frame_of([({"task.p": 5}, [100]), ({"task.p": 6}, ["budget"])])) is None
    assert ecdf(frame_of([({"task.p": 5}, ["failed", "unfinished"])])) is None
