"""What "solved" says: nets that their last update broke, nets that are confirmed, cells that cannot be solved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from lagrun.analysis import statistics
from lagrun.analysis.cells import measured_cells
from lagrun.analysis.comparison import compare
from lagrun.analysis.solved import holds, least_sequences
from lagrun.analysis.summary import summarise
from lagrun.analysis.tables import HOLDING, caption, table
from lagrun.criteria.rolling_accuracy import RollingAccuracy
from lagrun.figures.captions import setting
from lagrun.figures.run_parts import outcome_in_words
from lagrun.interfaces.experiment import Experiment
from lagrun.interfaces.run_result import RunResult
from lagrun.report.write import write_report
from lagrun.training.frozen_test import FrozenTest
from lagrun.training.loop import train
from tests.conftest import Command, MakeCell
from tests.small_commands import SMALL
from tests.written_sweeps import RESULT

ROLLING = {"criterion._target_": "lagrun.criteria.rolling_accuracy.RollingAccuracy", "criterion.threshold": 0.95}
PAPER = {"criterion._target_": "lagrun.criteria.max_abs_error.MaxAbsError"}


@pytest.mark.parametrize(
    ("run", "expected"),
    [
        (ROLLING | {"outcome": "solved", "final_last_step_accuracy": 0.95}, True),
        (ROLLING | {"outcome": "solved", "final_last_step_accuracy": 0.945}, False),
        (ROLLING | {"outcome": "budget", "final_last_step_accuracy": 0.1}, None),
        (ROLLING | {"outcome": "solved", "final_last_step_accuracy": None}, None),
        (PAPER | {"outcome": "solved", "final_last_step_accuracy": 0.1}, True),  # the very weights were tested
        ({"criterion._target_": "mine.Own", "criterion": "rolling_accuracy"} | {"outcome": "solved"}, None),
        ({"criterion": "max_abs_error", "outcome": "solved"}, True),  # frames of kept sweeps have no classes
    ],
)
def test_weights_hold_if_they_reach_the_criterions_own_threshold(run: dict[str, Any], expected: bool | None) -> None:
    assert holds(run) is expected


@pytest.mark.parametrize(
    ("keys", "least"),
    [
        (ROLLING | {"criterion.window": 256, "criterion.check_every": 1}, 256),
        (ROLLING | {"criterion.window": 256, "criterion.check_every": 200}, 400),
        (ROLLING | {"criterion.window": 200, "criterion.check_every": 200}, 200),
        (PAPER | {"criterion.window": 256, "criterion.check_every": 20}, 20),
        ({"criterion._target_": "mine.Own", "criterion.window": 5, "criterion.check_every": 7}, 1),
    ],
)
def test_a_criterion_needs_its_window_and_a_check(keys: dict[str, Any], least: int) -> None:
    assert least_sequences(keys) == least


def frame_of(accuracies: Sequence[float], **more: Any) -> pd.DataFrame:
    """Solved runs with these accuracies in the final test, and one that is not solved."""
    common = {**ROLLING, "criterion": "rolling_accuracy", "criterion.window": 10, "criterion.check_every": 1}
    rows = [
        common
        | {"outcome": "solved", "sequences_to_solve": 10, "sequences_seen": 10, "final_last_step_accuracy": share}
        for share in accuracies
    ]
    rows.append(common | {"outcome": "budget", "sequences_to_solve": None, "sequences_seen": 20})
    return pd.DataFrame(rows).assign(budget=20, cpu_seconds=1.0, **more)


def test_the_summary_counts_runs_that_hold_and_the_table_shows_them_where_that_is_another_number() -> None:
    runs = frame_of([1.0, 0.96, 0.5])
    found = summarise(runs).iloc[0]
    assert (found["n"], found["n_solved"], found["n_holds"]) == (4, 3, 2)
    assert (found["holds_low"], found["holds_high"]) == statistics.wilson(2, 4)
    shown = table(summarise(runs))
    assert shown["solved [95%]"].tolist() == ["3/4 [0.30-0.95]"]
    assert shown["still hold [95%]"].tolist() == ["2/4 [0.15-0.85]"]
    assert "Still hold: " in caption(runs)
    runs = runs.assign(folder="x", seed=0)
    said = setting(measured_cells(runs), runs)
    assert "Criterion rolling_accuracy (threshold 0.95, window 10, checked after each sequence)" in said
    assert said.endswith("The stored weights of 1 of 3 solved runs no longer hold.")
    assert "still hold [95%]" not in table(summarise(frame_of([1.0, 0.96])))
    assert "Still hold" not in caption(frame_of([1.0, 0.96]))


def test_where_it_is_not_known_whether_runs_hold_nothing_is_said() -> None:
    runs = frame_of([1.0, 0.5], holds=None)
    assert summarise(runs)[["n_holds", "holds_low"]].isna().all(axis=None)
    assert table(summarise(runs)).get("still hold [95%]", pd.Series([""])).tolist() == [""]
    runs = runs.assign(folder="x", seed=0)
    assert "no longer hold" not in setting(measured_cells(runs), runs)
    assert "Still hold" not in caption(runs)


def test_a_cell_without_solved_runs_has_none_that_hold() -> None:
    runs = [frame_of(shares, model=name) for shares, name in (([1.0, 0.5], "a"), ([], "b"))]
    shown = table(summarise(pd.concat(runs, ignore_index=True)))
    assert shown[HOLDING].tolist() == ["1/3 [0.06-0.79]", ""]


def test_budgets_that_are_too_small_are_named_in_order() -> None:
    runs = pd.concat([frame_of([]).assign(**{"criterion.window": n}) for n in (3000, 100, 1000, 40)])
    assert "Budget < 40 and 100 and 1,000 and 3,000: " in caption(runs)


def test_a_cell_that_cannot_be_solved_is_no_finding(command: Command) -> None:
    status, out, err = command(*SMALL, "hydra.sweep.dir=sweep", "-m", "seed=0-1", "criterion.window=12,13")
    assert (status, err) == (0, "")
    summary = pd.read_csv("sweep/summary.csv")
    assert summary["n_least"].fillna(0).tolist() == [0, 13]
    shown = Path("sweep", "summary.md").read_text()
    assert "0/2 (budget < 13) | > 12 |  |" in shown
    assert "Budget < 13: no run can be solved, as the criterion looks at so many sequences first." in " ".join(
        out.split()
    )


def test_a_single_run_that_cannot_be_solved_says_so(command: Command) -> None:
    _, out, _ = command(*SMALL)
    assert "not solved within its budget of 12, which is less than the 256 that its criterion needs; " in out


class Answers:
    """Frozen nets whose accuracies are known; notes which seeds are asked for."""

    def __init__(self, shares: Sequence[float]) -> None:
        self.shares, self.asked = np.array(shares), list[tuple[int, list[bool]]]()

    def accuracy(self, n_sequences: int, which: np.ndarray) -> np.ndarray:
        self.asked.append((n_sequences, which.tolist()))
        return self.shares[which]


def test_only_nets_that_met_the_criterion_are_confirmed_at_its_own_threshold() -> None:
    criterion = RollingAccuracy(2, 0.9, 1, confirm=77)
    state, frozen = criterion.init(4), Answers([0.9, 0.89, np.nan, 1.0])
    right = np.array([True, True, True, False])
    assert not criterion.update(state, 1, right, frozen).any()
    assert criterion.update(state, 2, right, frozen).tolist() == [True, False, False, False]
    assert frozen.asked == [(77, [True, True, True, False])]
    assert not RollingAccuracy(2, 0.9, 1, None).update(state, 3, ~right, frozen).any()
    assert len(frozen.asked) == 1


@pytest.fixture
def hasty(make_cell: MakeCell) -> Experiment:
    """A cell whose rate is so large that the update after the criterion was met breaks some nets."""
    rate = ("optimiser.learning_rate=0.1", "criterion.threshold=0.8", "criterion.window=8", "budget=200", "task.p=5")
    return make_cell(*rate)


def results(cell: Experiment, n_seeds: int = 12) -> dict[int, RunResult]:
    found: dict[int, RunResult] = {}
    train(cell, range(n_seeds), lambda result: found.update({result.seed: result}))
    return found


def test_a_confirmed_net_is_right_and_others_train_on_as_if_nothing_had_been_asked(hasty: Experiment) -> None:
    confirming = replace(hasty, criterion=replace(hasty.criterion, confirm=40))  # type: ignore[type-var]
    plain, confirmed = results(hasty), results(confirming)
    solved = [seed for seed, result in confirmed.items() if result.outcome == "solved"]
    later = [seed for seed in solved if confirmed[seed].sequences_seen > plain[seed].sequences_seen]
    assert later  # or the recipe of this test has nothing to confirm
    for seed in solved:
        result = confirmed[seed]
        frozen = FrozenTest(hasty.model, hasty.loss, hasty.task, [seed], result.params)
        assert frozen.accuracy(40, np.ones(1, bool))[0] >= 0.8
    for seed in later:  # the same training, stopped later
        ended = plain[seed].sequences_seen
        longer = replace(hasty, budget=confirmed[seed].sequences_seen, criterion=Never())
        train(longer, [seed], lambda result: seen.append(result))
        assert ended < seen[-1].sequences_seen
        assert seen[-1].params.sha256(0) == confirmed[seed].params.sha256(0)


seen: list[RunResult] = []


class Never(RollingAccuracy):
    """Is never met."""

    def __init__(self) -> None:
        super().__init__(8, 1.0, 10_000, None)


@pytest.mark.parametrize("engine", ["numpy", "compiled"])
def test_confirming_is_the_same_in_blocks_alone_and_in_calls_of_any_length(
    engine: str, hasty: Experiment, make_cell: MakeCell, monkeypatch: pytest.MonkeyPatch
) -> None:
    cell = replace(
        hasty,
        engine=make_cell(f"engine={engine}").engine,
        criterion=replace(hasty.criterion, confirm=40),  # type: ignore[type-var]
    )

    def bits(found: dict[int, RunResult]) -> dict[int, tuple[Any, ...]]:
        return {seed: (r.outcome, r.sequences_seen, r.params.sha256(0)) for seed, r in found.items()}

    whole = bits(results(cell))
    monkeypatch.setattr("lagrun.training.training_block.FIRST_PRESENTATION", 3)
    alone: dict[int, RunResult] = {}
    for seed in range(12):
        train(cell, [seed], lambda result: alone.update({result.seed: result}))
    assert bits(alone) == whole
    if engine == "compiled":
        numpy = results(replace(cell, engine=hasty.engine))
        assert {s: (o, n) for s, (o, n, _) in whole.items()} == {
            s: (r.outcome, r.sequences_seen) for s, r in numpy.items()
        }


@pytest.mark.slow
def test_a_net_that_its_last_update_broke_is_told_by_the_command(command: Command) -> None:
    recipe = ("optimiser.learning_rate=0.1", "criterion.threshold=0.8", "criterion.window=8", "task.p=5", "budget=200")
    usual = [text for text in SMALL if not text.startswith(("task.p", "budget"))]
    assert command(*usual, *recipe, "model.hidden_size=4", "hydra.sweep.dir=sweep", "-m", "seed=0-11").status == 0
    runs = pd.read_csv("sweep/runs.csv")
    solved = runs[runs["outcome"] == "solved"]
    right = solved["final_last_step_accuracy"] >= 0.8
    assert solved["holds"].tolist() == right.tolist()
    broken = solved[~right]
    assert len(broken)
    assert pd.read_csv("sweep/summary.csv")["n_holds"].tolist() == [int(right.sum())]
    assert write_report(Path("sweep")).read_text().count(">its stored weights no longer hold<") == len(broken)
    seed = int(broken["seed"].iloc[0])
    _, out, _ = command(*usual, *recipe, "model.hidden_size=4", f"seed={seed}")
    assert ", but its final weights do not hold what its criterion asks for; " in out


def test_nothing_is_compared_with_a_cell_that_cannot_be_solved_and_captions_say_it() -> None:
    able, unable = (frame_of([1.0, 1.0], **{"criterion.check_every": every}) for every in (1, 30))
    runs = pd.concat([able, unable.assign(outcome="budget", sequences_to_solve=None)], ignore_index=True)
    cells = measured_cells(runs)
    assert [cell.n_least for cell in cells] == [None, 30]
    found = compare(cells)
    assert found[["a_faster", "p_solved", "z_time", "p_time", "p_solved_holm"]].isna().all(axis=None)
    assert compare([cells[0], replace(cells[1], n_least=None)])["p_solved"].notna().all()
    runs = runs.assign(folder="x", seed=0)
    assert "1 cell is given less than the criterion needs to be met." in setting(measured_cells(runs), runs)


@pytest.mark.parametrize(("share", "is_said"), [(0.5, True), (1.0, False)])
def test_a_picture_says_that_the_weights_it_shows_no_longer_hold(share: float, is_said: bool) -> None:
    criterion = {"_target_": ROLLING["criterion._target_"], "threshold": 0.95}
    config = RESULT["config"] | {"criterion": criterion}
    result = RESULT | {"outcome": "solved", "final_last_step_accuracy": share, "config": config}
    cell = SimpleNamespace(criterion=RollingAccuracy(256, 0.95, 1, None))
    said = outcome_in_words(SimpleNamespace(result=result, seed=7, experiment=cell))  # type: ignore[arg-type]
    assert ("; its final weights, which are shown, no longer hold that)" in said) is is_said
