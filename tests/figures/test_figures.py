"""What the figures of a sweep hold, against numbers worked by hand, and the command that writes them."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.markers import CARETUP

from lagrun import plot
from lagrun.analysis import statistics
from lagrun.analysis.cells import measured_cells, with_outcome
from lagrun.checks import ConfigError
from lagrun.figures import lag as lags
from lagrun.figures.axes import log_ticks, short_number
from lagrun.figures.beside import spread
from lagrun.figures.beyond import MARK, beyond_the_axis
from lagrun.figures.captions import setting
from lagrun.figures.drawing import COLOURS, GREY
from lagrun.figures.ecdf import ecdf, steps
from lagrun.figures.heat_map import heat_map
from lagrun.figures.lag import lag
from lagrun.figures.learning_curves import learning_curves, on_grid
from lagrun.figures.panels import MOST_LINES, grid, panels
from lagrun.figures.squares import values_of
from lagrun.figures.strip import strip
from lagrun.figures.sweep import KINDS, sweep_figures
from lagrun.figures.unsolved import to_draw
from lagrun.interfaces.run_result import CURVE_COLUMNS
from lagrun.storage import files
from tests.analysis.test_aggregate import say, sweep

BUDGET = 1000


def frame_of(cells: list[tuple[dict[str, Any], list[Any]]]) -> pd.DataFrame:
    """A frame of runs: per cell its keys, and per run an outcome, or the sequences of a solved one."""
    rows = []
    for i, (keys, outcomes) in enumerate(cells):
        for seed, outcome in enumerate(outcomes):
            solved = None if isinstance(outcome, str) else outcome
            budget = keys.get("budget", BUDGET)
            seen = {"diverged": 30}.get(outcome, budget) if solved is None else solved
            rows.append(
                {
                    "folder": f"{i}/seed={seed}",
                    "seed": seed,
                    "outcome": "solved" if solved else outcome,
                    "sequences_to_solve": solved,
                    "sequences_seen": seen,
                    "model": "lstm",
                    "task": "noise_free",
                    "criterion": "rolling_accuracy",
                    "budget": BUDGET,
                    **keys,
                }
            )
    return pd.DataFrame(rows)


def line(axes: Any, label: str) -> np.ndarray:
    """The only line of a label, shape (2, points)."""
    (found,) = (each for each in axes.lines if each.get_label() == label)
    return np.array(found.get_data(), float)


def texts(axes: Any) -> list[str]:
    """Of axes, or of a legend."""
    return [text.get_text() for text in axes.texts]


# -- distribution -------------------------------------------------------------------------------------------------


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


# -- strip --------------------------------------------------------------------------------------------------------


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


# -- learning curves ----------------------------------------------------------------------------------------------


def curve(sequences: list[int], rolling: list[float]) -> pd.DataFrame:
    found = pd.DataFrame(0.5, index=range(len(sequences)), columns=list(CURVE_COLUMNS))
    return found.assign(sequence=sequences, rolling_last_step_accuracy=rolling)


def test_a_run_that_has_ended_holds_its_last_value():
    curves = [curve([1, 10, 20], [0.1, 0.4, 1.0]), curve([1, 10, 100], [0.2, 0.3, 0.6])]
    found = on_grid(curves, "rolling_last_step_accuracy", np.array([1, 9, 10, 20, 99, 100, 500]))
    assert found.tolist() == [[0.1, 0.1, 0.4, 1, 1, 1, 1], [0.2, 0.2, 0.3, 0.3, 0.3, 0.6, 0.6]]
    assert np.isnan(on_grid(curves, "rolling_last_step_accuracy", np.array([0.5]))).all()


def store_curve(folder: Path, found: pd.DataFrame) -> None:
    folder.mkdir(parents=True)
    files.write_curve(folder / files.CURVE, CURVE_COLUMNS, found.to_numpy())


def test_learning_curves_are_medians_and_quantiles_over_all_seeds(tmp_path):
    runs = frame_of([({"task.p": 5}, [10, 100, "budget", "failed", "unfinished"]), ({"task.p": 6}, ["failed"])])
    ended = [([1, 10], [0, 1]), ([1, 100], [0, 0.8]), ([1, 1000], [0.2, 0.5])]
    others = [([1, 5], [0.9, 0.9])] * 2  # of runs that have no outcome: damaged, or those of another budget
    for seed, (sequences, rolling) in enumerate([*ended, *others]):
        store_curve(tmp_path / f"0/seed={seed}", curve(sequences, rolling))
    drawing = learning_curves(tmp_path, runs)
    (axes,) = drawing.figure.axes
    x, y = axes.lines[0].get_data()
    assert (x[0], x[-1]) == (1, 1000)
    at = {int(sequence): value for sequence, value in zip(x, y, strict=True)}
    assert (at[1], at[10], at[100], at[1000]) == (0, 0.2, 0.8, 0.8)  # medians of (0, 0, .2), (1, 0, .2), ...
    high = max(axes.collections[0].get_paths()[0].vertices[:, 1])
    assert high == pytest.approx(np.quantile([1, 0.8, 0.5], 0.9))
    assert axes.get_title(loc="left") == "2/3 p=5"
    assert "N=3 runs" in drawing.caption


def test_learning_curves_end_at_the_budget_of_their_own_cell(tmp_path):
    runs = frame_of([({"task.p": 5, "budget": 50}, [10, "budget"]), ({"task.p": 6}, [300, "budget"])])
    for i, last in enumerate([10, 50, 300, 1000]):
        store_curve(tmp_path / f"{i // 2}/seed={i % 2}", curve([1, last], [0.2, 0.9]))
    ends = [
        {line.get_xdata()[-1] for line in axes.lines[:2]} | {max(axes.collections[0].get_paths()[0].vertices[:, 0])}
        for axes in learning_curves(tmp_path, runs).figure.axes
    ]
    assert ends == [{50}, {1000}]


def test_panels_of_learning_curves_begin_where_all_runs_have_a_value_and_end_with_the_longest_run(tmp_path):
    runs = frame_of([({"task.p": 5}, [10, 40]), ({"task.p": 6}, [100, 200])])
    for i, last in enumerate([10, 40, 100, 200]):
        first = 3 if i == 1 else 1
        store_curve(tmp_path / f"{i // 2}/seed={i % 2}", curve([first, last], [0.2, 0.9]))
    left, right = learning_curves(tmp_path, runs).figure.axes
    for axes, start in ((left, 3), (right, 1)):
        rolling, held_out = axes.lines
        assert (rolling.get_xdata()[0], rolling.get_xdata()[-1]) == (start, 200)
        assert (rolling.get_ydata()[0], rolling.get_ydata()[-1]) == pytest.approx((0.2, 0.9))
        assert set(held_out.get_ydata()) == {0.5}
        assert held_out.get_linestyle() == "--"


def test_without_curves_there_are_no_learning_curves(tmp_path):
    assert learning_curves(tmp_path, frame_of([({"task.p": 5}, [100, 200])])) is None


# -- lag ----------------------------------------------------------------------------------------------------------


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


# -- heat map -----------------------------------------------------------------------------------------------------


def grid_runs() -> pd.DataFrame:
    return frame_of(
        [
            ({"task.p": 100, "optimiser.r": 0.1}, [10, 20]),
            ({"task.p": 100, "optimiser.r": 0.02}, [10, "budget"]),
            ({"task.p": 5, "optimiser.r": 0.1}, ["diverged", "budget", "failed"]),
            ({"task.p": 50, "optimiser.r": 0.1}, [3, 4, 5, "budget", "failed"]),
        ]
    )


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
    runs = frame_of([({"task.p": 5, "optimiser.r": 0.02}, ["failed", "unfinished"])])
    drawing = heat_map(pd.concat([grid_runs(), runs.assign(folder="4/seed=" + runs["seed"].astype(str))]).reset_index())
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


# -- captions -----------------------------------------------------------------------------------------------------


def test_a_caption_is_without_keys_that_the_task_has_not():
    runs = frame_of([({"task.p": 5, "task.q": None}, [10, 20]), ({"task.p": 5, "task.q": 9.0}, ["failed"])])
    assert "Task noise_free, p = 5; criterion rolling_accuracy; budget" in ecdf(runs).caption


def test_a_criterion_whose_name_is_not_known_has_no_settings_without_it():
    runs = frame_of([({"task.p": 5, "criterion": None, "criterion.check_every": 100}, [10, 20])])
    assert "Task noise_free, p = 5; budget 1,000" in ecdf(runs).caption
    assert "criterion rolling_accuracy (checked every 100); " in ecdf(runs.assign(criterion="rolling_accuracy")).caption


def test_a_caption_counts_what_is_missing_of_its_own_cells():
    alone = {"task.p": 7, "optimiser.r": 9}
    runs = frame_of(
        [
            ({"task.p": 5, "optimiser.r": 1}, [10, "failed"]),
            ({"task.p": 6, "optimiser.r": 1}, [10, 20, 30]),
            (alone, [10, "failed", "unfinished"]),
            ({"task.p": 8, "optimiser.r": 8}, ["failed"] * 3),
        ]
    )
    few, all_of_them = lag(runs).caption, strip(runs).caption
    empty = "1 further cell is not shown, for want of a run that ended."
    assert few.endswith(f"N=1 to 3 runs a cell. 1 failed or unfinished run is left out. {empty}")
    assert all_of_them.endswith(f"N=1 to 3 runs a cell. 3 failed or unfinished runs are left out. {empty}")
    two_empty = frame_of([(alone, [10]), *(({"task.p": p, "optimiser.r": p}, ["failed"]) for p in (1, 2))])
    (cell,) = with_outcome(two_empty)
    assert setting([cell], two_empty).endswith("N=1 run. 2 further cells are not shown, for want of a run that ended.")


# -- panels, axes -------------------------------------------------------------------------------------------------


def test_many_cells_are_shared_out_between_panels_by_what_they_have_in_common():
    keys = [{"name": n, "task.p": p, "optimiser.r": r} for n in ("A", "B") for p in (1, 2) for r in (1, 2, 3)]
    found = panels(measured_cells(frame_of([(each, [10]) for each in keys])))
    assert [panel.title for panel in found] == ["A, p=1", "A, p=2", "B, p=1", "B, p=2"]
    assert found[0].labels == ["r=1", "r=2", "r=3"]
    drawn = [cell.keys for panel in found for cell in panel.cells]
    assert [{key: of_cell[key] for key in keys[0]} for of_cell in drawn] == keys
    lonely = panels(measured_cells(frame_of([({"task.p": p, "task.q": p}, [10]) for p in range(1, 10)])))
    assert [len(panel.cells) for panel in lonely] == [3, 3, 3]
    assert [panel.title[:2] for panel in lonely] == ["(1", "(2", "(3"]
    assert max(len(panel.cells) for panel in lonely) <= MOST_LINES
    assert [grid(n, 3) for n in (1, 4, 7)] == [(1, 1), (2, 2), (3, 3)]


def test_cells_that_nothing_else_puts_together_share_panels_with_those_of_their_model_and_task():
    kinds = [("lstm", "2a")] * 5 + [("lstm", "2b")] * 3 + [("rtrl", "2a")] * 2
    cells = [{"name": f"n{i}", "model": m, "task": t, "task.p": 9} for i, (m, t) in enumerate(kinds)]
    found = panels(measured_cells(frame_of([(keys, [10]) for keys in cells])))
    assert [panel.title.replace("\N{NO-BREAK SPACE}", " ") for panel in found] == [
        *("lstm, 2a (1 of 2)", "lstm, 2a (2 of 2)", "lstm, 2b", "rtrl, 2a"),
    ]
    assert [panel.labels for panel in found] == [["n0", "n1"], ["n2", "n3", "n4"], ["n5", "n6", "n7"], ["n8", "n9"]]


def test_where_most_of_many_cells_are_unsolved_they_are_named_instead():
    keys = [{"task.p": p, "task.k": k} for k in "ab" for p in range(12)]
    runs = frame_of([(each, [10, 20] if each["task.k"] == "a" else ["budget"] * 2) for each in keys])
    drawn, said = to_draw(with_outcome(runs))
    assert {cell.keys["task.k"] for cell in drawn} == {"a"}
    assert said == "Not drawn: the 12 cells of which no run was solved, which are all those with k=b. "
    drawing = strip(runs)
    assert len(drawing.figure.axes[0].get_yticks()) == 12
    assert said in drawing.caption
    few = to_draw(with_outcome(runs[runs["task.p"] < 10]))
    assert (len(few[0]), few[1]) == (20, "")
    mixed = runs.assign(outcome="budget", sequences_to_solve=None)
    assert len(to_draw(with_outcome(mixed))[0]) == 24  # nothing at all was solved
    named = frame_of([({"task.p": p}, [10] if p % 2 else ["budget"]) for p in range(22)])
    assert "no run was solved, p=0; p=2; p=4; " in to_draw(with_outcome(named))[1]


def test_ticks_are_numbers_a_reader_knows():
    assert log_ticks(1, 1e6) == [1, 10, 100, 1000, 10_000, 100_000, 1e6]
    assert log_ticks(300, 5000) == [500, 1000, 2000, 5000]
    assert log_ticks(900, 1040) == [900, 950, 1000]
    assert all(len(log_ticks(low, low * factor)) >= 2 for low in (0.7, 33, 9999) for factor in (1.3, 2, 9, 1e4, 1e9))
    assert list(map(short_number, (0.5, 20, 500, 5000, 12_500, 2e5, 5e6))) == [
        *("0.5", "20", "500", "5k", "12.5k", "200k", "5M"),
    ]


def test_labels_move_apart_but_stay_within_the_axes():
    found = spread([1.0, 1.0, 0.1, 0.0], [0.1, 0.1, 0.1, 0.1])
    assert found == pytest.approx([0.95, 0.85, 0.15, 0.05])
    assert spread([0.5, 0.2], [0.1, 0.1]) == pytest.approx([0.5, 0.2])


# -- all of a sweep, and the command -----------------------------------------------------------------------------


def test_all_figures_that_apply_have_texts_that_stand_alone(tmp_path):
    drawings = sweep_figures(tmp_path, grid_runs())
    assert [drawing.name for drawing in drawings] == ["ecdf", "strip", "lag", "heat_map"]
    for drawing in drawings:
        assert "Task noise_free" in drawing.caption
        assert "budget 1,000 training sequences" in drawing.caption
        assert "2 of 2 solved" in drawing.alt
        assert "share" in drawing.caption.lower() or "sequences to the solution" in drawing.caption


def test_every_figure_keeps_its_promises_for_odd_sweeps(tmp_path):
    for runs in (
        frame_of([({"task.p": 5}, ["failed", "unfinished"])]),
        frame_of([]),
    ):
        assert sweep_figures(tmp_path, runs) == []
    for outcomes in ([1, 1], ["budget"] * 2, ["diverged"] * 2, [BUDGET, "budget"]):
        runs = frame_of(
            [({"task.p": 5}, outcomes), ({"task.p": 6, "budget": 2000}, outcomes), ({"task.p": 7}, ["failed"])]
        )
        assert [drawing.name for drawing in sweep_figures(tmp_path, runs)] == ["ecdf", "strip", "lag"]


def test_the_command_writes_the_figures_and_says_which_it_leaves_out(tmp_path, capsys):
    folder = sweep(tmp_path / "S", {5: [100, 200, "budget"], 6: [300, "failed"]})
    assert plot.main([str(folder), "--only", "strip", "learning_curves"]) == 0
    out = capsys.readouterr().out.splitlines()
    assert out[:3] == [str(folder / "figures" / name) for name in ("strip.png", "strip.svg", "captions.md")]
    assert out[3].startswith("learning_curves: left out; needs a run with a stored curve")
    assert len(out) == 4
    assert (folder / "figures/strip.png").read_bytes().startswith(b"\x89PNG")
    captions = (folder / "figures/captions.md").read_text()
    assert "![Sequences to solve of every run, 2 cells. p=5: 2 of 3 solved, median 200; p=6:" in captions
    assert plot.main([str(folder), "--only", "strip", "--output", str(tmp_path / "other")]) == 0
    assert sorted(path.name for path in (tmp_path / "other").iterdir()) == ["captions.md", "strip.png", "strip.svg"]


def test_other_figures_keep_their_captions_and_those_that_no_longer_apply_are_removed(tmp_path, capsys):
    def lying():
        found = (figures / "captions.md").read_text().splitlines()
        names = [text[2:] for text in found if text.startswith("# ")]
        assert {path.name for path in figures.iterdir()} == (
            {f"{name}.{kind}" for name in names for kind in ("png", "svg")}
            | {"captions.md", "notes.txt", "heat_map.png"}
        )
        return names

    folder, figures = sweep(tmp_path / "S", {5: [100, 200], 6: [300, "budget"]}), tmp_path / "S/figures"
    figures.mkdir()
    (figures / "notes.txt").touch()
    (figures / "heat_map.png").touch()  # of somebody else, as no caption is of it
    assert plot.main([str(folder)]) == 0
    assert lying() == ["ecdf", "strip", "lag"]
    captions = (figures / "captions.md").read_text()
    assert plot.main([str(folder), "--only", "strip"]) == 0
    assert lying() == ["strip", "ecdf", "lag"]
    assert sorted((figures / "captions.md").read_text().split()) == sorted(captions.split())
    for cell in folder.glob("p=*"):
        shutil.rmtree(cell)
    sweep(folder, {5: [100, 200]})
    capsys.readouterr()
    assert plot.main([str(folder)]) == 0
    assert lying() == ["ecdf", "strip"]
    assert "the key of --lag; its files of an earlier time were removed" in capsys.readouterr().out


def test_a_name_is_written_as_it_is_whatever_is_in_it(tmp_path):
    name = "lr $^$ x"
    folder = sweep(tmp_path / "S", {5: [100, 200, "budget"], 6: [300, "budget"]})
    say(folder, "name", [name, "$plain$"])
    assert plot.main([str(folder), "--only", "ecdf", "strip"]) == 0
    for figure in ("ecdf", "strip"):
        written = (folder / "figures" / f"{figure}.svg").read_text()
        assert name in written
        assert "$plain$" in written


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["S", "--only", "pie"], f"--only pie: no such figure; allowed: {', '.join(KINDS)}"),
        (["none"], "none: no such folder"),
        (["."], ".: holds several sweeps; name one, such as failed"),
        (["empty"], "empty: holds no runs"),
        (["failed"], "failed: nothing to draw: none of its 2 runs has an outcome"),
        (["S", "--keys", "p", "q"], "--keys q: does not vary; allowed: task.p"),
        (["S", "--only", "ecdf", "--keys", "p", "q"], "--keys p q: is of heat_map, which --only leaves out"),
        (["S", "--lag", "delay"], "--lag delay: does not vary; allowed: task.p"),
        (["S", "--only", "ecdf", "--lag", "p"], "--lag p: is of lag, which --only leaves out"),
        (["S", "--only", "heat_map"], "S: nothing to draw: none of these figures applies"),
    ],
)
def test_what_cannot_be_drawn_is_one_line(tmp_path, monkeypatch, capsys, arguments, said):
    monkeypatch.chdir(tmp_path)
    sweep(Path("S"), {5: [100, 200], 6: ["budget"]})
    sweep(Path("failed"), {5: ["failed", None]})
    Path("empty").mkdir()
    assert plot.main(arguments) == 2
    error = capsys.readouterr().err
    assert error.startswith("lagrun.plot: ")
    assert said in error
    assert error.count("\n") == 1
    assert not Path("S/figures").exists()
