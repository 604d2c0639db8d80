"""Disks that are full or read-only, folders that are deleted or named oddly, clocks: what was finished stays whole."""

import errno
import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lagrun.planning.folder_names import cell_folder
from lagrun.storage import files, run_folder
from tests.conftest import Command
from tests.helpers import files_below
from tests.resumed import TINY, Sweep, content, results, rows, run_of


def test_a_full_disk_ends_the_sweep_in_one_line(sweep: Sweep, monkeypatch: pytest.MonkeyPatch) -> None:
    sweep("hydra.sweep.dir=whole")
    write, n_left = files._write, [1 + 4 + 4 + 1]  # the plan, two runs with four files each at most, and one more

    def fill(path: Path, text: bytes) -> None:
        n_left[0] -= 1
        if n_left[0] < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        write(path, text)

    monkeypatch.setattr(files, "_write", fill)
    status, out, err = sweep()
    assert status == 1
    assert "unfinished: sweep/" in out
    assert err.splitlines()[0].endswith("go on with: python -m lagrun resume=sweep")
    assert err.splitlines()[1].endswith("cannot be written to (No space left on device)")
    assert len(err.splitlines()) == 2
    found = rows(Path("sweep"))
    assert 1 <= len(found) < 4
    kept = content(Path("sweep"))
    monkeypatch.setattr(files, "_write", write)
    assert sweep().status == 0
    assert rows(Path("sweep")) == rows(Path("whole"))
    after = content(Path("sweep"))
    assert {key: after[key] for key in kept} == kept


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 96 kB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=96k", "tmpfs", str(disk)], capture_output=True, text=True
    )
    if done.returncode:
        pytest.skip(f"a small file system cannot be mounted: {done.stderr.strip()}")
    yield disk
    subprocess.run(["umount", "--lazy", str(disk)], check=True)


@pytest.mark.slow
@pytest.mark.parametrize("n_jobs", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_a_small_disk_fills_up(small_disk: Path, sweep: Sweep, n_jobs: int) -> None:
    more = (f"hydra.sweep.dir={small_disk}/sweep", f"execution.n_jobs={n_jobs}", "seed=0-9", "execution.block_size=1")
    sweep("seed=0-9", "hydra.sweep.dir=whole")
    status, _, err = sweep(*more)
    assert status == 1
    assert "No space left on device" in err
    assert "Traceback" not in err
    assert all(line.startswith("lagrun: ") for line in err.splitlines())
    n_kept = len(rows(small_disk))
    assert n_kept == len(list(small_disk.rglob(files.RESULT))) < 10
    subprocess.run(["mount", "-o", "remount,size=10m", str(small_disk)], check=True)
    assert sweep(*more).status == 0
    assert rows(small_disk) == rows(Path("whole"))


def test_a_read_only_disk_is_refused_before_anything_is_trained(small_disk: Path, command: Command) -> None:
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    for more in (("-m", f"hydra.sweep.dir={small_disk}/sweep"), (f"hydra.run.dir={small_disk}/run",)):
        status, out, err = command(*TINY, "budget=20", *more)
        assert (status, out, err.count("\n")) == (2, "", 1)
        assert "Read-only file system" in err
        assert f"{more[-1]}" in err


@pytest.mark.parametrize("gone", ["run", "sweep"])
def test_a_folder_that_is_deleted_during_the_sweep(gone: str, sweep: Sweep, monkeypatch: pytest.MonkeyPatch) -> None:
    sweep("hydra.sweep.dir=whole")
    end = run_folder.end

    def delete_first(block: Any, run: Any, result: Any) -> None:
        if run.seed == 2:
            shutil.rmtree(run.folder if gone == "run" else "sweep")
        end(block, run, result)

    monkeypatch.setattr(run_folder, "end", delete_first)
    status, _, err = sweep("execution.block_size=1")
    monkeypatch.setattr(run_folder, "end", end)
    found = rows(Path("sweep"))
    if gone == "run":
        assert (status, err) == (0, "")
    else:  # what was deleted is deleted; what came after is there
        assert status == 1
        assert {seed for seed, _ in found} == {2, 3}
    assert (run_of(2) / ".hydra" / "config.yaml").exists()
    assert sweep().status == 0
    assert rows(Path("sweep")) == rows(Path("whole"))


NAMES = [
    "with space",
    "it's",
    'say "x"',
    "ü-λ-漢",
    "a=b,c=d",
    "a/b",
    "[brackets]",
    "$dollar",
    "#hash",
    "~",
    "-dash",
    "x" * 150,
]


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow if number % 6 != 3 else ()) for number, name in enumerate(NAMES)]
)
def test_folders_of_any_name(name: str, command: Command) -> None:
    quoted = name.replace("'", "\\'")
    arguments = (*TINY, "budget=8", f"hydra.sweep.dir='{quoted}'", "-m")
    assert command(*arguments, "seed=0,1").status == 0
    assert len(rows(Path(name))) == 2
    (run_of(1, name) / files.RESULT).unlink()
    assert command(f"resume={name}", "seed=0-2").status == 0
    assert len(rows(Path(name))) == 3


