"""The pictures of chosen runs in the report: which runs, which pictures, and in what bounds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lagrun.analysis.frame import frame
from lagrun.analysis.inspection import Inspection
from lagrun.analysis.stored_run import read_run
from lagrun.figures import states
from lagrun.figures.drawing import content
from lagrun.report import pictures as module
from lagrun.report import write
from lagrun.report.configurations import ReportedCell, reported_cells
from lagrun.report.pictures import SORTS, Pictures, pictures
from lagrun.report.records import read_records
from lagrun.storage import files
from lagrun.storage.stored_sweep import StoredSweep
from tests.storage.test_stored_sweep import opened_in
from tests.trained_runs import trained

#: Nets of some seeds, small and trained for no time.
SMALL = ("model.hidden_size=3", "task.p=4", "budget=9", "evaluation.n_sequences=6")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pictured")
    for p, seeds in ((4, (1, 2, 3, 4)), (5, (1,))):
        for seed in seeds:
            trained(folder / f"p={p}" / f"seed={seed}", *SMALL, f"task.p={p}", seed=seed)
    return folder


def made(folder: Path, trusted: tuple[str, ...] = ()) -> Pictures:
    stored = StoredSweep(folder)
    runs = frame(stored)
    return pictures(stored, runs, reported_cells(runs, read_records(stored, runs)), trusted)


def in_order(folder: Path, cell: str) -> list[int]:
    """Seeds by how right they are on held-out sequences: none of these is solved."""
    runs = frame(folder)
    assert set(runs["outcome"]) == {"budget"}
    of_cell: pd.DataFrame = runs[runs["folder"].str.startswith(cell)]
    return list(of_cell.sort_values(["final_last_step_accuracy", "seed"], ascending=[False, True])["seed"])


@pytest.mark.slow
def test_the_best_the_median_and_the_worst_run_of_each_cell_have_pictures(folder: Path) -> None:
    found = made(folder)
    assert found.notes == []
    assert found.which == "The best, the median and the worst run of each cell"
    best, median, _, worst = in_order(folder, "p=4")
    ended = "not solved within 9 sequences"
    assert {cell: [run.words for run in runs] for cell, runs in found.cells.items()} == {
        "p=4": [f"Best: seed {best}, {ended}", f"Median: seed {median}, {ended}", f"Worst: seed {worst}, {ended}"],
        "p=5": [f"Best and median and worst: seed 1, {ended}"],
    }
    assert [drawing.name for drawing in found.cells["p=5"][0].drawings] == list(SORTS)
    drawing = found.cells["p=4"][0].drawings[1]
    alone = states.draw(Inspection(read_run(folder / "p=4" / f"seed={best}")))
    assert (drawing.alt, drawing.caption) == (alone.alt, alone.caption)
    for ours, theirs in zip(drawing.figure.axes, alone.figure.axes, strict=True):
        for one, other in zip(ours.lines, theirs.lines, strict=True):
            np.testing.assert_array_equal(one.get_xydata(), other.get_xydata())
    assert drawing.figure.get_supxlabel() == ""  # the page has it beside
    assert b"<svg" in content(drawing, "svg")


@pytest.mark.parametrize(
    ("most", "sorts", "n_runs", "which", "notes"),
    [
        (8, 2, 4, "The best, the median and the worst run of each cell", []),
        (4, 1, 4, "The best, the median and the worst run of each cell", []),
        (3, 1, 2, "The median run of each cell", []),
        (1, 1, 1, "The median run of each cell", ["The first 1 of 2 cells are shown."]),
    ],
)
def test_there_are_no_more_pictures_than_a_page_can_bear(
    most: int, sorts: int, n_runs: int, which: str, notes: list[str], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[list[str]] = []
    monkeypatch.setattr(module, "_drawings", lambda stored, run, sorts, trusted: drawn.append(list(sorts)) or [])
    monkeypatch.setattr(module, "MOST_PICTURES", most)
    found = made(folder)
    assert drawn == [list(SORTS)[:sorts]] * n_runs
    assert (found.which, found.notes) == (which, notes)


def test_no_further_picture_is_begun_after_a_time(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_SECONDS", -1)
    assert made(folder) == Pictures(notes=["4 more runs have no pictures here, as these took -1 s."])


def test_why_a_run_has_no_pictures_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trained(tmp_path / "seed=1", *SMALL, seed=1)
    monkeypatch.setitem(SORTS, "steps", lambda inspection: 1 / 0)
    assert made(tmp_path).notes == ["seed=1: ZeroDivisionError: division by zero"]
    result = files.read_result(tmp_path / "seed=1")
    assert result
    result["config"]["task"]["_target_"] = "others.Task"
    files.write_result(tmp_path / "seed=1", result)
    (note,) = made(tmp_path).notes
    assert "task._target_=others.Task: is not lagrun's, and would be run; if you trust it, add --trust others" in note


def test_runs_without_stored_weights_have_none(folder: Path) -> None:
    cell = ReportedCell("all runs", (0,), {})
    runs = frame(folder).assign(folder="nowhere")
    assert pictures(StoredSweep(folder), runs, [cell]) == Pictures()


@pytest.mark.usefixtures("light")
def test_the_page_shows_them_and_opens_each_file_once(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_PICTURES", 4)
    monkeypatch.setattr("lagrun.figures.sweep.sweep_figures", lambda *_: [])
    monkeypatch.setattr("lagrun.report.html.image", lambda drawing: f"data:,{drawing.name}")
    with opened_in(folder) as counts:
        text = write.write_report(folder, tmp_path / "page.html").read_text()
    assert {Path(path).name for path in counts} >= {files.RESULT, files.PARAMS, files.CURVE, files.STARTED}
    assert {path: n for path, n in counts.items() if n > 1} == {}
    assert text.count('src="data:,steps" alt="') == 4
    assert '<a href="#pictures">Chosen runs</a>' in text
    assert "<summary>p=4</summary>" in text
    without = write.write_report(folder, tmp_path / "page.html", None).read_text()
    assert "Chosen runs" not in without
