"""Memory that training takes, estimated from sizes alone: nothing large is allocated.

What counts is what grows with the task or the net: weights with their gradients and optimiser state, net inputs of
outputs, activations of every step, one-hot inputs of the gradient, sequences drawn ahead, and snapshots. The same
counts for the nets that a test runs side by side (32 of one seed, 250 for the criterion on frozen weights); they often
need more than the training. All this is added up, because buffers are kept from their first use to the end.

Accuracy: the estimate is half to twice the peak that tracemalloc measures, give or take two megabytes, and mostly 1.0
to 1.4 times. This holds for the models of ``conf/model`` on every task, p and q from 100 to 2,000, with the engines
numpy and compiled (``tests/training/test_memory_estimate.py`` measures part of that). Two exceptions:
``engine=reference`` takes up to five times the estimate, because its Python objects are not counted. ``lstm1997`` may
take only a tenth where outputs are wanted only at the end, because it runs no steps. Not included are Python and its
libraries, about 0.1 GB per process, and learning curves, about 300 bytes per point.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass
from itertools import product
from math import prod

import numpy as np

from lagrun.engines.reference import Reference
from lagrun.interfaces import (
    BackwardModel,
    BatchedCriterion,
    CarriesState,
    Confirming,
    KnownBatch,
    KnownShapes,
    Model,
    Task,
)
from lagrun.interfaces.experiment import Experiment
from lagrun.interfaces.seed_learner import SeedBySeed
from lagrun.interfaces.task import FiniteTask
from lagrun.training.frozen_test import DRAW
from lagrun.training.held_out import WIDTH
from lagrun.training.learners import UPDATE_TOGETHER
from lagrun.training.streams import DRAW_AHEAD
from lagrun.training.training_block import FIRST_PRESENTATION

#: Sizes at which a model that does not know its shapes is asked for weights.
TINY = (2, 3)

#: A `FiniteTask`'s sequences are counted if they have at most LISTED steps; of longer ones, FEW are assumed.
LISTED, FEW = 10_000, 2

#: Numbers kept per step, per net input of a hidden unit: measured, 5.8 (lstm) to 8 (elman).
ACTIVATIONS = 7

#: Bytes per step of a sequence: once it is drawn, while it is drawn, and while equal sequences are looked for.
DRAWN, DRAWING, SORTING = 9, 25, 30

#: When a run ends, its snapshots are copied into its result and into its state. The previous run's may still exist.
STACKED = 2

#: Bytes of a step's views of a net's buffers: 0 (lstm1997) to 18 array objects (lstm).
VIEWS = 1_500

#: About how many steps a single seed is presented per call: a call should take no longer than a few milliseconds.
PRESENTED = 100_000


@dataclass(frozen=True)
class Weights:
    """How many weights a model has: ``fixed + by_input V + by_output K + direct V K``."""

    fixed: int
    by_input: int
    by_output: int
    direct: int

    @classmethod
    def of(cls, model: Model, dtype: str) -> Weights:
        """Find the numbers from a model's shapes, or from weights that it draws at `TINY` sizes."""
        model = copy(model)  # so that what it caches does not stay in the caller's model
        count = _by_shapes(model) if isinstance(model, KnownShapes) else _by_drawing(model, dtype)
        low = TINY[0]
        both, more_outputs, more_inputs, more = (count(v, k) for v, k in product(TINY, TINY))
        direct = more - more_inputs - more_outputs + both
        by_input, by_output = more_inputs - both - direct * low, more_outputs - both - direct * low
        return cls(both - low * (by_input + by_output + direct * low), by_input, by_output, direct)

    def count(self, n_inputs: int, n_outputs: int) -> int:
        """Weights of one seed, ``P``."""
        return self.fixed + self.by_input * n_inputs + self.by_output * n_outputs + self.direct * n_inputs * n_outputs


def _by_shapes(model: KnownShapes) -> Callable[[int, int], int]:
    return lambda n_inputs, n_outputs: sum(map(prod, model.shapes(n_inputs, n_outputs).values()))


