"""What every model promises, see `lagrun.interfaces.model`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from lagrun.interfaces.batch import Batch
from lagrun.interfaces.model import BackwardModel, ChecksCombination, Model, StepModel
from lagrun.interfaces.params import Params
from lagrun.interfaces.task import Task
from lagrun.losses.squared_error import SquaredError
from lagrun.tasks.noise_free import NoiseFree
from lagrun.testing.asserting import require, require_close, require_same
from lagrun.testing.batches import KINDS, one_batch, random_batch, with_more_padding
from lagrun.testing.passes import central_differences, passes, step_passes
from lagrun.training.streams import generator

#: Most weights along which slopes are measured.
N_SLOPES = 200

#: Seeds of a block, and some of them in another order or number.
N_SEEDS = 33
COMPANY: tuple[Sequence[int], ...] = ([0], [32], [5, 1], [9, 3, 7, 2], range(20, 27), list(reversed(range(30))))


def check_model(model: Model, task: Task, exact_gradient: bool = True) -> None:
    """Check a model; AssertionError in words for its author.

    Parameters
    ----------
    model : Model
        Any size; a small one takes seconds.
    task : Task
        Sets the numbers of inputs and outputs; its sequences are among those tested.
    exact_gradient : bool
        Whether the rule gives the gradient of the error, and not a truncated one.
    """
    require(
        isinstance(model, BackwardModel | StepModel),
        f"{_name(model)} has neither grads (a BackwardModel), nor by_row, begin, step and step_grads (a StepModel)",
    )
    initial_weights(model, task)
    for dtype in ("float64", "float32"):
        shapes_and_inputs(model, drawn(model, task, 3, dtype), one_batch(task, 3), task.n_outputs)
    params = drawn(model, task, N_SEEDS, "float64")
    kinds = [kind for kind in KINDS if goes_with(model, kind)]
    tried = [random_batch(N_SEEDS, 23, task.n_inputs, kind, task.n_outputs) for kind in kinds]
    for batch in (one_batch(task, N_SEEDS), *tried):
        seeds_apart(model, params, batch)
        one_changed(model, params, batch)
        if batch.padded:
            padding_ignored(model, params, batch)
        forms_agree(model, params, batch)
        if exact_gradient:
            gradient_is_exact(model, params.take(np.arange(2)), batch[:2])
    other = next((batch for batch in tried if batch.ids.shape != one_batch(task, 1).ids.shape), tried[0])
    used_buffers(model, params, one_batch(task, N_SEEDS), other)


def drawn(model: Model, task: Task, n_seeds: int, dtype: str) -> Params:
    """Initial weights of the seeds 0, 1, ..."""
    return model.init([generator(s, "init") for s in range(n_seeds)], task.n_inputs, task.n_outputs, dtype)


def goes_with(model: Model, kind: str) -> bool:
    """Tell whether a model takes a kind of `lagrun.testing.batches.random_batch`."""
    if "end" in kind and isinstance(model, ChecksCombination):
        try:
            model.check(NoiseFree(8, "random", "end"), SquaredError(0.5), "sequence")
        except ValueError:
            return False
    return True


def initial_weights(model: Model, task: Task) -> None:
    """Weights are drawn from the seed's own generator alone."""
    together = drawn(model, task, 3, "float64")
    alone = model.init([generator(1, "init")], task.n_inputs, task.n_outputs, "float64")
    words = f"{_name(model)}.init: a seed's weights depend on the seeds beside it"
    require_same(together.flat[1], alone.flat[0], words)
    require((together.flat[0] != together.flat[1]).any(), f"{_name(model)}.init: two seeds have the same weights")


def shapes_and_inputs(model: Model, params: Params, batch: Batch, n_outputs: int) -> None:
    """Shapes and types are right, every gradient is written, and neither weights nor sequences are changed."""
    before, ids = params.flat.copy(), batch.ids.copy()
    logits, gradient = by_rule(model, params, batch)
    name, dtype = _name(model), params.flat.dtype
    wanted = (*batch.targets.shape, n_outputs)
    require(logits.shape == wanted, f"{name}.forward: logits of shape {logits.shape}, expected {wanted}")
    require(logits.dtype == dtype, f"{name}.forward: logits of dtype {logits.dtype} for weights of {dtype}")
    missing = [key for key, array in Params(params.shapes, gradient).items() if not np.isfinite(array).all()]
    require(not missing, f"{name}: the gradient of {', '.join(missing)} is not written, or not finite")
    require(np.abs(gradient).max(1).min() > 0, f"{name}: the gradient of a seed is zero")
    require_same(params.flat, before, f"{name}: changes the weights that it is given")
    require_same(batch.ids, ids, f"{name}: changes the sequences that it is given")


def seeds_apart(model: Model, params: Params, batch: Batch) -> None:
    """A seed gives the same bits alone and beside any other seeds."""
    inside, words = batch.scored, f"{_name(model)}: the numbers of a seed depend on the seeds beside it"
    for way in ways(model):
        logits, gradient = way(model, params, batch)
        for members in COMPANY:
            index = np.array(members)
            some = way(model, params.take(index), batch[index])
            require_same(some[0][inside[index]], logits[index][inside[index]], words)
            require_same(some[1], gradient[index], words)
            require(np.isfinite(some[1]).all(), f"{_name(model)}: a gradient is not finite")


