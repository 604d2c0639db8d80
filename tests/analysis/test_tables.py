"""The table of a summary: which columns there are, what stands in them, and the caption."""

import json
from pathlib import Path

import pytest
from rich.console import Console

from lagrun.analysis.frame import PUBLISHED, frame
from lagrun.analysis.summary import summarise, varying
from lagrun.analysis.sweep_tables import report
from lagrun.analysis.tables import caption, table
from lagrun.storage import files as store
from tests.written_sweeps import say, sweep


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


def test_a_median_beyond_a_budget_that_is_a_float_is_a_whole_number(tmp_path: Path) -> None:
    summary = summarise(frame(sweep(tmp_path, {5: ["budget"]})))
    assert table(summary.assign(budget=600.0))["median sequences [95%]"].tolist() == ["> 600"]
