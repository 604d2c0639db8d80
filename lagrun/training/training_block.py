"""Seeds while they train: their weights and state, and how training sequences are presented to them."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from lagrun.checks import speaks_for
from lagrun.interfaces import Batch, BatchedCriterion, Confirming, checkpoint
from lagrun.interfaces.checkpoint import Checkpoint
from lagrun.interfaces.contracts import check_start
from lagrun.interfaces.experiment import Experiment
from lagrun.interfaces.run_result import BUDGET, CURVE_COLUMNS, SOLVED, RunResult
from lagrun.interfaces.seed_learner import SeedBySeed
from lagrun.training.frozen_test import FrozenTest
from lagrun.training.held_out import Evaluator, HeldOut
from lagrun.training.learners import learner
from lagrun.training.snapshots import Snapshots
from lagrun.training.streams import SingleStream, StreamState, TrainingStream, generator

#: Sequences of the first call, and of the largest, where a seed is presented several at a time. The next call has twice
#: as many if this one took fewer seconds than SHORT, or than LONG where no sequences of a call are ever taken back.
FIRST_PRESENTATION, LARGEST_PRESENTATION, SHORT, LONG = 8, 4096, 0.001, 0.003


class TrainingBlock(ABC):
    """The seeds that are still training, with their weights and state; every array has the seed axis first.

    Attributes
    ----------
    n_done : int
        Training sequences that each seed had done when the block was made.
    """

    def __init__(self, experiment: Experiment, seeds: Sequence[int]) -> None:
        self.experiment = experiment
        self.seeds = np.array(seeds, dtype=object)  # any integer, also beyond 64 bits
        task, evaluation = experiment.task, experiment.evaluation
        self.network = experiment.engine.network(experiment.model)
        init_rngs = [generator(seed, "init") for seed in seeds]
        self.params = self.network.init(init_rngs, task.n_inputs, task.n_outputs, experiment.dtype)
        check_start(experiment, self.params, len(seeds))
        if experiment.initial:
            self.params.copy_from(experiment.initial(seeds))
        self.criterion_state = experiment.criterion.init(len(seeds))
        self.frozen = FrozenTest(self.network, experiment.loss, task, seeds, self.params)
        self.held_out = [HeldOut.draw(task, seed, evaluation.curve_n_sequences) for seed in seeds]
        self.curve_evaluator, self.final_evaluator = Evaluator(self.network), Evaluator(self.network)
        self.curves: list[list[tuple[float, ...]]] = [[] for _ in seeds]
        self.latest: dict[str, np.ndarray] = {}
        self.snapshots = Snapshots(experiment.snapshots, len(seeds))
        self.clock = _SharedClock()
        self.n_done = 0
        self.seconds_before = np.zeros((len(seeds), 2))  # wall and CPU, when the block was made

    @abstractmethod
    def present(self, done: int, until: int) -> tuple[int, np.ndarray, np.ndarray]:
        """Predict, learn from and judge the next training sequences of every seed.

        Parameters
        ----------
        done : int
            Sequences presented before.
        until : int
            Sequence after which the loop has something else to do.

        Returns
        -------
        n_sequences : int
            Sequences presented to each seed, one or more.
        solved, diverged : np.ndarray of bool, shape (S,)
            Runs that end here; a run that diverges does not count as solved.
        """

    def record(self, sequence: int, which: np.ndarray) -> None:
        """Add a point to the learning curves of the seeds in the mask `which`."""
        seeds = np.flatnonzero(which)
        params = self.params if len(seeds) == len(which) else self.params.take(seeds)
        evaluator = self.curve_evaluator if params is self.params else self.final_evaluator
        last_step, per_step = evaluator.accuracy(params, [self.held_out[s] for s in seeds])
        rolling = self.experiment.criterion.rolling_accuracy(self.criterion_state, sequence)[seeds]
        columns = (rolling, last_step, per_step, *(column[seeds] for column in self.latest.values()))
        for s, *values in zip(seeds, *columns, strict=True):
            self.curves[s].append((sequence, *map(float, values)))

    def look(self, sequence: int) -> None:
        """Take snapshots if they are due; to be called before the first sequence, and where `snapshots` asks for it."""
        if self.snapshots.is_due(sequence):
            self.snapshots.take(sequence, self.params, self._rolling(sequence))

    def _rolling(self, sequence: int) -> np.ndarray:
        """Rolling accuracy of every seed, NaN before the first sequence."""
        if sequence == 0:
            return np.full(len(self.seeds), np.nan)
        return self.experiment.criterion.rolling_accuracy(self.criterion_state, sequence)

    def results(self, sequence: int, which: np.ndarray, outcomes: np.ndarray) -> Iterator[RunResult]:
        """Test the runs in the mask `which`, which ended; yield their results one by one, as they may be large."""
        ended, rolling = np.flatnonzero(which).tolist(), self._rolling(sequence)
        tests = [self._final_test(s) for s in ended]
        self.clock.share_out(len(self.seeds))
        for s, (last_step, per_step) in zip(ended, tests, strict=True):
            yield RunResult(
                seed=self.seeds[s],
                outcome=str(outcomes[s]),
                sequences_to_solve=sequence if outcomes[s] == SOLVED else None,
                sequences_seen=sequence,
                params=self.params.take(np.array([s])),
                curve=np.array(self.curves[s]),
                final_last_step_accuracy=last_step,
                final_per_step_accuracy=per_step,
                wall_seconds=self._seconds(s)[0],
                cpu_seconds=self._seconds(s)[1],
                checkpoint=self._checkpoint(sequence, s) if outcomes[s] == BUDGET else None,
                snapshots=self.snapshots.result(s, sequence, self.params, float(rolling[s])),
            )

    def _final_test(self, s: int) -> tuple[float, float]:
        held_out = HeldOut.draw(self.experiment.task, self.seeds[s], self.experiment.evaluation.n_sequences)
        last_step, per_step = self.final_evaluator.accuracy(self.params.take(np.array([s])), [held_out])
        return float(last_step[0]), float(per_step[0])

    def checkpoints(self, sequence: int) -> Iterator[Checkpoint | None]:
        """Copy the state of each seed in turn; None where it cannot be stored, see `lagrun.training.loop.Saving`."""
        self.clock.share_out(len(self.seeds))
        yield from (self._checkpoint(sequence, s) for s in range(len(self.seeds)))

    def _checkpoint(self, sequence: int, s: int) -> Checkpoint | None:
        arrays = {
            "curve": np.array(self.curves[s], float).reshape(-1, len(CURVE_COLUMNS)),
            **checkpoint.with_prefix("params", checkpoint.row(self.params, s)),
            **checkpoint.with_prefix("criterion", checkpoint.row(self.criterion_state, s)),
            **checkpoint.with_prefix("learner", self._learner_state(s)),
            **checkpoint.with_prefix("snapshots", self.snapshots.state(s)),
        }
        if any(array.dtype.hasobject for array in arrays.values()):
            return None
        return Checkpoint(sequence, arrays, {"stream": self._stream_state(s)}, *self._seconds(s))

    @abstractmethod
    def _learner_state(self, s: int) -> dict[str, np.ndarray]:
        """Copy the learner's state, without the weights, of the seed at position `s`."""

    @abstractmethod
    def _stream_state(self, s: int) -> StreamState:
        """Tell where the training sequences of the seed at position `s` are."""

    def _go_on(self, start: Sequence[Checkpoint]) -> None:
        """Restore the state of every seed, except that of learner and stream."""
        self.n_done = start[0].sequence
        for name, array in _block(start, "params", self.params).items():
            self.params[name][:] = array
        self.criterion_state = _block(start, "criterion", self.criterion_state)
        # A run that ended at a smaller budget has a last point that a run with the larger budget lacks.
        points = self.experiment.evaluation.curve_points(self.experiment.budget)
        self.curves = [[tuple(point) for point in state.arrays["curve"] if int(point[0]) in points] for state in start]
        for s, state in enumerate(start):
            self.snapshots.go_on(s, checkpoint.part("snapshots", state.arrays), self.params)
        self.seconds_before = np.array([(state.wall_seconds, state.cpu_seconds) for state in start])

    def _seconds(self, s: int) -> tuple[float, float]:
        """Wall and CPU seconds of the seed at position `s`, those of earlier parts of its run included."""
        wall, cpu = self.seconds_before[s].tolist()
        return wall + self.clock.wall_seconds, cpu + self.clock.cpu_seconds

    def keep(self, seeds: np.ndarray) -> None:
        """Drop all seeds but those at the positions `seeds`."""
        self.seeds = self.seeds[seeds]
        self.params = self.params.take(seeds)
        self.frozen.keep(seeds, self.params)
        self.criterion_state = {name: array[seeds] for name, array in self.criterion_state.items()}
        self.held_out = [self.held_out[s] for s in seeds]
        self.curves = [self.curves[s] for s in seeds]
        self.snapshots.keep(seeds)
        self.seconds_before = self.seconds_before[seeds]


