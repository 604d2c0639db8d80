"""The net of a finished run, to be run on any batch, and tested on its own task or on another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from threadpoolctl import threadpool_limits

from lagrun.checks import ConfigError, check, show
from lagrun.interfaces import Batch, Task
from lagrun.interfaces.experiment import Experiment
from lagrun.interfaces.params import Params
from lagrun.training.held_out import Evaluator, HeldOut


class Accuracy(NamedTuple):
    """Share of right predictions (largest output): at the last step of each sequence, and at all scored steps."""

    last_step: float
    per_step: float


@dataclass(frozen=True)
class StoredNet:
    """A net with the final weights of a run; nothing that is done with it changes them.

    Attributes
    ----------
    experiment : Experiment
        That of the run.
    params : Params
        Weights, one row.
    seed : int
        The run's.
    """

    experiment: Experiment
    params: Params
    seed: int

    def forward(self, batch: Batch) -> np.ndarray:
        """Run the net on sequences.

        Parameters
        ----------
        batch : Batch
            ``N`` sequences, for example ``task.sample(numpy.random.default_rng(0), 0, N)``.

        Returns
        -------
        np.ndarray, shape (N, O, K)
            Logits of all steps with outputs, T or the last alone.

        Raises
        ------
        ConfigError
            If the batch is no list of sequences, or has symbols that the net does not have.
        """
        self._check_batch(batch)
        rows = self.params.take(np.zeros(len(batch.ids), int))
        network = self.experiment.engine.network(self.experiment.model)
        with threadpool_limits(1), np.errstate(all="ignore"):  # as in training
            logits, _ = network.forward(rows, batch)
        return logits.copy()

    def outputs(self, batch: Batch) -> np.ndarray:
        """Run the net on sequences, and return the outputs that its loss makes of logits, in the shape of `forward`."""
        with np.errstate(all="ignore"):
            return self.experiment.loss.outputs(self.forward(batch))

    def evaluate(self, task: Task | None = None, n_sequences: int | None = None, seed: int | None = None) -> Accuracy:
        """Test the net on sequences that are drawn like those of the test at the end of a run.

        Parameters
        ----------
        task : Task, optional
            By default the run's own; the accuracies are then those that the run has stored. For another lag, pass
            ``dataclasses.replace(run.experiment.task, q=20)``.
        n_sequences : int, optional
            By default ``evaluation.n_sequences`` of the run.
        seed : int, optional
            Seed of the held-out sequences to draw; by default the run's.

        Raises
        ------
        ConfigError
            If the task has another number of symbols or outputs than the net.
        FieldError
            If `n_sequences` or `seed` is too small.
        """
        task = self.experiment.task if task is None else task
        n_sequences = self.experiment.evaluation.n_sequences if n_sequences is None else n_sequences
        seed = self.seed if seed is None else seed
        check("n_sequences", n_sequences, n_sequences >= 1, "an integer >= 1")
        check("seed", seed, seed >= 0, "an integer >= 0")
        self._check_task(task)
        evaluator = Evaluator(self.experiment.engine.network(self.experiment.model))
        with threadpool_limits(1), np.errstate(all="ignore"):
            last_step, per_step = evaluator.accuracy(self.params, [HeldOut.draw(task, seed, n_sequences)])
        return Accuracy(float(last_step[0]), float(per_step[0]))

    def _check_task(self, task: Task) -> None:
        own = self.experiment.task
        if (task.n_inputs, task.n_outputs) != (own.n_inputs, own.n_outputs):
            has = f"has {task.n_inputs} symbols and {task.n_outputs} outputs"
            raise ConfigError(
                f"task={show(str(task))}: {has}, the net {own.n_inputs} and {own.n_outputs}; what fits its weights is "
                f"{show(str(own))} with another q, keys, middle or scored, where it has these, but with the same p"
            )

    def _check_batch(self, batch: Batch) -> None:
        if batch.ids.ndim != 2 or not batch.ids.size:
            raise ConfigError(f"batch: ids have shape {batch.ids.shape}; they must have shape (sequences, steps)")
        least, largest, n = int(batch.ids.min()), int(batch.ids.max()), self.experiment.task.n_inputs
        if not 0 <= least <= largest < n:
            raise ConfigError(f"batch: ids are from {least} to {largest}; the net has the symbols 0 to {n - 1}")
