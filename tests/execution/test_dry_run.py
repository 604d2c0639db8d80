"""The dry run's estimate of cost; absolute speed is not tested."""

from itertools import count

import pytest

from lagrun.execution import dry_run
from lagrun.interfaces.experiment import Experiment
from lagrun.storage.block import Block
from lagrun.text import duration
from tests.conftest import MakeCell
from tests.helpers import options, planned, settings, some_runs


def measure(cell: Experiment, n_runs: int = 3) -> float:
    return dry_run.seconds_per_sequence(Block(cell, {}, {}, some_runs(n_runs)))


@pytest.fixture
def ticks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every look at the clock takes an eighth of a second."""
    clock = count(0, 0.125)
    monkeypatch.setattr(dry_run, "process_time", lambda: next(clock))


def test_the_estimate_scales_with_budget_and_runs(make_cell: MakeCell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dry_run, "seconds_per_sequence", lambda block: 0.5)
    cells = [planned(make_cell(budget=budget), n) for budget, n in ((10, 1), (20, 1), (20, 7))]
    assert dry_run.estimate(cells, settings(n_jobs=2, block_size=None)) == ([5, 10, 70], 2)
    assert dry_run.estimate(cells[:1], settings(n_jobs=4, block_size=None)) == ([5], 1)  # one block


def test_blocks_have_the_size_that_they_would_have(make_cell: MakeCell, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    monkeypatch.setattr(dry_run, "seconds_per_sequence", lambda block: sizes.append(len(block.runs)) or 1.0)
    for block_size in (None, 3):
        dry_run.estimate([planned(make_cell(), 8)], settings(n_jobs=2, block_size=block_size))
    assert sizes == [4, 3]


@pytest.mark.usefixtures("ticks")
@pytest.mark.parametrize("budget", [1, 60, 10**9])
def test_the_time_of_a_round_is_shared_by_its_seeds_whatever_the_budget(budget: int, make_cell: MakeCell) -> None:
    assert measure(make_cell(budget=budget), 1) == 0.125
    assert measure(make_cell(budget=budget), 5) == 0.125 / 5


def test_runs_that_end_at_their_first_sequence_cost_nothing(
    make_cell: MakeCell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dry_run, "train", lambda cell, seeds, finish, progress: progress(len(seeds)))
    assert measure(make_cell()) == 0


def test_runs_that_diverge_are_measured_in_silence(make_cell: MakeCell) -> None:
    assert measure(make_cell("optimiser=sgd", "optimiser.learning_rate=1e308", "optimiser.clip_norm=null")) >= 0


@pytest.mark.parametrize(
    ("model", "engine"),
    [
        pytest.param(model, engine, marks=[pytest.mark.slow] if engine == "compiled" and model != "lstm" else [])
        for model in options("model")
        for engine in options("engine")
    ],
)
def test_every_model_can_be_measured(model: str, engine: str, make_cell: MakeCell) -> None:
    assert measure(make_cell(f"model={model}", f"engine={engine}")) > 0


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.2, "< 1 s"),
        (1, "1 s"),
        (35.4, "35 s"),
        (90, "1.5 min"),
        (12 * 60, "12 min"),
        (3.4 * 3600, "3.4 h"),
        (20 * 3600, "20 h"),
        (36 * 3600, "1.5 days"),
        (2000 * 86400, "2,000 days"),
    ],
)
def test_durations_are_readable(seconds: float, text: str) -> None:
    assert duration(seconds) == text
