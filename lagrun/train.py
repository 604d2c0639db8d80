"""The one training loop: all seeds of a block in lockstep.

No input or output, no printing: what a run yields is handed to a callback as soon as the run ends, and its seed leaves
the block.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from lagrun.cell import Cell
from lagrun.evaluation import Evaluator, HeldOut
from lagrun.frozen import FrozenTest
from lagrun.learning import learner
from lagrun.params import Params
from lagrun.seeds import TrainingStream, generator

SOLVED, BUDGET, DIVERGED, FAILED = "solved", "budget", "diverged", "failed"

#: Columns of a learning curve. Losses are unweighted sums over a sequence; accuracies are shares of argmax predictions;
#: the gradient is that of the sequence, or of its last step where every step has an update of its own.
CURVE_COLUMNS = (
    "sequence",
    "rolling_last_step_accuracy",
    "held_out_last_step_accuracy",
    "held_out_per_step_accuracy",
    "loss",
    "last_step_loss",
    "gradient_norm",
)


@dataclass(frozen=True)
class RunResult:
    """What one run yields.

    Attributes
    ----------
    seed : int
    outcome : str
        ``solved``, ``budget`` or ``diverged``.
    sequences_to_solve : int or None
        Sequences until the criterion held; None unless solved.
    sequences_seen : int
        Training sequences presented.
    params : Params
        Final weights, one row.
    curve : np.ndarray, shape (points, len(CURVE_COLUMNS))
        Learning curve.
    final_last_step_accuracy, final_per_step_accuracy : float
        Of the frozen final weights on held-out sequences.
    wall_seconds, cpu_seconds : float
        The block's time, shared out by sequences trained.
    """

    seed: int
    outcome: str
    sequences_to_solve: int | None
    sequences_seen: int
    params: Params
    curve: np.ndarray
    final_last_step_accuracy: float
    final_per_step_accuracy: float
    wall_seconds: float
    cpu_seconds: float


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
    block = _Block(cell, seeds)
    curve_points = cell.evaluation.curve_points(cell.budget)
    for sequence in range(1, cell.budget + 1):
        n_seeds = len(block.seeds)
        solved, diverged = block.present(sequence)
        ended = solved | diverged if sequence < cell.budget else np.ones(n_seeds, bool)
        some_ended = ended.any()
        if some_ended or sequence in curve_points:
            block.record(sequence, np.ones(n_seeds, bool) if sequence in curve_points else ended)
        if some_ended:
            outcomes = np.where(diverged, DIVERGED, np.where(solved, SOLVED, BUDGET))
            for result in block.results(sequence, ended, outcomes):
                finish(result)
            block.keep(np.flatnonzero(~ended))
        progress(n_seeds)
        if some_ended and ended.all():
            return


class _Block:
    """The seeds that are still training, and all that belongs to them; every array has the seed axis first."""

    def __init__(self, cell: Cell, seeds: Sequence[int]) -> None:
        self.cell = cell
        self.seeds = np.array(seeds, dtype=object)  # any integer, also beyond 64 bits
        task, evaluation = cell.task, cell.evaluation
        self.network = cell.engine.network(cell.model)
        init_rngs = [generator(seed, "init") for seed in seeds]
        self.params = self.network.init(init_rngs, task.n_inputs, task.n_outputs, cell.dtype)
        self.learner = learner(cell, self.network, self.params)
        self.criterion_state = cell.criterion.init(len(seeds))
        self.frozen = FrozenTest(self.network, cell.loss, task, seeds, self.params)
        self.stream = TrainingStream(task, seeds)
        self.held_out = [HeldOut.draw(task, seed, evaluation.curve_n_sequences) for seed in seeds]
        self.curve_evaluator, self.final_evaluator = Evaluator(self.network), Evaluator(self.network)
        self.curves: list[list[tuple[float, ...]]] = [[] for _ in seeds]
        self.latest: dict[str, np.ndarray] = {}
        self.clock = _SharedClock()

    def present(self, sequence: int) -> tuple[np.ndarray, np.ndarray]:
        """Predict, learn from and judge the next sequence of every seed.

        Returns
        -------
        solved, diverged : np.ndarray of bool, shape (S,)
            Runs that end here; who diverges is not solved.
        """
        batch = self.stream.next()
        losses, right, norms = self.learner.learn(batch, sequence)
        loss = losses.sum(-1)
        solved = self.cell.criterion.update(self.criterion_state, sequence, right, self.frozen)
        diverged = ~(np.isfinite(loss) & np.isfinite(norms) & _all_finite(self.params.flat))
        self.latest = {"loss": loss, "last_step_loss": losses[batch.last], "gradient_norm": norms}
        return solved, diverged

    def record(self, sequence: int, which: np.ndarray) -> None:
        """Add a point to the learning curves of the seeds in the mask `which`."""
        seeds = np.flatnonzero(which)
        params = self.params if len(seeds) == len(which) else self.params.take(seeds)
        evaluator = self.curve_evaluator if params is self.params else self.final_evaluator
        last_step, per_step = evaluator.accuracy(params, [self.held_out[s] for s in seeds])
        rolling = self.cell.criterion.rolling_accuracy(self.criterion_state, sequence)[seeds]
        columns = (rolling, last_step, per_step, *(column[seeds] for column in self.latest.values()))
        for s, *values in zip(seeds, *columns, strict=True):
            self.curves[s].append((sequence, *map(float, values)))

    def results(self, sequence: int, which: np.ndarray, outcomes: np.ndarray) -> list[RunResult]:
        """Test the runs in the mask `which`, which ended, and tell what they yielded."""
        ended = np.flatnonzero(which)
        tests = [self._final_test(s) for s in ended]
        self.clock.share_out(len(self.seeds))
        return [
            RunResult(
                seed=self.seeds[s],
                outcome=str(outcomes[s]),
                sequences_to_solve=sequence if outcomes[s] == SOLVED else None,
                sequences_seen=sequence,
                params=self.params.take(np.array([s])),
                curve=np.array(self.curves[s]),
                final_last_step_accuracy=last_step,
                final_per_step_accuracy=per_step,
                wall_seconds=self.clock.wall_seconds,
                cpu_seconds=self.clock.cpu_seconds,
            )
            for s, (last_step, per_step) in zip(ended, tests, strict=True)
        ]

    def _final_test(self, s: int | np.intp) -> tuple[float, float]:
        held_out = HeldOut.draw(self.cell.task, self.seeds[s], self.cell.evaluation.n_sequences)
        last_step, per_step = self.final_evaluator.accuracy(self.params.take(np.array([s])), [held_out])
        return float(last_step[0]), float(per_step[0])

    def keep(self, seeds: np.ndarray) -> None:
        """Drop all seeds but those at the positions `seeds`."""
        self.seeds = self.seeds[seeds]
        self.params = self.params.take(seeds)
        self.learner.keep(seeds, self.params)
        self.frozen.keep(seeds, self.params)
        self.criterion_state = {name: array[seeds] for name, array in self.criterion_state.items()}
        self.stream.keep(seeds)
        self.held_out = [self.held_out[s] for s in seeds]
        self.curves = [self.curves[s] for s in seeds]


class _SharedClock:
    """One seed's share of the block's time so far: every seed still in the block has had the same."""

    def __init__(self) -> None:
        self.wall_seconds = self.cpu_seconds = 0.0
        self._wall, self._cpu = time.monotonic(), time.process_time()

    def share_out(self, n_seeds: int) -> None:
        """Share the time since the last call among `n_seeds` seeds."""
        wall, cpu = time.monotonic(), time.process_time()
        self.wall_seconds += (wall - self._wall) / n_seeds
        self.cpu_seconds += (cpu - self._cpu) / n_seeds
        self._wall, self._cpu = wall, cpu


def _all_finite(flat: np.ndarray) -> np.ndarray:
    """Tell which rows are finite throughout, shape (S,)."""
    finite = np.isfinite(flat.sum(-1))  # one fast pass; a sum may overflow though no weight did
    for s in np.flatnonzero(~finite):
        finite[s] = np.isfinite(flat[s]).all()
    return finite