def _by_drawing(model: Model, dtype: str) -> Callable[[int, int], int]:
    return lambda n_inputs, n_outputs: model.init([np.random.default_rng(0)], n_inputs, n_outputs, dtype).n_weights


def needed(experiment: Experiment, n_seeds: int = 1) -> int:
    """Estimate the memory that a block needs, at most, while it trains and is tested.

    Parameters
    ----------
    experiment : Experiment
        The configuration.
    n_seeds : int
        Seeds of the block.

    Returns
    -------
    int
        Bytes.

    Raises
    ------
    Exception
        Whatever a model without `shapes`, or a task without `n_steps`, raises when it is tried at a small size or on
        one sequence; MemoryError if that is too large already.
    """
    size = _Size.of(experiment)
    n_together = 1 if isinstance(experiment.engine, SeedBySeed) else n_seeds
    n_curve, n_final = _n_tested(experiment, size.n_steps, n_together)
    n_frozen, frozen_outputs = _frozen(experiment, n_together, size)
    n_confirm = _n_confirming(experiment, size.n_steps, n_together)
    in_lockstep = not isinstance(experiment.engine, SeedBySeed)
    n_buffers = 2 + (n_confirm > 0) + (n_frozen > 0) + (n_frozen > n_together) + in_lockstep
    numbers = (
        size.training(experiment, n_together)
        + (n_curve + n_final + n_confirm) * size.forward(size.n_with_outputs)
        + max(n_curve, n_final, n_confirm, n_together) * size.n_weights  # copied for a test, or where a seed leaves
        + n_frozen * size.forward(frozen_outputs)
        + (n_together + min(n_together, 2) * STACKED)
        * min(experiment.snapshots, experiment.budget + 1)
        * size.n_weights
    )
    data = _data(experiment, n_together, n_frozen, size.n_steps)
    return numbers * np.dtype(experiment.dtype).itemsize + n_buffers * VIEWS * size.n_steps + data


@dataclass(frozen=True)
class _Size:
    """Sizes of one net; `n_indirect` of its weights do not lead from inputs to outputs."""

    n_inputs: int
    n_outputs: int
    n_steps: int
    n_with_outputs: int
    distinct_ids: bool
    n_weights: int
    n_indirect: int
    n_net_inputs: int
    n_carried: int
    one_hot: bool

    @classmethod
    def of(cls, experiment: Experiment) -> _Size:
        n_inputs, n_outputs = experiment.task.n_inputs, experiment.task.n_outputs
        batch: KnownBatch = experiment.task if isinstance(experiment.task, KnownBatch) else _OneDrawn(experiment.task)
        weights = Weights.of(experiment.model, experiment.dtype)
        n_weights = weights.count(n_inputs, n_outputs)
        n_indirect = n_weights - weights.direct * n_inputs * n_outputs
        n_carried = n_indirect
        if isinstance(experiment.model, CarriesState):
            n_carried += experiment.model.n_carried(n_inputs, n_outputs)
        return cls(
            n_inputs=n_inputs,
            n_outputs=n_outputs,
            n_steps=batch.n_steps,
            n_with_outputs=1 if batch.only_at_end else batch.n_steps,
            distinct_ids=batch.distinct_ids,
            n_weights=n_weights,
            n_indirect=n_indirect,
            n_net_inputs=weights.by_input,
            n_carried=n_carried,
            one_hot=isinstance(experiment.engine, Reference),
        )

    def forward(self, n_with_outputs: int) -> int:
        """Numbers that a net keeps of a sequence, and what it makes of its weights."""
        shown, steps = n_with_outputs * self.n_outputs, ACTIVATIONS * self.n_steps * self.n_net_inputs
        if self.one_hot:
            return 3 * shown + steps + self.n_steps * self.n_inputs
        return shown + steps + self.n_indirect

    def training(self, experiment: Experiment, n_seeds: int) -> int:
        """Numbers of `n_seeds` seeds that train."""
        n_state = sum(array.size for array in experiment.optimiser.init(np.zeros((1, 1))).values())
        if isinstance(experiment.engine, SeedBySeed):
            # Drawn weights; weights, gradients and two arrays of state; and three of these saved.
            return 8 * self.n_weights + self.forward(self.n_with_outputs) + 2 * self.n_carried
        weights = (2 + n_state) * self.n_weights
        in_update = 2 * min(n_seeds * self.n_weights, max(self.n_weights, UPDATE_TOGETHER))
        if isinstance(experiment.model, BackwardModel):
            one_hot = 0 if self.distinct_ids else self.n_steps * self.n_inputs * 9 // 8  # and its boolean form
            return n_seeds * (weights + self.forward(self.n_with_outputs) + one_hot) + in_update
        return n_seeds * (weights + self.n_carried) + in_update


