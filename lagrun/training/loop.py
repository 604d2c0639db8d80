"""The one training loop.

It reads, writes and prints nothing. When a run ends, its result is handed to a callback, and its seed leaves the block.
"""

from __future__ import annotations

import time
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from lagrun.checks import check
from lagrun.interfaces.checkpoint import Checkpoint
from lagrun.interfaces.experiment import Experiment
from lagrun.interfaces.run_result import BUDGET, DIVERGED, SOLVED, RunResult
from lagrun.interfaces.seed_learner import SeedBySeed
from lagrun.training.showing import Showing
from lagrun.training.training_block import Lockstep, Single, TrainingBlock


@dataclass(frozen=True)
class Saving:
    """When the states of unfinished runs are saved, and where they go.

    Parameters
    ----------
    every : int or None
        They are saved after each `every` training sequences.
    every_seconds : float or None
        They are saved as soon as this time has passed since the last save; checked each time sequences were presented.
    save : callable
        Called with a seed and its state, for each seed that is still training. Not called where the state holds Python
        objects, which cannot be stored without pickling (rules of the reference engine that learn step by step). Such
        a run can only be started over.
    """

    every: int | None
    every_seconds: float | None
    save: Callable[[int, Checkpoint], None]

    def __post_init__(self) -> None:
        check("every", self.every, self.every is None or self.every >= 1, "null or an integer >= 1")
        seconds = self.every_seconds
        check("every_seconds", seconds, seconds is None or seconds >= 0, "null or a number >= 0")


def train(
    experiment: Experiment,
    seeds: Sequence[int],
    finish: Callable[[RunResult], None],
    progress: Callable[[int], None] = lambda n_sequences: None,
    start: Sequence[Checkpoint] | None = None,
    saving: Saving | None = None,
    showing: Showing | None = None,
) -> None:
    """Train one net per seed until each is solved, diverges or has used its budget.

    Parameters
    ----------
    experiment : Experiment
        The configuration.
    seeds : sequence of int
        Seeds to train side by side. A seed's result does not depend on the others.
    finish : callable
        Called with each run's result as soon as it ends.
    progress : callable
        Called with the number of training sequences presented since the last call.
    start : sequence of Checkpoint, optional
        State of each seed to resume from. All are after the same number of sequences, which is less than the budget.
        Results are those of runs that were never interrupted. By default, runs start from the beginning.
    saving : Saving, optional
        When to save states; by default never. Does not change results.
    showing : Showing, optional
        Reports how far the runs are; by default nothing is reported. Does not change results.

    Raises
    ------
    ValueError
        If runs cannot resume from `start` side by side, or the states do not fit this configuration.
    """
    states = None if start is None else _checked(start, len(seeds), experiment.budget)
    if isinstance(experiment.engine, SeedBySeed):
        for i, seed in enumerate(seeds):
            _train(
                Single(experiment, seed, experiment.engine, states[i] if states else None),
                finish,
                progress,
                saving,
                showing,
            )
    else:
        _train(Lockstep(experiment, seeds, states), finish, progress, saving, showing)


def _checked(start: Sequence[Checkpoint], n_seeds: int, budget: int) -> Sequence[Checkpoint]:
    if len(start) != n_seeds:
        raise ValueError(f"{len(start)} states to start from for {n_seeds} seeds")
    done = sorted({state.sequence for state in start})
    if len(done) != 1 or not 1 <= done[0] < budget:
        raise ValueError(f"runs go on side by side from the same sequence, in [1, {budget}); these are at {done}")
    return start


def _train(
    block: TrainingBlock,
    finish: Callable[[RunResult], None],
    progress: Callable[[int], None],
    saving: Saving | None,
    showing: Showing | None,
) -> None:
    experiment = block.experiment
    curve_points = experiment.evaluation.curve_points(experiment.budget)
    sequence, saver = block.n_done, None if saving is None else _Saver(saving)
    while sequence < experiment.budget:
        n_seeds, next_point = len(block.seeds), bisect_right(curve_points, sequence)
        point = curve_points[next_point] if next_point < len(curve_points) else experiment.budget
        block.look(sequence)
        until = min(point, block.snapshots.next(sequence) or point)
        until = until if saver is None else min(until, saver.next(sequence) or until)
        n_sequences, solved, diverged = block.present(sequence, until)
        sequence += n_sequences
        at_point = sequence == point and next_point < len(curve_points)
        ended = solved | diverged if sequence < experiment.budget else np.ones(n_seeds, bool)
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
        if saver is not None and saver.is_due(sequence):
            saver.save(block, sequence)
        if showing is not None:
            showing.look(block, sequence)


class _Saver:
    """Saves the states of a block."""

    def __init__(self, saving: Saving) -> None:
        self._saving, self._latest = saving, time.monotonic()

    def next(self, sequence: int) -> int | None:
        """Tell after which sequence, later than `sequence`, states are saved next; None if the clock alone decides."""
        every = self._saving.every
        return None if every is None else sequence - sequence % every + every

    def is_due(self, sequence: int) -> bool:
        every, seconds = self._saving.every, self._saving.every_seconds
        if every is not None and sequence % every == 0:
            return True
        return seconds is not None and time.monotonic() - self._latest >= seconds

    def save(self, block: TrainingBlock, sequence: int) -> None:
        for seed, state in zip(block.seeds, block.checkpoints(sequence), strict=True):
            if state is not None:
                self._saving.save(seed, state)
        self._latest = time.monotonic()
