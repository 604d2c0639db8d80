"""The strip of runs: a mark for each, in its place, and beyond the axis where a run was not solved."""

from __future__ import annotations

import numpy as np

from lagrun.figures.beyond import MARK, beyond_the_axis
from lagrun.figures.strip import strip
from tests.figures.frames import BUDGET, frame_of, texts


def test_every_run_has_a_mark_and_unsolved_ones_are_open_beyond_the_axis():
    runs = frame_of([({"task.p": 5}, [100, 300, 200, "budget", "diverged"]), ({"task.p": 6}, [50, "budget", "failed"])])
    axes, beyond = strip(runs).figure.axes
    solved = [each.get_offsets() for each in axes.collections]
    assert [np.sort(each[:, 0]).tolist() for each in solved] == [[100, 200, 300], [50]]
    assert axes.collections[0].get_facecolor().size > 0
    marks = [each.get_offsets() for each in beyond.collections]
    assert [len(each) for each in marks] == [1, 1, 1, 0]  # of each row: unsolved and diverged
    assert [each[0].tolist() for each in marks[:3]] == [[0, 0], [0.1, 0], [0, 1]]  # side by side, in inches
    assert beyond.collections[0].get_facecolor().size == 0  # open
    assert beyond.get_xscale() == "linear"
    assert list(beyond.get_xticks()) == []
    medians = [each.get_xdata()[0] for each in axes.lines if each.get_color() == "black"]
    assert medians == [300]  # the second one is infinite
    assert texts(beyond) == ["3/5", "1/2"]
    for row, each in enumerate(solved):
        assert (abs(each[:, 1] - row) < 0.5).all()


def test_where_all_runs_are_solved_nothing_is_beyond_the_axis():
    drawing = strip(frame_of([({"task.p": 5}, [100, BUDGET])]))
    (axes,) = drawing.figure.axes
    assert texts(axes) == ["2/2"]
    assert axes.get_xlim()[1] < BUDGET * 1.2
    assert "eyond the axis" not in drawing.caption


def test_the_legend_of_the_strip_has_the_marks_that_occur():
    def legend(outcomes):
        (found,) = strip(frame_of([({"task.p": 5}, outcomes)])).figure.legends
        return texts(found)

    assert legend([10, 20, "diverged"]) == ["solved", "diverged", "median of all runs"]
    assert legend(["budget", "diverged"]) == ["unsolved within the budget", "diverged"]


def test_marks_beyond_the_axis_stand_side_by_side():
    beside, heights = beyond_the_axis(10, 0.4, 0.1, 6)
    assert len({*zip(beside, heights, strict=True)}) == 10
    assert beside.min() == 0
    assert beside.max() == 5  # four columns of two, two of one
    for row in (0.22, 0.34, 0.4):
        beside, heights = beyond_the_axis(3, row, 0.1, 6)
        assert (beside.tolist(), heights.tolist()) == ([0, 1, 2], [0, 0, 0])
        assert abs(beyond_the_axis(100, row, 0.1, 6)[1]).max() * row + MARK / 2 <= row / 2 + 1e-9  # not in the next row
    assert [each.tolist() for each in beyond_the_axis(1, 0.4, 0.1, 6)] == [[0], [0]]
    assert [len(each) for each in beyond_the_axis(0, 0.4, 0.1, 6)] == [0, 0]
    assert beyond_the_axis(1000, 0.4, 0.1, 6)[0].max() == 5


def test_the_same_runs_have_the_same_marks():
    runs = frame_of([({"task.p": 5}, [100, 300, 200, "budget"])])
    found = [strip(runs).figure.axes[0].collections[0].get_offsets() for _ in range(2)]
    np.testing.assert_array_equal(*found)
