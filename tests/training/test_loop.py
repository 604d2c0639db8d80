"""Seeds train in a block as they train alone, and each run ends, is counted and is clipped by its own numbers."""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytest

from lagrun.criteria.rolling_accuracy import RollingAccuracy
from lagrun.engines.reference import Reference
from lagrun.interfaces import Batch
from lagrun.interfaces.experiment import Experiment
from lagrun.interfaces.params import Params
from lagrun.interfaces.run_result import CURVE_COLUMNS, RunResult
from lagrun.models.lstm import LSTM
from lagrun.optimisers.momentum import Momentum
from lagrun.training.loop import train
from lagrun.training.streams import generator
from tests.conftest import MakeCell
from tests.helpers import assert_same, run


@pytest.fixture
def lively(make_cell: MakeCell) -> Experiment:
    """A cell whose seeds are solved at very different times, or not at all."""
    cell = make_cell("task.p=5", "budget=150", "optimiser.learning_rate=0.02", "criterion.threshold=0.9")
    outcomes = [result.outcome for result in run(cell, range(30)).values()]
    assert 3 < outcomes.count("solved") < 28
    return cell


@pytest.mark.parametrize("dtype", ["float64", pytest.param("float32", marks=pytest.mark.slow)])
def test_blocks_of_any_size_and_order_give_the_same_bits(lively: Experiment, dtype: str) -> None:
    cell = replace(lively, dtype=dtype)
    whole = run(cell, range(30))
    for block_size in (1, 4, 7):
        assert_same(run(cell, range(30), block_size), whole)
    assert_same(run(cell, list(reversed(range(30)))), whole)


@pytest.mark.parametrize("p", [100, pytest.param(500, marks=pytest.mark.slow)])
def test_long_lags_give_the_same_bits_alone_and_in_company(p: int, make_cell: MakeCell) -> None:
    cell = make_cell(f"task.p={p}", "model.hidden_size=16", "budget=6")
    whole = run(cell, range(9))
    assert_same(run(cell, range(9), 4), whole)
    assert_same(run(cell, [3]), {3: whole[3]})


def test_the_reference_engine_agrees_after_50_updates(make_cell: MakeCell) -> None:
    cell = make_cell("task.p=20", "budget=50", "criterion.window=100")
    ours, plain = run(cell, range(3)), run(replace(cell, engine=Reference()), range(3))
    for seed in range(3):
        np.testing.assert_allclose(ours[seed].params.flat, plain[seed].params.flat, rtol=1e-9, atol=1e-12)


def test_training_moves_the_weights_and_solves_a_short_lag(make_cell: MakeCell) -> None:
    cell = make_cell("task.p=5", "model.hidden_size=8", "optimiser.learning_rate=0.02", "budget=1500")
    results = run(cell, range(6))
    assert all(result.outcome == "solved" for result in results.values())
    start = cell.model.init([np.random.default_rng(0)], 6, 6, "float64")
    assert (results[0].params.flat != start.flat).any()


def test_without_the_weight_on_the_last_step_the_key_is_not_learnt_as_soon(make_cell: MakeCell) -> None:
    settings = (
        "task.p=20",
        "model.hidden_size=8",
        "optimiser.learning_rate=0.01",
        "budget=400",
        "criterion.window=100",
    )
    settings += ("criterion.threshold=0.9",)
    weighted = run(make_cell(*settings), range(4))
    uniform = run(make_cell(*settings, "loss_weighting=uniform"), range(4))
    assert [result.outcome for result in weighted.values()] == ["solved"] * 4
    assert [result.outcome for result in uniform.values()] == ["budget"] * 4


def test_a_solved_run_stops_at_the_first_sequence_that_meets_the_criterion(lively: Experiment) -> None:
    for result in run(lively, range(30)).values():
        if result.outcome == "solved":
            assert result.sequences_to_solve == result.sequences_seen <= lively.budget
            assert result.sequences_seen >= lively.criterion.window  # type: ignore[attr-defined]
        else:
            assert result.outcome == "budget"
            assert result.sequences_to_solve is None
            assert result.sequences_seen == lively.budget


def test_solved_at_the_last_sequence_of_the_budget_is_solved(lively: Experiment) -> None:
    solved = next(r for r in run(lively, range(30)).values() if r.outcome == "solved")
    at = solved.sequences_seen
    assert run(replace(lively, budget=at), [solved.seed])[solved.seed].outcome == "solved"
    assert run(replace(lively, budget=at - 1), [solved.seed])[solved.seed].outcome == "budget"


