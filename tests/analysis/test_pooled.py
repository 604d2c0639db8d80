"""Several folders read as one."""

import json
import re
from pathlib import Path

import pandas as pd
import pytest

from lagrun import aggregate, compare, plot
from lagrun.analysis.frame import frame_of
from lagrun.analysis.pooled import pooled_runs
from lagrun.analysis.summary import summarise
from lagrun.report import __main__ as main_of_report
from lagrun.storage import files
from tests.helpers import files_below
from tests.written_sweeps import say, sweep

PUBLISHED = {"solved": 14, "n": 18}


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Two parts of one cell, seed 1 in both, each beside a cell of its own."""
    monkeypatch.chdir(tmp_path)
    return [
        sweep(Path("A"), {5: [10, 20, None, None], 6: ["budget"]}),
        sweep(Path("B").absolute(), {7: [70], 5: [None, 20, 30, "budget"]}),
    ]


def another(run: Path, **changed: object) -> None:
    """Store another result of a run."""
    content = json.loads((run / files.RESULT).read_text()) | changed
    files.write_result(run, {name: value for name, value in content.items() if name != files.SEAL})


def test_the_same_experiment_is_one_row_of_all_seeds(folders: list[Path]) -> None:
    runs = frame_of(pooled_runs(folders).runs)
    assert runs["folder"].tolist() == [
        *("A/p=5/seed=0", "A/p=5/seed=1", f"{folders[1]}/p=5/seed=2", f"{folders[1]}/p=5/seed=3"),
        *("A/p=6/seed=0", f"{folders[1]}/p=7/seed=0"),
    ]
    found = summarise(runs)
    assert found[["task.p", "n", "n_solved", "n_unfinished"]].to_numpy().tolist() == [
        [5, 4, 3, 0],
        [6, 1, 0, 0],
        [7, 1, 1, 0],
    ]
    assert found["median_sequences"].iloc[0] == 25
    backwards = summarise(frame_of(pooled_runs(folders[::-1]).runs)).set_index("task.p")
    assert backwards.loc[5, ["n", "n_solved", "median_sequences"]].tolist() == [4, 3, 25]


def test_tables_are_printed_and_written_where_they_are_asked_for(
    folders: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    before = [files_below(folder) for folder in folders]
    arguments = list(map(str, folders))
    assert aggregate.main(arguments) == 0
    assert re.search(r"noise_free +5 +3/4 ", capsys.readouterr().out)
    assert aggregate.main([*arguments, "--output", "both"]) == 0
    assert capsys.readouterr().out.endswith("\nboth\n")
    kept = pd.read_csv("both/runs.csv")
    assert len(kept) == 6
    assert all(Path(name, files.RESULT).exists() for name in kept["folder"])
    assert pd.read_csv("both/summary.csv")["n"].tolist() == [4, 1, 1]
    assert [files_below(folder) for folder in folders] == before


def test_what_is_said_of_a_run_that_is_another_in_another_folder(
    folders: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    another(folders[1] / "p=5" / "seed=1", weights_sha256="other")
    arguments = list(map(str, folders))
    words = (
        f"A/p=5/seed=1 and {folders[1]}/p=5/seed=1 are the same experiment and seed, but have another final net; "
        "only A/p=5/seed=1 counts"
    )
    for call in (aggregate.main, compare.main):
        assert call(arguments) == 0
        assert f"contradiction: {words}\n" in capsys.readouterr().out


def test_published_values_that_differ_are_said_and_the_first_count(
    folders: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    say(folders[1], "published", [None, PUBLISHED])
    found = frame_of(pooled_runs(folders).runs)
    assert summarise(found)["published_solved"].tolist()[0] == 14
    say(folders[0], "published", [PUBLISHED | {"solved": 15}, None])
    assert aggregate.main(list(map(str, folders))) == 0
    assert (
        f"contradiction: {folders[1]}/p=5: published values are {{solved:14,n:18}}, but {{solved:15,n:18}} in A/p=5; "
        "only those count\n"
    ) in capsys.readouterr().out
    assert set(frame_of(pooled_runs(folders).runs)["published_solved"].dropna()) == {15}


def test_a_folder_without_a_plan_leaves_out_what_it_would_leave_out_alone(
    folders: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    (folders[1] / files.SWEEP).unlink()
    (folders[1] / "p=7" / "seed=0" / files.RESULT).write_text("{}")
    assert aggregate.main(list(map(str, folders))) == 0
    out = capsys.readouterr().out
    assert f"left out: {folders[1]}/p=7/seed=0: result.json is no result\n" in out
    assert out.count("left out: ") == 1
    assert re.search(r"noise_free +5 +3/4 ", out)


@pytest.mark.parametrize(
    ("others", "said"),
    [
        (["A"], "a folder is named twice"),
        (["NONE"], "NONE: no such folder"),
        (["EMPTY"], "EMPTY: holds no runs"),
        (["OLD"], "OLD: made by another version of lagrun (schema version 1, this is 2); name a new folder"),
        (["BROKEN"], "BROKEN/sweep.json: is damaged"),
        ([".", "B"], ".: holds several sweeps; name one"),
        (["B", "--cost"], "--cost: goes with one folder"),
        (["B", "--output", "file/in/the/way"], "file/in/the/way: cannot be written to"),
    ],
)
def test_what_cannot_be_pooled_is_one_line(
    others: list[str], said: str, folders: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "EMPTY").mkdir()
    (tmp_path / "file").touch()
    for name, text in (("OLD", '{"schema_version": 1, "cells": []}'), ("BROKEN", "{")):
        (tmp_path / name).mkdir()
        (tmp_path / name / files.SWEEP).write_text(text)
    assert aggregate.main(["A", *others]) == 2
    err = capsys.readouterr().err
    assert err.startswith(f"lagrun.aggregate: {said}")
    assert err.count("\n") == 1


def test_cells_are_compared_with_all_their_runs(folders: list[Path], capsys: pytest.CaptureFixture[str]) -> None:
    assert compare.main([*map(str, folders), "--cells", "p=5", "p=7"]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["1", "5", "3/4", "25"] in lines
    assert ["3", "7", "1/1", "70"] in lines


def test_figures_need_a_place(folders: list[Path], capsys: pytest.CaptureFixture[str]) -> None:
    before = [files_below(folder) for folder in folders]
    for call, name in ((plot.main, "plot"), (main_of_report.main, "report")):
        assert call(list(map(str, folders))) == 2
        words = "--output: must be given, as 2 folders are read together\n"
        assert capsys.readouterr().err == f"lagrun.{name}: {words}"
    assert plot.main([*map(str, folders), "--only", "strip", "--output", "pictures"]) == 0
    assert {"strip.png", "strip.svg", "captions.md"} <= files_below(Path("pictures"))
    assert [files_below(folder) for folder in folders] == before


def test_a_report_of_several_folders(folders: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lagrun.figures.sweep.drawn", lambda *_: {})
    another(folders[1] / "p=5" / "seed=1", weights_sha256="other")
    Path("pages").mkdir()
    assert main_of_report.main([*map(str, folders), "--output", "pages/both.html"]) == 0
    page = Path("pages/both.html").read_text()
    assert "A, B" in page
    assert 'href="../A/p%3D5/seed%3D0/"' in page
    assert 'href="../B/p%3D5/seed%3D2/"' in page
    assert "have another final net" in page