class Lockstep(TrainingBlock):
    """Seeds that are presented one sequence at a time, side by side.

    Parameters
    ----------
    experiment : Experiment
        The configuration.
    seeds : sequence of int
        The seeds.
    start : sequence of Checkpoint, optional
        State of each, all after the same number of sequences; by default, runs start from the beginning.
    """

    def __init__(self, experiment: Experiment, seeds: Sequence[int], start: Sequence[Checkpoint] | None = None) -> None:
        super().__init__(experiment, seeds)
        self.learner = learner(experiment, self.network, self.params)
        self.stream = TrainingStream(experiment.task, seeds, [state.facts["stream"] for state in start or []])
        if start:
            self._go_on(start)
            self.learner.set_states([checkpoint.part("learner", state.arrays) for state in start])

    def present(self, done: int, until: int) -> tuple[int, np.ndarray, np.ndarray]:
        """Present one sequence; see `TrainingBlock.present`."""
        sequence, batch = done + 1, self.stream.next()
        losses, right, norms = self.learner.learn(batch, sequence)
        loss = losses.sum(-1)
        solved = self.experiment.criterion.update(self.criterion_state, sequence, right, self.frozen)
        diverged = ~(np.isfinite(loss) & np.isfinite(norms) & _all_finite(self.params.flat))
        self.latest = {"loss": loss, "last_step_loss": losses[batch.last], "gradient_norm": norms}
        return 1, solved, diverged

    def keep(self, seeds: np.ndarray) -> None:
        """Drop all seeds but those at the positions `seeds`."""
        super().keep(seeds)
        self.learner.keep(seeds, self.params)
        self.stream.keep(seeds)

    def _learner_state(self, s: int) -> dict[str, np.ndarray]:
        return self.learner.state(s)

    def _stream_state(self, s: int) -> StreamState:
        return self.stream.state(s)


