"""The work of a worker: train the runs of one block, and write each run's folder when the run ends."""

from __future__ import annotations

import traceback

import numpy as np
from threadpoolctl import threadpool_limits

from lagrun.execution.counters import Progress, nobody
from lagrun.execution.run_warnings import to_logs
from lagrun.interfaces.checkpoint import Checkpoint
from lagrun.interfaces.run_result import SOLVED, RunResult, SoFar
from lagrun.storage import run_folder
from lagrun.storage.block import Block
from lagrun.storage.files import StorageError
from lagrun.storage.partial import write_partial
from lagrun.training.loop import Saving, train
from lagrun.training.showing import Showing


def run_block(block: Block, progress: Progress = nobody) -> None:
    """Train a block and write its run folders.

    If training raises, the block's unfinished runs are tried again one by one. Only those that raise again are stored
    as failed, with their traceback.

    Parameters
    ----------
    block : Block
        The runs, whose folders are made where they do not exist.
    progress : callable
        Called with each change of the block's counters.
    """
    # One BLAS thread: several would change the last bits, and the blocks already use all cores.
    with threadpool_limits(1), np.errstate(all="ignore"), to_logs(block.runs):
        _run(block, progress)


def _run(block: Block, progress: Progress) -> None:
    trace = _attempt(block, progress)
    if trace is None:
        return
    if len(block.runs) == 1:
        run_folder.fail(block, block.runs[0], trace)
        progress(1, 0, 1, 0, -block.experiment.budget)
        return
    for run in block.runs:
        if not run_folder.is_finished(run):
            run_folder.log(run, f"the block failed; this run is tried alone\n{trace}")
            _run(block.only([run]), progress)


def _attempt(block: Block, progress: Progress) -> str | None:
    """Train a block; return the traceback if that raises."""
    account = _Account(block, progress)
    try:
        _train(block, account)
    except (KeyboardInterrupt, StorageError):
        raise
    except BaseException:  # also sys.exit in a user's model: it must not end the sweep
        account.take_back()
        return traceback.format_exc()
    return None


class _Account:
    """Reports the progress of one attempt at a block, and the most sequences that its runs have left to do."""

    def __init__(self, block: Block, progress: Progress) -> None:
        self._progress, self._budget = progress, block.experiment.budget
        self._n_runs = len(block.runs)
        self._left = self._n_runs * self._budget

    def skip(self, n_sequences: int) -> None:
        """Count the sequences that a run skips, as it resumes from a state."""
        self._left -= n_sequences
        self._progress(0, 0, 0, 0, -n_sequences)

    def trained(self, n_sequences: int) -> None:
        """Count training sequences, of all runs together."""
        self._left -= n_sequences
        self._progress(0, 0, 0, n_sequences, -n_sequences)

    def ended(self, result: RunResult) -> None:
        """Count a run as ended; it does not need the rest of its budget."""
        n_spared = self._budget - result.sequences_seen
        self._n_runs -= 1
        self._left -= n_spared
        self._progress(1, result.outcome == SOLVED, 0, 0, -n_spared)

    def take_back(self) -> None:
        """Undo the count of sequences left, as the attempt failed and unfinished runs start over."""
        self._progress(0, 0, 0, 0, self._n_runs * self._budget - self._left)


def _train(block: Block, account: _Account) -> None:
    """Train the runs; those that resume after the same sequence train side by side."""
    by_seed = {run.seed: run for run in block.runs}

    def finish(result: RunResult) -> None:
        run_folder.end(block, by_seed[result.seed], result)
        account.ended(result)

    def save(seed: int, checkpoint: Checkpoint) -> None:
        run_folder.save(block, by_seed[seed], checkpoint)

    def show(seed: int, so_far: SoFar) -> None:
        write_partial(by_seed[seed].folder, block.experiment.budget, so_far)

    showing = Showing(show, block.show_seconds)
    wanted = block.checkpoint_every or block.checkpoint_seconds
    saving = Saving(block.checkpoint_every, block.checkpoint_seconds, save) if wanted else None
    states: dict[int, Checkpoint] = {}
    groups: dict[int, list[int]] = {}
    for run in block.runs:
        state = run_folder.begin(block, run)
        groups.setdefault(state.sequence if state else 0, []).append(run.seed)
        if state:
            states[run.seed] = state
            account.skip(state.sequence)
    for seeds in groups.values():
        start = [states[seed] for seed in seeds] if seeds[0] in states else None
        train(block.experiment, seeds, finish, account.trained, start, saving, showing)
