"""Whether a user's classes return what `lagrun.interfaces` asks for.

Each check is made once: of weights as they are drawn, of everything else at the first training sequence of a block.
Without it, wrong shapes might broadcast, and the net would be trained on something else.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lagrun.interfaces.batch import Batch
from lagrun.interfaces.experiment import Experiment
from lagrun.interfaces.params import Params
from lagrun.interfaces.step_grads import StepGrads
from lagrun.interfaces.task import Task

#: Bits of a NaN that no calculation gives; a gradient that still has them was never written.
UNWRITTEN = {"float64": 0x7FF8_1A64_0000_1A64, "float32": 0x7FC1_A641}


class ShapeError(ValueError):
    """A class returned something other than its protocol asks for."""


def check_start(experiment: Experiment, params: Any, n_seeds: int) -> None:
    """Check what a block starts with: the weights that its model drew, and what its task's sequences are like.

    Parameters
    ----------
    experiment : Experiment
        The configuration.
    params : Params
        What `init` of the model returned.
    n_seeds : int
        Seeds of the block.

    Raises
    ------
    ShapeError
        If one of them is not as its protocol asks; the message is for the author of the class.
    IndexError
        If the task draws symbols, targets or lengths out of range.
    """
    check_params(experiment, params, n_seeds)
    check_batch(experiment, experiment.task.sample(np.random.default_rng(0), 0, 2), 2)


def check_params(experiment: Experiment, params: Any, n_seeds: int) -> None:
    """Raise ShapeError unless a model's `init` returned weights of `n_seeds` seeds, in the experiment's dtype."""
    who = f"{_name(experiment.model)}.init returned"
    if not isinstance(params, Params):
        raise ShapeError(f"{who} {_what(params)}, expected lagrun.interfaces.params.Params")
    if params.n_seeds != n_seeds:
        raise ShapeError(f"{who} weights of {params.n_seeds} seeds, expected {n_seeds}, one for each generator")
    if params.flat.dtype != experiment.dtype:
        raise ShapeError(f"{who} weights of dtype {params.flat.dtype}, expected {experiment.dtype}")


def check_batch(experiment: Experiment, batch: Any, n_seeds: int) -> None:
    """Raise ShapeError unless a task's sequences are what it promises, IndexError where a symbol does not exist."""
    who = f"{_name(experiment.task)}.sample returned"
    if not isinstance(batch, Batch):
        raise ShapeError(f"{who} {_what(batch)}, expected lagrun.interfaces.Batch")
    n_steps = batch.ids.shape[-1]
    n_with_outputs = 1 if batch.only_at_end else n_steps
    _check(f"{who} ids", batch.ids, (n_seeds, n_steps), "(seeds, steps)")
    for name in ("targets", "scored"):
        _check(f"{who} {name}", getattr(batch, name), (n_seeds, n_with_outputs), "(seeds, steps with outputs)")
    _check(f"{who} lengths", batch.lengths, (n_seeds,), "(seeds,)")
    for name in ("ids", "targets", "lengths"):
        values = getattr(batch, name)
        if not np.issubdtype(values.dtype, np.integer):
            raise ShapeError(f"{who} {name} of dtype {values.dtype}, expected integers")
    check_indices(experiment.task, batch)


def check_indices(task: Task, batch: Batch) -> None:
    """Raise IndexError where a task draws symbols, targets or lengths beyond what it promises."""
    for name, array, least, beyond in (
        ("ids", batch.ids, 0, task.n_inputs),
        ("targets", batch.targets, 0, task.n_outputs),
        ("lengths", batch.lengths, 1, batch.ids.shape[-1] + 1),
    ):
        if array.size and not least <= array.min() <= array.max() < beyond:
            raise IndexError(f"{name} of the task {_name(task)} are not all in [{least}, {beyond})")