class _OneDrawn:
    """What a batch of a task is like, seen on one sequence."""

    def __init__(self, task: Task) -> None:
        batch = task.sample(np.random.default_rng(0), 0, 1)
        self.n_steps, self.only_at_end, self.distinct_ids = batch.ids.shape[-1], batch.only_at_end, batch.distinct_ids


def _n_tested(experiment: Experiment, n_steps: int, n_seeds: int) -> tuple[int, int]:
    """Nets side by side in the test of a curve's point, and in the one at a run's end."""
    n_different = _n_different(experiment, n_steps)
    n_curve = min(WIDTH, experiment.evaluation.curve_n_sequences, n_different) if n_seeds == 1 else n_seeds
    return n_curve, min(WIDTH, experiment.evaluation.n_sequences, n_different)


def _n_different(experiment: Experiment, n_steps: int) -> int:
    """Sequences of a test that may differ."""
    if not isinstance(experiment.task, FiniteTask):
        return DRAW
    return len(experiment.task.every_sequence().ids) if n_steps <= LISTED else FEW


def _n_confirming(experiment: Experiment, n_steps: int, n_seeds: int) -> int:
    """Nets side by side where a criterion confirms that they are right."""
    n_sequences = (
        getattr(experiment.criterion, "confirm", None) if isinstance(experiment.criterion, Confirming) else None
    )
    if n_sequences is None:
        return 0
    return n_seeds if n_seeds > 1 else min(WIDTH, n_sequences, _n_different(experiment, n_steps))


def _frozen(experiment: Experiment, n_seeds: int, size: _Size) -> tuple[int, int]:
    """Nets side by side in the criterion's tests, and steps with outputs; none where it makes no tests."""
    if not isinstance(experiment.criterion, BatchedCriterion):
        return 0, 0  # it may test or not
    pause = experiment.criterion.pause()
    if pause is None:
        return 0, 0
    n_random = (
        0 if isinstance(experiment.task, FiniteTask) else min(DRAW, getattr(experiment.criterion, "n_sequences", DRAW))
    )
    return n_seeds + n_random, 1 if pause.place == "end" else size.n_with_outputs


def _data(experiment: Experiment, n_seeds: int, n_frozen: int, n_steps: int) -> int:
    """Bytes of sequences, and of what the criterion remembers of them."""
    evaluation = experiment.evaluation
    ahead = n_seeds * DRAW_AHEAD * n_steps * DRAWING
    if isinstance(experiment.engine, SeedBySeed):
        ahead = max(FIRST_PRESENTATION * n_steps, PRESENTED) * (DRAWING + DRAWN)
    held_out = evaluation.n_sequences * n_steps * SORTING + n_seeds * evaluation.curve_n_sequences * n_steps * DRAWN
    frozen = DRAW * n_steps * DRAWING if n_frozen else 0
    confirm = getattr(experiment.criterion, "confirm", None) or 0
    held_out += confirm * n_steps * (SORTING + n_seeds * DRAWN)
    window = n_seeds * getattr(experiment.criterion, "window", 0)
    return ahead + held_out + frozen + window
