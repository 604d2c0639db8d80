"""Gradients against central differences, the plain loop, PyTorch, and a golden file that PyTorch made."""

import json
from pathlib import Path

import numpy as np
import pytest

from lagrun.engines.reference import Reference
from lagrun.interfaces import StepModel
from scripts.golden_torch import GOLDEN, example, with_torch
from tests.conftest import MakeCell
from tests.helpers import (
    central_differences,
    net,
    nets,
    one_batch,
    passes,
    random_batch,
    sized,
    skip_unless_it_goes_with,
    step_passes,
)
from tests.models.gradients import gradient, start, weighted_error

KINDS = ["full", "end", "padded", "padded end"]


@pytest.mark.parametrize("kind", ["distinct", *KINDS])
@pytest.mark.parametrize("name", sorted(set(nets()) - {"chunker"}))  # two nets, each with its own error
def test_gradient_by_central_differences(name: str, kind: str, make_cell: MakeCell) -> None:
    cell = make_cell(*net(name), *sized(name, 3), "task.p=13")
    params = start(cell, 2, 0.4)
    batch = one_batch(cell.task, 2) if kind == "distinct" else random_batch(2, 13, 14, kind)
    weights = cell.loss_weighting(batch, params.flat.dtype)
    exact = gradient(cell, cell.model, params, batch, weights)
    numeric = central_differences(lambda moved: weighted_error(cell, cell.model, moved, batch, weights), params)
    np.testing.assert_allclose(exact.flat, numeric, rtol=2e-6, atol=2e-6)
    for array in exact.values():
        assert np.abs(array).max() > 1e-3  # no part of the gradient is merely zero


@pytest.mark.parametrize("n_steps", [1, 2, pytest.param(9, marks=pytest.mark.slow), 10, 11, 25])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", nets())
def test_lockstep_agrees_with_the_plain_loop(name: str, kind: str, n_steps: int, make_cell: MakeCell) -> None:
    cell = make_cell(*net(name), "task.p=25")
    skip_unless_it_goes_with(cell.model, kind)
    params, batch = start(cell, 3, 0.4), random_batch(3, n_steps, 26, kind)
    plain = Reference().network(cell.model)
    weights = np.where(batch.scored, np.linspace(1, 5, batch.scored.size).reshape(batch.scored.shape), 0)
    logits, expected = (model.forward(params, batch)[0][batch.scored] for model in (cell.model, plain))
    np.testing.assert_allclose(logits, expected, rtol=1e-12, atol=1e-14)
    for way in (passes, step_passes) if isinstance(plain, StepModel) else (passes,):
        ours, theirs = (gradient(cell, model, params, batch, weights, way) for model in (cell.model, plain))
        np.testing.assert_allclose(ours.flat, theirs.flat, rtol=1e-10, atol=1e-13)


def test_lstm_agrees_with_the_golden_file() -> None:
    golden = json.loads(Path(GOLDEN).read_text())
    for ours, expected in zip(_with_lagrun(), (golden["losses"], golden["gradient"]), strict=True):
        np.testing.assert_allclose(ours, expected, rtol=1e-11, atol=1e-13)


def test_lstm_agrees_with_pytorch_autograd() -> None:
    pytest.importorskip("torch", reason="PyTorch is not installed: pip install 'lagrun[oracles]'", exc_type=ImportError)
    for ours, expected in zip(_with_lagrun(), with_torch(), strict=True):
        np.testing.assert_allclose(ours, expected, rtol=1e-11, atol=1e-13)


def _with_lagrun() -> tuple[np.ndarray, np.ndarray]:
    model, loss, params, batch, weights = example()
    logits, tape = model.forward(params, batch)
    losses, dlogits = loss(logits, batch.targets, weights)
    out = params.like()
    model.grads(params, batch, tape, dlogits, out)
    return losses, out.flat