@given(st.lists(st.text(min_size=1), min_size=1, max_size=6))
def test_any_overrides_make_one_safe_name(overrides: list[str]) -> None:
    name = cell_folder(overrides)
    assert name not in ("", ".", "..")
    assert "/" not in name
    assert len(name.encode()) <= 255
    assert name.isprintable()
    assert name.isascii()


def test_very_long_overrides(command: Command) -> None:
    more = [f"+task.p={p}" if p % 2 else f"task.p={p}" for p in (4,)]
    longer = [f"optimiser.learning_rate=0.0500{'0' * 400}", "evaluation.n_sequences=4", *more]
    assert command(*TINY, *longer, "budget=8", "hydra.sweep.dir=sweep", "-m", "seed=0,1").status == 0
    assert len(rows(Path("sweep"))) == 2


def test_a_clock_that_goes_backwards(sweep: Sweep, monkeypatch: pytest.MonkeyPatch) -> None:
    sweep("hydra.sweep.dir=whole")
    now, ticks = time.time(), iter(range(10_000_000))
    monkeypatch.setattr(time, "time", lambda: now - 3600.0 * next(ticks))
    assert sweep("execution.checkpoint_seconds=0.001").status == 0
    assert rows(Path("sweep")) == rows(Path("whole"))
    for path in results():
        result = json.loads(path.read_text())
        assert result["wall_seconds"] >= 0
        assert result["cpu_seconds"] >= 0


def test_results_are_on_the_disk_before_they_are_seen(sweep: Sweep, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each file is fsynced under another name, then renamed; at the end of a run its folder is fsynced as well."""
    events: list[tuple[str, str]] = []
    fsync, rename = os.fsync, Path.replace

    def note_fsync(number: int) -> None:
        events.append(("fsync", str(Path(f"/proc/self/fd/{number}").readlink())))
        fsync(number)

    def note_rename(self: Path, target: Path) -> Path:
        events.append(("rename", str(target.absolute())))
        return rename(self, target)

    monkeypatch.setattr(os, "fsync", note_fsync)
    monkeypatch.setattr(Path, "replace", note_rename)
    sweep("seed=0", "budget=4")
    run = run_of(0).absolute()
    ours = [(kind, Path(path).name) for kind, path in events if Path(path).parent == run or Path(path) == run]
    expected = []
    for name in (files.CHECKPOINT, files.PARAMS, files.CURVE, files.RESULT):
        expected += [("fsync", f".{name}.{os.getpid()}.tmp"), ("rename", name)]
    assert ours == [("rename", "run.json"), *expected, ("fsync", "seed=0")]
    assert {".tmp" not in name for name in files_below(run)} == {True}
