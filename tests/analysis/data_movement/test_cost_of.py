"""Costs of one training sequence: what is traced is what is trained, counts by hand, and why there are none."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

from lagrun.analysis.data_movement import cost_of
from lagrun.analysis.data_movement.cost_of import NoCostError
from lagrun.analysis.data_movement.recorder import Recorder
from lagrun.analysis.data_movement.training_sequence import initial_weights, learn, sequence_length, typical_sequence
from lagrun.config.build import plain
from lagrun.engines.reference import Reference
from lagrun.models.gru import GRU
from lagrun.training.admission import build
from lagrun.training.learners import learner
from lagrun.training.streams import generator
from tests.conftest import MakeCell
from tests.helpers import compose_config, of_a_user, options, sized, small, traced_depths

WAYS = [
    *[(f"model={name}",) for name in options("model")],
    ("model=lstm", "model.readout_bias=true"),
    ("model=chunker", "loss=squared_error", "updates=step", "optimiser=sgd", "optimiser.clip_norm=null"),
    ("model=rtrl", "updates=step", "optimiser=sgd", "optimiser.clip_norm=null", "loss=squared_error"),
    ("model=rtrl", "task=very_long_lag", "task.q=4"),
    ("model=rtrl", "model.timing=sync", "dtype=float32"),
    ("model=lstm1997", "updates=step", "model.hidden_recurrence=true", "model.output_gate=true"),
    ("model=lstm1997", "model.hidden_recurrence=true", "model.gradient=full", "model.output_gate=true"),
    ("model=lstm1997", "task=very_long_lag", "task.q=4", "model.construction=false", "optimiser=momentum"),
    ("model=elman", "model.gradient=truncated_window", "model.window=3", "model.squash=logistic_1"),
    ("model=gru", "task=no_regularities", "task.scored=end", "loss_weighting=last_step"),
]


@pytest.mark.parametrize("way", WAYS, ids=" ".join)
def test_what_is_traced_is_what_is_trained(way: tuple[str, ...]) -> None:
    sizes = sized(way[0].removeprefix("model="), 4)
    cell = replace(build(compose_config(*sizes, "task.p=6", *way)), engine=Reference())
    batch, (params, growth) = typical_sequence(cell), initial_weights(cell)
    before = params.flat.copy()
    recorder, counter = Recorder(), Recorder(0)
    after = learn(cell, params, growth, batch, recorder)
    assert params.flat.tobytes() == before.tobytes()
    assert learn(cell, params, growth, batch, counter).flat.tobytes() == after.flat.tobytes()
    assert counter.multiplications == recorder.multiplications > 0
    assert len(traced_depths(recorder)) == recorder.n_reads > 0

    network = cell.engine.network(cell.model)
    trained = network.init([generator(0, "init")], cell.task.n_inputs, cell.task.n_outputs, cell.dtype)
    learner(cell, network, trained).learn(batch, 1)
    assert after.flat.tobytes() == trained.flat.tobytes() != before.tobytes()


@pytest.mark.parametrize(("p", "h"), [(5, 3), (100, 16)])
def test_multiply_adds_of_the_lstm(p: int, h: int) -> None:
    config = plain(compose_config("model=lstm", f"task.p={p}", f"model.hidden_size={h}"))
    t, v, k = p, p + 1, p + 1
    n_weights = (v + h + 1) * 4 * h + h * k
    # Forward: three products; elementwise, two for each of three logistic functions, i g, f c, o tanh(c). Backward:
    # errors by two of the matrices, an outer product for each; elementwise, 3 for each of the four net inputs, 3 for
    # the cell, 1 for what goes further back. Loss: a sum by a product with ones, and a factor on its gradient. Once a
    # sequence: norm, clipping, and four in Adam.
    forward = 4 * h * v + 4 * h * h + h * k + 9 * h
    backward = (h * k + 4 * h * h) + (4 * h * v + 4 * h * h + h * k) + 16 * h
    assert cost_of.cost_of(config, 0).multiply_adds == t * (forward + backward + 2 * k) + 6 * n_weights


def test_the_sequence_is_of_mean_length(make_cell: MakeCell) -> None:
    cell = make_cell("model=lstm1997", "task=very_long_lag", "task.q=30", "task.p=5")
    batch = typical_sequence(cell)
    assert not batch.padded
    assert len(batch.ids[0]) == batch.lengths[0] == batch.ids.shape[1]
    assert abs(batch.lengths[0] - (30 + 12)) <= 2  # q + 12 steps in the mean
    assert sequence_length(make_cell("task.p=7")) == 7


def test_cost_of_a_configuration() -> None:
    cost = cost_of.cost_of(small())
    assert (cost.n_steps, cost.word) == (5, 8)
    half = cost_of.cost_of(small("dtype=float32"))
    assert half == replace(cost, word=4, bytedmd=half.bytedmd)  # the same values, closer together
    assert cost.bytedmd is not None
    assert half.bytedmd is not None
    assert 2 * half.bytedmd < cost.bytedmd < 4 * half.bytedmd
    assert cost.n_reads is not None
    assert cost_of.cost_of(small(), cost.n_reads) == cost
    assert cost_of.cost_of(small(), cost.n_reads - 1) == replace(cost, n_reads=None, bytedmd=None)
    assert cost_of.cost_of(small(), 0) == replace(cost, n_reads=None, bytedmd=None)


@pytest.mark.parametrize(
    ("p", "theirs", "last_digit"),
    [
        (5, 69.6e6, 1e5),
        (10, 140.9e6, 1e5),
        (20, 364.2e6, 1e5),
        pytest.param(40, 1.208e9, 1e6, marks=pytest.mark.slow),
        pytest.param(100, 8.074e9, 1e6, marks=pytest.mark.slow),
    ],
)
def test_bytedmd_of_the_lstm_as_emulated_by_others(p: int, theirs: float, last_digit: float) -> None:
    cost = cost_of.cost_of(plain(compose_config("model=lstm", f"task.p={p}", "model.hidden_size=16")))
    assert cost.bytedmd == pytest.approx(theirs, abs=last_digit)


def test_only_what_matters_tells_costs_apart() -> None:
    config, other = small(), small("engine=reference", "optimiser=sgd", "criterion.window=9", "dtype=float32")
    for name in ("engine", "criterion"):
        assert config[name] != other[name]
        assert cost_of.key(config | {name: other[name]}) == cost_of.key(config)
    for name in ("optimiser", "dtype"):
        assert cost_of.key(config | {name: other[name]}) != cost_of.key(config)
    for group, value in (("model", {"hidden_size": 3}), ("task", {"p": 6})):
        assert cost_of.key(config | {group: config[group] | value}) != cost_of.key(config)


class Untraceable:
    """A plain loop that keeps logits in a plain array."""

    def n_inputs(self, weights: Any) -> int:
        return len(weights["W_input_gates"])

    def forward(self, weights: Any, inputs: Any) -> Any:
        logits = np.zeros((len(inputs), weights["W_hidden_output"].shape[1]))
        for t, x in enumerate(inputs):
            logits[t] = (x @ weights["W_input_gates"])[: len(weights["W_hidden_output"])] @ weights["W_hidden_output"]
        return logits, None

    def grads(self, weights: Any, tape: Any, dlogits: Any) -> Any:
        raise AssertionError


@dataclass(frozen=True)
class InPlainArrays(GRU):
    """A model of a user whose loop cannot be followed."""

    def reference(self) -> Any:
        return Untraceable()


def test_why_there_is_no_cost(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NoCostError, match=r"^cannot be traced \(a traced array becomes a plain one"):
        cost_of.cost_of(of_a_user(small("model=gru"), InPlainArrays), trusted=["tests"])
    with pytest.raises(NoCostError, match=r"^model\._target_=.*: is not lagrun's, .*, add --trust tests$"):
        cost_of.cost_of(of_a_user(small("model=gru"), InPlainArrays))
    monkeypatch.setattr(cost_of, "MAX_WEIGHT_STEPS", 100)
    with pytest.raises(NoCostError, match=r"^more than 1e\+02 weights times steps"):
        cost_of.cost_of(small())
