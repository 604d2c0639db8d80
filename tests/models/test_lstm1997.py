"""The LSTM of 1997: two steps by hand, the rules of its growth, weight counts, and its plain loop."""

from dataclasses import dataclass, field, fields, replace

import numpy as np
import pytest

from lagrun.checks import ConfigError, FieldError
from lagrun.engines.reference import Reference
from lagrun.interfaces import BackwardModel
from lagrun.interfaces.params import Params
from lagrun.interfaces.run_result import CURVE_COLUMNS
from lagrun.models.lstm1997 import LSTM1997
from lagrun.models.lstm1997_growth import grow, restrict, start
from lagrun.training.admission import build
from lagrun.training.streams import generator
from tests.conftest import MakeCell
from tests.helpers import compose_config, in_order, passes, random_batch, step_passes

SHAPE_2C = ("model.n_blocks=2", "model.output_gate=true", "model.direct=false", "model.construction=false")
PAPER = ("model=lstm1997", "loss=squared_error", "loss_weighting=uniform", "optimiser=sgd")


def initial(*overrides: str) -> Params:
    cell = build(compose_config("model=lstm1997", *overrides))
    return cell.model.init([generator(0, "init")], cell.task.n_inputs, cell.task.n_outputs, "float64")


@pytest.mark.parametrize(
    ("overrides", "n_weights"),
    [
        (("task.p=100",), 10_504),
        *(
            (("task=very_long_lag", f"task.p={p}", "model.hidden_recurrence=true", *SHAPE_2C), n)
            for p, n in ((50, 364), (100, 664), (200, 1_264), (500, 3_064), (1000, 6_064))
        ),
        # 2 blocks of 2 without direct connections at p = 8: 9 inputs to 4 gates + 4 cells; 4 cells to 9 outputs.
        (("task.p=8", "model.block_size=2", *SHAPE_2C), 9 * 8 + 4 * 9),
    ],
)
def test_weights_of_the_published_nets(overrides: tuple[str, ...], n_weights: int) -> None:
    assert initial(*overrides).n_weights == n_weights


def test_initial_weights_are_uniform_and_gates_are_biased() -> None:
    params = initial("model.input_gate_bias=-3", "model.output_gate_bias=-2", *SHAPE_2C)
    w = params["W_input_hidden"][0]
    for columns, bias in ((w[:, :2], -3), (w[:, 2:4], -2), (w[:, 4:], 0), (params["W_cell_output"], 0)):
        assert np.abs(columns - bias).max() <= 0.2
        assert np.abs(columns - bias).max() > 0.18
        assert abs((columns - bias).mean()) < 5 * 0.2 / np.sqrt(3 * columns.size)


def test_two_steps_by_hand(make_cell: MakeCell) -> None:
    # One cell, g = f, h = identity, no output gate; f(0) = 1/2, f(ln 3) = 3/4, f(-ln 3) = 1/4.
    # Symbol 0: net_in = ln 3, net_c = 0; symbol 1: net_in = -ln 3, net_c = ln 3.
    # s(1) = 3/4 * 1/2 = 3/8; s(2) = 3/8 + 1/4 * 3/4 = 9/16. Output weight 2, direct weights 10 and 20:
    # logits 10 + 3/4 = 10.75 and 20 + 9/8 = 21.125.
    # Let dE/dlogit be 1 at step 1 and -1 at step 2, so dE/ds is 2 and then -2.
    # ds(1)/dw_in[0] = 1/2 * 3/16 = 3/32, ds(1)/dw_c[0] = 3/4 * 1/4 = 3/16: step 1 gives 3/16 and 3/8.
    # At step 2 these stay, and ds(2)/dw_in[1] = 3/4 * 3/16 = 9/64, ds(2)/dw_c[1] = 1/4 * 3/16 = 3/64:
    # step 2 gives -3/16, -3/8 for symbol 0, and -9/32, -3/32 for symbol 1. Sums: 0, 0, -9/32, -3/32.
    # Output weight: 3/8 - 9/16 = -3/16. Direct: 1 and -1.
    model = build(compose_config("model=lstm1997")).model
    params = model.init([generator(0, "init")], 2, 1, "float64")
    params["W_input_hidden"][0] = [[np.log(3), 0], [-np.log(3), np.log(3)]]
    params["W_cell_output"][0], params["W_input_output"][0] = 2, [[10], [20]]
    batch = random_batch(1, 2, 2)
    batch.ids[:] = [0, 1]
    assert isinstance(model, BackwardModel)
    logits, tape = model.forward(params, batch)
    np.testing.assert_allclose(logits[0, :, 0], [10.75, 21.125], rtol=1e-14)
    slopes = np.array([[[1.0], [-1.0]]])
    out = params.like()
    model.grads(params, batch, tape, slopes, out)
    by_step = step_passes(model, params, batch, lambda logits, steps: slopes[steps])[1]
    expected = [0, 0, -9 / 32, -3 / 32, -3 / 16, 1, -1]
    np.testing.assert_allclose(out.flat[0], expected, atol=1e-15)
    np.testing.assert_allclose(by_step[0], expected, atol=1e-15)


