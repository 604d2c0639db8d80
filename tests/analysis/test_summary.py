"""The summary of a sweep: a row a cell, its counts, medians, intervals and times, and which keys tell cells apart."""

from pathlib import Path

import pandas as pd
import pytest

from lagrun.analysis.frame import frame
from lagrun.analysis.summary import grouped, summarise, varying
from lagrun.analysis.sweep_tables import write_tables
from lagrun.analysis.tables import table
from tests.written_sweeps import sweep

#: Columns of the summary.
INTERVALS = ("wilson_low", "wilson_high", "median_low", "median_high", "ert", "ert_low", "ert_high")


def test_golden_summary(tmp_path: Path) -> None:
    cells = {
        5: [100, 300, 200],
        6: [100, "budget", "diverged"],
        7: ["budget", "budget"],
        8: [50, "failed", None, 70],
        9: [400],
        10: [10, "budget"],
    }
    found = summarise(frame(sweep(tmp_path, cells))).set_index("task.p")
    columns = ["n", "n_solved", "median_sequences", "median_solved", "mean_solved", "n_censored", "n_diverged"]
    columns += ["n_failed", "n_unfinished"]
    na = float("nan")
    expected = {
        5: [3, 3, 200, 200, 200, 0, 0, 0, 0],
        6: [3, 1, na, 100, 100, 1, 1, 0, 0],
        7: [2, 0, na, na, na, 2, 0, 0, 0],
        8: [2, 2, 60, 60, 60, 0, 0, 1, 1],
        9: [1, 1, 400, 400, 400, 0, 0, 0, 0],
        10: [2, 1, na, 10, 10, 1, 0, 0, 0],
    }
    golden = pd.DataFrame.from_dict(expected, orient="index", columns=columns)
    pd.testing.assert_frame_equal(found[columns], golden, check_dtype=False, check_names=False)


def test_intervals_and_expected_running_time_of_each_cell(tmp_path: Path) -> None:
    cells = {
        5: [100, 300, 200, "budget", "failed", None],  # 4 runs count; too few for intervals but Wilson's
        6: ["budget", "diverged"],
        7: [*range(10, 90, 10), "budget", "diverged"],
        8: ["failed"],
    }
    folder = sweep(tmp_path, cells)
    found = summarise(frame(folder)).set_index("task.p")
    assert found["n"].tolist() == [4, 2, 10, 0]
    assert found.loc[5, ["wilson_low", "wilson_high"]].tolist() == pytest.approx([0.3006, 0.9544], abs=1e-4)
    assert found.loc[5, "ert"] == (100 + 300 + 200 + 1000) / 3
    assert found.loc[5, ["median_low", "median_high", "ert_low", "ert_high"]].isna().all()
    assert found.loc[6, "ert"] == found.loc[6, "ert_high"] == float("inf")
    assert found.loc[6, "ert_low"] == pytest.approx(2000 / 2.996, rel=1e-3)
    assert found.loc[7, ["median_low", "median_high"]].tolist() == [20, float("inf")]  # the second and the ninth
    assert found.loc[7, "ert"] == (360 + 2000) / 8
    assert found.loc[7, "ert_low"] < found.loc[7, "ert"] < found.loc[7, "ert_high"]
    assert found.loc[8, list(INTERVALS)].isna().all()
    write_tables(folder, frame(folder), summarise(frame(folder)))
    written = pd.read_csv(folder / "summary.csv").set_index("task.p")
    pd.testing.assert_frame_equal(written[list(INTERVALS)], found[list(INTERVALS)])  # infinity and nothing stay apart


def test_the_summary_does_not_depend_on_the_order_of_runs(tmp_path: Path) -> None:
    runs = frame(sweep(tmp_path, {5: [10, 700, 20, "budget", 40, 30, "diverged", 90]}))
    found = summarise(runs)
    for seed in range(3):
        shuffled = runs.sample(frac=1, random_state=seed)
        pd.testing.assert_frame_equal(summarise(shuffled), found)


def test_a_sweep_of_which_no_run_has_ended(tmp_path: Path) -> None:
    found = summarise(frame(sweep(tmp_path, {5: [None, None]})))
    assert found[["n", "n_solved", "n_unfinished"]].to_numpy().tolist() == [[0, 0, 2]]
    assert table(found)["median sequences [95%]"].tolist() == [""]


def test_a_list_is_a_value_that_tells_cells_apart(tmp_path: Path) -> None:
    runs = frame(sweep(tmp_path, {(3, 4): [10, 20], (4, 3): [30]}))  # lists, once stored
    assert summarise(runs)["n"].tolist() == [2, 1]
    assert table(summarise(runs))["p"].tolist() == ["[3,4]", "[4,3]"]


def test_runs_that_nothing_tells_apart_are_one_cell() -> None:
    runs = pd.DataFrame({"folder": ["a", "b"], "outcome": "unfinished"})
    assert [len(cell) for _, cell in grouped(runs)[1]] == [2]


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        ([("a", 1.0), ("b", None)], False),
        ([("a", 1.0), ("a", 1.0), ("b", None)], False),
        ([("a", 1.0), ("a", None)], True),
        ([("a", 1.0), ("a", 2.0), ("b", None)], True),
        ([("a", 1.0), ("b", 2.0)], True),
        ([("a", 1.0), ("b", 1.0)], False),
    ],
)
def test_a_key_of_one_option_is_shown_where_it_tells_its_cells_apart(
    values: list[tuple[str, float | None]], shown: bool
) -> None:
    runs = pd.DataFrame(values, columns=["model", "model.x"])
    assert ("model.x" in varying(runs)) == shown
