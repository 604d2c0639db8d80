"""A model's logits and gradient by each of its forms, and slopes by central differences to compare with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from lagrun.interfaces.batch import Batch
from lagrun.interfaces.model import BackwardModel, Model, StepModel
from lagrun.interfaces.params import Params
from lagrun.interfaces.step_grads import StepGrads

#: Gives the gradient of the logits, from logits and the index of their steps.
Slopes = Callable[[np.ndarray, Any], np.ndarray]


def passes(model: Model, params: Params, batch: Batch, dlogits: Slopes) -> tuple[np.ndarray, np.ndarray]:
    """Logits and gradient by the model's rule for whole sequences, or by its steps if it has no other.

    Parameters
    ----------
    model : Model
        A `BackwardModel` or a `StepModel`.
    params : Params
        Weights of ``S`` seeds.
    batch : Batch
        One sequence a seed.
    dlogits : callable
        See `Slopes`.

    Returns
    -------
    logits : np.ndarray, shape (S, O, K)
    gradient : np.ndarray, shape (S, P)
        NaN where the model has written none.
    """
    if not isinstance(model, BackwardModel):
        return step_passes(model, params, batch, dlogits)
    logits, tape = model.forward(params, batch)
    logits = logits.copy()
    out = params.like()
    out.flat[:] = np.nan
    model.grads(params, batch, tape, dlogits(logits.copy(), np.s_[:, :]), out)
    return logits, out.flat


def step_passes(model: Model, params: Params, batch: Batch, dlogits: Slopes) -> tuple[np.ndarray, np.ndarray]:
    """The same by the step form, the gradient summed over steps."""
    assert isinstance(model, StepModel)
    out, carry = params.like(), model.begin(params, batch, None)
    step_grads = StepGrads(params, model.by_row(params))
    step_grads.whole.flat[:] = np.nan
    shown = []
    for t in range(int(batch.lengths.max())):
        logits = model.step(params, carry, batch, t)
        shown.append(logits.copy())
        index = np.s_[:, :] if batch.only_at_end else np.s_[:, t : t + 1]
        slopes = dlogits(logits[:, None].copy(), index)
        if batch.only_at_end:
            slopes = np.where((batch.lengths == t + 1)[:, None, None], slopes, 0)
        model.step_grads(params, carry, batch, t, slopes[:, 0].astype(params.flat.dtype), step_grads)
        step_grads.add_to(out)
    every = np.array(shown).swapaxes(0, 1)
    if batch.only_at_end:
        every = every[np.arange(len(every)), batch.lengths - 1][:, None]
    elif every.shape[1] < batch.ids.shape[1]:
        every = np.pad(every, ((0, 0), (0, batch.ids.shape[1] - every.shape[1]), (0, 0)))
    return every, out.flat


def central_differences(
    error: Callable[[Params], np.ndarray], params: Params, columns: Sequence[int] | None = None
) -> np.ndarray:
    """Slopes of every seed's error by central differences.

    Parameters
    ----------
    error : callable
        Gives every seed's error, shape (S,), for some weights.
    params : Params
        Weights at which the slopes are taken.
    columns : sequence of int, optional
        Indices of weights, of the ``P``, along which slopes are taken; by default all.

    Returns
    -------
    np.ndarray, shape (S, number of columns)
    """
    wanted, step = range(params.n_weights) if columns is None else columns, 1e-6
    slopes = np.empty((params.n_seeds, len(wanted)), params.flat.dtype)
    for place, column in enumerate(wanted):
        ends = []
        for sign in (step, -step):
            moved = Params(params.shapes, params.flat.copy())
            moved.flat[:, column] += sign
            ends.append(error(moved))
        slopes[:, place] = (ends[0] - ends[1]) / (2 * step)
    return slopes
