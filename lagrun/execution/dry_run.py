"""What a sweep would cost, for the dry run: estimated from a short training of each cell."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from time import process_time

import numpy as np
from threadpoolctl import threadpool_limits

from lagrun.config.build import Execution
from lagrun.execution.launch import blocks_of, n_workers
from lagrun.planning.plan import PlannedCell
from lagrun.storage.block import Block
from lagrun.text import duration, ranges
from lagrun.training.loop import train

#: CPU seconds of training that are measured.
MEASURED_SECONDS = 0.2

#: More training sequences than any model can do in that time.
NEVER_REACHED = 1_000_000


class _EnoughError(Exception):
    """Enough was measured."""


def describe(cells: Sequence[PlannedCell], settings: Execution) -> str:
    """List cells and runs for a dry run, and what they would cost."""
    if not cells:
        return "0 runs: all are finished"
    seconds, n_workers = estimate(cells, settings)
    lines = [
        f"{_named(cell)}{' '.join(cell.overrides) or 'the defaults'}: {_seeds(cell)}, CPU time {duration(cost)}"
        for cell, cost in zip(cells, seconds, strict=True)
    ]
    total = f"CPU time {duration(sum(seconds))}, wall time {duration(sum(seconds) / n_workers)} (workers: {n_workers})"
    return "\n".join(
        [
            *lines,
            f"{len(cells)} cells, {sum(len(cell.runs) for cell in cells)} runs, {total}",
            "Upper bounds: as if every run used its whole budget, at the speed of one core; busy cores are slower.",
        ]
    )


def estimate(cells: Sequence[PlannedCell], settings: Execution) -> tuple[list[float], int]:
    """Estimate the CPU seconds of each cell if every run used its whole budget.

    Parameters
    ----------
    cells : sequence of PlannedCell
        All cells of the sweep.
    settings : Execution
        Only the number of workers and the block size are used.

    Returns
    -------
    seconds : list of float
        For each cell, of all its runs together.
    n_workers : int
        Processes that would share them.
    """
    blocks = blocks_of(cells, settings)
    first_blocks = [next(block for block in blocks if block.experiment is cell.experiment) for cell in cells]
    seconds = [
        seconds_per_sequence(block) * cell.experiment.budget * len(cell.runs)
        for cell, block in zip(cells, first_blocks, strict=True)
    ]
    return seconds, min(n_workers(settings) or 1, len(blocks))


def seconds_per_sequence(block: Block) -> float:
    """Measure the CPU time of one training sequence of one seed of a block.

    Parameters
    ----------
    block : Block
        Trained for `MEASURED_SECONDS`, in this process; nothing is written.

    Returns
    -------
    float
        Seconds, without the start and the first sequence, which include imports and buffers, and without tests on
        held-out sequences, unless ``evaluation.curve_every`` asks for them; 0 if every run ends at its first sequence.
    """
    times: list[float] = []
    counts: list[int] = []

    def progress(n_sequences: int) -> None:
        times.append(process_time())
        counts.append(n_sequences)
        if times[-1] - times[0] >= MEASURED_SECONDS:
            raise _EnoughError

    # A learning curve's logarithmic points are dense at the start, and would make the whole run look too costly.
    every = block.experiment.evaluation.curve_every or NEVER_REACHED
    cell = replace(
        block.experiment,
        budget=NEVER_REACHED,
        evaluation=replace(block.experiment.evaluation, n_sequences=1, curve_every=every),
    )
    with threadpool_limits(1), np.errstate(all="ignore"), suppress(_EnoughError):
        train(cell, [run.seed for run in block.runs], lambda result: None, progress)
    return (times[-1] - times[0]) / sum(counts[1:]) if counts[1:] else 0.0


def _named(cell: PlannedCell) -> str:
    return f"{cell.label.name}: " if cell.label.name else ""


def _seeds(cell: PlannedCell) -> str:
    """Seeds of a cell as a user would type them."""
    return f"{len(cell.runs)} runs, seed={ranges(run.seed for run in cell.runs)}"
