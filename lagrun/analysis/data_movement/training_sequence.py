"""One training sequence of one seed as the plain loop learns it: forward, loss, backward, clipping, update.

The same bits as one sequence of training with ``engine=reference``. What judges the net (criterion, held-out
sequences, learning curve) and what decides when a net grows are left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from lagrun.analysis.data_movement.recorder import Recorder
from lagrun.analysis.data_movement.traced import Traced
from lagrun.interfaces import Batch, Growing
from lagrun.interfaces.experiment import Experiment
from lagrun.interfaces.params import Params
from lagrun.interfaces.plain_loop import PlainBackward
from lagrun.interfaces.task import one_error_a_sequence
from lagrun.training.learners import global_norm, update
from lagrun.training.streams import generator

#: Seed whose initial weights and training sequences are traced.
SEED = 0

#: Number of its first training sequences; of these, the first whose length is nearest to their mean is traced.
N_SEQUENCES = 256


def sequence_length(cell: Experiment) -> int:
    """Steps of the seed's first training sequence."""
    return int(cell.task.sample(generator(SEED, "data"), 0, 1).lengths[0])


def typical_sequence(cell: Experiment) -> Batch:
    """Choose the training sequence that is traced; every array has a leading axis of 1, and no padding."""
    drawn = cell.task.sample(generator(SEED, "data"), 0, N_SEQUENCES)
    chosen = int(np.abs(drawn.lengths - drawn.lengths.mean()).argmin())
    length = int(drawn.lengths[chosen])
    n_outputs = 1 if drawn.only_at_end else length
    row = np.s_[chosen : chosen + 1]
    return Batch(
        drawn.ids[row, :length],
        drawn.targets[row, :n_outputs],
        drawn.scored[row, :n_outputs],
        drawn.lengths[row],
        drawn.distinct_ids,
    )


def initial_weights(cell: Experiment) -> tuple[Params, dict[str, np.ndarray]]:
    """Draw the weights, and cut off what grows later; the state of growth."""
    params = cell.model.init([generator(SEED, "init")], cell.task.n_inputs, cell.task.n_outputs, cell.dtype)
    return params, cell.model.start(params) if isinstance(cell.model, Growing) else {}


def learn(cell: Experiment, params: Params, growth: dict[str, np.ndarray], batch: Batch, recorder: Recorder) -> Params:
    """Learn one training sequence with traced arrays.

    Parameters
    ----------
    cell : Experiment
        The configuration; its model must have a plain loop.
    params, growth
        From `initial_weights`; they stay as they are.
    batch : Batch
        From `typical_sequence`.
    recorder : Recorder
        What to tell. The arguments of the program are the optimiser's state, the weights (each in the order stored),
        the one-hot inputs, step by step, and the weights of the steps' errors: the first one lies on top of the stack,
        and within each the last element. It returns the weights and the optimiser's state.

    Returns
    -------
    Params
        Weights afterwards, plain.

    Raises
    ------
    UntraceableError
        If the plain loop, the loss or the optimiser does what cannot be followed.
    """
    one_hot = np.zeros((batch.ids.shape[1], cell.task.n_inputs), params.flat.dtype)
    one_hot[np.arange(len(one_hot)), batch.ids[0]] = 1
    started = cell.optimiser.init(params.flat)
    arguments = [*started.values(), params.flat, one_hot, cell.loss_weighting(batch, params.flat.dtype)]
    put: list[Any] = [Traced.put(argument, recorder) for argument in reversed(arguments)][::-1]
    state = dict(zip(started, put, strict=False))
    flat, inputs, step_weights = put[len(started) :]
    traced = Params(params.shapes, flat)

    for n, grads in enumerate(_gradients(cell, traced, batch, inputs, step_weights), 1):
        if isinstance(cell.model, Growing):
            cell.model.restrict(growth, grads)
        norms = global_norm(grads.flat) if cell.optimiser.clip_norm is not None else np.zeros(1)
        update(cell.optimiser, traced.flat, grads.flat, state, norms, n)
    for array in (flat, *state.values()):
        recorder.give_back(array.ids)
    return Params(params.shapes, flat.values)


def _gradients(cell: Experiment, params: Params, batch: Batch, inputs: Any, step_weights: Any) -> Iterator[Params]:
    """The gradient of every update, which is made before the next gradient is asked for."""
    plain: Any = cell.model.reference()  # type: ignore[attr-defined]
    backward = isinstance(plain, PlainBackward) and (cell.updates == "sequence" or one_error_a_sequence(cell.task))
    weights, n_steps = _row(params), len(inputs)

    def new() -> Params:
        return Params(params.shapes, np.zeros_like(params.flat))

    if backward:
        logits, tape = plain.forward(weights, inputs)
        seen = (logits[-1:] if batch.only_at_end else logits).copy()[None]
        _, dseen = cell.loss(seen, batch.targets, step_weights)
        dlogits = np.zeros_like(logits)
        dlogits[-dseen.shape[1] :] = dseen[0]
        yield _filled(new(), plain.grads(weights, tape, dlogits))
        return

    carry, every_step = plain.begin(weights, None), cell.updates == "step" and not batch.only_at_end
    total = new()
    for t in range(n_steps):
        logits = plain.step(weights, carry, inputs[t])
        if batch.only_at_end and t < n_steps - 1:
            continue
        column = slice(0, 1) if batch.only_at_end else slice(t, t + 1)
        targets = batch.targets[:, column]
        _, dlogits = cell.loss(logits.copy()[None, None], targets, step_weights[:, column])
        grads = _filled(new(), plain.step_grads(weights, carry, dlogits[0, 0], int(targets[0, 0])))
        if every_step:
            yield grads
        else:
            total.flat[:] += grads.flat
    if not every_step:
        yield total


def _row(params: Params) -> dict[str, np.ndarray]:
    """The weights of the only seed; views."""
    return {name: array[0] for name, array in params.items()}


def _filled(out: Params, grads: Mapping[str, np.ndarray]) -> Params:
    for name in out:
        out[name][0] = grads[name]
    return out
