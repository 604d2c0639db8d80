"""A single run: the task function that Hydra calls for it, and the checks before it.

Launchers other than lagrun's own call the same function for each job of a sweep.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

from hydra.core.config_loader import ConfigLoader
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from hydra.experimental.callback import Callback
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf

from lagrun.analysis.outcome import describe
from lagrun.checks import ConfigError, one_line, show
from lagrun.cli.hydra_settings import selected
from lagrun.cli.other_sweepers import complaint, is_another, say_where
from lagrun.cli.sweep_files import CELLS
from lagrun.config.build import execution, plain
from lagrun.config.identity import WITHOUT_EFFECT, is_run_of, is_same
from lagrun.config.stored_config import as_of_now
from lagrun.config.variants import options_of
from lagrun.execution.counters import Counts, adder
from lagrun.execution.launch import prepare, shown_by_counters
from lagrun.execution.progress_words import Speed, run_in_words
from lagrun.execution.run_block import run_block
from lagrun.execution.unavailable import NoWorkerError
from lagrun.interfaces.experiment import Experiment
from lagrun.interfaces.run_result import FAILED
from lagrun.planning.plan import declared_by
from lagrun.planning.resume import difference_in_words
from lagrun.planning.session import resume_command
from lagrun.storage import files, run_folder
from lagrun.storage.block import SHOW_SECONDS, Block, Run
from lagrun.storage.counting import standing
from lagrun.storage.lock import FolderLockedError, lock_folder
from lagrun.storage.partial import read_partial
from lagrun.storage.provenance import provenance
from lagrun.storage.stored_weights import with_initial
from lagrun.training.admission import build_typed

#: What to do at the end of the command: unlock folders, and print the folder of another sweeper's sweep.
_AT_END = ExitStack()

#: Seconds between two lines of progress of a command's only run.
SHOW_ALONE_SECONDS = 2.0


def run_job(config: DictConfig) -> None:
    """Run one job: the task function that Hydra calls, under any launcher other than lagrun's own.

    Parameters
    ----------
    config : DictConfig
        The composed configuration of one run.
    """
    hydra = HydraConfig.get()
    cell, content = _built(config, Path(hydra.runtime.cwd))
    settings = execution(config)
    run = Run(0, content.pop("seed"), Path(hydra.runtime.output_dir))
    alone = hydra.mode == RunMode.RUN
    if not alone:
        _check_folder(run, content)
    _resolve(run, content)
    block = Block(
        cell,
        content,
        provenance(),
        (run,),
        options=options_of(hydra.runtime.choices, content, declared_by(_loader())),
        checkpoint_every=settings.checkpoint_every,
        checkpoint_seconds=settings.checkpoint_seconds,
        command=tuple(sys.argv[1:]) if alone else None,
        show_seconds=SHOW_ALONE_SECONDS if alone else SHOW_SECONDS,
    )
    try:
        _train(block, settings.run_timeout_seconds, alone)
    except (KeyboardInterrupt, files.StorageError):
        if alone:
            print(f"lagrun: go on with: {resume_command(run.folder)}", file=sys.stderr)
        raise
    except NoWorkerError as error:
        if alone:  # Hydra would add a line of its own
            print(f"lagrun: {error}", file=sys.stderr)
            sys.exit(1)
        raise
    if alone:  # a sweep prints its own table
        result = files.read_result(run.folder)
        assert result is not None
        _show(result, run)


def _check_folder(run: Run, content: Mapping[str, Any]) -> None:
    """Refuse a folder with another run's result: Hydra's sweeper gives runs of equal names the same folder."""
    result = files.read_result(run.folder)
    if result is not None and not is_run_of(result, content, run.seed):
        raise ConfigError(f"hydra.sweep.subdir: {run.folder} holds another run; its name must tell all runs apart")


def _built(config: DictConfig, here: Path) -> tuple[Experiment, dict[str, Any]]:
    """Make the objects of a run and its values; folders are relative to `here`, where the command was typed."""
    experiment, content = build_typed(config, declared_by(_loader()))
    return with_initial(experiment, content, [content["seed"]], here)


def _loader() -> ConfigLoader | None:
    """Hydra's, if it is in this process."""
    return GlobalHydra.instance().config_loader() if GlobalHydra.instance().is_initialized() else None


def _resolve(run: Run, content: Mapping[str, Any]) -> None:
    """Resolve interpolations, such as variables, in the stored configuration that reproduces the run."""
    path = run.folder / ".hydra" / "config.yaml"
    if path.exists() and "${" in path.read_text(encoding="utf-8"):
        resolved = OmegaConf.create({"seed": run.seed, **content})
        with files.storage_errors(run.folder):
            path.write_text(OmegaConf.to_yaml(resolved), encoding="utf-8")


def _train(block: Block, run_timeout_seconds: float | None, alone: bool) -> None:
    (run,) = block.runs

    def words(counts: Counts, speed: Speed) -> list[str]:
        so_far = read_partial(run.folder)
        return run_in_words(counts, speed, block.experiment.budget, so_far.rolling if so_far else math.nan)

    with shown_by_counters([block], words, run.folder, is_sweep=False, aloud=alone) as counters:
        if run_timeout_seconds is None:
            run_block(block, adder(counters, 0))
        else:
            from lagrun.execution.pool import run_blocks

            run_blocks([block], 1, counters, run_timeout_seconds, partial(prepare, [block.experiment]))


