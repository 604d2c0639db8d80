"""Watching a folder while runs train in it, and after they were stopped."""

import json
import os
import platform
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from lagrun import watch
from lagrun.checks import ConfigError
from lagrun.execution import progress
from lagrun.execution.run_block import run_block
from lagrun.interfaces.run_result import SoFar
from lagrun.storage import files
from lagrun.storage.block import Block, Run
from lagrun.storage.partial import PARTIAL, write_partial
from lagrun.watching import signs
from lagrun.watching.watched import Watched, Watcher
from lagrun.watching.words import described
from tests.helpers import files_below, small

#: No process has this number.
NOBODY = 2**22 + 1

#: A point of a learning curve after 5 sequences.
POINT = (5.0, 0.25, 0.5, 0.75, 1.0, 1.0, 1.0)


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory, make_small: Callable[..., Block]) -> Path:
    folder = tmp_path_factory.mktemp("ended")
    run_block(make_small(folder / "seed=0"))
    return folder / "seed=0"


@pytest.fixture(scope="module")
def make_small() -> Callable[..., Block]:
    from lagrun.training.admission import build
    from tests.helpers import compose_config

    overrides = ("model.hidden_size=2", "task.p=5", "budget=20", "evaluation.n_sequences=4")

    def make(folder: Path) -> Block:
        return Block(build(compose_config(*overrides)), CONFIG, {}, (Run(0, 0, folder),))

    return make


CONFIG = small("budget=20", "evaluation.n_sequences=4")


@pytest.fixture
def sweep(tmp_path: Path, ended: Path) -> Path:
    """A sweep of two cells of two runs: one has ended, one trains, and two have not begun."""
    folder = tmp_path / "sweep"
    cells = [
        {
            "overrides": [f"task.p={p}"],
            "config": CONFIG | {"task": CONFIG["task"] | {"p": p}},
            "options": {"model": "lstm", "task": "noise_free"},
            "runs": [{"seed": seed, "folder": f"p={p}/seed={seed}"} for seed in (0, 1)],
        }
        for p in (5, 6)
    ]
    (folder / "p=5").mkdir(parents=True)
    (folder / "p=5" / "seed=0").symlink_to(ended)
    (folder / "p=6" / "seed=1").mkdir(parents=True)
    files.write_json(folder / files.SWEEP, {"schema_version": files.SCHEMA_VERSION, "cells": cells})
    write_partial(folder / "p=6" / "seed=1", 20, SoFar(7, 0.625, [POINT], 2.0))
    return folder


def sign(path: Path, **changed: Any) -> None:
    """Leave a sign of life of this very process, or of another."""
    own = {"words": "its own words", "written": time.time(), "host": platform.node(), "pid": os.getpid()}
    path.write_text(json.dumps(own | changed))


def change_sign(path: Path, **changed: Any) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | changed))


def said(watched: Watched, folder: Path, width: int = 200) -> list[str]:
    out = Console(width=width, highlight=False, markup=False)
    with out.capture() as capture:
        described(out, watched, folder)
    return [" ".join(line.split()) for line in capture.get().splitlines() if line.strip()]


def test_a_sweep_at_work(sweep: Path) -> None:
    watcher = Watcher(sweep)
    watched = watcher.look()
    assert watched.state == signs.WORKING
    lines = said(watched, sweep)
    assert lines[0] == f"{sweep}: 1/4 runs, 0 solved, 27 sequences, 2 sequences/s, at most 26 s left"
    assert lines[1] == "cell runs solved running at sequence sequences/s"
    assert lines[3:5] == ["p=5 1/2 0", "p=6 0/2 0 1 7 2"]
    assert lines[5] == "cell seed sequence latest right held-out right seen"
    assert lines[7] == "p=6 1 7 of 20 62.5% 50.0% at 5 < 1 s ago"
    assert lines[-1] == f"At work: last sign of life < 1 s ago, by process {os.getpid()} on {platform.node()}"
    sign(sweep / progress.AT_WORK)
    assert said(watcher.look(), sweep)[0] == f"{sweep}: its own words"


