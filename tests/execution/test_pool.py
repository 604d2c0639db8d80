"""Blocks that raise, exit or die: only the guilty run fails."""

import json
import os
import signal
import time
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from lagrun.execution.launch import prepare
from lagrun.execution.pool import run_blocks
from lagrun.execution.run_block import run_block
from lagrun.execution.worker import Worker
from lagrun.interfaces import Batch
from lagrun.storage import files
from lagrun.storage.block import Block, Run
from lagrun.tasks.noise_free import NoiseFree
from tests.conftest import MakeCell
from tests.execution.blocks import DiesOnce, blocks, results, some


@pytest.mark.parametrize(
    ("fault", "trace"),
    [
        ("raise", "seed 2 is bad"),
        ("exit", "SystemExit"),
        ("die", "died twice without a word: killed, out of memory, or crashed in native code (SIGKILL(-9))"),
        pytest.param("hang", "took longer than execution.run_timeout_seconds=2", marks=pytest.mark.slow),
    ],
)
def test_only_the_guilty_run_fails(fault: str, trace: str, tmp_path: Path, make_cell: MakeCell) -> None:
    cell = make_cell("budget=12")
    run_blocks(blocks(cell, tmp_path / "healthy"), None)
    run_blocks(blocks(cell, tmp_path / "faulty", fault), 2, run_timeout_seconds=2 if fault == "hang" else None)
    healthy, faulty = results(tmp_path / "healthy"), results(tmp_path / "faulty")
    assert len(healthy) == len(faulty) == 6
    assert faulty.pop(2) == ("failed", None)
    assert faulty == {seed: found for seed, found in healthy.items() if seed != 2}
    failed = files.read_result(tmp_path / "faulty" / "seed=2")
    assert failed is not None
    assert trace in failed["failure"]
    assert trace in (tmp_path / "faulty" / "seed=2" / "lagrun.log").read_text()


def test_ctrl_c_is_not_swallowed(tmp_path: Path, make_cell: MakeCell) -> None:
    def interrupt(*counts: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_block(blocks(make_cell("budget=12"), tmp_path)[0], interrupt)


def test_a_worker_that_dies_while_it_has_nothing_to_do_is_replaced(tmp_path: Path) -> None:
    worker = Worker()
    try:
        for name in ("first", "second"):
            worker.submit(Path.touch, tmp_path / name).result(60)
            assert (tmp_path / name).exists()
            (process,) = worker._executor._processes.values()
            os.kill(process.pid, signal.SIGKILL)
            while worker._executor._flags.broken is None:
                time.sleep(0.01)
    finally:
        worker.end()


@pytest.mark.parametrize("n_runs", [1, 3])
def test_a_block_whose_worker_dies_is_run_again_as_it_is(n_runs: int, tmp_path: Path, make_cell: MakeCell) -> None:
    cell = make_cell("budget=12")
    run_blocks([Block(cell, {}, {}, some(tmp_path / "healthy", n_runs))], None)
    faulty = replace(cell, model=DiesOnce(**vars(cell.model), marker=str(tmp_path / "marker")))
    first = partial(Path.touch, tmp_path / "first")
    run_blocks([Block(faulty, {}, {}, some(tmp_path / "faulty", n_runs))], 1, first=first)
    assert (tmp_path / "first").exists()
    assert results(tmp_path / "faulty") == results(tmp_path / "healthy")
    assert len(results(tmp_path / "faulty")) == n_runs
    for run in some(tmp_path / "faulty", n_runs):
        assert json.loads((run.folder / files.STARTED).read_text())["attempt"] == 2
        assert (run.folder / "lagrun.log").read_text().count(f"in a block of {n_runs}, attempt") == 2


def test_what_cannot_be_stored_stops_the_others(tmp_path: Path, make_cell: MakeCell) -> None:
    (tmp_path / "file").write_text("in the way")
    cell = make_cell("budget=12")
    bad = Block(cell, {}, {}, (Run(0, 0, tmp_path / "file" / "seed=0"),))
    good = [Block(cell, {}, {}, (Run(i, i, tmp_path / f"seed={i}"),)) for i in range(1, 60)]
    with pytest.raises(files.StorageError, match="file/seed=0: cannot be written to"):
        run_blocks([bad, *good], 2)
    assert len(list(tmp_path.rglob(files.RESULT))) < 59


@dataclass(frozen=True)
class Slow(NoiseFree):
    """Takes a while for each seed's first sequences."""

    seconds: float

    def sample(self, rng: np.random.Generator, first: int, n: int) -> Batch:
        if n < 10:
            time.sleep(self.seconds)
        return super().sample(rng, first, n)


@pytest.mark.slow
def test_a_time_limit_is_for_a_run_and_not_for_a_block(tmp_path: Path, make_cell: MakeCell) -> None:
    """Eight runs, each well below the limit, take longer than it one after the other."""
    cell = make_cell("engine=compiled", "model=elman", "budget=5")
    slow = replace(cell, task=Slow(**vars(cell.task), seconds=0.1))
    first = partial(prepare, [slow])  # compiling is no run's time
    run_blocks([Block(slow, {}, {}, some(tmp_path, 8))], 1, run_timeout_seconds=2.5, first=first)
    assert [outcome for outcome, _ in results(tmp_path).values()] == ["budget"] * 8
    assert all("attempt 2" not in (run.folder / "lagrun.log").read_text() for run in some(tmp_path, 8))
