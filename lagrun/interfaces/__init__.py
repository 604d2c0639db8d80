"""What passes between rooms: a task, model, loss, weighting, optimiser, criterion and engine, and what they hand over.

Axes of all arrays: ``S`` seeds, ``T`` steps, ``O`` steps with outputs (T or 1), ``V`` input symbols, ``H`` hidden
units, ``K`` outputs, ``P`` weights.
Nothing ever reduces over ``S``: a seed's numbers do not depend on the seeds beside it.
"""

from lagrun.interfaces.batch import Batch
from lagrun.interfaces.criterion import Confirming, Criterion, Frozen, Pause, SeveralAtOnce
from lagrun.interfaces.evaluation import Evaluation
from lagrun.interfaces.loss import Loss, LossWeighting
from lagrun.interfaces.model import BackwardModel, Carrying, Counted, Growing, KnownShapes, Model, Particular, StepModel
from lagrun.interfaces.optimiser import Optimiser
from lagrun.interfaces.task import Finite, KnownBatch, Named, Task, one_error_a_sequence

__all__ = [
    "BackwardModel",
    "Batch",
    "Carrying",
    "Confirming",
    "Counted",
    "Criterion",
    "Evaluation",
    "Finite",
    "Frozen",
    "Growing",
    "KnownBatch",
    "KnownShapes",
    "Loss",
    "LossWeighting",
    "Model",
    "Named",
    "Optimiser",
    "Particular",
    "Pause",
    "SeveralAtOnce",
    "StepModel",
    "Task",
    "one_error_a_sequence",
]
