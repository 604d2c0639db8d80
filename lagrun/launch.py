"""Cells to blocks to worker processes; and the plain task function that runs one job under any other launcher."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from hydra.core.hydra_config import HydraConfig
from hydra.experimental.callback import Callback
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf

from lagrun import run_folder, store
from lagrun.block import Block, Run
from lagrun.cell import Cell
from lagrun.checks import one_line
from lagrun.config import ConfigError, Execution, build, execution, plain
from lagrun.cut import Work, cut
from lagrun.engines.protocols import SeedBySeed
from lagrun.identity import identity
from lagrun.interfaces import Task
from lagrun.memory_limits import available, largest_block, refusal
from lagrun.outcome import describe
from lagrun.plan import PlannedCell
from lagrun.progress import live_line
from lagrun.provenance import provenance
from lagrun.resume import difference_in_words, is_left
from lagrun.run_result import FAILED
from lagrun.runs import run_block
from lagrun.sweep_folder import FolderLockedError, claimed, resume_command

#: What a lockstep block costs beside its seeds, in seeds, by when weights change: numpy's calls, which are as many for
#: one seed as for 30. Measured at p = 100: 6-10 with an update a sequence, 35-45 with an update a step.
OVERHEAD = {"sequence": 8.0, "step": 40.0}


def launch(cells: Sequence[PlannedCell], settings: Execution) -> None:
    """Train all runs of a sweep, the blocks of all cells in one pool of processes."""
    from lagrun.pool import run_blocks

    if not cells:
        return
    blocks = blocks_of(cells, settings)
    first = partial(_prepare, [cell.cell for cell in cells])
    with live_line(sum(len(cell.runs) for cell in cells), len(blocks)) as counters:
        run_blocks(blocks, n_workers(settings), counters, settings.run_timeout_seconds, first)


def _prepare(cells: Sequence[Cell]) -> None:
    """Compile what is needed; by a worker, as an interrupt may be lost in a compiler."""
    for cell in cells:
        if isinstance(cell.engine, SeedBySeed):
            with suppress(Exception, SystemExit):  # a model or task that fails is to fail in its run, which tells why
                cell.engine.prepare(cell)


def n_workers(settings: Execution) -> int | None:
    """Number of worker processes; None where everything is to be done in this process."""
    from joblib import effective_n_jobs

    if settings.n_jobs == 1 and settings.run_timeout_seconds is None:
        return None
    return int(effective_n_jobs(settings.n_jobs))


def check_memory(cells: Sequence[PlannedCell], settings: Execution) -> None:
    """Raise ConfigError if the runs that would train side by side are too much for the memory."""
    sizes = [(cell.cell, len(cell.runs)) for cell in cells]
    if too_large := refusal(sizes, n_workers(settings) or 1, available()):
        raise ConfigError(too_large)


def blocks_of(cells: Sequence[PlannedCell], settings: Execution) -> list[Block]:
    """Cut cells into blocks, see `lagrun.cut`.

    Parameters
    ----------
    cells : sequence of PlannedCell
        All cells of the sweep.
    settings : Execution
        Of these, the number of workers, the block size and when states are stored count.

    Returns
    -------
    list of Block
        Costliest first.
    """
    made_with, free, n_jobs = provenance(), available(), n_workers(settings) or 1
    blocks = []
    for piece in cut([_work(cell, n_jobs, free) for cell in cells], n_jobs, settings.block_size):
        cell = cells[piece.cell]
        runs = tuple(cell.runs[i] for i in piece.runs)
        block = Block(cell.cell, cell.config, made_with, runs, cell.config_yaml, cell.hydra)
        blocks.append(block.saving(settings.checkpoint_every, settings.checkpoint_seconds))
    return blocks


def _work(planned: PlannedCell, n_jobs: int, free: int | None) -> Work:
    """Tell what a cell costs, in steps of one seed: how long a run is matters more than what is done in a step."""
    cell = planned.cell
    overhead = OVERHEAD[cell.updates] if cell.engine.lockstep else 0.0
    largest = largest_block(cell, n_jobs, free)
    return Work(len(planned.runs), cell.budget * _n_steps(cell.task), overhead, largest)


def _n_steps(task: Task) -> int:
    """Steps of one sequence."""
    try:
        known = getattr(task, "n_steps", None)  # see lagrun.interfaces.KnownBatch
        return int(task.sample(np.random.default_rng(0), 0, 1).lengths[0] if known is None else known)
    except (Exception, SystemExit):  # a user's task that fails is to fail in its run, which tells why
        return 1


def run_job(config: DictConfig) -> None:
    """Run one job: the task function that Hydra calls, under any launcher but lagrun's own.

    Parameters
    ----------
    config : DictConfig
        The composed configuration of one run.
    """
    hydra = HydraConfig.get()
    content, settings = plain(config), execution(config)
    run = Run(0, content.pop("seed"), Path(hydra.runtime.output_dir))
    alone = hydra.mode == RunMode.RUN
    block = Block(build(config), content, provenance(), (run,), command=tuple(sys.argv[1:]) if alone else None)
    block = block.saving(settings.checkpoint_every, settings.checkpoint_seconds)
    try:
        _train(block, settings.run_timeout_seconds)
    except (KeyboardInterrupt, store.StorageError):
        if alone:
            print(f"lagrun: go on with: {resume_command(run.folder)}", file=sys.stderr)
        raise
    if alone:  # a sweep prints its own table
        result = store.read_result(run.folder)
        assert result is not None
        _show(result, run)


def _train(block: Block, run_timeout_seconds: float | None) -> None:
    if run_timeout_seconds is None:
        run_block(block)
    else:
        from lagrun.pool import run_blocks

        run_blocks([block], 1, None, run_timeout_seconds, partial(_prepare, [block.cell]))


def _show(result: Mapping[str, Any], run: Run) -> None:
    """Print what came of a single run, and exit with status 1 if it failed."""
    print(f"{describe(result)}\n{run.folder}")
    if result["outcome"] == FAILED:
        sys.exit(1)


class CheckBeforeRun(Callback):
    """Check a single run's configuration before Hydra makes its folder; finish at once if the run is finished."""

    def __init__(self) -> None:
        self._folder = ExitStack()

    def on_run_start(self, config: DictConfig, **kwargs: Any) -> None:
        """Exit with one line if the configuration is wrong or the folder in use; list the run if it is a dry run."""
        try:
            left, run = self._check(config)
        except (ConfigError, FolderLockedError) as error:
            print(f"lagrun: {error}", file=sys.stderr)
            sys.exit(2 if isinstance(error, ConfigError) else 3)
        except Exception as error:  # Hydra would warn, and go on without any check
            print(f"lagrun: hydra.run.dir={config.hydra.run.dir}: {one_line(repr(error))}", file=sys.stderr)
            sys.exit(2)
        if execution(config).dry_run:
            print(f"{int(left)} run: {' '.join(config.hydra.overrides.task) or 'the defaults'}")
            sys.exit(0)
        if not left:
            _show(store.read_result(run.folder) or {}, run)
            sys.exit(0)

    def _check(self, config: DictConfig) -> tuple[bool, Run]:
        """Check configuration and folder, claim the folder, and tell whether the run has something left to do."""
        build(config)
        settings, content = execution(config), plain(config)
        run = Run(0, content.pop("seed"), Path(config.hydra.run.dir))
        for folder in (run.folder.absolute(), *run.folder.absolute().parents):
            if (folder / store.SWEEP).exists():
                raise ConfigError(f"hydra.run.dir={run.folder}: belongs to a sweep; {resume_command(folder)}")
        if not settings.dry_run:
            self._folder.enter_context(claimed(run.folder, "hydra.run.dir"))
        return _is_left(run, content, settings.retry_failed), run

    def on_run_end(self, config: DictConfig, **kwargs: Any) -> None:
        """Leave the folder to others."""
        self._folder.close()


def _is_left(run: Run, content: Mapping[str, Any], retry_failed: bool) -> bool:
    """Tell whether a single run has something left to do; ConfigError if its folder is another run's."""
    if not run_folder.is_started(run):
        return True
    stored = _stored(run.folder)
    if stored is not None and set(content) <= set(stored[0]):
        old, seed = stored
        if seed != run.seed or identity(content) != identity(old) or content["budget"] < old["budget"]:
            words = f"seed={run.seed} (there {seed})" if seed != run.seed else difference_in_words(content, old)
            raise ConfigError(f"hydra.run.dir={run.folder}: holds a run already, {words}")
    return is_left(run, content, retry_failed)


def _stored(folder: Path) -> tuple[dict[str, Any], int] | None:
    """Configuration and seed of the run in a folder; None if they cannot be read."""
    if result := store.read_result(folder):
        return result["config"], result["seed"]
    try:
        loaded = OmegaConf.load(folder / ".hydra" / "config.yaml")
        content = plain(loaded) if isinstance(loaded, DictConfig) else {}
        return content, content.pop("seed")
    except Exception:  # missing, or half-written by a command that was killed, or no configuration
        return None
