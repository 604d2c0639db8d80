"""Real processes that are killed, asked to end, or get in each other's way."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lagrun.storage import files
from scripts import soak
from scripts.soak import PATIENCE, command, rows, session, start, wait_for, workers

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


@pytest.fixture(autouse=True)
def nothing_is_left_running(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    begun: list[subprocess.Popen[bytes]] = []
    popen = subprocess.Popen

    def note(*arguments: Any, **more: Any) -> Any:
        begun.append(popen(*arguments, **more))
        return begun[-1]

    monkeypatch.setattr(subprocess, "Popen", note)
    yield
    for process in begun:
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[Any, Any]:
    """What the sweep yields if nobody disturbs it."""
    folder = tmp_path_factory.mktemp("whole") / "sweep"
    assert start(command(folder), folder.with_suffix(".log")).wait(120) == 0
    found = rows(folder)
    assert len(found) == 24
    assert {row["outcome"] for row in found.values()} == {"solved", "budget"}
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "sweep"


def started(folder: Path) -> subprocess.Popen[bytes]:
    """Start the sweep, and wait until some of its runs are finished and others are not."""
    process = start(command(folder), folder.with_suffix(".log"))
    assert wait_for(lambda: rows(folder), 60), folder.with_suffix(".log").read_text()
    assert process.poll() is None
    return process


@pytest.mark.slow
def test_a_killed_worker_costs_nothing_but_time(folder: Path, whole: dict[Any, Any]) -> None:
    process = started(folder)
    victim = next(pid for pid in workers(process.pid))
    os.kill(victim, signal.SIGKILL)
    assert process.wait(120) == 0
    assert rows(folder) == whole
    logs = "".join(path.read_text() for path in folder.rglob("lagrun.log"))
    assert "the worker process died" in logs
    assert "failed" not in logs
    assert folder.with_suffix(".log").read_text().count("Traceback") == 0


@pytest.mark.slow
@pytest.mark.parametrize("everything", [False, True])
def test_a_killed_parent_leaves_no_process_and_nothing_is_lost(
    folder: Path, whole: dict[Any, Any], everything: bool
) -> None:
    process = started(folder)
    if everything:
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.wait()
    assert wait_for(lambda: not session(process.pid), PATIENCE), session(process.pid)
    kept = {path: path.read_bytes() for path in folder.rglob(files.RESULT)}
    assert kept
    assert start(command(folder), folder.with_suffix(".log")).wait(120) == 0
    assert rows(folder) == whole
    assert {path: path.read_bytes() for path in kept} == kept
    assert "goes on after" in "".join(path.read_text() for path in folder.rglob("lagrun.log"))


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGINT, 130), pytest.param(signal.SIGTERM, 143, marks=pytest.mark.slow)]
)
def test_a_command_that_is_asked_to_end_shows_what_it_has(
    number: signal.Signals, status: int, folder: Path, whole: dict[Any, Any]
) -> None:
    process = started(folder)
    process.send_signal(number)
    assert process.wait(20) == status  # at once, but for a busy machine; `scripts.soak` measures it
    assert wait_for(lambda: not session(process.pid), PATIENCE)
    found = rows(folder)
    assert 0 < len(found) < len(whole)
    assert found == {key: whole[key] for key in found}
    text = folder.with_suffix(".log").read_text()
    assert "unfinished" in text
    assert f"lagrun: {len(found)} of 24 runs are finished and kept, " in text
    assert f" more will go on from a stored state; go on with: python -m lagrun resume={folder}\n" in text
    assert text.endswith("lagrun: interrupted\n")
    assert "Traceback" not in text
    resumed = [sys.executable, "-m", "lagrun", f"resume={folder}"]
    assert start(resumed, folder.with_suffix(".log")).wait(120) == 0
    assert rows(folder) == whole


def test_a_second_signal_leaves_no_process_behind(folder: Path) -> None:
    process = started(folder)
    process.terminate()
    time.sleep(0.01)
    process.terminate()
    assert process.wait(10) == 143
    assert wait_for(lambda: not session(process.pid), PATIENCE), session(process.pid)
    assert "Traceback" not in folder.with_suffix(".log").read_text()


def catches(process: subprocess.Popen[bytes], number: signal.Signals) -> bool:
    """Tell whether a process has a handler of its own for a signal; Python itself has none for SIGTERM."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    caught = int(status.partition("SigCgt:")[2].split()[0], 16)
    return bool(caught >> (number - 1) & 1)


@pytest.mark.parametrize("seconds", [0.6, *(pytest.param(later, marks=pytest.mark.slow) for later in (0.9, 1.2))])
def test_ctrl_c_in_a_terminal_reaches_all_processes(seconds: float, folder: Path) -> None:
    process = start(command(folder), folder.with_suffix(".log"))
    assert wait_for(
        lambda: catches(process, signal.SIGTERM), PATIENCE
    )  # before, Python starts, which lagrun cannot help
    time.sleep(seconds)
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(10) == 130
    assert folder.with_suffix(".log").read_text().endswith("lagrun: interrupted\n")
    assert wait_for(lambda: not session(process.pid), PATIENCE), session(process.pid)


