"""The 2-net chunker against a transcript of its pseudo-code, and against what is known of it."""

from dataclasses import replace

import numpy as np
import pytest

from lagrun.checks import ConfigError, FieldError
from lagrun.engines.reference import Reference
from lagrun.interfaces import CountsWeights
from lagrun.interfaces.experiment import Experiment
from lagrun.interfaces.params import Params
from lagrun.models.chunker import Chunker
from lagrun.training.admission import build
from lagrun.training.streams import TrainingStream, generator
from tests.conftest import MakeCell
from tests.helpers import compose_config, in_order

PAPER = ("model=chunker", "loss_weighting=uniform", "optimiser=sgd", "optimiser.clip_norm=null")
PAPER += ("optimiser.learning_rate=1", "updates=step")


def f(z: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-z))


def read(w: np.ndarray, r: float, s: int, h: float, P: np.ndarray) -> tuple[float, np.ndarray]:
    """One self-recurrent unit reads symbol s; its activation and its derivatives by (w, r)."""
    new = f(w[s] + r * h)
    g = new * (1 - new)
    P = g * r * P
    P[s] += g
    P[-1] += g * h
    return new, P


def transcript(cell: Experiment, params: Params, n_sequences: int) -> Params:
    """Train one seed's nets, with one hidden unit each, as the pseudo-code says, with learning rate 1."""
    model = cell.model
    assert isinstance(model, Chunker)
    x = {name: array[0].copy() for name, array in params.items()}
    stream, h_c, P_c = TrainingStream(cell.task, [0]), 0.0, np.zeros(0)
    for _ in range(n_sequences):
        batch = stream.next()
        symbols, targets = batch.ids[0], batch.targets[0]
        h, P = 0.0, np.zeros(len(x["W_input_hidden"]) + 1)
        if model.reset_chunker or not len(P_c):
            h_c, P_c = 0.0, P
        C = {name.removeprefix("chunker_"): value for name, value in x.items() if name.startswith("chunker_")}
        last = symbols[0]
        h_c, P_c = read(C["W_input_hidden"][:, 0], C["W_hidden_hidden"][0, 0], last, h_c, P_c)
        for s, target in zip(symbols, targets, strict=True):
            d = np.eye(len(x["W_input_output"]))[target]
            h_before, P_before = h, P
            h, P = read(x["W_input_hidden"][:, 0], x["W_hidden_hidden"][0, 0], s, h, P)
            h_seen, P_seen = (h, P) if model.timing == "layered" else (h_before, P_before)
            o = f(x["W_input_output"][s] + x["W_hidden_output"][0] * h_seen)
            q = f(x["W_input_state"][s] + x["W_hidden_state"][0] * h_seen)
            o_c = f(C["W_hidden_output"][0] * h_c + (C["W_input_output"][last] if model.chunker_direct else 0))
            state = np.array([h_c]) if model.predict == "hidden" else np.array([h_c, *o_c])
            delta, delta_q = (d - o) * o * (1 - o), (state - q) * q * (1 - q)
            error = delta @ x["W_hidden_output"][0] + delta_q @ x["W_hidden_state"][0]
            surprise = np.abs(d - o).max() if model.theta_norm == "max" else np.sqrt(((d - o) ** 2).sum())
            if surprise > model.theta:
                delta_c = (d - o_c) * o_c * (1 - o_c)
                error_c = delta_c @ C["W_hidden_output"][0]
                if model.chunker_direct:
                    C["W_input_output"][last] += delta_c
                C["W_hidden_output"][0] += delta_c * h_c
                C["W_input_hidden"][:, 0] += error_c * P_c[:-1]
                C["W_hidden_hidden"][0, 0] += error_c * P_c[-1]
                h_c, P_c = read(C["W_input_hidden"][:, 0], C["W_hidden_hidden"][0, 0], target, h_c, P_c)
                last = target
            x["W_input_output"][s] += delta
            x["W_hidden_output"][0] += delta * h_seen
            x["W_input_state"][s] += delta_q
            x["W_hidden_state"][0] += delta_q * h_seen
            x["W_input_hidden"][:, 0] += error * P_seen[:-1]
            x["W_hidden_hidden"][0, 0] += error * P_seen[-1]
    return Params(params.shapes, np.concatenate([x[name].ravel() for name in params.shapes])[None])


@pytest.mark.parametrize(
    "choices",
    [
        "model.predict=hidden model.timing=layered",
        "model.predict=hidden_and_outputs model.timing=sync",
        "model.predict=hidden model.chunker_direct=false model.theta=0.4",
        "model.theta_norm=euclidean model.theta=0.6",
        "model.reset_chunker=false",
    ],
)
def test_trains_as_the_pseudo_code_says(choices: str, make_cell: MakeCell) -> None:
    cell = make_cell(*PAPER, *choices.split(), "model.hidden_size=1", "task.p=5", "budget=300", "criterion.window=999")
    first = cell.model.init([generator(0, "init")], 6, 6, "float64")
    expected = transcript(cell, first, 300)
    found = in_order(cell, 1)[0].params
    np.testing.assert_allclose(found.flat, expected.flat, rtol=1e-8, atol=1e-10)
    assert np.abs(found["chunker_W_hidden_hidden"] - first["chunker_W_hidden_hidden"]).max() > 1e-3


@pytest.mark.parametrize("updates", ["step", "sequence"])
def test_the_plain_loop_agrees_after_training(updates: str, make_cell: MakeCell) -> None:
    cell = make_cell(
        *PAPER, f"updates={updates}", "model.hidden_size=2", "budget=25", "task.p=5", "criterion.window=99"
    )
    plain = replace(cell, engine=Reference())
    for one, other in zip(in_order(cell, 2), in_order(plain, 2), strict=True):
        np.testing.assert_allclose(one.params.flat, other.params.flat, rtol=1e-8, atol=1e-11)


@pytest.mark.parametrize(("predict", "n_weights"), [("hidden", 10_506), ("hidden_and_outputs", 20_808)])
def test_the_automatisers_weights_are_counted(predict: str, n_weights: int) -> None:
    cell = build(compose_config("+experiment=chunker_p100", f"model.predict={predict}"))
    params = cell.model.init([generator(0, "init")], 101, 101, "float64")
    assert isinstance(cell.model, CountsWeights)
    assert cell.model.n_weights(params) == n_weights
    assert params.n_weights == n_weights + 10_404


def test_p_4_is_solved() -> None:
    cell = build(compose_config("+experiment=chunker_p100_1992", "task.p=4", "budget=1500"))
    assert [result.outcome for result in in_order(cell, 4)] == ["solved"] * 4


@pytest.mark.parametrize(
    "wrong",
    ["loss=softmax_cross_entropy", "loss=squared_error task=very_long_lag", "loss=squared_error task.scored=end"],
)
def test_refuses_what_it_cannot_chunk(wrong: str) -> None:
    with pytest.raises(ConfigError, match="model=chunker"):
        build(compose_config("model=chunker", *wrong.split()))


@pytest.mark.parametrize(
    ("field", "value"),
    [("hidden_size", 0), ("predict", "all"), ("timing", "late"), ("theta", -1.0), ("theta_norm", "l1")],
)
def test_refuses(field: str, value: object) -> None:
    fields = {str(key): found for key, found in compose_config("model=chunker", "loss=squared_error").model.items()}
    del fields["_target_"]
    with pytest.raises(FieldError) as error:
        Chunker(**fields | {field: value})
    assert error.value.field == field
