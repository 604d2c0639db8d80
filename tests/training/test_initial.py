"""Runs that start from given weights: with those that a net would draw, they are the same runs, bit for bit."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest

from lagrun.checks import ConfigError
from lagrun.interfaces.experiment import Experiment
from lagrun.interfaces.params import Params
from lagrun.interfaces.run_result import RunResult
from lagrun.training.admission import build
from lagrun.training.loop import train
from lagrun.training.streams import generator
from tests.helpers import compose_config, net, nets

ENGINES = ("numpy", "reference", pytest.param("compiled", marks=pytest.mark.slow))

MakeCell = Callable[..., Experiment]


def results(cell: Experiment, seeds: Sequence[int] = (0, 1)) -> list[RunResult]:
    found: list[RunResult] = []
    train(cell, seeds, found.append)
    return sorted(found, key=lambda result: result.seed)


def drawn(cell: Experiment, seeds: Sequence[int]) -> Params:
    rngs = [generator(seed, "init") for seed in seeds]
    return cell.model.init(rngs, cell.task.n_inputs, cell.task.n_outputs, cell.dtype)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", nets())
def test_weights_as_drawn_change_nothing_and_others_do(make_cell: MakeCell, name: str, engine: str) -> None:
    if engine == "compiled":
        pytest.importorskip("numba")
    cell = make_cell(*net(name), f"engine={engine}", "budget=12", "snapshots=2")
    usual = results(cell)
    given = results(replace(cell, initial=lambda seeds: drawn(cell, seeds)))
    np.testing.assert_array_equal(given[1].params.flat, usual[1].params.flat)
    np.testing.assert_array_equal(given[1].curve, usual[1].curve)
    others = results(replace(cell, initial=lambda seeds: drawn(cell, [seed + 7 for seed in seeds])))
    assert (others[1].params.flat != usual[1].params.flat).any()
    alone = results(replace(cell, initial=lambda seeds: drawn(cell, [seed + 7 for seed in seeds])), [1])
    np.testing.assert_array_equal(alone[0].params.flat, others[1].params.flat)


def test_weights_of_another_net_are_refused(make_cell: MakeCell) -> None:
    cell, larger = make_cell(), make_cell("model.hidden_size=5")
    with pytest.raises(ValueError, match="weights of another net"):
        results(replace(cell, initial=lambda seeds: drawn(larger, seeds)))


def test_weights_that_nobody_has_read_are_never_replaced_by_drawn_ones() -> None:
    cell = build(compose_config("init_from=somewhere", "budget=1"))
    with pytest.raises(ConfigError, match="init_from: its weights were not read"):
        results(cell)