class Single(TrainingBlock):
    """A seed by itself, which is presented many sequences at a time.

    Where a criterion finds afterwards that the seed was solved at one of them, learning from the later ones is undone.
    How many are presented at a time therefore cannot change a result.

    Parameters
    ----------
    experiment : Experiment
        The configuration.
    seed : int
        The seed.
    engine : SeedBySeed
        The experiment's.
    start : Checkpoint, optional
        State of the seed; by default, the run starts from the beginning.
    """

    def __init__(self, experiment: Experiment, seed: int, engine: SeedBySeed, start: Checkpoint | None = None) -> None:
        super().__init__(experiment, [seed])
        self.learner = engine.learner(experiment, self.params)
        self.params = self.frozen.params = self.learner.params
        self.stream = SingleStream(experiment.task, seed, start.facts["stream"] if start else None)
        knows_several = speaks_for(type(experiment.criterion), "update_several", ["update"])
        self.several = (
            experiment.criterion if isinstance(experiment.criterion, BatchedCriterion) and knows_several else None
        )
        self.at_a_time = FIRST_PRESENTATION if self.several else 1
        if start:
            self._go_on([start])
            self.learner.set_state(checkpoint.part("learner", start.arrays))

    def present(self, done: int, until: int) -> tuple[int, np.ndarray, np.ndarray]:
        """Present several sequences in one call; see `TrainingBlock.present`."""
        began = time.perf_counter()
        batch = self.stream.peek(min(self.at_a_time, until - done))
        self.learner.save()
        right = self.learner.learn(batch, done, self._probe())
        n_taken, solved = self._judge(done, right)
        if n_taken < len(right):
            self.learner.restore()
            self.learner.learn(batch[:n_taken], done, None)
        is_confirmed = self._is_confirmed() if solved else True
        self.stream.advance(n_taken)
        self.latest = self.learner.latest()
        finite = np.isfinite(self.latest["loss"]) & np.isfinite(self.latest["gradient_norm"])
        is_whole = len(batch.ids) == self.at_a_time < LARGEST_PRESENTATION
        if self.several and is_whole and time.perf_counter() - began < (LONG if self.several.pause() else SHORT):
            self.at_a_time *= 2
        if not is_confirmed:
            self.at_a_time = 1  # most likely the next sequence will meet the criterion, too
        return n_taken, np.array([solved and is_confirmed]), ~(finite & _all_finite(self.params.flat))

    def _learner_state(self, s: int) -> dict[str, np.ndarray]:
        return self.learner.state()

    def _stream_state(self, s: int) -> StreamState:
        return self.stream.state()

    def _probe(self) -> Batch | None:
        return self.frozen.probe() if self.several and self.several.pause() else None

    def _judge(self, done: int, right: np.ndarray) -> tuple[int, bool]:
        """Tell how many sequences count, and whether the last of them solved the seed."""
        if self.several:
            return self.several.update_several(self.criterion_state, done, right, self.frozen)
        return 1, bool(self.experiment.criterion.update(self.criterion_state, done + 1, right, self.frozen)[0])

    def _is_confirmed(self) -> bool:
        """Let the criterion confirm, by a test, that the seed is solved; true if it needs no confirmation."""
        if not (self.several and isinstance(self.several, Confirming)):
            return True
        return bool(self.several.confirmed(np.ones(1, bool), self.frozen)[0])


def _block(states: Sequence[Checkpoint], name: str, like: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Put one part of the states of several seeds side by side, in place of the arrays `like`."""
    return checkpoint.block([checkpoint.part(name, state.arrays) for state in states], like)


class _SharedClock:
    """One seed's share of the block's time so far; it is the same for every seed still in the block."""

    def __init__(self) -> None:
        self.wall_seconds = self.cpu_seconds = 0.0
        self._wall, self._cpu = time.monotonic(), time.process_time()
        self.began = self._wall

    def share_out(self, n_seeds: int) -> None:
        """Share the time since the last call among `n_seeds` seeds."""
        wall, cpu = time.monotonic(), time.process_time()
        self.wall_seconds += (wall - self._wall) / n_seeds
        self.cpu_seconds += (cpu - self._cpu) / n_seeds
        self._wall, self._cpu = wall, cpu


def _all_finite(flat: np.ndarray) -> np.ndarray:
    """Tell which rows are finite throughout, shape (S,)."""
    finite = np.isfinite(flat.sum(-1))  # one fast pass; a sum may overflow although all weights are finite
    for s in np.flatnonzero(~finite):
        finite[s] = np.isfinite(flat[s]).all()
    return finite
