import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from rich.console import Console

from lagrun import aggregate
from lagrun.analysis.frame import PUBLISHED, frame
from lagrun.analysis.latex import escaped, latex
from lagrun.analysis.summary import grouped, summarise, varying
from lagrun.analysis.sweep_tables import report, write_tables
from lagrun.analysis.tables import caption, table
from lagrun.storage import files as store

CONFIG = {"model": {"_target_": "lagrun.models.lstm.LSTM"}, "task": {"_target_": "lagrun.tasks.noise_free.NoiseFree"}}


#: Columns of the summary.
INTERVALS = ("wilson_low", "wilson_high", "median_low", "median_high", "ert", "ert_low", "ert_high")


def sweep(folder: Path, cells: Mapping[Any, list[Any]]) -> Path:
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


def test_table_shows_censored_medians_and_only_outcomes_that_occur(tmp_path: Path) -> None:
    folder = sweep(tmp_path, {5: [1200, 1300], 6: ["budget"], 7: [*range(10, 70, 10), *["budget"] * 4]})
    shown = table(summarise(frame(folder)))
    assert list(shown) == [
        *("model", "task", "p", "solved [95%]", "median sequences [95%]", "ERT [95%]"),
        *("mean of solved", "median of solved", "min-max of solved"),
    ]
    assert shown.iloc[:2, 2:].to_numpy().tolist() == [
        ["5", "2/2 [0.34-1.00]", "1,250", "1,250", "1,250", "1,250", "1,200-1,300"],
        ["6", "0/1 [0.00-0.79]", "> 1,000", "inf [334-inf]", "", "", ""],
    ]
    assert shown.iloc[2, 2:5].tolist() == ["7", "6/10 [0.31-0.83]", "55 [20-inf]"]
    only_solved = table(summarise(frame(sweep(tmp_path / "solved", {5: [3, 4]}))))
    assert "median of solved" not in only_solved  # it is the median


def test_an_interval_beyond_the_budget_says_no_more_than_the_median(tmp_path: Path) -> None:
    shown = table(summarise(frame(sweep(tmp_path, {5: ["budget"] * 10}))))
    assert shown["median sequences [95%]"].tolist() == ["> 1,000"]


def test_an_incomplete_row_tells_what_the_missing_runs_could_change(tmp_path: Path) -> None:
    shown = table(summarise(frame(sweep(tmp_path, {5: [10, "failed", "budget", None], 6: [3]}))))
    assert shown[["solved [95%]", "failed", "unfinished", "had all ended"]].to_numpy().tolist() == [
        ["1/2 [0.09-0.91]", "1", "1", "1-3/4 (0.25-0.75)"],
        ["1/1 [0.21-1.00]", "0", "0", ""],
    ]


def test_the_caption_tells_budget_and_resolution(tmp_path: Path) -> None:
    runs = frame(sweep(tmp_path, {5: [1], 6: [2]}))
    assert caption(runs).startswith("Budget 1,000 training sequences; [95% interval]; ERT: ")
    assert caption(runs.assign(**{"criterion.check_every": 1})).startswith(
        "Budget 1,000 training sequences, checked after each; "
    )
    runs = runs.assign(budget=[500, 2000], **{"criterion.check_every": 20})
    assert caption(runs).startswith("Budget 500 to 2,000 training sequences, checked every 20; ")


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("learning_rate", r"learning\_rate"),
        ("50% & {a}#$", r"50\% \& \{a\}\#\$"),
        (r"a\b^c~d", r"a\textbackslash{}b\textasciicircum{}c\textasciitilde{}d"),
        ("x<y|z>", r"x\textless{}y\textbar{}z\textgreater{}"),
        ("-3.5", "$-$3.5"),
        ("a-b", "a-b"),
        ("inf", "inf"),
    ],
)
def test_text_is_escaped_for_latex(text: str, written: str) -> None:
    assert escaped(text) == written


def test_the_table_as_latex(tmp_path: Path) -> None:
    folder = sweep(tmp_path, {5: [1200, 1300], 6: ["budget"]})
    say(folder, "name", ["[b]_|", "*"])
    runs = frame(folder)
    lines = latex(table(summarise(runs)), "50% of it").splitlines()
    assert lines == [
        r"% Needs \usepackage{booktabs}.",
        "% 50% of it",
        r"\begin{tabular}{llrrrrrr}",
        r"\toprule",
        r"name & p & solved [95\%] & median sequences [95\%] & ERT [95\%] & mean of solved & median of solved & "
        r"min-max of solved \\",
        r"\midrule",
        r"{[}b]\_\textbar{} & 5 & 2/2 [0.34--1.00] & 1,250 & 1,250 & 1,250 & 1,250 & 1,200--1,300 \\",
        r"{*} & 6 & 0/1 [0.00--0.79] & \textgreater{} 1,000 & $\infty$ [334--$\infty$] &  &  &  \\",
        r"\bottomrule",
        r"\end{tabular}",
    ]
    write_tables(folder, runs, summarise(runs))
    assert (folder / "summary.tex").read_text().splitlines()[2:] == lines[2:]


