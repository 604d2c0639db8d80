"""Training sequences over the lag: medians, what is published beside them, and which cells are a series."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.markers import CARETUP

from lagrun import plot
from lagrun.analysis.cells import measured_cells
from lagrun.checks import ConfigError
from lagrun.figures import lag as lags
from lagrun.figures.drawing import COLOURS
from lagrun.figures.lag import lag
from tests.figures.frames import frame_of, line, texts


def test_medians_over_the_lag_and_published_means_beside_our_means():
    published = {"published_solved": 3, "published_n": 4, "published_mean_sequences": 450.0}
    none = {"published_solved": 0, "published_n": 4, "published_mean_sequences": None}
    runs = frame_of(
        [
            ({"task.p": 100, "budget": 500, **none}, ["budget", "budget", 100]),
            ({"task.p": 10, **published}, [100, 200, 600]),
            ({"task.p": 50, **published}, [10, 20, 30, 40, 50, 60, "budget", "budget", "budget", "budget"]),
        ]
    )
    drawing = lag(runs)
    (axes,) = drawing.figure.axes
    x, y = line(axes, "median")
    assert x.tolist() == [10, 50]
    assert y.tolist() == [200, 55]
    assert line(axes, "beyond").tolist() == [[100], [500]]  # an open mark at the budget
    assert line(axes, "mean of solved")[1].tolist() == [300, 35, 100]
    assert line(axes, "published")[1][:2].tolist() == [450, 450]
    (joined,) = (
        np.array(each.get_ydata()) for each in axes.lines if each.get_linestyle() == "-" and len(each.get_xdata()) == 3
    )
    assert joined[:2].tolist() == [200, 55]
    assert np.isnan(joined[2])  # no line leads to what is beyond a budget
    assert np.isnan(line(axes, "published")[1][2])
    intervals = [each.get_ydata() for each in axes.lines if list(each.get_xdata()) == [50, 50]]
    assert [list(each) for each in intervals] == [[20, 1000]]  # ranks 2 and 9 of 10; the latter is infinite
    assert "published" in drawing.caption
    unpublished = lag(runs.drop(columns=list(published)))
    assert "ublished" not in unpublished.caption
    assert all(each.get_label() != "published" for each in unpublished.figure.axes[0].lines)


def test_what_is_published_once_has_one_star_however_many_series_there_are():
    def published(p, mean):
        return {"task.p": p, "published_solved": 3, "published_n": 4, "published_mean_sequences": mean}

    def stars(drawing):
        (axes,) = drawing.figure.axes
        found = [each for each in axes.lines if each.get_marker() == "*"]
        return [(each.get_markerfacecolor(), *np.array(each.get_data(), float).round(3).tolist()) for each in found]

    cells = [{"optimiser.r": r, **published(p, mean)} for r in (1, 2) for p, mean in ((10, 450.0), (20, 500.0))]
    drawing = lag(frame_of([(keys, [100]) for keys in cells]))
    assert stars(drawing) == [("white", [10], [450]), ("white", [20], [500])]
    assert "White stars" in drawing.caption
    cells[-1] |= published(20, 600.0)  # which differs between the series
    drawing = lag(frame_of([(keys, [100]) for keys in cells]))
    (first, _, y), (second, _, z), shared = stars(drawing)
    assert (first, y[1:], second, z[1:]) == (COLOURS[0], [500], COLOURS[1], [600])
    assert np.isnan([y[0], z[0]]).all()
    assert shared == ("white", [10], [450])
    legend = texts(drawing.figure.legends[0])
    assert legend[-2:] == ["published mean of solved", "published, all series"]


def test_series_are_cells_that_differ_in_the_lag_alone():
    pairs = [(50, 50), (100, 100), (200, 200), (200, 100), (200, 50)]
    cells = measured_cells(frame_of([({"task.q": q, "task.p": p}, [100]) for q, p in pairs]))
    found = {(series.key, series.label): [cell.keys for cell in series.cells] for series in lags.series_of(cells)}
    assert set(found) == {("task.p", "q=200"), ("task.q", "p = q")}
    assert [keys["task.p"] for keys in found["task.p", "q=200"]] == [50, 100, 200]
    assert [keys["task.q"] for keys in found["task.q", "p = q"]] == [50, 100, 200]
    rates = measured_cells(frame_of([({"task.p": p, "optimiser.r": r}, [100]) for r in (1, 2) for p in (9, 5)]))
    assert [series.label for series in lags.series_of(rates)] == ["r=1", "r=2"]
    assert [[cell.keys["task.p"] for cell in series.cells] for series in lags.series_of(rates)] == [[5, 9]] * 2


def test_cells_of_one_lag_are_said_to_be_left_out_and_series_are_called_by_name():
    name = "name"
    rtrl = [({name: "RTRL", "task.p": p, "optimiser.r": r}, [100]) for r in (1, 4) for p in (4, 10)]
    bptt = [({name: "BPTT", "task.p": 100, "optimiser.r": r}, [100]) for r in (1, 4)]
    drawing = lag(frame_of(rtrl + bptt))
    assert texts(drawing.figure.axes[0]) == ["RTRL, r=1", "RTRL, r=4"]
    assert "in the lag alone: BPTT, p=100, r=1; BPTT, p=100, r=4. Task" in drawing.caption
    alone = lag(frame_of(rtrl[:2] + bptt))
    assert texts(alone.figure.axes[0]) == ["RTRL"]
    unnamed = lag(frame_of([({key: keys[key] for key in keys if key != name}, found) for keys, found in rtrl[:3]]))
    assert texts(unnamed.figure.axes[0]) == ["r=1"]
    assert "Left out, as no other cell differs from them in the lag alone: p=4, r=4. " in unnamed.caption
    assert "Left out" not in lag(frame_of(rtrl)).caption
    many = [({name: f"n{i}", "task.p": 100 + i}, [100]) for i in range(14)]
    assert "n11, p=111; and 2 more. " in lag(frame_of(rtrl[:2] + many)).caption


def test_an_arrow_is_where_an_interval_is_open():
    runs = frame_of(
        [({"task.p": 10}, [100] * 10), ({"task.p": 20}, [*range(10, 70, 10), *["budget"] * 4]), ({"task.p": 30}, [5])]
    )
    (axes,) = lag(runs).figure.axes
    arrows = [np.array(each.get_data()).ravel().tolist() for each in axes.lines if each.get_marker() == CARETUP]
    assert arrows == [[20, 1000]]


def test_cells_with_p_equal_to_q_are_a_series_only_if_others_leave_them_out():
    keys = [{"task.q": q, "task.p": p} for q in (10, 20, 30) for p in (10, 20, 30)]
    found = [
        (series.key, series.label)
        for series in lags.series_of(measured_cells(frame_of([(each, [9]) for each in keys])))
    ]
    assert len(found) == 6
    assert all("p = q" not in label for _, label in found)


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ([{"task.p": p} for p in (5, 6)], "p, time lag"),
        ([{"task.p": p, "task.q": 9} for p in (5, 6)], "p, number of distractor symbols"),
        ([{"task.p": 5, "task.q": q} for q in (5, 6)], "q, time lag"),
    ],
)
def test_an_axis_is_called_what_the_lag_is(keys, said):
    (axes,) = lag(frame_of([(each, [9]) for each in keys])).figure.axes
    assert axes.get_xlabel() == said


def test_without_several_lags_there_is_nothing_over_the_lag():
    assert lag(frame_of([({"task.p": 5, "optimiser.r": r}, [100]) for r in (1, 2)])) is None
    assert lag(frame_of([({"task.p": p, "optimiser.r": p}, [100]) for p in (1, 2)])) is None  # nor is all else alike


def test_a_lag_of_one_s_own_is_drawn_if_it_is_asked_for():
    runs = frame_of(
        [({"task.delay": d, "task.p": p}, [100 * d, 300 * d, 200 * d + p]) for p in (3, 4) for d in (9, 5, 20)]
    )
    assert [series.key for series in lags.series_of(measured_cells(runs))] == ["task.p"] * 3
    for asked in ("task.delay", "delay"):
        drawing = lag(runs, asked)
        (axes,) = drawing.figure.axes
        assert axes.get_xlabel() == "delay, time lag"
        assert texts(axes) == ["p=3", "p=4"]
        assert [each.get_ydata().tolist() for each in axes.lines if each.get_label() == "median"] == [
            [1003, 1803, 4003],
            [1004, 1804, 4004],
        ]
    assert "--lag" in plot.KINDS["lag"].needs
    rates = frame_of([({"optimiser.rate": r, "task.p": 3}, [100]) for r in (0.1, 0.5)])
    assert lag(rates, "rate").figure.axes[0].get_xlabel() == "rate"


@pytest.mark.parametrize("values", [(0, 5), ("a", "b"), (True, False)])
def test_a_lag_is_a_number_above_0(values):
    runs = frame_of([({"task.delay": value}, [100]) for value in values])
    with pytest.raises(ConfigError, match=r"--lag delay: task.delay=.*: a lag must be a number > 0"):
        lag(runs, "delay")
