"""That a folder is read once: what is found is the same, and no file is opened twice."""

from __future__ import annotations

import gzip
import os
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from lagrun import compare, plot
from lagrun.analysis.frame import frame
from lagrun.analysis.sweep_tables import report as aggregate
from lagrun.analysis.sweep_tables import report_pooled
from lagrun.interfaces.run_result import CURVE_COLUMNS
from lagrun.report import write
from lagrun.storage import files
from lagrun.storage.learning_curve import parse_curve, read_curve
from lagrun.storage.stored_sweep import StoredSweep
from tests.report.pages import CELLS, written

_opened: list[str] | None = None


def _listen(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "open" and _opened is not None and isinstance(arguments[0], str | bytes | os.PathLike):
        _opened.append(os.fsdecode(arguments[0]))


@contextmanager
def opened_in(folder: Path) -> Iterator[Counter[str]]:
    """Count how often files that are there when this begins are opened."""
    global _opened
    if not getattr(opened_in, "listens", False):  # a hook cannot be taken away again
        sys.addaudithook(_listen)
        opened_in.listens = True  # type: ignore[attr-defined]
    there, counts = {str(path) for path in folder.rglob("*") if path.is_file()}, Counter[str]()
    _opened = []
    try:
        yield counts
    finally:
        counts.update(path for path in map(os.path.abspath, _opened) if path in there)
        _opened = None


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A sweep with weights, one file of which is damaged."""
    folder = written(tmp_path / "S", CELLS)
    (folder / "task.p=5,a+b/seed=1" / files.CURVE).write_bytes(b"damaged")
    return folder


def without_plan(folder: Path) -> None:
    (folder / files.SWEEP).unlink()


@pytest.mark.usefixtures("light")
@pytest.mark.parametrize("has_plan", [True, False])
def test_a_report_opens_each_file_once(folder: Path, has_plan: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not has_plan:
        without_plan(folder)
    monkeypatch.setattr("lagrun.report.html.image", lambda drawing: "data:,")
    with opened_in(folder) as counts:
        write.write_report(folder, folder.parent / "page.html")
    assert counts
    assert {path: n for path, n in counts.items() if n > 1} == {}
    expected = {files.RESULT: 6, files.STARTED: 6, files.CURVE: 5, files.SWEEP: has_plan}
    assert Counter(Path(path).name for path in counts) == Counter(expected) + Counter()


@pytest.mark.parametrize("has_plan", [True, False])
def test_tables_and_figures_open_each_file_once(folder: Path, has_plan: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not has_plan:
        without_plan(folder)
    monkeypatch.setattr(plot, "save", lambda *_: [])
    for read in (lambda: aggregate(folder), lambda: plot.main([str(folder), "--only", "learning_curves"])):
        with opened_in(folder) as counts:
            read()
        assert counts
        assert {path: n for path, n in counts.items() if n > 1} == {}


@pytest.mark.usefixtures("light")
def test_folders_that_are_read_as_one_open_each_file_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = written(folder.parent / "T", {5: [150], 7: [900, None]})
    without_plan(written(folder.parent / "U", {8: [10]}))
    monkeypatch.setattr("lagrun.report.html.image", lambda drawing: "data:,")
    monkeypatch.setattr(plot, "save", lambda *_: [])
    folders = [folder, other, folder.parent / "U"]
    words = list(map(str, folders))
    for read in (
        lambda: write.write_report(folders, folder.parent / "page.html"),
        lambda: report_pooled(folders, None),
        lambda: compare.main(words),
        lambda: plot.main([*words, "--only", "learning_curves", "--output", str(folder.parent)]),
    ):
        with opened_in(folder.parent) as counts:
            read()
        assert Counter(Path(path).name for path in counts)[files.RESULT] == 9
        assert {path: n for path, n in counts.items() if n > 1} == {}


def test_what_is_read_once_is_what_is_stored(folder: Path) -> None:
    stored = StoredSweep(folder)
    pd.testing.assert_frame_equal(frame(stored), frame(folder))
    for name in frame(folder)["folder"]:
        assert stored.examine(name) == files.examine(folder / name)
        assert stored.examine_sealed(name) == files.examine_sealed(folder / name)
        pd.testing.assert_frame_equal(stored.curve(name), read_curve(folder / name))
    assert stored.examine("task.p=5,a+b/seed=1") == (None, "curve.csv.gz is not what was written")
    assert stored.command == ["-m", "task.p=5,6"]
    files.write_json(folder / "task.p=5,a+b/seed=0" / files.RESULT, {})
    assert stored.examine("task.p=5,a+b/seed=0")[0] is not None  # as it was when it was read


def test_what_is_too_large_to_keep_is_read_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lagrun.storage.stored_sweep.MOST_KEPT", 0)
    name = "task.p=5,a+b/seed=0"
    stored = StoredSweep(folder)
    with opened_in(folder) as counts:
        found = stored.curve(name)
    assert counts[str(folder / name / files.CURVE)] == 2
    pd.testing.assert_frame_equal(found, read_curve(folder / name))


def test_a_curve_is_read_as_it_was_written(tmp_path: Path) -> None:
    rows = np.random.default_rng(0).normal(size=(50, len(CURVE_COLUMNS))) * 10.0 ** np.arange(-20, 30)[:, None]
    rows[:, 0] = np.arange(50)
    rows[3, 2:4] = np.nan, np.inf
    files.write_curve(tmp_path / files.CURVE, CURVE_COLUMNS, rows)
    found = read_curve(tmp_path)
    assert list(found) == list(CURVE_COLUMNS)
    np.testing.assert_array_equal(found.to_numpy(), rows)
    assert found["sequence"].dtype == np.int64


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "sequence,loss\n1,2\n",
        ",".join(CURVE_COLUMNS) + "\n1,2\n",
        ",".join(CURVE_COLUMNS) + "\na,b,c,d,e,f,g\n",
    ],
)
def test_what_is_no_curve_has_no_points(text: str | None) -> None:
    found = parse_curve(b"\x1f\x8bdamaged" if text is None else gzip.compress(text.encode()))
    assert list(found) == list(CURVE_COLUMNS)
    assert found.empty