def test_what_was_killed_what_is_elsewhere_and_what_is_silent(sweep: Path) -> None:
    watcher, run = Watcher(sweep), sweep / "p=6" / "seed=1" / PARTIAL
    change_sign(run, pid=NOBODY)
    lines = said(watcher.look(), sweep)
    assert lines[0] == f"{sweep}: 1/4 runs, 0 solved, 27 sequences"
    assert "begun" in lines[1]
    assert lines[-1].startswith(f"Nobody is at work here (last sign of life < 1 s ago, by process {NOBODY} on")
    assert lines[-1].endswith(f"go on with: python -m lagrun resume={sweep}")
    change_sign(run, pid=NOBODY, host="another")
    assert watcher.look().state == signs.WORKING
    change_sign(run, pid=NOBODY, host="another", written=time.time() - 600)
    assert watcher.look().state == signs.SILENT
    assert said(watcher.look(), sweep)[-1].startswith("Perhaps nobody is at work here: last sign of life 10 min ago")
    sign(sweep / progress.AT_WORK, pid=NOBODY)  # what the command says of itself counts, not what a worker says
    assert watcher.look().state == signs.STOPPED
    sign(sweep / progress.AT_WORK, written=time.time() - 600)  # as by SIGSTOP
    assert watcher.look().state == signs.SILENT
    (sweep / progress.AT_WORK).unlink()
    run.unlink()
    assert watcher.look().state == signs.STOPPED
    assert said(watcher.look(), sweep)[-1] == f"Nobody is at work here; go on with: python -m lagrun resume={sweep}"


def test_a_run_that_compiles_has_begun(sweep: Path) -> None:
    run = sweep / "p=6" / "seed=1"
    (run / PARTIAL).write_bytes(b"half a fi")
    (run / files.STARTED).write_text(json.dumps({"started": time.time(), "pid": os.getpid(), "host": platform.node()}))
    watched = Watcher(sweep).look()
    assert watched.state == signs.WORKING
    assert watched.count() == 1


def test_results_are_seen_when_they_come_and_the_plan_when_it_grows(sweep: Path, ended: Path) -> None:
    watcher = Watcher(sweep)
    assert watcher.look().count() == 1
    (sweep / "p=5" / "seed=1").symlink_to(ended)  # seed 0's result does not count for seed 1
    assert watcher.look().count() == 1
    plan = json.loads((sweep / files.SWEEP).read_text())
    plan["cells"] = [plan["cells"][0] | {"runs": plan["cells"][0]["runs"][:1]}]
    files.write_json(sweep / files.SWEEP, plan)
    assert watcher.look().state == signs.ENDED
    plan["cells"][0]["config"]["budget"] = 40
    files.write_json(sweep / files.SWEEP, plan)
    assert watcher.look().count() == 0  # its run goes on


