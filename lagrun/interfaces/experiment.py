"""An experiment: everything a run needs but its seed."""

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

#: Gives the weights that seeds start from, a row each.
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
        Most snapshots of a run's weights, see `lagrun.training.snapshots`; 0 for none.
    initial : callable or None
        See `Initial`; by default None: weights are drawn by the model.
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
