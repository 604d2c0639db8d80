"""Runs blocks on worker processes. A worker that dies costs time, not results: only the run that kills it fails.

Each worker has its own process pool, so its death harms no other worker, and the block that it ran is known.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, wait
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from joblib.externals.loky.process_executor import BrokenProcessPool

from lagrun.execution.counters import adder, begin_again
from lagrun.execution.crew import Crew
from lagrun.execution.run_block import run_block
from lagrun.execution.running_time import RunningTime
from lagrun.execution.unavailable import NoWorkerError
from lagrun.execution.worker import LOOK_SECONDS, Worker, ended_with
from lagrun.interrupts import defer_interrupts, stop_raising
from lagrun.storage import run_folder
from lagrun.storage.block import Block
from lagrun.storage.files import StorageError

DIED = "the worker process died twice without a word: killed, out of memory, or crashed in native code"
TOO_LONG = "took longer than execution.run_timeout_seconds="


@dataclass(frozen=True)
class _Job:
    """A block to be run, the row of its counters, and whether a worker has already died while running it."""

    block: Block
    row: int
    suspect: bool = False


class _Busy:
    """A worker with a job."""

    def __init__(self, worker: Worker, job: _Job, counters: Path | None) -> None:
        self.worker, self.job = worker, job
        self.future = worker.submit(_work, job.block, job.row, counters)
        self.too_long = False
        self._n_finished, self._running = 0, RunningTime(worker.pid)

    def is_over(self) -> bool:
        """Tell whether the job has ended, or never will."""
        return self.future.done() or self.worker.why_not_started() is not None

    def check_time(self, seconds: float | None) -> None:
        """Kill the worker if it has run for longer than `seconds` without ending a run of its block."""
        if seconds is None or self.too_long or self.is_over():
            return
        n_finished = sum(map(run_folder.is_finished, self.job.block.runs))
        if n_finished > self._n_finished or self.worker.is_starting():
            self._n_finished = n_finished
            self._running.restart()
        self.too_long = self._running.look() > seconds
        if self.too_long:
            self.worker.end()


def run_blocks(
    blocks: Sequence[Block],
    n_workers: int | None,
    counters: Path | None = None,
    run_timeout_seconds: float | None = None,
    first: Callable[[], None] = lambda: None,
) -> None:
    """Run blocks, several at once.

    If a worker dies, the unfinished runs of its block are run again together. If that worker dies too, they are run one
    by one. A run fails if its worker dies while it runs alone, and a worker had died of its block before. If not all
    workers can be started, the others do the work. If none can, this process does it, except for runs of which a worker
    has died.

    Parameters
    ----------
    blocks : sequence of Block
        In the order in which they are started.
    n_workers : int or None
        Worker processes; None to run everything in this process.
    counters : Path, optional
        Shared counters, see `lagrun.execution.counters`.
    run_timeout_seconds : float, optional
        If a worker has run for so long without ending a run of its block, it is killed, and its unfinished runs are run
        one by one; a run that takes so long alone fails. Needs workers.
    first : callable
        Called before the blocks, by a worker if there are any; whatever it raises is ignored.

    Raises
    ------
    StorageError
        If a worker cannot write; the others are then stopped.
    NoWorkerError
        If none can be started, and a time limit needs one.
    """
    waiting = deque(_Job(block, row) for row, block in enumerate(blocks))
    if n_workers is not None:
        reason = _with_workers(waiting, Crew(min(n_workers, len(blocks))), counters, run_timeout_seconds, first)
        if waiting and run_timeout_seconds is not None:
            needs = f"execution.run_timeout_seconds={run_timeout_seconds:g}: needs a worker process"
            raise NoWorkerError(f"{needs}, and none can be started ({reason}); null needs none")
        if waiting:
            words = f"no worker process can be started ({reason}); going on in this process"
            print(f"lagrun: {words}", file=sys.stderr)
    if waiting:
        _in_this_process(waiting, counters, first)


def _with_workers(
    waiting: deque[_Job],
    crew: Crew,
    counters: Path | None,
    run_timeout_seconds: float | None,
    first: Callable[[], None],
) -> str:
    """Let workers do the jobs until no job or no worker is left; return why there are no workers."""
    busy: list[_Busy] = []
    try:
        crew.start()
        crew.prepare(first)
        while busy or (waiting and crew.n):
            while waiting and crew.idle:
                _begin(busy, crew, waiting, counters)
            _wait(busy, run_timeout_seconds)
            for each in [each for each in busy if each.is_over()]:
                again = _end(each, crew, counters, run_timeout_seconds)
                busy.remove(each)
                waiting.extend(again)
    finally:
        stop_raising()
        with defer_interrupts():  # or a second Ctrl-C would leave workers behind, and Python waiting for them
            for worker in [*crew.idle, *(each.worker for each in busy)]:
                worker.end()
    return crew.reason


def _begin(busy: list[_Busy], crew: Crew, waiting: deque[_Job], counters: Path | None) -> None:
    """Give the next job to an idle worker, if that worker is still able to take it."""
    worker = crew.idle.pop()
    try:
        busy.append(_Busy(worker, waiting[0], counters))
        waiting.popleft()
    except NoWorkerError:
        crew.replace(worker)


def _wait(busy: Sequence[_Busy], run_timeout_seconds: float | None) -> None:
    """Wait until a job ends, and end those that take too long."""
    must_look = run_timeout_seconds is not None or any(each.worker.is_starting() for each in busy)
    wait([each.future for each in busy], LOOK_SECONDS if must_look else None, FIRST_COMPLETED)
    for each in busy:
        each.check_time(run_timeout_seconds)


def _end(each: _Busy, crew: Crew, counters: Path | None, run_timeout_seconds: float | None) -> list[_Job]:
    """Finish a job that is over: make its worker idle or replace it, and return what must be run again."""
    if each.worker.why_not_started() is not None:
        crew.replace(each.worker)
        return [each.job]
    error = each.future.exception()
    if isinstance(error, StorageError):
        raise error
    if each.too_long or isinstance(error, BrokenProcessPool):
        again = _once_more(each, run_timeout_seconds, counters)
        crew.replace(each.worker)
        return again
    if error:
        _fail(each.job, f"cannot be given to a worker process: {error!r}", counters)
    crew.idle.append(each.worker)
    return []


def _in_this_process(jobs: Iterable[_Job], counters: Path | None, first: Callable[[], None]) -> None:
    """Run the jobs in this process, except those of which a worker died: they could kill this process, too."""
    with suppress(Exception):
        first()
    n_left = 0
    for job in jobs:
        if job.suspect:
            n_left += len(job.block.runs)
        else:
            _work(job.block, job.row, counters)
    if n_left:
        print(f"lagrun: {n_left} runs of which a worker died are not tried in this process", file=sys.stderr)


def _once_more(each: _Busy, run_timeout_seconds: float | None, counters: Path | None) -> list[_Job]:
    """Return what to run again of a job whose worker died: first together, then one by one; then a single run fails."""
    job = each.job
    left = [run for run in job.block.runs if not run_folder.is_finished(run)]
    for run in left:
        run_folder.log(run, "took too long" if each.too_long else "the worker process died")
    if len(left) == 1 and (job.suspect or each.too_long):
        how = ended_with(each.future.exception())
        reason = f"{TOO_LONG}{run_timeout_seconds:g}" if each.too_long else f"{DIED} ({how})" if how else DIED
        _fail(job, reason, counters)
        return []
    begin_again(counters, job.row, len(left) * job.block.experiment.budget)
    groups = [[run] for run in left] if job.suspect or each.too_long else [left] if left else []
    suspect = job.suspect or not each.too_long
    return [_Job(job.block.only(group), job.row, suspect) for group in groups]


def _fail(job: _Job, reason: str, counters: Path | None) -> None:
    for run in job.block.runs:
        if not run_folder.is_finished(run):
            run_folder.fail(job.block, run, reason)
            adder(counters, job.row)(1, 0, 1, 0, 0)


def _work(block: Block, row: int, counters: Path | None) -> None:
    run_block(block, adder(counters, row))
