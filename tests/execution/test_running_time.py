"""Time limits are for the time in which a run's process was running."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from lagrun.execution.pool import TOO_LONG, run_blocks
from lagrun.execution.running_time import LONGEST_LOOK_SECONDS, RunningTime
from lagrun.interfaces import Batch
from lagrun.storage import files
from lagrun.storage.block import Block
from lagrun.tasks.noise_free import NoiseFree
from tests.conftest import MakeCell
from tests.execution.blocks import results, some

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(["sleep", "60"])
    yield process
    process.kill()
    process.wait()


def seconds_in(process: subprocess.Popen[bytes], seconds: float = 0.2) -> float:
    clock = RunningTime(process.pid)
    for _ in range(4):
        time.sleep(seconds / 4)
        clock.look()
    return clock.seconds


def test_a_process_that_sleeps_is_running_and_one_that_is_stopped_is_not(sleeper: subprocess.Popen[bytes]) -> None:
    assert seconds_in(sleeper) >= 0.2
    sleeper.send_signal(signal.SIGSTOP)
    while Path(f"/proc/{sleeper.pid}/stat").read_text().split()[2] != "T":
        time.sleep(0.001)
    assert seconds_in(sleeper) == 0
    sleeper.send_signal(signal.SIGCONT)
    time.sleep(0.01)
    assert seconds_in(sleeper) >= 0.2


def test_an_hour_in_which_nobody_looked_is_a_look(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = RunningTime(None)
    before = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: before + 3600)
    assert clock.look() == LONGEST_LOOK_SECONDS
    monkeypatch.setattr(time, "monotonic", lambda: before + 3600.25)
    assert clock.look() == pytest.approx(LONGEST_LOOK_SECONDS + 0.25)


@dataclass(frozen=True)
class StopsItself(NoiseFree):
    """Stops its process before the first sequence, or sleeps."""

    how: str
    marker: str

    def sample(self, rng: np.random.Generator, first: int, n: int) -> Batch:
        if not Path(self.marker).exists():
            Path(self.marker).touch()
            if self.how == "sleep":
                time.sleep(60)
            signal.raise_signal(signal.SIGSTOP)
        return super().sample(rng, first, n)


def go_on() -> None:
    """Have the children of this process that are stopped go on."""
    for listed in Path("/proc/self/task").glob("*/children"):
        for pid in map(int, listed.read_text().split()):
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T":
                os.kill(pid, signal.SIGCONT)


@pytest.mark.parametrize("how", ["stop", pytest.param("sleep", marks=pytest.mark.slow)])
def test_only_a_run_that_takes_too_long_by_itself_is_failed(how: str, tmp_path: Path, make_cell: MakeCell) -> None:
    cell = make_cell("budget=12")
    task = StopsItself(**vars(cell.task), how=how, marker=str(tmp_path / "marker"))
    again = threading.Timer(3, go_on)
    again.start()
    run_blocks([Block(replace(cell, task=task), {}, {}, some(tmp_path, 1))], 1, run_timeout_seconds=1.5)
    again.join()
    ((outcome, _),) = results(tmp_path).values()
    failure = (files.read_result(tmp_path / "seed=0") or {})["failure"]
    assert (outcome, failure) == (("budget", None) if how == "stop" else ("failed", f"{TOO_LONG}1.5"))
