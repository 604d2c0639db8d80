"""Cells to blocks to worker processes; and the plain task function that runs one job under any other launcher."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from math import ceil
from pathlib import Path
from typing import Any

import numpy as np
from hydra.core.hydra_config import HydraConfig
from hydra.experimental.callback import Callback
from hydra.types import RunMode
from joblib import effective_n_jobs
from omegaconf import DictConfig

from lagrun import run_folder
from lagrun.block import Block, Run
from lagrun.config import ConfigError, Execution, build, execution, plain
from lagrun.plan import PlannedCell
from lagrun.pool import run_blocks
from lagrun.progress import live_line
from lagrun.provenance import provenance
from lagrun.runs import run_block
from lagrun.train import FAILED

#: More seeds than this in a block gain nothing.
LARGEST_BLOCK = 32


def launch(cells: Sequence[PlannedCell], settings: Execution) -> None:
    """Train all runs of a sweep, the blocks of all cells in one pool of processes."""
    n_jobs = effective_n_jobs(settings.n_jobs)
    blocks = cut(cells, n_jobs, settings.block_size)
    with live_line(sum(len(cell.runs) for cell in cells), len(blocks)) as counters:
        run_blocks(blocks, n_jobs, counters)


def cut(cells: Sequence[PlannedCell], n_jobs: int, block_size: int | None) -> list[Block]:
    """Cut cells into blocks of about equal size.

    Parameters
    ----------
    cells : sequence of PlannedCell
        All cells of the sweep.
    n_jobs : int
        Worker processes.
    block_size : int or None
        Largest number of seeds in a block; None for as many as keep every process busy, but at most `LARGEST_BLOCK`.

    Returns
    -------
    list of Block
    """
    made_with = provenance()
    blocks = []
    for cell in cells:
        largest = block_size or min(LARGEST_BLOCK, ceil(len(cell.runs) / ceil(n_jobs / len(cells))))
        for part in np.array_split(np.arange(len(cell.runs)), ceil(len(cell.runs) / largest)):
            runs = tuple(cell.runs[i] for i in part)
            blocks.append(Block(cell.cell, cell.config, made_with, runs, cell.config_yaml, cell.hydra))
    return blocks


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
        from lagrun.aggregate import report

        if (report(run.folder, write=False)["outcome"] == FAILED).any():
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
        except ConfigError as error:
            print(f"lagrun: {error}", file=sys.stderr)
            sys.exit(2)
        if execution(config).dry_run:
            print(f"1 run: {' '.join(config.hydra.overrides.task) or 'the defaults'}")
            sys.exit(0)