def test_the_console_has_every_column_at_120_characters(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = sweep(tmp_path / "S", {100: [260, 2504, *range(290, 1410, 40)]})
    monkeypatch.setattr(
        "lagrun.analysis.sweep_tables.console", lambda: Console(width=120, highlight=False, markup=False)
    )
    report(folder)
    lines = capsys.readouterr().out.splitlines()
    assert max(len(line.rstrip()) for line in lines[:-1]) <= 120
    row = next(line for line in lines if "30/30" in line)  # in one line
    assert row.split()[:5] == ["lstm", "noise_free", "100", "30/30", "[0.89-1.00]"]
    assert row.split()[-1] == "260-2,504"


def test_published_values_are_shown_beside_the_measured_ones_and_are_no_keys(tmp_path: Path) -> None:
    folder = sweep(tmp_path, {7: [100, None], 5: ["budget"], 6: [300]})
    assert not set(PUBLISHED) & set(frame(folder))  # a plan without them has no such columns
    values = {"solved": 14, "n": 18, "mean_sequences": 1043000.0}
    say(folder, "published", [values, {"solved": 0, "n": 18, "mean_sequences": None}, None])
    runs = frame(folder)
    assert varying(runs) == ["model", "task", "task.p"]
    assert runs["published_solved"].fillna(-1).tolist() == [14, 14, 0, -1]
    summary = summarise(runs)
    assert list(summary)[-3:] == list(PUBLISHED)[:3]  # what the plan has
    shown = table(summary)
    assert list(shown)[-1] == "published [95%]"
    assert shown[["p", "published [95%]"]].to_numpy().tolist() == [
        ["7", "14/18 [0.55-0.91], mean 1,043,000"],
        ["5", "0/18 [0.00-0.18]"],
        ["6", ""],
    ]


def test_a_published_median_stands_beside_the_median_over_solved_runs(tmp_path: Path) -> None:
    folder = sweep(tmp_path, {7: [100, 150, 800], 5: [300]})
    assert "median of solved" not in table(summarise(frame(folder)))
    say(folder, "published", [{"solved": 6, "n": 10, "mean_sequences": None, "median_sequences": 1300.0}, None])
    summary = summarise(frame(folder))
    assert summary["published_median_sequences"].fillna(0).tolist() == [1300, 0]
    shown = table(summary)
    assert shown[["median of solved", "published [95%]"]].to_numpy().tolist() == [
        ["150", "6/10 [0.31-0.83], median of solved 1,300"],
        ["300", ""],
    ]


def test_cells_without_a_name_stand_beside_those_with_one(tmp_path: Path) -> None:
    folder = sweep(tmp_path, {7: [100, None], 5: ["budget"], 6: [300]})
    assert "name" not in frame(folder)
    say(folder, "name", [None, "A", None])
    runs = frame(folder)
    assert runs["name"].fillna("").tolist() == ["", "", "A", ""]
    shown = table(summarise(runs))
    assert shown[["name", "p"]].to_numpy().tolist() == [["", "7"], ["A", "5"], ["", "6"]]
    assert "task" not in shown


def test_empty_columns_are_left_out_where_cells_have_names(tmp_path: Path) -> None:
    folder = sweep(tmp_path, {7: ["budget"], 5: ["budget"]})
    assert "mean of solved" in table(summarise(frame(folder)))
    say(folder, "name", ["A", "A"])
    say(folder, "published", [{"solved": 0, "n": 18, "mean_sequences": None}, None])
    shown = table(summarise(frame(folder)))
    assert list(shown) == [
        *("name", "p", "solved [95%]", "median sequences [95%]", "ERT [95%]", "published [95%]"),
    ]


def test_budgets_that_differ_are_shown_even_between_names(tmp_path: Path) -> None:
    folder = sweep(tmp_path, {7: [100], 5: [100]})
    say(folder, "name", ["A", "B"])
    runs = frame(folder)
    assert "budget" not in table(summarise(runs))
    runs["budget"] = [500, 2000]
    assert table(summarise(runs))["budget"].tolist() == ["500", "2000"]


def test_cells_keep_their_order_where_keys_are_missing(tmp_path: Path) -> None:
    folder = sweep(tmp_path, {p: ["budget"] for p in (9, 5, 8, 6)})
    content = json.loads((folder / store.SWEEP).read_text())
    for cell, keys in zip(content["cells"], [{"q": 4}, {}, {"q": 2}, {"keys": "random"}], strict=True):
        cell["config"]["task"] |= keys
        for run in cell["runs"]:
            result = json.loads((folder / run["folder"] / store.RESULT).read_text())
            store.write_result(folder / run["folder"], {**result, "config": cell["config"]})
    store.write_json(folder / store.SWEEP, content)
    assert summarise(frame(folder))["task.p"].tolist() == [9, 5, 8, 6]
    say(folder, "name", list("AABB"))
    shown = table(summarise(frame(folder)))
    assert shown[["name", "p", "q"]].to_numpy().tolist() == [
        ["A", "9", "4"],
        ["A", "5", "null"],
        ["B", "8", "2"],
        ["B", "6", "null"],
    ]


def test_the_command_writes_the_same_files_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = sweep(tmp_path, {5: [100, None, "failed"]})
    assert aggregate.main([str(folder)]) == 0
    printed = capsys.readouterr().out
    assert "1/1" in printed
    assert "failed: " in printed
    assert "| lstm | noise_free | 5 | 1/1 [0.21-1.00] | 100 | 100 |" in (folder / "summary.md").read_text()
    assert len(pd.read_csv(folder / "runs.csv")) == 3
    assert pd.read_csv(folder / "summary.csv")["n_unfinished"].tolist() == [1]
    (folder / store.SWEEP).unlink()  # without the plan, what is there is read
    assert frame(folder)["outcome"].tolist() == ["solved", "failed"]


def test_a_sweep_of_which_no_run_has_ended(tmp_path: Path) -> None:
    found = summarise(frame(sweep(tmp_path, {5: [None, None]})))
    assert found[["n", "n_solved", "n_unfinished"]].to_numpy().tolist() == [[0, 0, 2]]
    assert table(found)["median sequences [95%]"].tolist() == [""]


def without_plan(folder: Path, *damaged_files: int, damaged_results: tuple[int, ...] = ()) -> Path:
    """Runs of seeds 0 to 2 of one cell, some without a file that they vouch for, some with a changed result."""
    for seed in range(3):
        path = folder / f"seed={seed}"
        path.mkdir(parents=True)
        config = {**CONFIG, "task": {**CONFIG["task"], "p": 5}, "budget": 600}
        found = {"outcome": "budget", "sequences_to_solve": None, "cpu_seconds": 1.0, "sequences_seen": 600}
        files = {"params.npz": "0" * 64} if seed in damaged_files else {}
        store.write_result(path, {"seed": seed, "files": files, "config": config} | found)
        if seed in damaged_results:
            (path / store.RESULT).write_text((path / store.RESULT).read_text().replace("600", "601"))
    return folder


def test_without_a_plan_damaged_runs_are_in_no_nameless_cell(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = without_plan(tmp_path, 1, damaged_results=(2,))
    assert aggregate.main([str(folder)]) == 0
    printed = capsys.readouterr().out
    assert f"unfinished: {folder / 'seed=1'}" in printed
    assert f"left out: {folder / 'seed=2'}: {store.RESULT} is not what was written" in printed
    runs = frame(folder)
    assert runs[["seed", "outcome"]].to_numpy().tolist() == [[0, "budget"], [1, "unfinished"]]
    shown = table(summarise(runs))
    assert shown.iloc[:, :5].to_numpy().tolist() == [["lstm", "noise_free", "5", "0/1 [0.00-0.79]", "> 600"]]


def test_a_folder_of_which_no_result_can_be_read_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = without_plan(tmp_path, damaged_results=(0, 1, 2))
    assert aggregate.main([str(folder)]) == 2
    said = capsys.readouterr().err.splitlines()[-1]
    assert said.endswith(f"seed=0: {store.RESULT} is not what was written; nor can 2 more results be read")


def test_without_a_plan_what_was_set_aside_is_no_run(tmp_path: Path) -> None:
    folder = without_plan(tmp_path)
    for number in (1, 2):
        shutil.copytree(folder / "seed=1", folder / f"seed=1.damaged-{number}")
    assert frame(folder)["folder"].tolist() == ["seed=0", "seed=1", "seed=2"]


def test_a_list_is_a_value_that_tells_cells_apart(tmp_path: Path) -> None:
    runs = frame(sweep(tmp_path, {(3, 4): [10, 20], (4, 3): [30]}))  # lists, once stored
    assert summarise(runs)["n"].tolist() == [2, 1]
    assert table(summarise(runs))["p"].tolist() == ["[3,4]", "[4,3]"]


def test_a_single_damaged_run_is_a_cell_without_an_outcome(tmp_path: Path) -> None:
    folder = without_plan(tmp_path, 0) / "seed=0"
    assert aggregate.main([str(folder)]) == 0
    assert pd.read_csv(folder / "summary.csv")[["task.p", "n", "n_unfinished"]].to_numpy().tolist() == [[5, 0, 1]]


def test_runs_that_nothing_tells_apart_are_one_cell() -> None:
    runs = pd.DataFrame({"folder": ["a", "b"], "outcome": "unfinished"})
    assert [len(cell) for _, cell in grouped(runs)[1]] == [2]


def test_a_median_beyond_a_budget_that_is_a_float_is_a_whole_number(tmp_path: Path) -> None:
    summary = summarise(frame(sweep(tmp_path, {5: ["budget"]})))
    assert table(summary.assign(budget=600.0))["median sequences [95%]"].tolist() == ["> 600"]


def test_nothing_to_aggregate_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for folder in (tmp_path, tmp_path / "none"):
        assert aggregate.main([str(folder)]) == 2
    assert capsys.readouterr().err.splitlines() == [
        f"lagrun.aggregate: {tmp_path}: holds no runs",
        f"lagrun.aggregate: {tmp_path / 'none'}: no such folder",
    ]


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
