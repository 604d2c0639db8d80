"""Blocks on worker processes. A worker that dies costs time, not results: only the run that kills it is failed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from joblib import Parallel, delayed
from joblib.externals.loky.process_executor import BrokenProcessPool

from lagrun import run_folder
from lagrun.block import Block, Run
from lagrun.progress import adder
from lagrun.runs import run_block

DIED = "the worker process died without a word: killed, out of memory, or crashed in native code"


def run_blocks(blocks: Sequence[Block], n_jobs: int, counters: Path | None = None) -> None:
    """Run blocks, several at once; where a worker dies, run what it had begun again, one run at a time.

    Parameters
    ----------
    blocks : sequence of Block
        In the order in which they are started.
    n_jobs : int
        Worker processes; 1 runs everything in this process.
    counters : Path, optional
        Shared counters, see `lagrun.progress`.
    """
    waiting = dict(enumerate(blocks))
    while waiting:
        try:
            _run_all(waiting, min(n_jobs, len(waiting)), counters)
            return
        except BrokenProcessPool:
            unfinished = {row: _unfinished(block) for row, block in waiting.items()}
            waiting = {}
            for row, runs in unfinished.items():
                for run in filter(run_folder.is_started, runs):
                    _run_alone(blocks[row].only([run]), row, counters)
                if not_begun := [run for run in runs if not run_folder.is_started(run)]:
                    waiting[row] = blocks[row].only(not_begun)


def _run_all(blocks: dict[int, Block], n_jobs: int, counters: Path | None) -> None:
    parallel = Parallel(n_jobs=n_jobs, batch_size=1, pre_dispatch="n_jobs", return_as="generator_unordered")
    for _ in parallel(delayed(_work)(block, row, counters) for row, block in blocks.items()):
        pass


def _run_alone(block: Block, row: int, counters: Path | None) -> None:
    """Run one suspect in a process of its own, while nothing else runs that its death could take along."""
    run_folder.log(block.runs[0], "a worker died; this run is tried alone")
    try:
        _run_all({row: block}, 2, counters)  # joblib runs n_jobs=1 in this very process
    except BrokenProcessPool:
        run_folder.fail(block, block.runs[0], DIED)
        adder(counters, row)(1, 0, 1, 0)


def _work(block: Block, row: int, counters: Path | None) -> None:
    run_block(block, adder(counters, row))


def _unfinished(block: Block) -> list[Run]:
    return [run for run in block.runs if not run_folder.is_finished(run)]
