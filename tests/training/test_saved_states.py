"""When states of runs are saved, what they hold, and which of them are refused at a start."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from lagrun.engines.reference import Reference
from lagrun.interfaces.checkpoint import Checkpoint
from lagrun.interfaces.run_result import RunResult
from lagrun.training.loop import Saving, train
from tests.helpers import assert_same, run
from tests.training.interrupted import CASES, Results, advance, case, lively, small, states_of


def test_states_are_saved_after_every_so_many_sequences_of_seeds_that_still_train() -> None:
    cell, whole = lively("lstm ends")
    saved = states_of(cell, range(5), lambda save: Saving(7, None, save))
    expected = [(seed, k) for k in range(7, 71, 7) for seed, result in whole.items() if result.sequences_seen > k]
    assert [(seed, state.sequence) for seed, state in saved] == sorted(expected, key=lambda pair: (pair[1], pair[0]))


def test_saving_has_no_part_in_the_results() -> None:
    cell, whole = lively("lstm ends")
    results: Results = {}
    saving = Saving(1, 0.0, lambda seed, state: None)
    train(cell, range(5), lambda result: results.update({result.seed: result}), saving=saving)
    assert_same(results, whole)


def test_states_are_saved_again_once_so_many_seconds_have_passed(monkeypatch: pytest.MonkeyPatch) -> None:
    class Clock:
        now = 0.0

        def monotonic(self) -> float:
            self.now += 1.0
            return self.now

    monkeypatch.setattr("lagrun.training.loop.time", Clock())
    cell = small("lstm", "budget=10")
    saved = states_of(cell, [0], lambda save: Saving(None, 2.0, save))
    # The clock is read when the block is made, after each sequence, and again after saving.
    assert [state.sequence for _, state in saved] == [2, 4, 6, 8]
    assert [s.sequence for _, s in states_of(cell, [0], lambda save: Saving(None, 1e9, save))] == []
    assert [s.sequence for _, s in states_of(cell, [0], lambda save: Saving(None, 0, save))] == list(range(1, 10))


def test_a_state_is_a_copy_with_json_facts() -> None:
    cell = case("rtrl")
    seen: list[tuple[Checkpoint, bytes]] = []
    saving = Saving(5, None, lambda seed, state: seen.append((state, state.to_bytes())))
    train(cell, range(3), lambda result: None, saving=saving)
    assert len(seen) > 5
    for state, content in seen:
        assert state.to_bytes() == content
        assert json.loads(json.dumps(state.facts)) == state.facts


@pytest.mark.parametrize("name", [name for name in CASES if "lags" not in name and "1997" not in name])
def test_a_state_does_not_depend_on_companions(name: str) -> None:
    cell = case(name)
    together = dict(states_of(cell, range(5), lambda save: Saving(50, None, save)))
    for seed, state in together.items():
        ((_, alone),) = [s for s in states_of(cell, [seed], lambda save: Saving(50, None, save)) if s[1].sequence < 100]
        same = [replace(s, wall_seconds=0.0, cpu_seconds=0.0) for s in (state, alone) if s.sequence == 50]
        assert len({s.to_bytes() for s in same}) == 1


@pytest.mark.parametrize("every", [{"every": 0}, {"every_seconds": -1.0}, {"every_seconds": np.nan}])
def test_saving_at_impossible_times_is_refused(every: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"^every(_seconds)?=.*: must be null or"):
        Saving(**{"every": None, "every_seconds": None} | every, save=lambda seed, state: None)


def test_seconds_of_all_parts_add_up() -> None:
    cell = small("lstm")
    results: Results = {}
    states = advance(cell, [0, 1], None, 10, results)
    states[1] = replace(states[1], wall_seconds=1000.0, cpu_seconds=2000.0)
    train(cell, [0, 1], lambda r: results.update({r.seed: r}), start=[states[0], states[1]])
    assert 0 < states[0].wall_seconds < results[0].wall_seconds < 100
    assert 0 < states[0].cpu_seconds < results[0].cpu_seconds < 100
    for name, before in (("wall_seconds", 1000.0), ("cpu_seconds", 2000.0)):
        added = getattr(results[0], name) - getattr(states[0], name)
        assert getattr(results[1], name) == pytest.approx(before + added, rel=0, abs=1e-9)


def test_progress_counts_what_is_presented_after_the_start() -> None:
    cell = small("lstm")
    states = advance(cell, [0, 1], None, 10, {})
    counted: list[int] = []
    train(cell, [0, 1], lambda result: None, counted.append, [states[0], states[1]])
    assert sum(counted) == 2 * 100


def without(state: Checkpoint, part: str) -> Checkpoint:
    """The state with everything of a part at zero."""
    assert any(name.startswith(part) for name in state.arrays)
    arrays = {name: np.zeros_like(a) if name.startswith(part) else a for name, a in state.arrays.items()}
    return replace(state, arrays=arrays)


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("lstm ends", "params"),
        ("lstm ends", "curve"),
        ("lstm ends", "criterion"),
        ("lstm ends", "learner.optimiser"),
        ("rtrl", "learner.updates"),
        ("rtrl", "learner.carry"),
        ("lstm1997", "learner.growth"),
        ("chunker noisy", "learner.carry"),
    ],
)
def test_no_part_of_a_state_can_be_missing(name: str, part: str) -> None:
    cell = case(name)
    states = advance(cell, range(5), None, 10, {})
    whole, results = run(cell, list(states)), dict[int, RunResult]()
    start = [without(state, part) for state in states.values()]
    train(cell, list(states), lambda r: results.update({r.seed: r}), start=start)
    with pytest.raises(AssertionError):
        assert_same(results, whole)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sequence": 11}, r"same sequence, in \[1, 110\); these are at \[10, 11\]"),
        ({"arrays": {}}, "state of another configuration"),
    ],
)
def test_states_that_do_not_go_together_are_refused(changes: dict[str, Any], message: str) -> None:
    cell = small("lstm")
    states = advance(cell, [0, 1], None, 10, {})
    with pytest.raises(ValueError, match=message):
        train(cell, [0, 1], lambda result: None, start=[states[0], replace(states[1], **changes)])


def test_states_of_another_cell_are_refused() -> None:
    cell = small("lstm")
    states = list(advance(cell, [0, 1], None, 10, {}).values())
    with pytest.raises(ValueError, match="2 states to start from for 3 seeds"):
        train(cell, [0, 1, 2], lambda result: None, start=states)
    with pytest.raises(ValueError, match=r"in \[1, 10\); these are at \[10\]"):
        train(replace(cell, budget=10), [0, 1], lambda result: None, start=states)
    for other in (small("lstm", "model.hidden_size=5"), small("lstm", "optimiser=sgd"), small("lstm", "dtype=float32")):
        with pytest.raises(ValueError, match="state of another configuration"):
            train(other, [0, 1], lambda result: None, start=states)


def test_the_plain_engine_has_no_state_where_it_learns_step_by_step() -> None:
    cell = replace(case("rtrl"), engine=Reference(), budget=20)
    assert states_of(cell, range(2), lambda save: Saving(1, None, save)) == []
    results = run(cell, range(2)).values()
    assert "budget" in {result.outcome for result in results}
    assert all(result.checkpoint is None for result in results)
