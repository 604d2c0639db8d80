import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from lagrun import aggregate, store

CONFIG = {"model": {"_target_": "lagrun.models.lstm.LSTM"}, "task": {"_target_": "lagrun.tasks.noise_free.NoiseFree"}}


#: Columns of the summary.
INTERVALS = ("wilson_low", "wilson_high", "median_low", "median_high", "ert", "ert_low", "ert_high")


def sweep(folder: Path, cells: dict[int, list[Any]]) -> Path:
    """A sweep's folder: per p, an outcome, or the sequences of a solved run, a run; None where it did not end."""
    planned = []
    for p, outcomes in cells.items():
        config = {**CONFIG, "task": {**CONFIG["task"], "p": p}, "budget": 1000}
        runs = []
        for seed, outcome in enumerate(outcomes):
            runs.append({"seed": seed, "folder": f"p={p}/seed={seed}"})
            path = folder / f"p={p}" / f"seed={seed}"
            path.mkdir(parents=True)
            if outcome is not None:
                solved = None if isinstance(outcome, str) else outcome
                found = {"outcome": "solved" if solved else outcome, "sequences_to_solve": solved, "cpu_seconds": 1.0}
                found["sequences_seen"] = solved or 1000
                store.write_result(path, {"seed": seed, "files": {}, "config": config} | found)
        planned.append({"overrides": [], "config": config, "runs": runs})
    store.write_json(folder / store.SWEEP, {"schema_version": store.SCHEMA_VERSION, "cells": planned})
    return folder


def say(folder: Path, key: str, values: list[Any]) -> None:
    """Add what a sweep file says of each cell beside its configuration."""
    content = json.loads((folder / store.SWEEP).read_text())
    for cell, value in zip(content["cells"], values, strict=True):
        cell[key] = value
    store.write_json(folder / store.SWEEP, content)


def test_golden_summary(tmp_path: Path) -> None:
    cells = {
        5: [100, 300, 200],
        6: [100, "budget", "diverged"],
        7: ["budget", "budget"],
        8: [50, "failed", None, 70],
        9: [400],
        10: [10, "budget"],
    }
    found = aggregate.summarise(aggregate.frame(sweep(tmp_path, cells))).set_index("task.p")
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
    found = aggregate.summarise(aggregate.frame(folder)).set_index("task.p")
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
    aggregate.write_tables(folder, aggregate.frame(folder))
    written = pd.read_csv(folder / "summary.csv").set_index("task.p")
    pd.testing.assert_frame_equal(written[list(INTERVALS)], found[list(INTERVALS)])  # infinity and nothing stay apart


def test_the_summary_does_not_depend_on_the_order_of_runs(tmp_path: Path) -> None:
    runs = aggregate.frame(sweep(tmp_path, {5: [10, 700, 20, "budget", 40, 30, "diverged", 90]}))
    found = aggregate.summarise(runs)
    for seed in range(3):
        shuffled = runs.sample(frac=1, random_state=seed)
        pd.testing.assert_frame_equal(aggregate.summarise(shuffled), found)


def test_table_shows_censored_medians_and_only_outcomes_that_occur(tmp_path: Path) -> None:
    shown = aggregate.table(aggregate.summarise(aggregate.frame(sweep(tmp_path, {5: [1200, 1300], 6: ["budget"]}))))
    assert list(shown) == ["model", "task", "p", "solved", "median sequences", "mean of solved", "min-max of solved"]
    assert shown.to_numpy().tolist() == [
        ["lstm", "noise_free", "5", "2/2", "1,250", "1,250", "1,200-1,300"],
        ["lstm", "noise_free", "6", "0/1", "> 1,000", "", ""],
    ]


def test_published_values_are_shown_beside_the_measured_ones_and_are_no_keys(tmp_path: Path) -> None:
    folder = sweep(tmp_path, {7: [100, None], 5: ["budget"], 6: [300]})
    assert not set(aggregate.PUBLISHED) & set(aggregate.frame(folder))  # a plan without them has no such columns
    values = {"solved": 14, "n": 18, "mean_sequences": 1043000.0}
    say(folder, "published", [values, {"solved": 0, "n": 18, "mean_sequences": None}, None])
    runs = aggregate.frame(folder)
    assert aggregate.varying(runs) == ["model", "task", "task.p"]
    assert runs["published_solved"].fillna(-1).tolist() == [14, 14, 0, -1]
    summary = aggregate.summarise(runs)
    assert list(summary)[-3:] == list(aggregate.PUBLISHED)
    shown = aggregate.table(summary)
    assert list(shown)[-1] == "published"
    assert shown[["p", "published"]].to_numpy().tolist() == [["7", "14/18, mean 1,043,000"], ["5", "0/18"], ["6", ""]]


