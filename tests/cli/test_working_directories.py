"""Working directories and folders that are gone, or whose names are no UTF-8."""

import os
import sys
from collections.abc import Callable
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest
import yaml

from lagrun.__main__ import main
from lagrun.analysis.frame import frame
from lagrun.analysis.summary import summarise
from lagrun.analysis.sweep_tables import write_tables
from lagrun.cli import standard_streams
from lagrun.storage import files as store
from lagrun.storage.hydra_files import hydra_files
from tests.conftest import Command
from tests.small_commands import SMALL
from tests.written_sweeps import sweep

#: A name that file systems of Linux accept, and no encoding has.
NAME = os.fsdecode(b"n\xff")


@pytest.fixture
def odd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / NAME
    try:
        folder.mkdir()
    except OSError:
        pytest.skip("the file system takes UTF-8 alone")
    monkeypatch.chdir(folder)
    return folder


def printed(monkeypatch: pytest.MonkeyPatch, call: Callable[[], int]) -> tuple[int, bytes]:
    """Status, and what is printed on a terminal that is strict."""
    written = BytesIO()
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", TextIOWrapper(written, "utf-8", "strict"))
        status = call()
        assert sys.stdout.errors == "strict"
        return status, written.getvalue()


def test_a_deleted_working_directory_is_one_line(command: Command, tmp_path: Path) -> None:
    (tmp_path / "gone").mkdir()
    os.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    said = "lagrun: the working directory does not exist any more; change to one that does\n"
    for line in (SMALL, ("clean", "x", "--yes"), ("list",)):
        assert command(*line) == (2, "", said)
    assert command("--version").status == 0


def test_a_working_directory_whose_name_is_no_text(odd: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["lagrun", *SMALL, f"hydra.sweep.dir='{odd}/sweep'", "-m", "seed=0-1"])
    status, said = printed(monkeypatch, main)
    assert status == 0
    assert os.fsencode(odd / "sweep") + b"\n" in said
    results = sorted((odd / "sweep").rglob(store.RESULT))
    assert [(store.read_result(path.parent) or {})["outcome"] for path in results] == ["budget"] * 2
    files = [path.parent / ".hydra" / "hydra.yaml" for path in results]
    assert [yaml.safe_load(path.read_text())["hydra"]["runtime"]["cwd"] for path in files] == [str(odd)] * 2
    monkeypatch.setattr(sys, "argv", ["lagrun", f"resume={odd}/sweep", "seed=0-2"])
    assert printed(monkeypatch, main)[0] == 0
    assert len(list((odd / "sweep").rglob(store.RESULT))) == 3


def test_a_single_run_prints_where_it_is(odd: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["lagrun", *SMALL, "hydra.run.dir=run"])
    status, said = printed(monkeypatch, main)
    assert (status, said.splitlines()[-1]) == (0, os.fsencode(odd / "run"))


def test_what_is_no_text_is_printed_as_the_bytes_that_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    def say() -> int:
        print(NAME)
        return 7

    assert printed(monkeypatch, lambda: standard_streams.run(say)) == (7, b"n\xff\n")


def test_tables_name_a_folder_that_is_no_text(tmp_path: Path) -> None:
    runs = frame(sweep(tmp_path / "sweep", {5: [10]}))
    write_tables(tmp_path, runs.assign(folder=NAME), summarise(runs))
    assert (tmp_path / "runs.csv").read_text().splitlines()[1].startswith("n\\udcff,0,solved,")


def test_other_names_are_written_as_they_are() -> None:
    hydra = {
        "overrides": {"task": ["task.p=5"]},
        "job": {"config": {"override_dirname": {"kv_sep": "=", "item_sep": ",", "exclude_keys": []}}},
        "runtime": {"cwd": "/é"},
    }
    assert 'cwd: "/\\xe9"' not in hydra_files(hydra, {}, 0, 0, "/x")["hydra.yaml"]
    assert "cwd: /é\n" in hydra_files(hydra, {}, 0, 0, "/x")["hydra.yaml"]
