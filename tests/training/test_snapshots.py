"""Snapshots of weights: which there are, that they are the weights of their moment, and that they change nothing."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import count
from math import ceil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from omegaconf import OmegaConf

from lagrun.checks import ConfigError
from lagrun.config.build import plain as plain_config
from lagrun.config.identity import identity
from lagrun.interfaces.run_result import RunResult
from lagrun.storage import files
from lagrun.training import memory_limits
from lagrun.training.admission import build
from lagrun.training.loop import train
from lagrun.training.memory_estimate import needed
from lagrun.training.snapshots import ROLLING, SEQUENCE, Snapshots
from lagrun.training.streams import generator
from tests.conftest import Command, MakeCell
from tests.helpers import assert_same, compose_config, run
from tests.training.interrupted import interrupted

#: Runs of very different lengths, solved or not.
LIVELY = ("task.p=5", "budget=150", "optimiser.learning_rate=0.02", "criterion.threshold=0.9")


def spaced(n: int, most: int) -> list[int]:
    """The snapshots of a run of `n` sequences, by what is promised of them."""
    stride = next(2**k for k in count() if ceil(n / 2**k) <= most - 1)
    return [*range(0, n, stride), n]


def assert_same_snapshots(some: dict[int, RunResult], others: dict[int, RunResult]) -> None:
    assert some.keys() == others.keys()
    for seed, result in some.items():
        ours, theirs = result.snapshots, others[seed].snapshots
        assert ours is not None
        assert theirs is not None
        assert {name: array.tobytes() for name, array in ours.items()} == {
            name: array.tobytes() for name, array in theirs.items()
        }


def lists(results: dict[int, RunResult]) -> list[list[int]]:
    return [result.snapshots[SEQUENCE].tolist() for result in results.values() if result.snapshots]


@pytest.mark.parametrize("most", [2, 3, 4, 5, 8, 40])
def test_they_are_evenly_spaced_whatever_the_length(most: int, make_cell: MakeCell) -> None:
    params = make_cell().model.init([generator(0, "init")], 3, 3, "float64")
    for n in [*range(1, 70), 1000, 4097]:
        snapshots, sequence = Snapshots(most, 1), 0
        while sequence < n:
            if snapshots.is_due(sequence):
                snapshots.take(sequence, params, np.zeros(1))
            sequence = min(n, snapshots.next(sequence) or n)
        found = snapshots.result(0, n, params, 0.0)
        assert found is not None
        assert found[SEQUENCE].tolist() == spaced(n, most)
        assert len(found[SEQUENCE]) <= most
        assert n < most or len(found[SEQUENCE]) > most // 2


@pytest.mark.parametrize("engine", ["numpy", "compiled", "reference"])
def test_they_are_the_same_bits_alone_in_a_block_and_interrupted_and_change_nothing(
    engine: str, make_cell: MakeCell
) -> None:
    cell = make_cell(*LIVELY, "snapshots=7", f"engine={engine}")
    seeds = range(4)
    whole = run(cell, seeds)
    lengths = [result.sequences_seen for result in whole.values()]
    assert len(set(lengths)) > 2
    assert lists(whole) == [spaced(n, 7) for n in lengths]
    assert_same(whole, run(replace(cell, snapshots=0), seeds))
    assert_same_snapshots(whole, run(cell, seeds, 1))
    assert_same_snapshots(whole, run(cell, list(reversed(seeds)), 3))
    alone, together = [[seed] for seed in seeds], [list(seeds)]
    broken = interrupted(cell, [together, alone, together, alone], [1, 24, 37])
    assert_same_snapshots(broken, whole)


def test_they_are_the_weights_and_the_accuracy_of_their_moment(make_cell: MakeCell) -> None:
    cell = make_cell("snapshots=6", "budget=50")
    (result,) = run(cell, [3]).values()
    assert result.snapshots is not None
    assert result.snapshots[SEQUENCE].tolist() == [0, 16, 32, 48, 50]
    start = cell.model.init([generator(3, "init")], cell.task.n_inputs, cell.task.n_outputs, cell.dtype)
    then = [start, *(run(replace(cell, snapshots=0, budget=n), [3])[3].params for n in (16, 32, 48, 50))]
    for name in result.params:
        assert np.array_equal(result.snapshots[f"params.{name}"], [params[name][0] for params in then])
    rolling = [run(replace(cell, budget=n), [3])[3].curve[-1, 1] for n in (16, 32, 48, 50)]
    assert np.isnan(result.snapshots[ROLLING][0])
    assert result.snapshots[ROLLING][1:].tolist() == rolling


def test_engines_take_the_same_at_the_same_moments(make_cell: MakeCell) -> None:
    cells = [make_cell("snapshots=9", f"engine={engine}") for engine in ("numpy", "compiled")]
    ours, theirs = (run(cell, range(3)) for cell in cells)
    assert lists(ours) == lists(theirs)
    for seed, result in ours.items():
        other = theirs[seed].snapshots
        assert result.snapshots is not None
        assert other is not None
        for name, array in result.snapshots.items():
            assert np.allclose(array, other[name], atol=1e-9, equal_nan=True)


@pytest.mark.parametrize(("before", "found"), [(0, [*range(26, 60, 2), 60]), (4, [0, 16, *range(26, 60, 2), 60])])
def test_a_state_with_fewer_goes_on_with_what_there_is(before: int, found: list[int], make_cell: MakeCell) -> None:
    cell = make_cell("snapshots=40")
    fewer = replace(cell, snapshots=before, budget=26)
    state = run(fewer, [0])[0].checkpoint
    assert state is not None
    results: list[RunResult] = []
    train(cell, [0], results.append, start=[state])
    assert_same({0: results[0]}, run(cell, [0]))
    assert results[0].snapshots is not None
    assert results[0].snapshots[SEQUENCE].tolist() == found


def test_a_state_of_other_weights_is_refused(make_cell: MakeCell) -> None:
    params = make_cell().model.init([generator(0, "init")], 3, 3, "float64")
    some = Snapshots(3, 1)
    some.take(0, params, np.zeros(1))
    for n_inputs, dtype in ((4, "float64"), (3, "float32")):
        other = make_cell().model.init([generator(0, "init")], n_inputs, 3, dtype)
        with pytest.raises(ValueError, match="another configuration"):
            Snapshots(3, 1).go_on(0, some.state(0), other)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("-1", "0 \\(none\\), or an integer >= 2"),
        ("1", "0 \\(none\\), or an integer >= 2"),
        ("2.5", "an integer"),
        ("many", "an integer"),
        ("null", "an integer"),
        ("1" + 30 * "0", "below 2\\*\\*63"),
    ],
)
def test_other_values_are_refused(value: str, words: str) -> None:
    with pytest.raises(ConfigError, match=rf"^snapshots={value}: must be .*{words}"):
        build(compose_config(f"snapshots={value}"))


def test_what_was_stored_without_them_asks_for_none_and_is_the_same_experiment() -> None:
    config = plain_config(compose_config("snapshots=40"))
    plain = {name: value for name, value in config.items() if name != "snapshots"}
    assert identity(plain) == identity(plain | {"snapshots": 40})
    assert build(OmegaConf.create(plain)).snapshots == 0


def test_they_are_counted_as_memory(make_cell: MakeCell, monkeypatch: pytest.MonkeyPatch) -> None:
    cell = make_cell("budget=1000000")
    n_bytes = 500 * 8 * run(replace(cell, budget=1), [0])[0].params.n_weights
    assert needed(replace(cell, snapshots=500), 10) - needed(cell, 10) == 14 * n_bytes
    assert needed(replace(cell, snapshots=500, budget=9)) < needed(cell) + n_bytes  # no more than there are sequences
    many = replace(cell, snapshots=10**12)
    assert (memory_limits.refusal([(many, 1)], 1, 10**9) or "").startswith("snapshots=1000000000000: a run needs about")


TINY: Sequence[str] = ("model.hidden_size=3", "task.p=4", "evaluation.n_sequences=5", "optimiser.learning_rate=1e-9")


def stored(folder: Path) -> dict[str, Any]:
    with np.load(folder / files.SNAPSHOTS, allow_pickle=False) as file:
        return dict(file)


def test_a_sweep_stores_them_and_may_be_gone_on_with_under_another_number(command: Command) -> None:
    words = (*TINY, "execution.n_jobs=1", "hydra.sweep.dir=sweep", "-m")
    assert command(*words, "budget=20", "snapshots=5", "seed=0,1").status == 0
    first, second = sorted(path.parent for path in Path("sweep").rglob(files.RESULT))
    assert "snapshots" not in first.parent.name
    result = files.read_result(first)
    assert result is not None
    assert files.SNAPSHOTS in result["files"]
    found = stored(first)
    assert found[SEQUENCE].tolist() == [0, 8, 16, 20]
    with np.load(first / files.PARAMS, allow_pickle=False) as params:
        for name in params:
            assert np.array_equal(found[f"params.{name}"][-1], params[name])

    (second / files.RESULT).unlink()
    assert command("resume=sweep", "snapshots=0").status == 0
    assert not (second / files.SNAPSHOTS).exists()
    assert stored(first)[SEQUENCE].tolist() == [0, 8, 16, 20]
    assert command("resume=sweep", "budget=40", "snapshots=7").status == 0
    assert stored(first)[SEQUENCE].tolist() == [0, 8, 16, 24, 32, 40]
    assert stored(second)[SEQUENCE].tolist() == [24, 32, 40]

    (first / files.SNAPSHOTS).write_bytes(b"")
    assert files.read_result(first) is None