def test_the_bag_agrees_with_the_steps(make_cell: MakeCell) -> None:
    model = make_cell("model=lstm1997", *SHAPE_2C, "model.block_size=2", "model.direct=true").model
    params = model.init([generator(s, "init") for s in range(4)], 9, 3, "float64")
    params.flat[:] += np.random.default_rng(0).normal(size=params.flat.shape)
    every, end = random_batch(4, 30, 9, "padded"), random_batch(4, 30, 9, "padded end")
    index = np.arange(4), every.lengths - 1
    np.testing.assert_allclose(model.forward(params, end)[0][:, 0], model.forward(params, every)[0][index], rtol=1e-12)
    slopes = np.random.default_rng(1).normal(size=(4, 1, 3))
    at_every = np.zeros((*every.targets.shape, 3))
    at_every[index] = slopes[:, 0]
    by_bag = passes(model, params, end, lambda logits, steps: slopes)[1]
    by_sequence = passes(model, params, every, lambda logits, steps: at_every)[1]
    by_step = step_passes(model, params, end, lambda logits, steps: slopes)[1]
    np.testing.assert_allclose(by_bag, by_sequence, rtol=1e-9, atol=1e-13)
    np.testing.assert_allclose(by_bag, by_step, rtol=1e-9, atol=1e-13)


def grown(errors: list[list[float]], window: int, ratio: float) -> list[list[bool]]:
    params = Params({"W_cell_output": (1, 2)}, np.ones((len(errors[0]), 2)))
    state, seen = start(params), []
    assert (params.flat == 0).all()
    for error in errors:
        grow(params, state, np.array(error), window, ratio)
        np.testing.assert_array_equal(params.flat[:, 0], state["grown"].astype(float))
        seen.append(state["grown"].tolist())
    return seen


def test_cells_come_when_the_error_stops_decreasing_a_seed_at_a_time() -> None:
    # Windows of two: sums 8, 6, 5.9 for the first seed; 8, 4, 2 for the second.
    errors = [[5, 5], [3, 3], [3, 2], [3, 2], [3, 1], [2.9, 1]]
    assert [row[0] for row in grown(errors, 2, 0.99)] == [False] * 6  # 5.9 < 0.99 * 6
    assert grown(errors, 2, 0.95) == [[False, False]] * 5 + [[True, False]]
    assert grown(errors, 2, 0.75)[3] == [True, False]  # at the threshold


def test_cells_that_are_not_there_stay_out_of_it() -> None:
    params = Params({"W_cell_output": (1, 2)}, np.ones((2, 2)))
    state = start(params)
    state["grown"][1] = True
    grads = Params({"W_cell_output": (1, 2)}, np.ones((2, 2)))
    restrict(state, grads)
    assert grads.flat.tolist() == [[0, 0], [1, 1]]


@pytest.mark.parametrize("updates", ["step", "sequence"])
def test_until_the_cell_is_added_only_the_direct_weights_move(updates: str, make_cell: MakeCell) -> None:
    settings = (*PAPER, f"updates={updates}", "budget=30", "criterion.window=100", "model.construction_window=15")
    cell = make_cell(*settings)
    first = cell.model.init([generator(0, "init")], 9, 9, "float64")
    never = in_order(cell)[0].params  # the second window ends at sequence 30, with the error still decreasing
    np.testing.assert_array_equal(never["W_input_hidden"], first["W_input_hidden"])
    assert (never["W_cell_output"] == 0).all()
    assert (never["W_input_output"] != first["W_input_output"]).all()
    at_once = in_order(make_cell(*settings, "model.construction_ratio=1e-9"))[0].params
    np.testing.assert_array_equal(at_once["W_cell_output"], first["W_cell_output"])  # added at 30, after the update
    later = in_order(make_cell(*settings, "model.construction_ratio=1e-9", "budget=31"))[0].params
    assert (later["W_cell_output"] != first["W_cell_output"]).all()
    assert (later["W_input_hidden"] != first["W_input_hidden"]).any()


