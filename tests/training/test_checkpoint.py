"""Interrupted anywhere and continued is never interrupted, bit for bit."""

import hashlib
import io
import json
import pickle
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import product
from typing import Any
from zipfile import ZipFile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lagrun.checks import ConfigError
from lagrun.engines.compiled import Compiled
from lagrun.engines.reference import Reference
from lagrun.interfaces import Batch
from lagrun.interfaces.checkpoint import MAGIC, Checkpoint
from lagrun.interfaces.evaluation import Evaluation
from lagrun.interfaces.experiment import Experiment
from lagrun.interfaces.run_result import RunResult
from lagrun.interfaces.seed_learner import SeedBySeed
from lagrun.tasks.noise_free import NoiseFree
from lagrun.training import training_block
from lagrun.training.admission import build
from lagrun.training.loop import Saving, train
from tests.helpers import assert_same, compose_config, options, run, sized

Results = dict[int, RunResult]
States = dict[int, Checkpoint]

SMALL = ("evaluation.n_sequences=10", "evaluation.curve_n_sequences=3", "criterion.window=20")


class Stop(BaseException):
    """Takes the place of whatever may end a process."""


def advance(cell: Experiment, seeds: Sequence[int], states: States | None, until: int, results: Results) -> States:
    """Train a group of seeds up to sequence `until` and no further, and return the states of those still training."""
    found: States = {}

    def save(seed: int, state: Checkpoint) -> None:
        assert state.sequence % until == 0
        if state.sequence == until:
            found[seed] = Checkpoint.from_bytes(state.to_bytes())

    def stop(n_sequences: int) -> None:
        if found:
            raise Stop

    groups = [[seed] for seed in seeds] if isinstance(cell.engine, SeedBySeed) else [list(seeds)]
    for group in groups:
        before = dict(found)
        found.clear()
        try:
            start = None if states is None else [states[seed] for seed in group]
            train(cell, group, lambda r: results.update({r.seed: r}), stop, start, Saving(until, None, save))
        except Stop:
            pass
        found.update(before)
    return found


def interrupted(cell: Experiment, groupings: Sequence[Sequence[Sequence[int]]], cuts: Sequence[int]) -> Results:
    """Train seeds with interruptions after `cuts`, in blocks that may be others in each part."""
    results: Results = {}
    states: States | None = None
    for groups, cut in zip(groupings, [*cuts, None], strict=True):
        left: States = {}
        for group in groups:
            seeds = [seed for seed in group if states is None or seed in states]
            if not seeds:
                continue
            if cut is not None:
                left |= advance(cell, seeds, states, cut, results)
            else:
                start = None if states is None else [states[seed] for seed in seeds]
                train(cell, seeds, lambda r: results.update({r.seed: r}), start=start)
        states = left
    return results


def check_cuts(cell: Experiment, cuts: Sequence[int], seeds: Sequence[int] = range(3)) -> Results:
    """Compare runs that are interrupted, their blocks changing, with runs that are not."""
    whole = run(cell, seeds)
    one_block, alone = [list(seeds)], [[seed] for seed in seeds]
    groupings = [one_block if i % 2 else alone for i in range(len(cuts) + 1)]
    assert_same(interrupted(cell, groupings, cuts), whole)
    return whole


def small(model: str, *overrides: str) -> Experiment:
    return build(compose_config(*sized(model, 4), *SMALL, f"model={model}", "task.p=8", "budget=110", *overrides))


@pytest.mark.parametrize(
    ("model", "updates", "optimiser"),
    [
        pytest.param(model, updates, optimiser, marks=pytest.mark.slow if optimiser == "momentum" else ())
        for model, updates, optimiser in product(options("model"), ("sequence", "step"), options("optimiser"))
    ],
)
def test_any_model_goes_on_as_if_never_interrupted(model: str, updates: str, optimiser: str) -> None:
    try:
        rule = (f"updates={updates}", f"optimiser={optimiser}", "optimiser.learning_rate=0.1")
        cell = small(model, *rule, "task.p=5", "budget=70")
    except ConfigError as refusal:
        pytest.skip(str(refusal))
    check_cuts(cell, [1, 64, 65])


#: Nets that keep something from sequence to sequence, other tasks, criteria and precisions; runs that end early.
EARLY = "criterion.window=4 criterion.threshold=1 optimiser.learning_rate=0.05"
FROZEN = "criterion=max_abs_error criterion.n_sequences=30 criterion.check_every=7"
CASES = {
    "lstm": "task=no_regularities dtype=float32 evaluation.curve_every=9",
    "lstm ends": f"task.p=3 {EARLY}",
    "lstm lags": "task=very_long_lag task.q=3 model.gradient=truncated",
    "gru": f"task=no_regularities task.p=4 task.scored=end {FROZEN} optimiser.learning_rate=0.02",
    "lstm frozen": f"task=no_regularities task.p=4 task.scored=end {FROZEN} optimiser.learning_rate=0.02",
    "elman": f"task=very_long_lag task.q=3 {FROZEN} criterion.place=end",
    "rtrl": f"task.p=3 model.sensitivities=kept updates=step loss=squared_error {EARLY} optimiser=adam",
    "rtrl lags": f"task=very_long_lag task.q=3 model.sensitivities=kept model.timing=sync {EARLY} optimiser=momentum",
    "lstm1997": f"task.p=3 model.construction_window=4 updates=step {EARLY} optimiser=momentum loss=squared_error",
    "lstm1997 lags": f"task=very_long_lag task.q=3 model.construction_window=4 {EARLY} loss=squared_error",
    "chunker": f"task.p=3 model.reset_chunker=false updates=step {EARLY} optimiser=adam dtype=float32",
    "chunker noisy": "task=no_regularities task.p=5 model.reset_chunker=false model.timing=layered model.theta=0.9",
}


