"""The one training loop.

No input or output, no printing: what a run yields is handed to a callback as soon as the run ends, and its seed leaves
the block.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence

import numpy as np

from lagrun.cell import Cell
from lagrun.engines.protocols import SeedBySeed
from lagrun.run_result import BUDGET, DIVERGED, SOLVED, RunResult
from lagrun.training_block import Lockstep, Single, TrainingBlock


def train(
    cell: Cell,
    seeds: Sequence[int],
    finish: Callable[[RunResult], None],
    progress: Callable[[int], None] = lambda n_sequences: None,
) -> None:
    """Train one net a seed until each is solved, diverges or has used its budget.

    Parameters
    ----------
    cell : Cell
        The configuration.
    seeds : sequence of int
        Seeds to train side by side. A seed's result does not depend on the others.
    finish : callable
        Called with each run's result as soon as it ends.
    progress : callable
        Called with the number of training sequences presented since the last call.
    """
    if isinstance(cell.engine, SeedBySeed):
        for seed in seeds:
            _train(Single(cell, seed, cell.engine), finish, progress)
    else:
        _train(Lockstep(cell, seeds), finish, progress)


def _train(block: TrainingBlock, finish: Callable[[RunResult], None], progress: Callable[[int], None]) -> None:
    cell = block.cell
    curve_points = cell.evaluation.curve_points(cell.budget)
    sequence = 0
    while sequence < cell.budget:
        n_seeds, next_point = len(block.seeds), bisect_right(curve_points, sequence)
        until = curve_points[next_point] if next_point < len(curve_points) else cell.budget
        n_sequences, solved, diverged = block.present(sequence, until)
        sequence += n_sequences
        at_point = sequence == until and next_point < len(curve_points)
        ended = solved | diverged if sequence < cell.budget else np.ones(n_seeds, bool)
        some_ended = ended.any()
        if some_ended or at_point:
            block.record(sequence, np.ones(n_seeds, bool) if at_point else ended)
        if some_ended:
            outcomes = np.where(diverged, DIVERGED, np.where(solved, SOLVED, BUDGET))
            for result in block.results(sequence, ended, outcomes):
                finish(result)
            block.keep(np.flatnonzero(~ended))
        progress(n_seeds * n_sequences)
        if some_ended and ended.all():
            return
