"""Real faults of files and folders: whatever was finished stays, and the same command makes up for the rest."""

import errno
import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lagrun.planning.folder_names import cell_folder
from lagrun.storage import files, run_folder
from tests.conftest import Command, Outcome
from tests.helpers import files_below
from tests.planning.test_resume import TINY, content, results, rows, run_of

SWEEP = (*TINY, "budget=20", "hydra.sweep.dir=sweep", "-m")

Sweep = Callable[..., Outcome]


@pytest.fixture
def sweep(command: Command) -> Sweep:
    """Run the sweep of this file, with more arguments."""

    def run(*more: str) -> Outcome:
        seeds = () if any(text.startswith("seed=") for text in more) else ("seed=0-3",)
        return command(*SWEEP, *seeds, *more)

    return run


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the first test that needs it keeps the finished sweep for the others."""
    return tmp_path_factory.mktemp("kept") / "sweep"


@pytest.fixture
def finished(sweep: Sweep, kept: Path) -> None:
    """The sweep of this file, finished."""
    if kept.exists():
        shutil.copytree(kept, "sweep")
    else:
        assert sweep().status == 0
        shutil.copytree("sweep", kept)


def halve(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def replace_by_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def change_a_figure(path: Path) -> None:
    result = json.loads(path.read_text())
    path.write_text(json.dumps({**result, "sequences_seen": 10_000}))


def take_another_run_s(path: Path) -> None:
    shutil.rmtree(path.parent)
    shutil.copytree(path.parent.with_name("seed=3"), path.parent)


def make_a_file_of_the_folder(path: Path) -> None:
    shutil.rmtree(path.parent)
    path.parent.write_text("no folder")


DAMAGES = [
    *[(files.RESULT, damage) for damage in (halve, flip, replace_by_folder, change_a_figure, take_another_run_s)],
    (files.RESULT, lambda path: path.write_bytes(b"")),
    (files.RESULT, lambda path: path.write_text("{}")),
    (files.RESULT, make_a_file_of_the_folder),
    *[(name, damage) for name in (files.CURVE, files.PARAMS) for damage in (halve, flip, Path.unlink)],
]


@pytest.mark.parametrize(
    ("name", "damage"),
    [pytest.param(*case, marks=pytest.mark.slow if number % 3 else ()) for number, case in enumerate(DAMAGES)],
)
def test_what_is_damaged_is_set_aside_and_run_again(
    name: str, damage: Callable[[Path], Any], finished: None, sweep: Sweep
) -> None:
    whole, run = rows(Path("sweep")), run_of(1)
    damage(run / name)
    wreck = {str(path.relative_to(run)): path.read_bytes() for path in run.rglob("*") if path.is_file()}
    kept = {key: text for key, text in content(Path("sweep")).items() if not Path(key).is_relative_to(run)}
    status, _, err = sweep()
    assert status == 0
    lines = err.splitlines()
    assert lines[0].startswith(f"lagrun: {run.absolute()}: ")
    assert lines[0].endswith("set aside as seed=1.damaged-1, run again")
    assert lines[1].startswith("lagrun: 3 of 4 runs")
    assert len(lines) == 2
    assert rows(Path("sweep")) == whole
    aside = run.with_name("seed=1.damaged-1")
    assert {str(path.relative_to(aside)): path.read_bytes() for path in aside.rglob("*") if path.is_file()} == wreck
    after = content(Path("sweep"))
    assert {key: after[key] for key in kept} == kept
    assert sweep().err == "lagrun: 4 of 4 runs are finished and kept\n"


def test_a_missing_result_is_no_damage(finished: None, sweep: Sweep) -> None:
    (run_of(1) / files.RESULT).unlink()
    (run_of(2) / files.STARTED).write_text('{"attempt": 1, "pi')
    (run_of(2) / files.RESULT).unlink()
    assert sweep().err == "lagrun: 2 of 4 runs are finished and kept\n"
    assert len(results()) == 4


@pytest.mark.parametrize("damage", [pytest.param(halve, marks=pytest.mark.slow), flip])
def test_a_damaged_state_only_costs_time(sweep: Sweep, damage: Callable[[Path], Any]) -> None:
    sweep("budget=60", "hydra.sweep.dir=whole")
    sweep()
    states = sorted(Path("sweep").rglob(files.CHECKPOINT))
    assert len(states) >= 2
    damage(states[0])
    assert sweep("budget=60").status == 0
    assert rows(Path("sweep")) == rows(Path("whole"))
    assert "is of no use, the run starts over" in (states[0].parent / "lagrun.log").read_text()


def test_a_state_of_another_version_is_not_gone_on_from(sweep: Sweep, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as other_version:
        other_version.setattr(files, "SCHEMA_VERSION", files.SCHEMA_VERSION + 1)
        sweep()
    states = {path: path.read_bytes() for path in Path("sweep").rglob(files.CHECKPOINT)}
    assert states
    shutil.rmtree("sweep")
    sweep()
    for path, state in states.items():
        path.write_bytes(state)
    assert sweep("budget=60").status == 0
    assert "goes on after" not in "".join(path.read_text() for path in Path("sweep").rglob("lagrun.log"))


def test_solved_runs_keep_no_state(sweep: Sweep) -> None:
    sweep("budget=100", "execution.checkpoint_every=5")
    outcomes = {path.parent: json.loads(path.read_text())["outcome"] for path in results()}
    assert set(outcomes.values()) == {"solved", "budget"}
    for folder, outcome in outcomes.items():
        assert (folder / files.CHECKPOINT).exists() == (outcome == "budget")


def test_another_run_s_state_is_not_gone_on_from(sweep: Sweep) -> None:
    sweep("budget=60", "hydra.sweep.dir=whole")
    sweep()
    first, second = sorted(Path("sweep").rglob(files.CHECKPOINT))[:2]
    shutil.copy(first, second)
    assert sweep("budget=60").status == 0
    assert rows(Path("sweep")) == rows(Path("whole"))


def without_runs(path: Path) -> None:
    plan = json.loads(path.read_text())
    del plan["cells"][0]["runs"]
    path.write_text(json.dumps(plan))


def with_text_for_a_cell(path: Path) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | {"cells": ["x"]}))


@pytest.mark.parametrize("damage", [halve, lambda path: path.write_text("[]"), without_runs, with_text_for_a_cell])
def test_a_damaged_plan_is_made_anew(finished: None, sweep: Sweep, damage: Callable[[Path], Any]) -> None:
    kept = content(Path("sweep"))
    damage(Path("sweep", files.SWEEP))
    status, out, err = sweep()
    assert status == 0
    assert "/4" in out
    assert "sweep.json.damaged-1, made anew" in err
    assert content(Path("sweep")) == kept


def test_what_was_set_aside_is_not_found_again_for_a_lost_plan(finished: None, sweep: Sweep) -> None:
    whole = rows(Path("sweep"))
    run_of(1).rename(run_of(1).with_name("seed=1.damaged-1"))
    Path("sweep", files.SWEEP).unlink()
    assert sweep().err == "lagrun: 3 of 4 runs are finished and kept\n"
    assert rows(Path("sweep")) == whole


def test_runs_are_found_again_where_a_lost_plan_named_them_otherwise(sweep: Sweep) -> None:
    sweep("budget=10")
    assert sweep("budget=60").status == 0
    kept = content(Path("sweep"))
    for lose in (halve, Path.unlink):
        lose(Path("sweep", files.SWEEP))
        assert sweep("budget=60").err.endswith("4 of 4 runs are finished and kept\n")
        assert content(Path("sweep")) == kept


def test_a_plan_of_another_version_is_refused(finished: None, sweep: Sweep) -> None:
    plan = Path("sweep", files.SWEEP)
    plan.write_text(json.dumps({**json.loads(plan.read_text()), "schema_version": 1}))
    status, _, err = sweep()
    assert (status, err.count("\n")) == (2, 1)
    assert "schema version 1" in err


def test_what_is_not_ours_is_left_alone(finished: None, sweep: Sweep) -> None:
    for path in (Path("sweep", "notes.txt"), run_of(1) / "notes.txt", run_of(1) / ".result.json.4711.tmp"):
        path.write_text("foreign")
    Path("sweep", "model=lstm").mkdir()
    Path("sweep", "model=lstm", files.RESULT).write_text('{"foreign": 1}')
    (run_of(1) / files.RESULT).unlink()
    status, out, _ = sweep()
    assert status == 0
    assert "/4" in out
    assert Path("sweep", "notes.txt").read_text() == (run_of(1) / "notes.txt").read_text() == "foreign"
    assert Path("sweep", "model=lstm", files.RESULT).exists()
    assert not list(Path("sweep").rglob("*.tmp"))


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
