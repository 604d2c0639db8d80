"""The gradient of a cell's weighted error, from weights that are spread out."""

from collections.abc import Callable
from typing import Any

import numpy as np

from lagrun.interfaces import Batch, Model
from lagrun.interfaces.experiment import Experiment
from lagrun.interfaces.params import Params
from lagrun.training.streams import generator
from tests.helpers import (
    passes,
)


def start(cell: Experiment, n_seeds: int, spread: float) -> Params:
    params = cell.model.init(
        [generator(s, "init") for s in range(n_seeds)], cell.task.n_inputs, cell.task.n_outputs, "float64"
    )
    params.flat[:] += spread * np.random.default_rng(0).normal(size=params.flat.shape)
    return params


def weighted_error(cell: Experiment, model: Model, params: Params, batch: Batch, weights: np.ndarray) -> np.ndarray:
    logits, _ = model.forward(params, batch)
    losses, _ = cell.loss(logits, batch.targets, weights)
    return (weights * losses).sum(-1)


def gradient(
    cell: Experiment, model: Model, params: Params, batch: Batch, weights: np.ndarray, way: Callable[..., Any] = passes
) -> Params:
    def dlogits(logits: np.ndarray, steps: Any) -> np.ndarray:
        return cell.loss(logits, batch.targets[steps], weights[steps])[1]

    return Params(params.shapes, way(model, params, batch, dlogits)[1])
