"""Lagrun's own launcher: cuts cells into blocks, and gives the blocks to worker processes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

import numpy as np

from lagrun.checks import ConfigError
from lagrun.config.build import Execution
from lagrun.execution.counters import counters, reader
from lagrun.execution.progress import Words, shown
from lagrun.execution.progress_words import sweep_in_words
from lagrun.execution.schedule import Work, cut
from lagrun.interfaces import Task
from lagrun.interfaces.experiment import Experiment
from lagrun.interfaces.seed_learner import SeedBySeed
from lagrun.planning.plan import PlannedCell
from lagrun.storage.block import Block
from lagrun.storage.provenance import provenance
from lagrun.training.memory_limits import available, largest_block, refusal

#: Fixed cost of a lockstep block, in units of one seed's cost, by when weights change: numpy makes as many calls for
#: one seed as for 30. Measured at p = 100: 6-10 with an update per sequence, 35-45 with an update per step.
OVERHEAD = {"sequence": 8.0, "step": 40.0}


def launch(cells: Sequence[PlannedCell], settings: Execution, folder: Path) -> None:
    """Train all runs of a sweep, with the blocks of all cells in one pool of processes, and show the progress."""
    from lagrun.execution.pool import run_blocks

    if not cells:
        return
    blocks = blocks_of(cells, settings)
    first = partial(prepare, [cell.experiment for cell in cells])
    words = partial(sweep_in_words, n_runs=sum(len(cell.runs) for cell in cells))
    with shown_by_counters(blocks, words, folder, is_sweep=True) as counters:
        run_blocks(blocks, n_workers(settings), counters, settings.run_timeout_seconds, first)


@contextmanager
def shown_by_counters(
    blocks: Sequence[Block], words: Words, folder: Path, is_sweep: bool, aloud: bool = True
) -> Iterator[Path | None]:
    """Show the progress of blocks, see `lagrun.execution.progress.shown`, and yield the counters that they add to."""
    weights = np.array([_n_steps(block.experiment.task) for block in blocks], float)
    with counters([len(block.runs) * block.experiment.budget for block in blocks]) as path:
        if path is None:
            yield None
            return
        with shown(reader(path, weights), words, folder, is_sweep, aloud):
            yield path


def prepare(cells: Sequence[Experiment]) -> None:
    """Compile what is needed; in a worker if there are any, as an interrupt may be lost in a compiler."""
    for cell in cells:
        if isinstance(cell.engine, SeedBySeed):
            with suppress(Exception, SystemExit):  # a failing model or task will fail in its run, which reports why
                cell.engine.prepare(cell)


def n_workers(settings: Execution) -> int | None:
    """Number of worker processes; None if everything runs in this process."""
    from joblib import cpu_count

    if settings.n_jobs == 1 and settings.run_timeout_seconds is None:
        return None
    return settings.n_jobs if settings.n_jobs > 0 else max(int(cpu_count()) + 1 + settings.n_jobs, 1)


def check_memory(cells: Sequence[PlannedCell], settings: Execution) -> None:
    """Raise ConfigError if the runs that would train side by side need too much memory."""
    sizes = [(cell.experiment, len(cell.runs)) for cell in cells]
    if too_large := refusal(sizes, n_workers(settings) or 1, available()):
        raise ConfigError(too_large)


def blocks_of(cells: Sequence[PlannedCell], settings: Execution) -> list[Block]:
    """Cut cells into blocks, see `lagrun.execution.schedule`.

    Parameters
    ----------
    cells : sequence of PlannedCell
        All cells of the sweep.
    settings : Execution
        Only the number of workers, the block size and when to store states are used.

    Returns
    -------
    list of Block
        Costliest first.
    """
    made_with, free, n_jobs = provenance(), available(), n_workers(settings) or 1
    blocks = []
    for piece in cut([_work(cell, n_jobs, free) for cell in cells], n_jobs, settings.block_size):
        cell = cells[piece.cell]
        runs = tuple(cell.runs[i] for i in piece.runs)
        saving = (settings.checkpoint_every, settings.checkpoint_seconds)
        blocks.append(
            Block(
                cell.experiment,
                cell.config,
                made_with,
                runs,
                cell.config_yaml,
                cell.hydra,
                *saving,
                options=cell.options,
            )
        )
    return blocks


def _work(planned: PlannedCell, n_jobs: int, free: int | None) -> Work:
    """Tell what a cell costs, in steps of one seed: the length of a run matters more than the cost of a step."""
    cell = planned.experiment
    overhead = OVERHEAD[cell.updates] if cell.engine.lockstep else 0.0
    largest = largest_block(cell, n_jobs, free)
    return Work(len(planned.runs), cell.budget * _n_steps(cell.task), overhead, largest)


def _n_steps(task: Task) -> int:
    """Steps of one sequence."""
    try:
        known = getattr(task, "n_steps", None)  # see lagrun.interfaces.KnownBatch
        return int(task.sample(np.random.default_rng(0), 0, 1).lengths[0] if known is None else known)
    except (Exception, SystemExit):  # a user's failing task will fail in its run, which reports why
        return 1
