"""Blocks on worker processes. A worker that dies costs time, not results: only the run that kills it is failed.

Each worker has a process pool of its own, so a death takes nothing else along, and it is known whose it was.
"""

from __future__ import annotations

import re
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, wait
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from joblib.externals.loky.process_executor import BrokenProcessPool

from lagrun import run_folder
from lagrun.block import Block
from lagrun.counters import adder, begin_again
from lagrun.interrupts import answered, held
from lagrun.runs import run_block
from lagrun.store import StorageError
from lagrun.worker import Worker

DIED = "the worker process died twice without a word: killed, out of memory, or crashed in native code"
TOO_LONG = "took longer than execution.run_timeout_seconds="

#: Seconds between looks at whether a run takes too long.
LOOK_SECONDS = 0.2


@dataclass(frozen=True)
class _Job:
    """A block to be run; which row its counters have; and whether an earlier worker died of it."""

    block: Block
    row: int
    suspect: bool = False


class _Busy:
    """A worker with a job."""

    def __init__(self, worker: Worker, job: _Job, counters: Path | None) -> None:
        self.worker, self.job = worker, job
        self.future = worker.submit(_work, job.block, job.row, counters)
        self.too_long = False
        self._n_finished, self._since = 0, time.monotonic()

    def check_time(self, seconds: float | None) -> None:
        """End the worker if no run of its block has ended for so long."""
        if seconds is None or self.too_long:
            return
        n_finished = sum(map(run_folder.is_finished, self.job.block.runs))
        if n_finished > self._n_finished or not self.worker.ready.done():
            self._n_finished, self._since = n_finished, time.monotonic()
        self.too_long = time.monotonic() - self._since > seconds
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

    Where a worker dies, the runs of its block that have not ended are run again together, and if that worker dies too,
    one by one; a run that is alone when its worker dies for the second time is failed.

    Parameters
    ----------
    blocks : sequence of Block
        In the order in which they are started.
    n_workers : int or None
        Worker processes; None to run everything in this process.
    counters : Path, optional
        Shared counters, see `lagrun.counters`.
    run_timeout_seconds : float, optional
        Where no run of a block has ended for so long, its worker is killed, and its runs are run one by one; one that
        takes so long alone is failed. Needs workers.
    first : callable
        Called before, by a worker if there are any; whatever it raises is ignored.

    Raises
    ------
    StorageError
        If a worker cannot write; the others are stopped then.
    """
    if n_workers is None:
        with suppress(Exception):
            first()
        for row, block in enumerate(blocks):
            _work(block, row, counters)
        return
    waiting = deque(_Job(block, row) for row, block in enumerate(blocks))
    idle: list[Worker] = []
    busy: list[_Busy] = []
    try:
        for _ in range(min(n_workers, len(blocks))):
            idle.append(Worker())
        wait([idle[-1].submit(first)])
        while waiting or busy:
            while waiting and idle:
                busy.append(_Busy(idle.pop(), waiting.popleft(), counters))
            wait([each.future for each in busy], run_timeout_seconds and LOOK_SECONDS, FIRST_COMPLETED)
            for each in busy:
                each.check_time(run_timeout_seconds)
            for each in [each for each in busy if each.future.done()]:
                error = each.future.exception()
                died = each.too_long or isinstance(error, BrokenProcessPool)
                if isinstance(error, StorageError):
                    raise error
                if died:
                    waiting.extend(_once_more(each, run_timeout_seconds, counters))
                elif error:
                    _fail(each.job, f"cannot be given to a worker process: {error!r}", counters)
                busy.remove(each)
                idle.append(Worker() if died else each.worker)
    finally:
        answered()
        with held():  # or a second Ctrl-C would leave workers behind, and Python waiting for them
            for worker in [*idle, *(each.worker for each in busy)]:
                worker.end()


def _once_more(each: _Busy, run_timeout_seconds: float | None, counters: Path | None) -> list[_Job]:
    """What is to be run again of a job whose worker died: all at once, then one by one; a run alone is failed."""
    job = each.job
    left = [run for run in job.block.runs if not run_folder.is_finished(run)]
    for run in left:
        run_folder.log(run, "took too long" if each.too_long else "the worker process died")
    if len(left) == 1 and (job.suspect or each.too_long):
        reason = f"{TOO_LONG}{run_timeout_seconds:g}" if each.too_long else f"{DIED} {_exit_codes(each)}"
        _fail(job, reason.strip(), counters)
        return []
    begin_again(counters, job.row, len(left) * job.block.cell.budget)
    groups = [[run] for run in left] if job.suspect or each.too_long else [left] if left else []
    suspect = job.suspect or not each.too_long
    return [_Job(job.block.only(group), job.row, suspect) for group in groups]


def _fail(job: _Job, reason: str, counters: Path | None) -> None:
    for run in job.block.runs:
        if not run_folder.is_finished(run):
            run_folder.fail(job.block, run, reason)
            adder(counters, job.row)(1, 0, 1, 0, 0)


def _exit_codes(each: _Busy) -> str:
    """How the worker ended, such as ``SIGKILL(-9)``, where that is known."""
    error = each.future.exception()
    match = re.search(r"exit codes of the workers are \{(.*?)\}", str(error))
    cause = str(error.__cause__ or "").strip().splitlines() if error else []
    return f"({match[1]})" if match else f"({cause[-1]})" if cause else ""


def _work(block: Block, row: int, counters: Path | None) -> None:
    run_block(block, adder(counters, row))
