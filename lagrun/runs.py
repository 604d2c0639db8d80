"""What a worker does: train the runs of one block, and write each one's folder as it ends."""

from __future__ import annotations

import traceback
from collections.abc import Callable

import numpy as np
from threadpoolctl import threadpool_limits

from lagrun import run_folder
from lagrun.block import Block
from lagrun.checkpoint import Checkpoint
from lagrun.run_result import SOLVED, RunResult
from lagrun.store import StorageError
from lagrun.train import Saving, train
from lagrun.warned import to_logs

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
    with threadpool_limits(1), np.errstate(all="ignore"), to_logs(block.runs):
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
    except (KeyboardInterrupt, StorageError):
        raise
    except BaseException:  # also sys.exit in a user's model: it must not end the sweep
        return traceback.format_exc()
    return None


def _train(block: Block, progress: Progress) -> None:
    """Train the runs, those that go on from the same sequence side by side."""
    by_seed = {run.seed: run for run in block.runs}

    def finish(result: RunResult) -> None:
        run_folder.end(block, by_seed[result.seed], result)
        progress(1, result.outcome == SOLVED, 0, 0)

    def save(seed: int, checkpoint: Checkpoint) -> None:
        run_folder.save(block, by_seed[seed], checkpoint)

    wanted = block.checkpoint_every or block.checkpoint_seconds
    saving = Saving(block.checkpoint_every, block.checkpoint_seconds, save) if wanted else None
    states: dict[int, Checkpoint] = {}
    groups: dict[int, list[int]] = {}
    for run in block.runs:
        state = run_folder.begin(block, run)
        groups.setdefault(state.sequence if state else 0, []).append(run.seed)
        if state:
            states[run.seed] = state
    for seeds in groups.values():
        start = [states[seed] for seed in seeds] if seeds[0] in states else None
        train(block.cell, seeds, finish, lambda n: progress(0, 0, 0, n), start, saving)
