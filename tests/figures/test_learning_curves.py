"""Learning curves over all seeds: medians, quantiles, and where they begin and end."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lagrun.figures.learning_curves import learning_curves, on_grid
from lagrun.interfaces.run_result import CURVE_COLUMNS
from lagrun.storage import files
from tests.figures.frames import frame_of


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
