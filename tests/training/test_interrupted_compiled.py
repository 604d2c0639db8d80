"""Compiled loops that are interrupted anywhere end as if they had never been interrupted."""

from dataclasses import replace

import pytest

from lagrun.engines.compiled import Compiled
from lagrun.interfaces.checkpoint import Checkpoint
from lagrun.interfaces.experiment import Experiment
from lagrun.interfaces.run_result import RunResult
from lagrun.training import training_block
from lagrun.training.loop import Saving, train
from tests.helpers import assert_same, run
from tests.training.interrupted import CASES, Results, advance, case, check_cuts, small, states_of

#: What is compiled anyway, and what the slow tests compile.
COMPILED = ["lstm ends", "lstm lags", "lstm frozen"]
SLOW = [name for name in CASES if name not in COMPILED]


def compiled(name: str) -> Experiment:
    pytest.importorskip("numba", reason="numba is not installed: pip install 'lagrun[fast]'")
    cell = replace(case(name), engine=Compiled())
    if cell.updates == "step":  # has a compiled form with plain descent alone
        overrides = f"{CASES[name]} optimiser=sgd optimiser.clip_norm=null optimiser.learning_rate=0.3".split()
        overrides = [text for text in overrides if text not in ("optimiser=adam", "optimiser=momentum")]
        cell = replace(small(name.split()[0], *overrides), engine=Compiled())
    Compiled().check(cell)
    return cell


@pytest.mark.parametrize("name", [*COMPILED, *(pytest.param(name, marks=pytest.mark.slow) for name in SLOW)])
def test_compiled_loops_go_on_as_if_never_interrupted(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    cell = compiled(name)
    check_cuts(cell, [1, 63, 64, 65, 100])
    monkeypatch.setattr(training_block, "FIRST_PRESENTATION", 50)
    check_cuts(cell, [7, 60])


def test_compiled_loops_stop_where_states_are_saved() -> None:
    cell = compiled("lstm frozen")
    saved = states_of(cell, [2, 3], lambda save: Saving(20, None, save))
    assert [(seed, state.sequence) for seed, state in saved] == [(s, k) for s in (2, 3) for k in range(20, 110, 20)]


def test_compiled_loops_go_on_between_sequences_drawn_at_once() -> None:
    cell = compiled("lstm frozen")
    whole, results = run(cell, [0]), dict[int, RunResult]()
    saved = states_of(cell, [0], lambda save: Saving(None, 0.0, save))
    assert 1 < len(saved) < 110
    between = [state for _, state in saved if state.facts["stream"]["first"] < state.facts["stream"]["position"]]
    assert between
    for state in between:
        train(cell, [0], lambda r: results.update({r.seed: r}), start=[state])
        assert_same(results, whole)


def test_a_larger_budget_continues_compiled_runs() -> None:
    cell = compiled("lstm frozen")
    results: Results = {}
    train(replace(cell, budget=33), [2, 3], lambda r: results.update({r.seed: r}))
    start = [Checkpoint.from_bytes(result.checkpoint.to_bytes()) for result in results.values() if result.checkpoint]
    assert [state.sequence for state in start] == [33, 33]
    train(cell, list(results), lambda r: results.update({r.seed: r}), start=start)
    assert_same(results, run(cell, [2, 3]))


def test_an_engine_does_not_go_on_from_what_another_one_keeps() -> None:
    ours = compiled("lstm ends")
    states = advance(replace(ours, engine=case("lstm").engine), [0], None, 10, {})
    with pytest.raises(ValueError, match="state of another configuration"):
        train(ours, [0], lambda result: None, start=[states[0]])
