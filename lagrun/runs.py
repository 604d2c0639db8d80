"""What a worker does: train the runs of one block, and write each one's folder as it ends."""

from __future__ import annotations

import traceback
from collections.abc import Callable

import numpy as np
from threadpoolctl import threadpool_limits

from lagrun import run_folder
from lagrun.block import Block
from lagrun.run_result import SOLVED, RunResult
from lagrun.train import train

#: Called with what was added to a block's counts: runs ended, solved, failed, and training sequences.
Progress = Callable[[int, int, int, int], None]


def run_block(block: Block, progress: Progress = lambda runs, solved, failed, sequences: None) -> None:
    """Train a block and write its run folders.

    Where training raises, the block's unfinished runs are tried again one by one, and only those that raise then are
    stored as failed, with their traceback.

    Parameters
    ----------
    block : Block
        The runs, whose folders are made where they do not exist.
    progress : callable
        Called after every training sequence.
    """
    # One BLAS thread: several give other bits, and the cores are taken by blocks already.
    with threadpool_limits(1), np.errstate(all="ignore"):
        _run(block, progress)


def _run(block: Block, progress: Progress) -> None:
    trace = _attempt(block, progress)
    if trace is None:
        return
    if len(block.runs) == 1:
        run_folder.fail(block, block.runs[0], trace)
        progress(1, 0, 1, 0)
        return
    for run in block.runs:
        if not run_folder.is_finished(run):
            run_folder.log(run, f"the block failed; this run is tried alone\n{trace}")
            _run(block.only([run]), progress)


def _attempt(block: Block, progress: Progress) -> str | None:
    """Train a block; return the traceback if that raises."""
    try:
        _train(block, progress)
    except KeyboardInterrupt:
        raise
    except BaseException:  # also sys.exit in a user's model: it must not end the sweep
        return traceback.format_exc()
    return None


def _train(block: Block, progress: Progress) -> None:
    by_seed = {run.seed: run for run in block.runs}
    for run in block.runs:
        run_folder.begin(block, run)

    def finish(result: RunResult) -> None:
        run_folder.end(block, by_seed[result.seed], result)
        progress(1, result.outcome == SOLVED, 0, 0)

    train(block.cell, [run.seed for run in block.runs], finish, lambda n: progress(0, 0, 0, n))