def _show(result: Mapping[str, Any], run: Run) -> None:
    """Print what came of a single run, and exit with status 1 if it failed."""
    print(f"{describe(result)}\n{run.folder.absolute()}")
    if result["outcome"] == FAILED:
        sys.exit(1)


class RefusedError(BaseException):
    """Carries an error past Hydra, which only warns of a callback's `Exception`, and goes on."""

    def __init__(self, error: ConfigError | FolderLockedError) -> None:
        super().__init__(str(error))
        self.error = error


def end() -> None:
    """End what callbacks have begun: unlock folders, and say where the runs of another sweeper are."""
    _AT_END.close()


class CheckBeforeRun(Callback):
    """Check a single run's configuration before Hydra makes its folder; finish at once if the run is finished.

    Sweeps are checked by lagrun's sweeper. If another sweeper is used, lock its folder, and report failed runs.
    """

    def on_multirun_start(self, config: DictConfig, **kwargs: Any) -> None:
        """Lock the folder of another sweeper; exit with one line if a dry run is asked for."""
        if not is_another(config):
            return
        if OmegaConf.select(config, "execution.dry_run"):
            sys.exit(_complain("execution.dry_run=true: is for hydra/sweeper=lagrun; others would train", 2))
        folder = Path(config.hydra.sweep.dir)
        try:
            _AT_END.enter_context(lock_folder(folder, "hydra.sweep.dir"))
        except (ConfigError, FolderLockedError) as error:
            raise RefusedError(error) from None
        _AT_END.callback(say_where, folder)

    def on_multirun_end(self, config: DictConfig, **kwargs: Any) -> None:
        """Exit with status 1 if runs of another sweeper failed or have no result."""
        if is_another(config) and (wrong := complaint(Path(config.hydra.sweep.dir))):
            sys.exit(_complain(wrong, 1))

    def on_run_start(self, config: DictConfig, **kwargs: Any) -> None:
        """Raise an error if the configuration is wrong or the folder in use; in a dry run, print the run and exit."""
        try:
            left, run = self._check(config)
        except (ConfigError, FolderLockedError) as error:
            raise RefusedError(error) from None
        except Exception as error:  # Hydra would warn, and go on without any check
            sys.exit(_complain(f"hydra.run.dir={config.hydra.run.dir}: {one_line(repr(error))}", 2))
        if execution(config).dry_run:
            print(f"{int(left)} run: {' '.join(config.hydra.overrides.task) or 'the defaults'}")
            sys.exit(0)
        if not left:
            _show(files.read_result(run.folder) or {}, run)
            sys.exit(0)

    def _check(self, config: DictConfig) -> tuple[bool, Run]:
        """Check the configuration, lock the folder, and tell whether there is something left to do for the run."""
        for name in (*CELLS, "names"):
            if value := selected(config, f"hydra.sweeper.{name}", None):
                raise ConfigError(f"hydra.sweeper.{name}={show(value)}: is a sweep, and needs -m")
        settings, content = execution(config), _built(config, Path())[1]
        run = Run(0, content.pop("seed"), Path(config.hydra.run.dir))
        for folder in (run.folder.absolute(), *run.folder.absolute().parents):
            if (folder / files.SWEEP).exists():
                raise ConfigError(f"hydra.run.dir={run.folder}: belongs to a sweep; {resume_command(folder)}")
        if not settings.dry_run:
            _AT_END.enter_context(lock_folder(run.folder, "hydra.run.dir"))
        return _is_left(run, content, settings.retry_failed), run


def _complain(message: str, status: int) -> int:
    """Print a line on standard error, and return the exit status."""
    print(f"lagrun: {message}", file=sys.stderr)
    return status


def _is_left(run: Run, content: Mapping[str, Any], retry_failed: bool) -> bool:
    """Tell whether a single run has something left to do; ConfigError if its folder is another run's."""
    if not run_folder.is_started(run):
        return True
    stored = _stored(run.folder)
    if stored is not None and set(content) - set(WITHOUT_EFFECT) <= set(stored[0]):
        old, seed = stored
        if seed != run.seed or not is_same(old, content) or content["budget"] < old["budget"]:
            words = f"seed={run.seed} (there {seed})" if seed != run.seed else difference_in_words(content, old)
            raise ConfigError(f"hydra.run.dir={run.folder}: holds a run already, {words}")
    found = standing(run.folder, content, run.seed)
    if found.damage:
        print(f"lagrun: {run.folder}: {found.damage}; run again", file=sys.stderr)
    return found.is_left(retry_failed)


def _stored(folder: Path) -> tuple[dict[str, Any], int] | None:
    """Configuration and seed of the run in a folder; None if they cannot be read."""
    if result := files.read_result(folder):
        return result["config"], result["seed"]
    try:
        loaded = OmegaConf.load(folder / ".hydra" / "config.yaml")
        content = as_of_now(plain(loaded)) if isinstance(loaded, DictConfig) else {}
        return content, content.pop("seed")
    except Exception:  # missing, or half-written by a command that was killed, or no configuration
        return None