def test_no_run_is_solved_before_the_window_is_full(make_cell: MakeCell) -> None:
    results = run(make_cell("budget=255", "criterion.window=256"), range(3))
    assert [result.outcome for result in results.values()] == ["budget"] * 3


@dataclass(frozen=True)
class Poisoned(LSTM):
    """Puts `value` into the gradient of some seeds at one sequence."""

    value: float
    at: int
    calls: list[int] = field(default_factory=lambda: [0])

    def grads(self, params: Params, batch: Batch, tape: Any, dlogits: np.ndarray, out: Params) -> None:
        super().grads(params, batch, tape, dlogits, out)
        self.calls[0] += 1
        if self.calls[0] == self.at:
            out.flat[params.flat[:, 0] < 0, 7] = self.value


@pytest.mark.may_overflow
@pytest.mark.parametrize("value", [np.nan, np.inf, 1e200])
def test_a_diverging_seed_stops_alone_with_its_true_count(value: float, make_cell: MakeCell) -> None:
    cell = make_cell("budget=6")
    healthy = run(cell, range(8))
    results = run(replace(cell, model=Poisoned(**vars(cell.model), value=value, at=3)), range(8))
    diverged = {seed for seed, result in results.items() if result.outcome == "diverged"}
    assert 0 < len(diverged) < 8
    assert all(results[seed].sequences_seen == 3 for seed in diverged)
    assert all(results[seed].sequences_to_solve is None for seed in diverged)
    others = set(results) - diverged
    assert_same({seed: results[seed] for seed in others}, {seed: healthy[seed] for seed in others})


@dataclass(frozen=True)
class Generous(RollingAccuracy):
    """Finds every seed solved at sequence 3."""

    def update(self, state: dict[str, np.ndarray], sequence: int, *others: Any) -> np.ndarray:
        return super().update(state, sequence, *others) | (sequence == 3)


@pytest.mark.may_overflow
def test_who_diverges_is_not_solved(make_cell: MakeCell) -> None:
    cell = make_cell("budget=6", criterion=Generous(20, 1.0, 1, None))
    results = run(replace(cell, model=Poisoned(**vars(cell.model), value=np.nan, at=3)), range(8))
    for result in results.values():
        diverged = not np.isfinite(result.params.flat).all()
        assert (result.outcome, result.sequences_to_solve) == (("diverged", None) if diverged else ("solved", 3))
    assert {result.outcome for result in results.values()} == {"diverged", "solved"}


@pytest.mark.may_overflow
def test_an_update_that_overflows_diverges_at_that_sequence(make_cell: MakeCell) -> None:
    cell = make_cell("optimiser=sgd", "optimiser.learning_rate=1e308", "optimiser.clip_norm=null")
    for result in run(cell, range(3)).values():
        assert result.outcome == "diverged"
        assert result.sequences_seen == 1
        assert np.isfinite(result.curve[:, 4:]).all()  # loss and gradient were finite; the weights are not
        assert not np.isfinite(result.params.flat).all()


def test_curve_points_are_log_spaced_or_regular_and_include_the_end(make_cell: MakeCell) -> None:
    curve = run(make_cell("budget=60", "criterion.window=100"), [0])[0].curve
    assert curve.shape[1] == len(CURVE_COLUMNS)
    assert curve[:3, 0].tolist() == [1, 2, 3]
    assert curve[-1, 0] == 60
    assert (np.diff(curve[:, 0]) > 0).all()
    regular = run(make_cell("budget=60", "criterion.window=100", "evaluation.curve_every=25"), [0])[0].curve
    assert regular[:, 0].tolist() == [25, 50, 60]


def test_checking_more_often_does_not_move_the_training(make_cell: MakeCell) -> None:
    settings = ("budget=40", "criterion.window=100")
    often = run(make_cell(*settings, "evaluation.curve_every=1", "evaluation.n_sequences=50"), range(3))
    seldom = run(make_cell(*settings, "evaluation.curve_every=40"), range(3))
    for seed in range(3):
        assert often[seed].params.sha256(0) == seldom[seed].params.sha256(0)


