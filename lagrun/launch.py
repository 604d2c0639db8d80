"""Cells to blocks to worker processes; and the plain task function that runs one job under any other launcher."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from hydra.core.hydra_config import HydraConfig
from hydra.experimental.callback import Callback
from hydra.types import RunMode
from omegaconf import DictConfig

from lagrun import run_folder, store
from lagrun.block import Block, Run
from lagrun.checks import show
from lagrun.config import ConfigError, Execution, build, execution, plain
from lagrun.cut import Work, cut
from lagrun.engines.protocols import SeedBySeed
from lagrun.interfaces import Task
from lagrun.outcome import describe
from lagrun.plan import PlannedCell
from lagrun.progress import live_line
from lagrun.provenance import provenance
from lagrun.run_result import FAILED
from lagrun.runs import run_block

#: What a lockstep block costs beside its seeds, in seeds, by when weights change: numpy's calls, which are as many for
#: one seed as for 30. Measured at p = 100: 6-10 with an update a sequence, 35-45 with an update a step.
OVERHEAD = {"sequence": 8.0, "step": 40.0}


def launch(cells: Sequence[PlannedCell], settings: Execution) -> None:
    """Train all runs of a sweep, the blocks of all cells in one pool of processes."""
    from joblib import effective_n_jobs

    from lagrun.pool import run_blocks

    for cell in cells:
        if isinstance(cell.cell.engine, SeedBySeed):
            with suppress(Exception):  # a model or task that fails is to fail in its run, which tells why
                cell.cell.engine.prepare(cell.cell)
    n_jobs = effective_n_jobs(settings.n_jobs)
    blocks = blocks_of(cells, n_jobs, settings.block_size)
    with live_line(sum(len(cell.runs) for cell in cells), len(blocks)) as counters:
        run_blocks(blocks, n_jobs, counters)


def blocks_of(cells: Sequence[PlannedCell], n_jobs: int, block_size: int | None) -> list[Block]:
    """Cut cells into blocks, see `lagrun.cut`.

    Parameters
    ----------
    cells : sequence of PlannedCell
        All cells of the sweep.
    n_jobs : int
        Worker processes.
    block_size : int or None
        Largest number of seeds in a block; None to choose it from the work.

    Returns
    -------
    list of Block
        Costliest first.
    """
    made_with = provenance()
    blocks = []
    for piece in cut([_work(cell) for cell in cells], n_jobs, block_size):
        cell = cells[piece.cell]
        runs = tuple(cell.runs[i] for i in piece.runs)
        blocks.append(Block(cell.cell, cell.config, made_with, runs, cell.config_yaml, cell.hydra))
    return blocks


def _work(planned: PlannedCell) -> Work:
    """Tell what a cell costs, in steps of one seed: how long a run is matters more than what is done in a step."""
    cell = planned.cell
    overhead = OVERHEAD[cell.updates] if cell.engine.lockstep else 0.0
    return Work(len(planned.runs), cell.budget * _n_steps(cell.task), overhead)


def _n_steps(task: Task) -> int:
    """Steps of one sequence."""
    try:
        return int(task.sample(np.random.default_rng(0), 0, 1).lengths[0])
    except Exception:  # a user's task that fails is to fail in its run, which tells why
        return 1


def run_job(config: DictConfig) -> None:
    """Run one job: the task function that Hydra calls, under any launcher but lagrun's own.

    Parameters
    ----------
    config : DictConfig
        The composed configuration of one run.
    """
    hydra = HydraConfig.get()
    content = plain(config)
    run = Run(0, content.pop("seed"), Path(hydra.runtime.output_dir))
    run_block(Block(build(config), content, provenance(), (run,)))
    if hydra.mode == RunMode.RUN:  # a sweep prints its own table
        result = store.read_result(run.folder)
        assert result is not None
        print(f"{describe(result)}\n{run.folder}")
        if result["outcome"] == FAILED:
            sys.exit(1)


class CheckBeforeRun(Callback):
    """Check a single run's configuration before Hydra makes its folder."""

    def on_run_start(self, config: DictConfig, **kwargs: Any) -> None:
        """Exit with status 2 and one line if the configuration is wrong; list the run if it is a dry run."""
        try:
            build(config)
            run = Run(0, config.seed, Path(config.hydra.run.dir))
            if run_folder.is_started(run):
                raise ConfigError(f"hydra.run.dir={run.folder}: holds a run already; name a new folder")
            if not execution(config).dry_run:
                run.folder.mkdir(parents=True, exist_ok=True)  # as Hydra would, in a moment
        except OSError as error:
            print(f"lagrun: hydra.run.dir={show(str(run.folder))}: {error.strerror}", file=sys.stderr)
            sys.exit(2)
        except ConfigError as error:
            print(f"lagrun: {error}", file=sys.stderr)
            sys.exit(2)
        if execution(config).dry_run:
            print(f"1 run: {' '.join(config.hydra.overrides.task) or 'the defaults'}")
            sys.exit(0)
