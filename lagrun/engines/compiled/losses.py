"""The errors of `lagrun.losses`, one step at a time."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from lagrun.engines.compiled.aligned import zeros
from lagrun.engines.compiled.arithmetic import LANES, exp, log, logistic, padded
from lagrun.engines.compiled.jit import function
from lagrun.interfaces import Loss
from lagrun.losses.softmax_cross_entropy import SoftmaxCrossEntropy
from lagrun.losses.squared_error import SquaredError

SOFTMAX_CROSS_ENTROPY, SQUARED_ERROR = 0, 1

#: Net input of padding: so low that the output is 0.
PADDING = -1e4

#: A sum of exponentials between the inverse of this and this is accurate without a shift.
SAFE = 1e30


class Error(NamedTuple):
    """Which error, and the factor of the squared one."""

    kind: int
    factor: float


def error_of(loss: Loss) -> Error:
    """Translate a loss; ValueError if it has no compiled form."""
    if type(loss) is SoftmaxCrossEntropy:
        return Error(SOFTMAX_CROSS_ENTROPY, 1.0)
    if type(loss) is SquaredError:
        return Error(SQUARED_ERROR, loss.factor)
    raise ValueError(f"{type(loss).__name__} has no compiled form: use engine=numpy")


def net_inputs(n_steps: int, n_outputs: int, dtype: np.dtype) -> np.ndarray:
    """Allocate the outputs' net inputs: one padded row per step, and a last row as scratch."""
    return zeros((n_steps + 1, padded(n_outputs)), dtype)


@function
def squash(error: Any, nets: Any, r: Any, n_outputs: Any, weight: Any) -> Any:
    """Turn row `r` of the net inputs into activations; those of the softmax are multiplied by `weight`.

    Returns, for the softmax, the logarithm of the sum of the net inputs' exponentials.
    """
    (n_rows, width), shift = nets.shape, nets[r, 0] - nets[r, 0]
    if error.kind == SQUARED_ERROR:
        for j in range(width):
            nets[r, j] = logistic(nets[r, j])
        return shift
    for j in range(width - LANES, width):
        if j >= n_outputs:
            nets[r, j] = PADDING
    scratch, total = n_rows - 1, shift
    for j in range(width):
        nets[scratch, j] = exp(nets[r, j])
        total += nets[scratch, j]
    if not (total < SAFE and total > 1 / SAFE):
        shift, total = nets[r, 0], nets.dtype.type(0)
        for j in range(n_outputs):
            shift = max(shift, nets[r, j])
        for j in range(width):
            nets[scratch, j] = exp(nets[r, j] - shift)
            total += nets[scratch, j]
    scale = nets.dtype.type(weight / total)
    for j in range(width):
        nets[r, j] = scale * nets[scratch, j]
    return log(total) + shift


@function
def to_gradient(error: Any, nets: Any, r: Any, n_outputs: Any, target: Any, weight: Any) -> Any:
    """Replace row `r` of the net inputs by the gradient of ``weight * E``; return E of this step.

    For the squared error, the scratch row keeps the step's outputs.
    """
    if error.kind == SOFTMAX_CROSS_ENTROPY:
        net = nets[r, target]
        normaliser = squash(error, nets, r, n_outputs, weight)
        nets[r, target] -= weight
        return normaliser - net
    number = nets.dtype.type
    total, scale, one, zero = number(0), number(2 * error.factor * weight), number(1), number(0)
    outputs = nets.shape[0] - 1
    for j in range(nets.shape[1]):
        y = number(logistic(nets[r, j]))
        nets[outputs, j] = y
        difference = y - (one if j == target else zero)
        total += difference * difference if j < n_outputs else zero
        nets[r, j] = scale * difference * y * (one - y)
    return error.factor * total


@function
def is_near(error: Any, nets: Any, r: Any, n_outputs: Any, target: Any, threshold: Any) -> Any:
    """Tell whether all outputs of row `r` are less than `threshold` from their targets. Overwrites the net inputs."""
    squash(error, nets, r, n_outputs, 1)
    nets[r, target] = 1 - nets[r, target]
    near = True
    for j in range(n_outputs):
        near &= abs(nets[r, j]) < threshold  # false for NaN
    return near


@function
def argmax(nets: Any, r: Any, n_outputs: Any) -> Any:
    """Index of the first of the largest elements of row `r`."""
    best = 0
    for j in range(n_outputs):
        if nets[r, j] > nets[r, best]:
            best = j
    return best
