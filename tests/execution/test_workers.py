"""Workers that cannot be had, and places in which a sweep can be started."""

import errno
import os
import resource
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from multiprocessing import current_process
from pathlib import Path

import pytest
from joblib.externals.loky.backend.queues import Queue

from lagrun.execution import worker
from lagrun.execution.pool import run_blocks
from lagrun.execution.unavailable import NoWorkerError
from lagrun.execution.worker import Worker
from lagrun.storage import files
from lagrun.storage.block import Block
from tests.conftest import Command, MakeCell
from tests.execution.blocks import DiesOnce, blocks, results, some
from tests.small_commands import SMALL

BUSY = os.strerror(errno.EAGAIN)
DAEMONIC = "a daemonic process may have no children"
GOES_ON = "lagrun: no worker process can be started ({}); going on in this process\n"


def refuse_after(n: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the system start `n` processes, and no other."""
    started = []

    def check() -> None:
        if len(started) == n:
            raise BlockingIOError(errno.EAGAIN, BUSY)
        started.append("one")

    monkeypatch.setattr(worker, "_check_files", check)


@pytest.mark.parametrize(
    ("n_started", "said"),
    [
        (0, GOES_ON.format(BUSY)),
        (1, f"lagrun: a worker process cannot be started ({BUSY}); going on with 1 of 2\n"),
    ],
)
def test_where_not_all_workers_can_be_started_the_others_or_this_process_do_the_work(
    n_started: int,
    said: str,
    tmp_path: Path,
    make_cell: MakeCell,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    run_blocks(blocks(make_cell("budget=12"), tmp_path / "healthy"), None)
    refuse_after(n_started, monkeypatch)
    first = partial(Path.touch, tmp_path / "first")
    run_blocks(blocks(make_cell("budget=12"), tmp_path / "sweep"), 2, first=first)
    assert results(tmp_path / "sweep") == results(tmp_path / "healthy")
    assert len(results(tmp_path / "sweep")) == 6
    assert (tmp_path / "first").exists()
    assert capsys.readouterr().err == said


def test_a_time_limit_needs_a_worker(tmp_path: Path, make_cell: MakeCell, monkeypatch: pytest.MonkeyPatch) -> None:
    refuse_after(0, monkeypatch)
    with pytest.raises(NoWorkerError, match=r"^execution.run_timeout_seconds=9: needs a worker process, and none can"):
        run_blocks(blocks(make_cell("budget=12"), tmp_path), 2, run_timeout_seconds=9)
    assert results(tmp_path) == {}


def test_what_a_worker_died_of_is_not_tried_in_this_process(
    tmp_path: Path, make_cell: MakeCell, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    refuse_after(1, monkeypatch)
    cell = make_cell("budget=12")
    deadly = replace(cell, model=DiesOnce(**vars(cell.model), marker=str(tmp_path / "marker")))
    run_blocks([Block(deadly, {}, {}, some(tmp_path / "deadly", 3)), *blocks(cell, tmp_path / "sweep")], 1)
    assert len(results(tmp_path / "sweep")) == 6
    assert results(tmp_path / "deadly") == {}
    left = "lagrun: 3 runs of which a worker died are not tried in this process\n"
    assert capsys.readouterr().err == GOES_ON.format(BUSY) + left


def end_at_once(parent: int) -> None:
    os._exit(7)


def test_workers_that_die_while_they_start_are_given_up(
    tmp_path: Path,
    make_cell: MakeCell,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(worker, "_set_up", end_at_once)
    run_blocks(blocks(make_cell("budget=12"), tmp_path / "sweep"), 1)
    assert len(results(tmp_path / "sweep")) == 6
    assert capsys.readouterr().err == GOES_ON.format("it ended with EXIT(7) while it started")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_worker_that_can_be_given_nothing_is_not_waited_for(
    tmp_path: Path,
    make_cell: MakeCell,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The thread that sends calls to it is started late, by a thread that ends without a word if that fails."""

    def fail(queue: Queue) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(Queue, "_start_thread", fail)
    run_blocks(blocks(make_cell("budget=12"), tmp_path / "sweep"), 1)
    assert len(results(tmp_path / "sweep")) == 6
    assert capsys.readouterr().err.endswith(GOES_ON.format("can't start new thread"))


def test_a_thread_that_cannot_be_started_leaves_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    start, pids = threading.Thread.start, []

    def fail(thread: threading.Thread) -> None:
        if thread.name == "ExecutorManagerThread":
            pids.extend(thread.processes)  # type: ignore[attr-defined]
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", fail)
    with pytest.raises(NoWorkerError, match="can't start new thread"):
        Worker()
    (pid,) = pids
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_worker_is_ended_where_no_other_program_can_be_started(monkeypatch: pytest.MonkeyPatch) -> None:
    """loky looks for the children of a process with pgrep, which slim systems do not have."""
    monkeypatch.setenv("PATH", "/nowhere")
    sleeper = Worker()
    sleeper.submit(time.sleep, 60)
    pid = sleeper.pid
    assert pid
    sleeper.end()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_too_few_files_are_noticed_before_a_process_is_started() -> None:
    """Halfway, it would say so by a traceback of its own."""
    number = os.open(os.devnull, os.O_RDONLY)
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (number + worker.N_FREE_FILES // 2, limits[1]))
    try:
        with pytest.raises(NoWorkerError, match=f"^{os.strerror(errno.EMFILE)}$"):
            Worker()
        os.close(os.open(os.devnull, os.O_RDONLY))  # as all are free again
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
        os.close(number)


def test_too_few_threads_are_noticed_before_a_process_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    start, started = threading.Thread.start, []

    def few(thread: threading.Thread) -> None:
        if len(started) == worker.N_FREE_THREADS - 1:
            raise RuntimeError("can't start new thread")
        started.append(thread)
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", few)
    with pytest.raises(NoWorkerError, match="can't start new thread"):
        Worker()
    assert len(started) == worker.N_FREE_THREADS - 1
    assert not any(thread.is_alive() for thread in started)


def started_in_a_thread(command: Callable[[], object]) -> object:
    found: list[object] = []
    thread = threading.Thread(target=lambda: found.append(command()))
    thread.start()
    thread.join()
    return found[0]


@pytest.mark.parametrize("n_jobs", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_a_sweep_in_another_thread(n_jobs: int, command: Command, tmp_path: Path) -> None:
    words = [*SMALL, f"execution.n_jobs={n_jobs}", "hydra.sweep.dir=sweep", "-m", "seed=0-2"]
    done = started_in_a_thread(lambda: command(*words))
    assert done == (0, done.out, "")  # type: ignore[attr-defined]
    assert len(list((tmp_path / "sweep").rglob(files.RESULT))) == 3


def test_a_daemonic_process_does_the_work_itself(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(current_process()._config, "daemon", True)  # type: ignore[attr-defined]
    done = command(*SMALL, "execution.n_jobs=2", "hydra.sweep.dir=sweep", "-m", "seed=0-2")
    assert (done.status, done.err) == (0, GOES_ON.format(DAEMONIC))
    assert len(list((tmp_path / "sweep").rglob(files.RESULT))) == 3


def test_a_single_run_with_a_time_limit_in_a_daemonic_process(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(current_process()._config, "daemon", True)  # type: ignore[attr-defined]
    words = f"=9: needs a worker process, and none can be started ({DAEMONIC}); null needs none"
    said = f"lagrun: execution.run_timeout_seconds{words}\n"
    assert command(*SMALL, "execution.run_timeout_seconds=9") == (1, "", said)
    assert not list(tmp_path.rglob(files.RESULT))
