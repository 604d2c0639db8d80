"""Protocols of task, model, loss, weighting, optimiser, criterion and engine, and the data that they exchange.

Axes of all arrays: ``S`` seeds, ``T`` steps, ``O`` steps with outputs (T or 1), ``V`` input symbols, ``H`` hidden
units, ``K`` outputs, ``P`` weights.
Nothing ever reduces over ``S``: a seed's numbers do not depend on the other seeds.

Names are imported at their first use: code that only reads stored runs needs none of them, and starts faster.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lagrun.interfaces.batch import Batch
    from lagrun.interfaces.criterion import BatchedCriterion, Confirming, Criterion, Frozen, Pause
    from lagrun.interfaces.evaluation import Evaluation
    from lagrun.interfaces.loss import Loss, LossWeighting
    from lagrun.interfaces.model import (
        BackwardModel,
        CarriesState,
        ChecksCombination,
        CountsWeights,
        Growing,
        KnownShapes,
        Model,
        StepModel,
    )
    from lagrun.interfaces.optimiser import Optimiser
    from lagrun.interfaces.task import FiniteTask, KnownBatch, Named, Task, one_error_a_sequence

__all__ = [
    "BackwardModel",
    "Batch",
    "BatchedCriterion",
    "CarriesState",
    "ChecksCombination",
    "Confirming",
    "CountsWeights",
    "Criterion",
    "Evaluation",
    "FiniteTask",
    "Frozen",
    "Growing",
    "KnownBatch",
    "KnownShapes",
    "Loss",
    "LossWeighting",
    "Model",
    "Named",
    "Optimiser",
    "Pause",
    "StepModel",
    "Task",
    "one_error_a_sequence",
]

#: The files that define these names.
HOMES = ("batch", "criterion", "evaluation", "loss", "model", "optimiser", "task")


def __getattr__(name: str) -> Any:
    """Find a name of `__all__` in its file."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    homes = (import_module(f"{__name__}.{home}") for home in HOMES)
    found = globals()[name] = next(getattr(home, name) for home in homes if hasattr(home, name))
    return found