def one_changed(model: Model, params: Params, batch: Batch) -> None:
    """If a seed gets other weights, even NaN, only its own numbers change."""
    logits, gradient = by_rule(model, params, batch)
    others = np.arange(params.n_seeds) != 2
    for change in (0.5, np.nan):
        moved = Params(params.shapes, params.flat.copy())
        moved.flat[2] += change
        with np.errstate(all="ignore"):
            logits2, gradient2 = by_rule(model, moved, batch)
        words = f"{_name(model)}: other weights of one seed ({change:+}) change the numbers of another"
        require_same(logits2[others], logits[others], words)
        require_same(gradient2[others], gradient[others], words)
        require((gradient2[2] != gradient[2]).any(), f"{_name(model)}: a seed's weights have no part in its gradient")


def padding_ignored(model: Model, params: Params, batch: Batch) -> None:
    """More padding gives the same bits."""
    inside, words = batch.scored, f"{_name(model)}: padding has a part in the numbers"
    logits, gradient = by_rule(model, params, batch)
    wider = by_rule(model, params, with_more_padding(batch))
    require_same(wider[0][:, : inside.shape[1]][inside], logits[inside], words)
    require_same(wider[1], gradient, words)


def used_buffers(model: Model, params: Params, batch: Batch, other: Batch) -> None:
    """A tape or carry that was used for other sequences changes nothing."""
    if isinstance(model, BackwardModel):
        fresh, _ = by_rule(model, params, batch)
        logits, tape = model.forward(params, other)
        model.grads(params, other, tape, np.ones_like(logits), params.like())
        words = f"{_name(model)}.forward: the tape of earlier sequences has a part in the logits"
        require_same(model.forward(params, batch, tape)[0], fresh, words)
    if isinstance(model, StepModel):
        fresh, _ = by_steps(model, params, batch.at_end() if batch.only_at_end else batch)
        carry = model.begin(params, other, None)
        for t in range(int(other.lengths.max())):
            model.step(params, carry, other, t)
        again = model.begin(params, batch, carry)
        words = f"{_name(model)}.begin: what earlier sequences have left has a part in the outputs"
        for t in range(int(batch.lengths.min())):
            logits = model.step(params, again, batch, t)
            if not batch.only_at_end:
                require_same(logits, fresh[:, t], words)


def forms_agree(model: Model, params: Params, batch: Batch) -> None:
    """Steps give the same logits as `forward`, and both forms of a rule give the same gradient."""
    if not isinstance(model, StepModel):
        return
    logits, gradient = by_steps(model, params, batch)
    inside, words = batch.scored, f"{_name(model)}: step does not give the logits of forward"
    require_close(logits[inside], model.forward(params, batch)[0][inside], words, 1e-12, 1e-12)
    if isinstance(model, BackwardModel):
        words = f"{_name(model)}: step_grads do not add up to grads"
        require_close(gradient, by_rule(model, params, batch)[1], words, 1e-9, 1e-12)


def gradient_is_exact(model: Model, params: Params, batch: Batch) -> None:
    """The gradient is that of the error, by central differences along some of the weights."""
    n = min(N_SLOPES, params.n_weights)
    columns = np.sort(np.random.default_rng(0).choice(params.n_weights, n, replace=False)).tolist()

    def error(moved: Params) -> np.ndarray:
        logits = model.forward(moved, batch)[0]
        return np.where(batch.scored[..., None], np.sin(7 * logits) / 7, 0).sum((1, 2))

    words = f"{_name(model)}: the gradient is not that of the error; a truncated rule needs exact_gradient=False"
    numeric = central_differences(error, params, columns)
    require_close(by_rule(model, params, batch)[1][:, columns], numeric, words, 2e-6, 2e-6)


def by_rule(model: Model, params: Params, batch: Batch) -> tuple[np.ndarray, np.ndarray]:
    """Logits and gradient, for an arbitrary error of the logits."""
    return passes(model, params, batch, lambda logits, steps: _slopes(logits, batch.scored[steps]))


def by_steps(model: Model, params: Params, batch: Batch) -> tuple[np.ndarray, np.ndarray]:
    """The same by the step form."""
    return step_passes(model, params, batch, lambda logits, steps: _slopes(logits, batch.scored[steps]))


def ways(model: Model) -> list[Callable[[Model, Params, Batch], tuple[np.ndarray, np.ndarray]]]:
    """All the ways in which a model finds its gradient."""
    return [by_rule, *([by_steps] if isinstance(model, StepModel) and isinstance(model, BackwardModel) else [])]


def _slopes(logits: np.ndarray, scored: np.ndarray) -> np.ndarray:
    return np.where(scored[..., None], np.cos(7 * logits), 0).astype(logits.dtype)


def _name(thing: Any) -> str:
    return type(thing).__name__