def case(name: str) -> Experiment:
    return small(name.split()[0], *CASES[name].split())


@pytest.mark.parametrize("name", CASES)
def test_whatever_a_run_keeps_is_part_of_its_state(name: str) -> None:
    whole = check_cuts(case(name), [2, 9, 63, 100], range(5))
    if "threshold=1" in CASES[name]:
        assert len({result.sequences_seen for result in whole.values()}) > 2


@cache
def lively(name: str) -> tuple[Experiment, Results]:
    """A cell whose seeds end at different times, and what they yield when they are never interrupted."""
    cell = replace(case(name), budget=70)
    return cell, run(cell, range(5))


@settings(deadline=None, max_examples=8)
@pytest.mark.parametrize("name", ["lstm ends", "lstm1997", "rtrl"])
@given(data=st.data())
def test_any_cuts_and_any_companions(name: str, data: st.DataObject) -> None:
    cell, whole = lively(name)
    cuts = sorted(data.draw(st.sets(st.integers(1, cell.budget - 1), max_size=3)))
    groupings = []
    for _ in range(len(cuts) + 1):
        order = data.draw(st.permutations(range(5)))
        labels = data.draw(st.lists(st.integers(0, 2), min_size=5, max_size=5))
        groupings.append([[s for s, label in zip(order, labels, strict=True) if label == group] for group in range(3)])
    assert_same(interrupted(cell, groupings, cuts), whole)


def test_seeds_grow_alike_with_companions_that_were_trained_alone() -> None:
    """Nets of lstm1997 count sequences only until all of a block have grown."""
    cell = small("lstm1997", "model.construction_window=7", "loss=squared_error", "optimiser.learning_rate=0.2")
    whole = run(cell, range(8))
    results: Results = {}
    states: States = {}
    for seed in range(8):
        states |= advance(cell, [seed], None, 40, results)
    grown = [seed for seed, state in states.items() if state.arrays["learner.growth.grown"]]
    order = [*grown, *(seed for seed in states if seed not in grown)]
    assert 0 < len(grown) < 8
    assert states[order[0]].arrays["learner.growth.n_sequences"] % 7 != 40 % 7
    train(cell, order, lambda r: results.update({r.seed: r}), start=[states[seed] for seed in order])
    assert_same(results, whole)


# What is saved, and when


def states_of(cell: Experiment, seeds: Sequence[int], saving: Callable[..., Saving]) -> list[tuple[int, Checkpoint]]:
    saved: list[tuple[int, Checkpoint]] = []
    train(cell, seeds, lambda result: None, saving=saving(lambda seed, state: saved.append((seed, state))))
    return saved


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


# A larger budget


@pytest.mark.parametrize("spacing", ["curve_points_per_decade=10", "curve_points_per_decade=3", "curve_every=7"])
@pytest.mark.parametrize("budgets", [(1, 60), (10, 11), (21, 22, 90), (59, 100)])
def test_a_larger_budget_continues_runs(budgets: tuple[int, ...], spacing: str) -> None:
    cell = small("lstm", "task.p=3", f"evaluation.{spacing}", *EARLY.split())
    results: Results = {}
    train(replace(cell, budget=budgets[0]), range(3), lambda r: results.update({r.seed: r}))
    for budget in budgets[1:]:
        left = {seed: r.checkpoint for seed, r in results.items() if r.checkpoint is not None}
        assert set(left) == {seed for seed, result in results.items() if result.outcome == "budget"}
        if left:
            start = list(left.values())
            train(replace(cell, budget=budget), list(left), lambda r: results.update({r.seed: r}), start=start)
    assert_same(results, run(replace(cell, budget=budgets[-1]), range(3)))


@given(st.integers(1, 10**7), st.integers(1, 10**7), st.integers(1, 20), st.none() | st.integers(1, 1000))
def test_points_of_a_smaller_budget_are_the_first_of_a_larger_one(
    one: int, other: int, per_decade: int, every: int | None
) -> None:
    evaluation = Evaluation(1, 1, per_decade, every)
    less, more = sorted((one, other))
    first, points = evaluation.curve_points(less), evaluation.curve_points(more)
    assert list(first[:50]) == list(points[:50])[: len(first)]
    assert list(first[-50:]) == list(points[: len(first)][-50:])
    beyond = points[len(first)] if len(points) > len(first) else less
    assert beyond >= less  # what lies within the smaller budget is missing only if it is its very end


