"""An experiment: everything that a run needs except its seed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lagrun.interfaces.criterion import Criterion
from lagrun.interfaces.engine import Engine
from lagrun.interfaces.evaluation import Evaluation
from lagrun.interfaces.loss import Loss, LossWeighting
from lagrun.interfaces.model import Model
from lagrun.interfaces.optimiser import Optimiser
from lagrun.interfaces.params import Params
from lagrun.interfaces.task import Task

#: Given seeds, returns the weights that they start from, one row per seed.
Initial = Callable[[Sequence[int]], Params]


@dataclass(frozen=True)
class Experiment:
    """One configuration without its seed, as objects.

    Attributes
    ----------
    budget : int
        Largest number of training sequences of a run.
    dtype : str
        ``float64`` or ``float32``.
    updates : str
        When weights change: after each ``sequence``, or after each ``step``.
    snapshots : int
        Largest number of snapshots of a run's weights, see `lagrun.training.snapshots`; 0 for none.
    initial : callable or None
        See `Initial`; by default None: the model draws the weights.
    """

    model: Model
    task: Task
    criterion: Criterion
    loss: Loss
    loss_weighting: LossWeighting
    optimiser: Optimiser
    engine: Engine
    evaluation: Evaluation
    budget: int
    dtype: str
    updates: str
    snapshots: int
    initial: Initial | None = None
