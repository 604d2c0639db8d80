"""Every peer trains what lagrun's numpy engine trains."""

from importlib import import_module

import numpy as np
import pytest

from lagrun.training.learners import learner
from scripts.peers import HINT, installed
from scripts.peers.problem import Problem, Sequences
from tests.conftest import MakeCell

PEERS = {
    "torch_lstm.TorchLSTM": ("torch", 1),
    "torch_bmm.TorchBmm": ("torch", 3),
    "jax_autodiff.JaxAutodiff": ("jax", 3),
    "jax_handwritten.JaxHandwritten": ("jax", 3),
}


@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-8), ("float32", 1e-3)])
@pytest.mark.parametrize("name", PEERS)
def test_peer_follows_the_numpy_engine(name: str, dtype: str, tolerance: float, make_cell: MakeCell) -> None:
    package, n_seeds = PEERS[name]
    if not installed(package):
        pytest.skip(f"{package} is not installed: {HINT}")
    # Some updates are clipped, others not, and at this learning rate the errors of later sequences depend on them.
    cell = make_cell("optimiser.learning_rate=0.02", "optimiser.clip_norm=57.5", f"dtype={dtype}")
    seeds, n = range(n_seeds), 12
    module, cls = name.split(".")
    peer = getattr(import_module(f"scripts.peers.{module}"), cls)(Problem.of(cell, seeds))
    batch = Sequences(cell, seeds).next(n)
    errors = np.concatenate([peer.train(batch.ids[:, part], batch.targets[:, part]) for part in halves(n)], axis=1)

    params = Problem.of(cell, seeds).params
    start = params.flat.copy()
    ours = learner(cell, cell.model, params)
    lessons = [ours.learn(batch[:, k], k + 1) for k in range(n)]
    norms = np.array([lesson.norms for lesson in lessons])
    assert (norms > 57.5).any()
    assert (norms < 57.5).any()
    np.testing.assert_allclose(errors.T, [lesson.losses.sum(-1) for lesson in lessons], rtol=tolerance)
    np.testing.assert_allclose(peer.weights(), params.flat, rtol=0, atol=tolerance)
    assert np.abs(params.flat - start).max() > 0.1
    assert peer.weights().dtype == dtype


def halves(n: int) -> tuple[slice, slice]:
    return slice(0, n // 2), slice(n // 2, n)


def test_other_nets_are_refused(make_cell: MakeCell) -> None:
    for override in ("model=gru", "model.gradient=truncated", "optimiser.clip_norm=null", "loss_weighting=uniform"):
        with pytest.raises(ValueError, match="peers train model=lstm"):
            Problem.of(make_cell(override), [0])