# What the state must hold


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


@pytest.mark.parametrize(("key", "value"), [("first", 1), ("position", 0), ("position", 11)])
def test_the_data_go_on_where_they_were(key: str, value: int) -> None:
    cell = replace(small("lstm"), task=NoiseFree(8, "random", "every_step"))
    (state,) = advance(cell, [0], None, 10, {}).values()
    assert {name: state.facts["stream"][name] for name in ("first", "position")} == {"first": 0, "position": 10}
    moved = replace(state, facts={"stream": state.facts["stream"] | {key: value}})
    results: Results = {}
    train(cell, [0], lambda r: results.update({r.seed: r}), start=[moved])
    with pytest.raises(AssertionError):
        assert_same(results, run(cell, [0]))


@dataclass(frozen=True)
class Spawning(NoiseFree):
    """A user's task with a generator of its own for each sequence, and draws that leave half a word behind."""

    def sample(self, rng: np.random.Generator, first: int, n: int) -> Batch:
        keys = [int(rng.spawn(1)[0].integers(2)) ^ int(rng.integers(2, dtype=np.uint32)) for _ in range(n)]
        return self._with_keys(np.array(keys))


def test_all_of_a_generator_is_part_of_the_state() -> None:
    cell = replace(small("lstm"), task=Spawning(8, "random", "every_step"))
    check_cuts(cell, [3, 70])


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


# Engines


@pytest.mark.parametrize("name", ["lstm ends", "elman"])
def test_the_plain_engine_goes_on_where_it_learns_from_whole_sequences(name: str) -> None:
    check_cuts(replace(case(name), engine=Reference(), budget=20), [1, 13])


def test_the_plain_engine_has_no_state_where_it_learns_step_by_step() -> None:
    cell = replace(case("rtrl"), engine=Reference(), budget=20)
    assert states_of(cell, range(2), lambda save: Saving(1, None, save)) == []
    results = run(cell, range(2)).values()
    assert "budget" in {result.outcome for result in results}
    assert all(result.checkpoint is None for result in results)


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


# As bytes


def some_state() -> Checkpoint:
    arrays = {
        "params.W": np.arange(6, dtype=np.float32).reshape(2, 3),
        "curve": np.zeros((0, 7)),
        "a.window": np.array([True, False]),
        "b.fortran": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        "b.number": np.array(-3),
        "b.nan": np.array([np.nan, -0.0, np.inf]),
    }
    facts = {"stream": {"generator": {"state": 2**127 + 1}, "name": "\u00e9", "nothing": None}}
    return Checkpoint(12, arrays, facts, 0.1, 1e-300)


def test_bytes_hold_all_of_a_state() -> None:
    state = some_state()
    read = Checkpoint.from_bytes(state.to_bytes())
    for name in ("sequence", "facts", "wall_seconds", "cpu_seconds"):
        assert getattr(read, name) == getattr(state, name)
    assert list(read.arrays) == list(state.arrays)
    for name, array in state.arrays.items():
        assert (read.arrays[name].dtype, read.arrays[name].shape) == (array.dtype, array.shape)
        assert read.arrays[name].tobytes() == array.tobytes()
    assert read.to_bytes() == state.to_bytes()


def test_any_damage_is_noticed() -> None:
    content = some_state().to_bytes()
    for damaged in damages(content):
        with pytest.raises(ValueError, match=r"^the state of a run is damaged"):
            Checkpoint.from_bytes(damaged)


def damages(content: bytes) -> Iterable[bytes]:
    for place in range(len(content)):
        yield content[:place]
        yield content[:place] + bytes([content[place] ^ 1 << place % 8]) + content[place + 1 :]
    yield content + b"\0"
    yield content[1:]
    yield b"\0" * len(content)


class Trap:
    """Leaves a trace where it is unpickled."""

    sprung: list[int] = []  # noqa: RUF012

    def __reduce__(self) -> Any:
        return self.sprung.append, (1,)


def test_nothing_is_ever_pickled_or_unpickled() -> None:
    state = some_state()
    with pytest.raises(ValueError, match="pickle"):
        replace(state, arrays={"a.trap": np.array([Trap()], object)}).to_bytes()
    buffer = io.BytesIO()
    with ZipFile(buffer, "w") as file:
        file.writestr("facts.json", json.dumps({"sequence": 1, "facts": {}, "wall_seconds": 0, "cpu_seconds": 0}))
        with file.open("a.trap.npy", "w") as member:
            np.save(member, np.array([Trap()], object), allow_pickle=True)
    content = buffer.getvalue()
    assert pickle.PROTO in content
    with pytest.raises(ValueError, match="pickle"):
        Checkpoint.from_bytes(MAGIC + hashlib.sha256(content).digest() + content)
    assert Trap.sprung == []
