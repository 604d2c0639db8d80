"""What the blocks of a sweep are made of; how they are cut is another matter (test_cut)."""

from dataclasses import replace
from typing import Any

import pytest

from lagrun.execution.launch import blocks_of
from lagrun.interfaces.experiment import Experiment
from lagrun.storage.block import Block
from lagrun.tasks.noise_free import NoiseFree
from tests.conftest import MakeCell
from tests.helpers import options, planned, settings

TWO = settings(n_jobs=2)


def sizes(blocks: list[Block], cell: Experiment) -> list[int]:
    return [len(block.runs) for block in blocks if block.experiment is cell]


def test_blocks_are_runs_of_one_cell_each(make_cell: MakeCell) -> None:
    cells = [replace(planned(make_cell(), n), config={"n": n}, config_yaml=str(n), hydra={"of": n}) for n in (3, 40, 1)]
    blocks = blocks_of(cells, TWO)
    assert len(blocks) > 3
    for cell in cells:
        own = [block for block in blocks if block.experiment is cell.experiment]
        assert sorted(run.seed for block in own for run in block.runs) == list(range(len(cell.runs)))
        for block in own:
            assert (block.config, block.config_yaml, block.hydra) == (cell.config, cell.config_yaml, cell.hydra)
            assert block.provenance["lagrun"]


@pytest.mark.parametrize("longer", ["budget=61", "task.p=9"])
def test_longer_runs_come_first(longer: str, make_cell: MakeCell) -> None:
    short, long = make_cell(), make_cell(longer)
    assert [block.experiment for block in blocks_of([planned(short, 4), planned(long, 4)], TWO)] == [long, short]


@pytest.mark.parametrize("engine", options("engine"))
def test_seeds_stay_together_where_they_train_in_lockstep(engine: str, make_cell: MakeCell) -> None:
    cell = make_cell(f"engine={engine}")
    assert sizes(blocks_of([planned(cell, 24)], TWO), cell) == ([12, 12] if cell.engine.lockstep else [1] * 24)
    assert sizes(blocks_of([planned(cell, 24)], settings(n_jobs=2, block_size=8)), cell) == [8] * 3


def test_seeds_that_update_at_every_step_are_parted_less_readily(make_cell: MakeCell) -> None:
    """Half a block takes nearly as long as a whole one, so to cut one of 25 for the sake of the last saves nothing."""
    for updates, n_blocks in (("sequence", 26), ("step", 25)):
        assert len(blocks_of([planned(make_cell(updates=updates), 30)] * 25, TWO)) == n_blocks


def test_a_task_that_fails_fails_in_its_runs(make_cell: MakeCell, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*arguments: Any) -> None:
        raise RuntimeError("no sequences today")

    monkeypatch.setattr(NoiseFree, "sample", fail)
    assert [len(block.runs) for block in blocks_of([planned(make_cell(), 4)], TWO)] == [2, 2]
