"""Parts of the report by themselves: what cells and runs are called, what is doubted, and what columns sort by."""

from pathlib import Path

from lagrun.analysis.frame import frame
from lagrun.analysis.summary import summarise
from lagrun.analysis.tables import HOLDING
from lagrun.report.configurations import flat, reported_cells
from lagrun.report.incomplete import doubts
from lagrun.report.records import read_records
from lagrun.report.run_rows import run_rows
from lagrun.report.summary_table import ORDERS
from tests.analysis.test_solved import frame_of
from tests.written_sweeps import say, sweep


def test_a_class_of_ones_own_is_named_beside_its_option() -> None:
    config = {"model": {"_target_": "own.Net", "n": 3}, "task": {"_target_": "lagrun.tasks.noise_free.NoiseFree"}}
    found = flat(config, {"model": "mine", "task": "noise_free"})
    assert found == {"model": "mine", "model._target_": "own.Net", "model.n": "3", "task": "noise_free"}


def test_each_row_has_the_title_of_its_cell(tmp_path: Path) -> None:
    folder = sweep(tmp_path, {5: [10], 6: [20, 30]})
    say(folder, "name", ["A", "B"])
    runs = frame(folder)
    records = read_records(folder, runs)
    rows = run_rows(folder, runs, reported_cells(runs, records), records, folder / "report.html")
    assert [row.cell for row in rows] == ["A, p=5", "B, p=6", "B, p=6"]


def test_contradictions_are_doubted() -> None:
    assert doubts({}, {}, ["a and b"]) == ["Contradictions: a and b."]


def test_the_column_of_what_holds_is_sorted_by_its_share() -> None:
    (row,) = summarise(frame_of([1.0, 0.5, 1.0])).itertuples()
    assert ORDERS[HOLDING](row) == 0.5
