"""The forget-gate LSTM's options: biases of outputs, and how its recurrent blocks are drawn."""

import numpy as np
import pytest

from lagrun.checks import ConfigError
from lagrun.interfaces.experiment import Experiment
from lagrun.interfaces.params import Params
from lagrun.models.lstm import LSTM
from lagrun.models.orthogonal import KINDS, orthogonal
from lagrun.training.admission import build
from lagrun.training.streams import generator
from tests.conftest import MakeCell
from tests.helpers import compose_config, one_batch, run


def drawn(cell: Experiment) -> Params:
    return cell.model.init([generator(3, "init")], cell.task.n_inputs, cell.task.n_outputs, "float64")


def test_biases_of_outputs_start_at_zero_and_leave_the_other_draws_alone(make_cell: MakeCell) -> None:
    without, biased = drawn(make_cell()), drawn(make_cell("model.readout_bias=true"))
    assert list(biased) == [*without, "b_output"]
    assert biased.n_weights == without.n_weights + 9
    np.testing.assert_array_equal(biased.flat[0, : without.n_weights], without.flat[0])
    assert not biased["b_output"].any()


def test_biases_are_added_to_the_net_inputs_of_outputs(make_cell: MakeCell) -> None:
    cell = make_cell("model.readout_bias=true")
    params, batch = drawn(cell), one_batch(cell.task, 1)
    before = cell.model.forward(params, batch)[0].copy()
    params["b_output"][0] = np.arange(9)
    moved = cell.model.forward(params, batch)[0] - before
    np.testing.assert_allclose(moved, np.broadcast_to(np.arange(9), moved.shape), atol=1e-14)


def test_biases_are_trained(make_cell: MakeCell) -> None:
    result = run(make_cell("model.readout_bias=true", "budget=20"), [0])[0]
    assert (result.params["b_output"] != 0).all()


def test_recurrent_blocks_of_both_kinds_come_of_the_same_draws(make_cell: MakeCell) -> None:
    haar, raw = (drawn(make_cell(f"model.orthogonal={kind}")) for kind in KINDS)
    assert (haar["W_hidden_gates"] != raw["W_hidden_gates"]).any()
    np.testing.assert_array_equal(np.abs(haar["W_hidden_gates"]), np.abs(raw["W_hidden_gates"]))  # up to signs
    for name in ("W_input_gates", "W_hidden_output"):
        np.testing.assert_array_equal(haar[name], raw[name])
    blocks = 2 * raw["W_hidden_gates"][0].reshape(4, 4, 4).swapaxes(0, 1)  # recurrent_scale is 0.5
    np.testing.assert_allclose(blocks @ blocks.swapaxes(1, 2), np.broadcast_to(np.eye(4), (4, 4, 4)), atol=1e-14)


@pytest.mark.parametrize(("kind", "mean_trace"), [("haar", 0.0), ("qr", -2.39)])
def test_uniform_ones_have_no_trace_in_the_mean_and_raw_ones_a_negative_one(kind: str, mean_trace: float) -> None:
    traces = [np.trace(orthogonal(np.random.default_rng(seed), 16, kind)) for seed in range(2000)]
    assert np.mean(traces) == pytest.approx(mean_trace, abs=0.12)  # four standard errors of the larger spread


def test_another_kind_is_refused_by_name() -> None:
    with pytest.raises(ConfigError, match=r"^model\.orthogonal=svd: must be haar or qr$"):
        build(compose_config("model.orthogonal=svd"))
    with pytest.raises(ConfigError, match=r"^model\.readout_bias=2.5: must be true or false$"):
        build(compose_config("model.readout_bias=2.5"))


@pytest.mark.parametrize(
    ("more", "n_weights"),
    [((), 5168), (("model.readout_bias=true",), 5219)],  # at p = 50; with biases as a published re-run counts them
)
def test_number_of_weights(more: tuple[str, ...], n_weights: int) -> None:
    cell = build(compose_config("task.p=50", *more))
    assert isinstance(cell.model, LSTM)
    assert drawn(cell).n_weights == n_weights