def test_times_are_shared_out_and_positive(lively: Experiment) -> None:
    results = run(lively, range(10))
    by_sequences = sorted(results.values(), key=lambda r: r.sequences_seen)
    seconds = [result.cpu_seconds for result in by_sequences]
    assert seconds[0] > 0
    assert seconds == sorted(seconds)


def test_progress_counts_every_sequence(lively: Experiment) -> None:
    counted = []
    results: list[RunResult] = []
    train(lively, range(6), results.append, counted.append)
    assert sum(counted) == sum(result.sequences_seen for result in results)


#: Runs that are solved by three or four right predictions in a row, so at very different times.
LEAVING = [
    "model=rtrl model.sensitivities=kept optimiser=adam updates=step",
    "model=rtrl model.sensitivities=kept model.timing=sync optimiser=momentum",
    "model=lstm1997 model.construction_window=4 optimiser=momentum updates=step",
    "model=lstm1997 model.construction_window=4 optimiser=adam",
    "model=lstm1997 model.construction_window=4 optimiser=momentum task=very_long_lag task.q=3",
    "model=rtrl model.sensitivities=kept optimiser=momentum task=very_long_lag task.q=3",
    "model=chunker model.reset_chunker=false optimiser=adam updates=step",
]


@pytest.mark.parametrize("settings", LEAVING)
def test_whoever_leaves_takes_only_its_own(settings: str, make_cell: MakeCell) -> None:
    small = ("task.p=3", "loss=squared_error", "criterion.window=4", "criterion.threshold=1", "budget=80")
    cell = make_cell(*settings.split(), *small, "optimiser.learning_rate=0.05")
    whole = run(cell, range(9))
    assert len({result.sequences_seen for result in whole.values()}) > 4
    assert_same(run(cell, range(9), 1), whole)


@pytest.mark.parametrize("updates", ["step", "sequence"])
@pytest.mark.parametrize("model", ["rtrl", "lstm1997 model.construction=false"])
def test_the_loss_weighting_counts_in_the_update_and_in_its_norm(model: str, updates: str, make_cell: MakeCell) -> None:
    settings = (*f"model={model}".split(), f"updates={updates}", "loss=squared_error", "task.scored=every_step")
    settings += ("optimiser=sgd", "optimiser.clip_norm=null", "optimiser.learning_rate=0.5", "budget=1")
    none, one, three = (run(make_cell(*settings, f"loss_weighting.weight={w}"), [0])[0] for w in (0, 1, 3))
    last_step = one.params.flat - none.params.flat
    np.testing.assert_allclose(three.params.flat - none.params.flat, 3 * last_step, rtol=1e-9, atol=1e-12)
    assert np.linalg.norm(last_step) > 1e-3
    if updates == "step":
        for result, weight in ((none, 0), (one, 1), (three, 3)):
            norm = result.curve[-1, CURVE_COLUMNS.index("gradient_norm")]
            assert norm == pytest.approx(weight * np.linalg.norm(last_step) / 0.5, rel=1e-9)


@dataclass(frozen=True)
class Numbered(Momentum):
    """Notes the numbers of its updates."""

    numbers: list[int] = field(default_factory=list)

    def update(self, params: np.ndarray, grads: np.ndarray, state: dict[str, np.ndarray], step: int) -> None:
        super().update(params, grads, state, step)
        self.numbers.append(step)


@pytest.mark.parametrize(("settings", "n_updates"), [("step", 12), ("sequence", 3), ("step task.scored=end", 3)])
def test_updates_are_numbered_one_by_one(settings: str, n_updates: int, make_cell: MakeCell) -> None:
    cell = make_cell("model=rtrl", "task.p=4", "budget=3", *f"updates={settings}".split())
    optimiser = Numbered(0.1, 0.5, None)
    run(replace(cell, optimiser=optimiser), [0])
    assert optimiser.numbers == list(range(1, n_updates + 1))


@pytest.mark.parametrize("optimiser", ["sgd", "momentum optimiser.momentum=0"])
def test_every_update_inside_a_sequence_is_clipped(optimiser: str, make_cell: MakeCell) -> None:
    settings = ("updates=step", "task.p=4", "budget=1", "optimiser.learning_rate=1", "optimiser.clip_norm=1e-3")
    cell = make_cell("model=rtrl", *settings, *f"optimiser={optimiser}".split())
    first = cell.model.init([generator(0, "init")], 5, 5, "float64")
    assert 1e-3 < np.linalg.norm(run(cell, [0])[0].params.flat - first.flat) <= 4e-3
