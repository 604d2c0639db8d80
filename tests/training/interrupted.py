"""Runs that are interrupted and go on: the nets to interrupt, and how it is done."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache

from lagrun.interfaces.checkpoint import Checkpoint
from lagrun.interfaces.experiment import Experiment
from lagrun.interfaces.run_result import RunResult
from lagrun.interfaces.seed_learner import SeedBySeed
from lagrun.training.admission import build
from lagrun.training.loop import Saving, train
from tests.helpers import assert_same, compose_config, run, sized

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


@cache
def lively(name: str) -> tuple[Experiment, Results]:
    """A cell whose seeds end at different times, and what they yield when they are never interrupted."""
    cell = replace(case(name), budget=70)
    return cell, run(cell, range(5))


def states_of(cell: Experiment, seeds: Sequence[int], saving: Callable[..., Saving]) -> list[tuple[int, Checkpoint]]:
    saved: list[tuple[int, Checkpoint]] = []
    train(cell, seeds, lambda result: None, saving=saving(lambda seed, state: saved.append((seed, state))))
    return saved