def test_a_folder_is_only_read(sweep: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = files_below(sweep)
    assert watch.main([str(sweep)]) == 0
    assert files_below(sweep) == before
    out = capsys.readouterr().out
    assert out.startswith(f"{sweep}: 1/4 runs")
    assert "\x1b" not in out


def test_a_run_by_itself(ended: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert watch.main([str(ended), "--once"]) == 0
    out = capsys.readouterr().out
    assert "1/1 runs, 0 solved, 20 sequences" in out
    assert out.endswith(f"All runs have ended; see: python -m lagrun.aggregate {ended}\n")
    (tmp_path / files.STARTED).write_text("{}")
    write_partial(tmp_path, 20, SoFar(7, 0.625, [], 2.0))
    (found,) = Watcher(tmp_path).look().runs
    assert (found.sequences, found.budget, found.outcome) == (7, 20, None)


def test_what_cannot_be_watched_is_said_in_one_line(
    sweep: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").touch()
    many = tmp_path / "many"
    (many / "sweep").mkdir(parents=True)
    (many / "sweep" / files.SWEEP).touch()
    for arguments, text in (
        ([str(tmp_path / "nowhere")], "no such folder"),
        ([str(tmp_path / "empty")], "holds no runs"),
        ([str(tmp_path / "file")], "is a file, not a folder"),
        ([str(many)], "holds several sweeps"),
        ([str(many / "sweep")], "is damaged"),
        ([str(sweep), "--every", "0"], "--every 0: must be from 0.1 to 86400 seconds"),
        ([str(sweep), "--every", "nan"], "--every nan: must be from 0.1 to 86400 seconds"),
        ([str(sweep), "--plot", "x.txt"], "--plot x.txt: must end in one of .png, .svg, .pdf"),
        ([str(sweep), "--plot", str(tmp_path / "file" / "x.png")], "cannot be written to"),
    ):
        assert watch.main(arguments) == 2
        error = capsys.readouterr().err
        assert error.startswith("lagrun.watch: ")
        assert text in error
        assert error.count("\n") == 1


def test_partial_curves_are_drawn(sweep: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = []

    def note(cells: Any, counts: str) -> Any:
        drawn.extend([cells, counts])
        return draw(cells, counts)

    draw = watch.partial_curves
    monkeypatch.setattr(watch, "partial_curves", note)
    path = tmp_path / "new" / "curves.svg"
    assert watch.main([str(sweep), "--plot", str(path)]) == 0
    text = path.read_text()
    assert "A partial picture" in text
    assert "p=6" in text
    cells, counts = drawn
    assert counts == "1/4 runs, 0 solved"
    (_, (old,)), (_, (new,)) = cells
    assert (old.has_ended, new.has_ended) == (True, False)
    assert old.sequences[-1] == 20
    assert (new.sequences.tolist(), new.rolling.tolist()) == ([5, 7], [0.25, 0.625])
    (sweep / "p=6" / "seed=1" / PARTIAL).unlink()
    (sweep / "p=5" / "seed=0").unlink()
    with pytest.raises(ConfigError, match="no run has a point"):
        watch._plot(Watcher(sweep).look(), sweep, path)


def test_on_a_terminal_it_looks_again_until_nobody_is_at_work(
    sweep: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run, naps = sweep / "p=6" / "seed=1" / PARTIAL, []

    def nap(seconds: float) -> None:
        naps.append(seconds)
        change_sign(run, sequence=9) if len(naps) == 1 else change_sign(run, pid=NOBODY)

    monkeypatch.setattr("lagrun.watch.time.sleep", nap)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setattr("lagrun.watch.shutil.get_terminal_size", lambda: os.terminal_size((130, 60)))
    assert watch.main([str(sweep), "--every", "7"]) == 0
    assert naps == [7, 7]
    out = capsys.readouterr().out
    first, second, third = out.removeprefix("\x1b[J").split("\x1b[J")
    assert "7 of 20" in first
    assert "9 of 20" in second
    assert "Nobody is at work here" in third
    n_lines = first.count("\n")
    assert first.endswith(f"\x1b[{n_lines + sum(len(line) > 130 for line in first.splitlines()[:-1])}F")


def test_ctrl_c_leaves_the_terminal_in_order(
    sweep: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("lagrun.watch.time.sleep", interrupt)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    assert watch.main([str(sweep)]) == 130
    out = capsys.readouterr().out
    assert out.endswith("\n\n")
    assert out.count("\x1b") == 1  # nothing of the terminal was changed that would have to be put back


@pytest.mark.parametrize(
    ("size", "kept"),
    [
        ((10, 6), ["a", "b", "c", "d", "end"]),
        ((10, 5), ["a", "b", "...", "end"]),
        ((10, 3), ["...", "end"]),
        ((10, 1), ["...", "end"]),
        ((2, 7), ["a", "b", "c", "d", "end"]),
        ((2, 6), ["a", "b", "...", "end"]),
    ],
)
def test_a_text_fits_the_screen(size: tuple[int, int], kept: list[str]) -> None:
    assert watch.on_screen("a\nb\nc\nd\nend", *size) == kept