def test_cells_without_a_name_stand_beside_those_with_one(tmp_path: Path) -> None:
    folder = sweep(tmp_path, {7: [100, None], 5: ["budget"], 6: [300]})
    assert "name" not in aggregate.frame(folder)
    say(folder, "name", [None, "A", None])
    runs = aggregate.frame(folder)
    assert runs["name"].fillna("").tolist() == ["", "", "A", ""]
    shown = aggregate.table(aggregate.summarise(runs))
    assert shown[["name", "p"]].to_numpy().tolist() == [["", "7"], ["A", "5"], ["", "6"]]
    assert "task" not in shown


def test_empty_columns_are_left_out_where_cells_have_names(tmp_path: Path) -> None:
    folder = sweep(tmp_path, {7: ["budget"], 5: ["budget"]})
    assert "mean of solved" in aggregate.table(aggregate.summarise(aggregate.frame(folder)))
    say(folder, "name", ["A", "A"])
    say(folder, "published", [{"solved": 0, "n": 18, "mean_sequences": None}, None])
    shown = aggregate.table(aggregate.summarise(aggregate.frame(folder)))
    assert list(shown) == ["name", "p", "solved", "median sequences", "published"]


def test_cells_keep_their_order_where_keys_are_missing(tmp_path: Path) -> None:
    folder = sweep(tmp_path, {p: ["budget"] for p in (9, 5, 8, 6)})
    content = json.loads((folder / store.SWEEP).read_text())
    for cell, keys in zip(content["cells"], [{"q": 4}, {}, {"q": 2}, {"keys": "random"}], strict=True):
        cell["config"]["task"] |= keys
        for run in cell["runs"]:
            result = json.loads((folder / run["folder"] / store.RESULT).read_text())
            store.write_result(folder / run["folder"], {**result, "config": cell["config"]})
    store.write_json(folder / store.SWEEP, content)
    assert aggregate.summarise(aggregate.frame(folder))["task.p"].tolist() == [9, 5, 8, 6]
    say(folder, "name", list("AABB"))
    shown = aggregate.table(aggregate.summarise(aggregate.frame(folder)))
    assert shown[["name", "p", "q"]].to_numpy().tolist() == [
        ["A", "9", "4"],
        ["A", "5", ""],
        ["B", "8", "2"],
        ["B", "6", ""],
    ]


def test_the_command_writes_the_same_files_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = sweep(tmp_path, {5: [100, None, "failed"]})
    assert aggregate.main([str(folder)]) == 0
    printed = capsys.readouterr().out
    assert "1/1" in printed
    assert "failed: " in printed
    assert "| lstm | noise_free | 5 | 1/1 | 100 |" in (folder / "summary.md").read_text()
    assert len(pd.read_csv(folder / "runs.csv")) == 3
    assert pd.read_csv(folder / "summary.csv")["n_unfinished"].tolist() == [1]
    (folder / store.SWEEP).unlink()  # without the plan, what is there is read
    assert aggregate.frame(folder)["outcome"].tolist() == ["solved", "failed"]


def test_a_sweep_of_which_no_run_has_ended(tmp_path: Path) -> None:
    found = aggregate.summarise(aggregate.frame(sweep(tmp_path, {5: [None, None]})))
    assert found[["n", "n_solved", "n_unfinished"]].to_numpy().tolist() == [[0, 0, 2]]
    assert aggregate.table(found)["median sequences"].tolist() == [""]


def test_nothing_to_aggregate_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for folder in (tmp_path, tmp_path / "none"):
        with pytest.raises(SystemExit) as ended:
            aggregate.main([str(folder)])
        assert ended.value.code == 2
    assert "no such folder" in capsys.readouterr().err