@pytest.mark.slow
def test_where_sigint_is_ignored_as_in_the_background_of_a_script_it_does_nothing(
    folder: Path, whole: dict[Any, Any]
) -> None:
    process = start(["sh", "-c", 'trap "" INT; exec "$@"', "sh", *command(folder)], folder.with_suffix(".log"))
    assert wait_for(lambda: rows(folder), 60)
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(120) == 0
    assert rows(folder) == whole


@pytest.mark.slow
def test_two_commands_at_once(folder: Path, whole: dict[Any, Any]) -> None:
    process = started(folder)
    second = start(command(folder), folder.with_suffix(".second"))
    assert second.wait(60) == 3
    text = folder.with_suffix(".second").read_text()
    assert text == f"lagrun: {folder}: another process of lagrun is running in this folder\n"
    assert process.wait(120) == 0
    assert rows(folder) == whole


@pytest.mark.slow
def test_a_single_run_that_is_asked_to_end_goes_on_later(folder: Path, tmp_path: Path) -> None:
    run = ("model=rtrl", "task.p=20", "budget=3000", "execution.checkpoint_every=20", "evaluation.n_sequences=10")

    def process(name: str, log: str = "") -> "subprocess.Popen[bytes]":
        arguments = [sys.executable, "-m", "lagrun", *run, f"hydra.run.dir={tmp_path / name}"]
        return start(arguments, tmp_path / f"{log or name}.log")

    whole = process("whole")
    stopped = process("stopped")
    assert wait_for((tmp_path / "stopped" / files.CHECKPOINT).exists, 60)
    assert process("stopped", "second").wait(60) == 3
    stopped.terminate()
    assert stopped.wait(60) == 143
    hint = f"lagrun: go on with: python -m lagrun resume={tmp_path / 'stopped'}\n"
    assert (tmp_path / "stopped.log").read_text() == f"{hint}lagrun: interrupted\n"
    assert not (tmp_path / "stopped" / files.RESULT).exists()
    assert process("stopped", "third").wait(120) == whole.wait(120) == 0
    assert rows(tmp_path / "stopped") == rows(tmp_path / "whole")
    assert "goes on after" in (tmp_path / "stopped" / "lagrun.log").read_text()


HANGS = """
import time
from dataclasses import dataclass
from lagrun.models.elman import Elman

@dataclass(frozen=True)
class Sleeper(Elman):
    def init(self, rngs, *rest):
        if any(rng.bit_generator.seed_seq.entropy == 1 for rng in rngs):
            time.sleep(3600)
        return super().init(rngs, *rest)
"""


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["single", pytest.param("sweep", marks=pytest.mark.slow)])
def test_a_run_that_hangs_is_failed(mode: str, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(HANGS)
    words = ["model=elman", "model._target_=mine.Sleeper", "trusted_modules=[mine]", "task.p=5", "budget=20"]
    words += ["execution.run_timeout_seconds=2", f"hydra.{'run' if mode == 'single' else 'sweep'}.dir=out"]
    words += ["seed=1"] if mode == "single" else ["-m", "seed=0-2"]
    env = {**os.environ, "PYTHONPATH": f"{soak.CONF.parent}"}
    done = subprocess.run(
        [sys.executable, "-m", "lagrun", *words], cwd=tmp_path, env=env, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 1, done.stderr
    found = {json.loads(path.read_text())["seed"]: path for path in (tmp_path / "out").rglob(files.RESULT)}
    failures = {seed: json.loads(path.read_text())["failure"] for seed, path in found.items()}
    assert failures.pop(1) == "took longer than execution.run_timeout_seconds=2"
    assert failures == ({} if mode == "single" else {0: None, 2: None})
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_processes_that_are_stopped_for_longer_than_a_run_may_take(folder: Path, whole: dict[Any, Any]) -> None:
    process = start([*command(folder), "execution.run_timeout_seconds=3"], folder.with_suffix(".log"))
    assert wait_for(lambda: rows(folder), 60)
    os.killpg(process.pid, signal.SIGSTOP)
    assert process.poll() is None
    time.sleep(4)
    os.killpg(process.pid, signal.SIGCONT)
    assert process.wait(120) == 0
    assert rows(folder) == whole
    logs = "".join(path.read_text() for path in folder.rglob("lagrun.log"))
    assert "took too long" not in logs
    assert "attempt 2" not in logs


@pytest.mark.slow
def test_random_kills() -> None:
    """A short version of ``python -m scripts.soak``."""
    tally = soak.soak(20, seed=random.SystemRandom().randrange(10**6))
    assert tally.wrong == []
    assert tally.tried.total() == 20
    assert len(tally.tried) > 2