def test_a_short_lag_is_solved_by_the_papers_own_rule(make_cell: MakeCell) -> None:
    settings = ("updates=step", "optimiser.learning_rate=4", "model.squash_cell_input=logistic_2", "budget=3000")
    cell = make_cell(*PAPER, *settings, "model.input_gate_bias=-3", "criterion=max_abs_error", "task.p=10")
    assert [result.outcome for result in in_order(cell, 4)] == ["solved"] * 4


def test_with_one_error_a_sequence_updates_a_step_and_a_sequence_are_the_same(make_cell: MakeCell) -> None:
    settings = (*PAPER, "task.scored=end", "model.construction=false", "budget=20")
    by_step, by_sequence = (in_order(make_cell(*settings, f"updates={word}"), 2) for word in ("step", "sequence"))
    for one, other in zip(by_step, by_sequence, strict=True):
        np.testing.assert_array_equal(one.params.flat, other.params.flat)


def test_full_gradient_with_recurrence_has_no_step_form() -> None:
    wrong = ("model.gradient=full", "model.hidden_recurrence=true", "updates=step")
    with pytest.raises(ConfigError, match=r"model=lstm1997 .*updates=step: .*updates=sequence"):
        build(compose_config("model=lstm1997", *wrong))
    build(compose_config("model=lstm1997", *wrong[:2]))
    build(compose_config("model=lstm1997", wrong[0], wrong[2]))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("n_blocks", 0),
        ("block_size", 0),
        ("squash_cell_input", "relu"),
        ("squash_cell_output", "relu"),
        ("input_gate_bias", np.nan),
        ("init_range", -1.0),
        ("gradient", "bptt"),
        ("construction_window", 0),
        ("construction_ratio", 0.0),
    ],
)
def test_refuses(field: str, value: object) -> None:
    fields = {str(key): found for key, found in compose_config("model=lstm1997").model.items() if key != "_target_"}
    LSTM1997(**fields)
    with pytest.raises(FieldError) as error:
        LSTM1997(**fields | {field: value})
    assert error.value.field == field


@dataclass(frozen=True)
class Told(LSTM1997):
    """Notes the errors by which it decides whether to grow."""

    errors: list[float] = field(default_factory=list)

    def grow(self, params: Params, state: dict[str, np.ndarray], losses: np.ndarray) -> None:
        super().grow(params, state, losses)
        self.errors.append(float(losses[0]))


@pytest.mark.parametrize("updates", ["step", "sequence"])
def test_growth_goes_by_the_unweighted_error_of_whole_sequences(updates: str, make_cell: MakeCell) -> None:
    cell = make_cell(
        "model=lstm1997", "loss=squared_error", f"updates={updates}", "budget=4", "evaluation.curve_every=1"
    )
    model = Told(**{each.name: getattr(cell.model, each.name) for each in fields(cell.model)})
    curve = in_order(replace(cell, model=model))[0].curve
    assert model.errors == curve[:, CURVE_COLUMNS.index("loss")].tolist()
    assert (curve[:, CURVE_COLUMNS.index("loss")] > 2 * curve[:, CURVE_COLUMNS.index("last_step_loss")]).all()


@pytest.mark.parametrize("recurrence", ["true", "false"])
def test_the_plain_loop_agrees_after_training(recurrence: str, make_cell: MakeCell) -> None:
    settings = (*PAPER, *SHAPE_2C, "model.block_size=2", f"model.hidden_recurrence={recurrence}", "updates=step")
    ours = make_cell(*settings, "budget=10", "optimiser.learning_rate=2")
    for one, other in zip(in_order(ours, 2), in_order(replace(ours, engine=Reference()), 2), strict=True):
        np.testing.assert_allclose(one.params.flat, other.params.flat, rtol=1e-9, atol=1e-12)