class FirstSequence:
    """Wraps a model for its block's first sequence: passes every call on, and checks what comes back.

    Parameters
    ----------
    experiment : Experiment
        The configuration; error messages name its classes.
    network : Model
        What the engine runs.
    params : Params
        Weights of the block.
    """

    def __init__(self, experiment: Experiment, network: Any, params: Params) -> None:
        self._experiment, self._network, self._params = experiment, network, params

    def __getattr__(self, name: str) -> Any:
        return getattr(self._network, name)

    def forward(self, params: Params, batch: Batch, tape: Any = None) -> tuple[np.ndarray, Any]:
        """Check the batch, the logits, and what the loss and its weighting return for them."""
        experiment, n_seeds = self._experiment, params.n_seeds
        check_batch(experiment, batch, n_seeds)
        returned = self._network.forward(params, batch, tape)
        who = f"{_name(experiment.model)}.forward returned"
        if not (isinstance(returned, tuple) and len(returned) == 2):
            raise ShapeError(f"{who} {_what(returned)}, expected logits and a tape")
        shape = (*batch.targets.shape, experiment.task.n_outputs)
        _check(f"{who} logits", returned[0], shape, "(seeds, steps with outputs, outputs)")
        self._check_loss(returned[0], batch.targets, self._weights(batch))
        return returned

    def grads(self, params: Params, batch: Batch, tape: Any, dlogits: np.ndarray, out: Params) -> None:
        """Check that the gradient of every weight is written."""
        _blank(out)
        self._network.grads(params, batch, tape, dlogits, out)
        self._check_written(out, "grads")

    def begin(self, params: Params, batch: Batch, carry: Any) -> Any:
        """Check the batch, its weighting, and what is carried."""
        check_batch(self._experiment, batch, params.n_seeds)
        self._weights(batch)
        carry = self._network.begin(params, batch, carry)
        who = f"{_name(self._experiment.model)}.begin returned"
        if not isinstance(carry, dict):
            raise ShapeError(f"{who} {_what(carry)}, expected a dict of arrays")
        for name, array in carry.items():
            if not (isinstance(array, np.ndarray) and array.ndim > 0 and len(array) == params.n_seeds):
                raise ShapeError(
                    f"{who} {name!r}: {_what(array)}, expected an array whose first axis is {params.n_seeds} seeds"
                )
        return carry

    def step(self, params: Params, carry: Any, batch: Batch, t: int) -> np.ndarray:
        """Check the logits of a step, and what the loss returns for them."""
        logits = self._network.step(params, carry, batch, t)
        shape = (params.n_seeds, self._experiment.task.n_outputs)
        _check(f"{_name(self._experiment.model)}.step returned logits", logits, shape, "(seeds, outputs)")
        targets = batch.targets[:, :1]
        self._check_loss(logits[:, None], targets, np.ones(targets.shape, logits.dtype))
        return logits

    def step_grads(self, params: Params, carry: Any, batch: Batch, t: int, dlogits: np.ndarray, out: StepGrads) -> None:
        """Check that the gradient of every weight that a step has in full is written."""
        _blank(out.whole)
        self._network.step_grads(params, carry, batch, t, dlogits, out)
        self._check_written(out.whole, "step_grads")

    def _weights(self, batch: Batch) -> np.ndarray:
        weights = self._experiment.loss_weighting(batch, self._params.flat.dtype)
        who = f"{_name(self._experiment.loss_weighting)} returned weights"
        _check(who, weights, batch.targets.shape, "(seeds, steps with outputs)")
        return weights

    def _check_loss(self, logits: np.ndarray, targets: np.ndarray, weights: np.ndarray) -> None:
        returned = self._experiment.loss(logits.copy(), targets, weights)
        who = f"{_name(self._experiment.loss)} returned"
        if not (isinstance(returned, tuple) and len(returned) == 2):
            raise ShapeError(f"{who} {_what(returned)}, expected losses and the gradient of the logits")
        _check(f"{who} losses", returned[0], targets.shape, "(seeds, steps with outputs)")
        _check(f"{who} a gradient", returned[1], logits.shape, "(seeds, steps with outputs, outputs)")

    def _check_written(self, out: Params, method: str) -> None:
        missing = [name for name, array in out.items() if (_bits(array) == UNWRITTEN[str(array.dtype)]).any()]
        if missing:
            who = f"{_name(self._experiment.model)}.{method}"
            raise ShapeError(
                f"{who} did not write all of the gradient of {', '.join(missing)}, expected every weight's"
            )


def _blank(out: Params) -> None:
    _bits(out.flat)[:] = UNWRITTEN[str(out.flat.dtype)]


def _bits(array: np.ndarray) -> np.ndarray:
    return array.view(np.dtype(f"u{array.itemsize}"))


def _check(who: str, array: Any, shape: tuple[int, ...], axes: str) -> None:
    if not isinstance(array, np.ndarray):
        raise ShapeError(f"{who}: {_what(array)}, expected an array of shape {shape}, {axes}")
    if array.shape != shape:
        raise ShapeError(f"{who} of shape {array.shape}, expected {shape}, {axes}")


def _what(thing: Any) -> str:
    if isinstance(thing, np.ndarray):
        return f"an array of shape {thing.shape}"
    return "None" if thing is None else f"{type(thing).__name__}"


def _name(thing: Any) -> str:
    return type(thing).__name__
