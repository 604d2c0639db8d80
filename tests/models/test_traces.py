"""What plain models tell of their insides: shapes for every model, and one step by hand."""

from collections.abc import Mapping

import numpy as np
import pytest

from lagrun.interfaces.experiment import Experiment
from lagrun.interfaces.plain_loop import Traced, Traces
from lagrun.training.streams import generator
from tests.conftest import MakeCell
from tests.helpers import options

Weights = Mapping[str, np.ndarray]


def logistic(net: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-net))


def lstm_by_hand(weights: Weights, symbol: int) -> dict[str, np.ndarray]:
    """c = i g, as there is no state before."""
    net_o, net_i, net_f, net_g = np.split(weights["W_input_gates"][symbol] + weights["b_gates"], 4)
    gates = {"input gate": logistic(net_i), "forget gate": logistic(net_f), "output gate": logistic(net_o)}
    return {"cell state": logistic(net_i) * np.tanh(net_g), **gates}


def gru_by_hand(weights: Weights, symbol: int) -> dict[str, np.ndarray]:
    """h = (1 - z) g."""
    net_z, net_r, net_g = np.split(weights["W_input_gates"][symbol] + weights["b_gates"], 3)
    gates = {"update gate": logistic(net_z), "reset gate": logistic(net_r)}
    return {"hidden activation": (1 - logistic(net_z)) * np.tanh(net_g), **gates}


def lstm1997_by_hand(weights: Weights, symbol: int) -> dict[str, np.ndarray]:
    """s_c = y_in g(net_c); two blocks of two cells, whose units are input gates, output gates and cells."""
    net_in, net_out, net_c = np.split(weights["W_input_hidden"][symbol], [2, 4])
    y_in, y_out = (np.repeat(logistic(net), 2) for net in (net_in, net_out))
    g = 4 * logistic(net_c) - 2
    return {"internal state": y_in * g, "input gate": y_in, "output gate": y_out}


def plain_by_hand(weights: Weights, symbol: int) -> dict[str, np.ndarray]:
    """h = f(w)."""
    return {"hidden activation": logistic(weights["W_input_hidden"][symbol])}


BY_HAND = {
    "lstm": lstm_by_hand,
    "gru": gru_by_hand,
    "lstm1997": lstm1997_by_hand,
    "elman": plain_by_hand,
    "rtrl": plain_by_hand,
    "chunker": plain_by_hand,
}
OVERRIDES = {"lstm1997": ("model.output_gate=true", "model.squash_cell_input=logistic_2", "model.construction=false")}


def traces_of(cell: Experiment, ids: list[int]) -> tuple[Weights, Traces]:
    params = cell.model.init([generator(3, "init")], cell.task.n_inputs, cell.task.n_outputs, cell.dtype)
    weights = {name: 3 * params[name][0] for name in params}
    plain = cell.model.reference()  # type: ignore[attr-defined]
    assert isinstance(plain, Traced)
    return weights, plain.traces(weights, plain.forward(weights, np.eye(cell.task.n_inputs)[ids])[1])  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", options("model"))
def test_every_model_of_conf_can_be_looked_into(name: str, make_cell: MakeCell) -> None:
    _, (states, gates, taken_in) = traces_of(make_cell(f"model={name}"), [7, 0, 1, 0, 2])
    n_units = {array.shape for kind in (states, gates, taken_in) for array in kind.values()}
    assert len(n_units) == 1
    assert next(iter(n_units))[0] == 5
    assert states
    assert len(taken_in) == bool(gates)
    for array in (*gates.values(), *taken_in.values()):
        assert array.min() >= 0
        assert array.max() <= 1


@pytest.mark.parametrize("name", options("model"))
def test_the_first_step_is_that_of_the_equations(name: str, make_cell: MakeCell) -> None:
    cell = make_cell(f"model={name}", *OVERRIDES.get(name, ()))
    weights, traces = traces_of(cell, [5, 0])
    expected = BY_HAND[name](weights, 5)  # a new model needs its first step here
    found = traces.states | traces.gates
    assert found.keys() == expected.keys()
    for key, values in expected.items():
        assert np.allclose(found[key][0], values, atol=1e-12)
        assert not np.array_equal(found[key][1], values)


def test_a_state_without_input_stays_what_the_gates_make_of_it(make_cell: MakeCell) -> None:
    _, lstm = traces_of(make_cell("model=lstm"), [5, 0, 3])
    c, i, f = lstm.states["cell state"], lstm.gates["input gate"], lstm.gates["forget gate"]
    candidate = (c[1:] - f[1:] * c[:-1]) / i[1:]  # g of the equation c(t) = i g + f c(t-1)
    assert np.abs(candidate).max() < 1
    assert lstm.taken_in["input gate"] is i
    _, gru = traces_of(make_cell("model=gru"), [5, 0, 3])
    assert np.array_equal(gru.taken_in["1 - update gate"], 1 - gru.gates["update gate"])
