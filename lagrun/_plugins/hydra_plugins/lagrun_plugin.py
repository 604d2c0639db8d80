"""lagrun's plugins, kept thin; they are here as Hydra only accepts plugins from the package ``hydra_plugins``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hydra.core.config_search_path import ConfigSearchPath
from hydra.core.config_store import ConfigStore
from hydra.core.utils import JobReturn, JobStatus
from hydra.plugins.launcher import Launcher
from hydra.plugins.search_path_plugin import SearchPathPlugin
from hydra.plugins.sweeper import Sweeper
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig, OmegaConf

from lagrun.cli.aloud import ALOUD
from lagrun.config.build import execution, unknown_key
from lagrun.config.paths import CONF, SWEEPS
from lagrun.execution.dry_run import describe
from lagrun.execution.launch import check_memory, launch
from lagrun.planning.cells_keys import Composer
from lagrun.planning.expand import expand
from lagrun.planning.plan import job_of, plan, runs_once
from lagrun.planning.published import Label
from lagrun.planning.resume import merge, unfinished
from lagrun.planning.session import sweep_folder
from lagrun.storage.files import storage_errors


class LagrunSearchPath(SearchPathPlugin):
    """Finds the files of ``sweeps/`` as primary configurations (``-cn NAME``), and ``conf/`` beside any ``-cp``."""

    def manipulate_search_path(self, search_path: ConfigSearchPath) -> None:
        search_path.append("lagrun", f"file://{SWEEPS}")
        if all((element.path or "").removeprefix("file://") != str(CONF) for element in search_path.get_path()):
            search_path.append("lagrun", f"file://{CONF}")


class LagrunLauncher(Launcher):
    """Trains the seeds of a cell in lockstep blocks, the blocks of all cells in one joblib pool."""

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        self._loader, self._config = hydra_context.config_loader, config

    def launch(self, job_overrides: Sequence[Sequence[str]], initial_job_idx: int) -> Sequence[JobReturn]:
        jobs = [(overrides, Label()) for overrides in job_overrides]
        folder = Path(self._config.hydra.sweep.dir)
        launch(plan(self._loader, self._config, jobs, initial_job_idx), execution(self._config), folder)
        return [JobReturn(overrides=list(o), status=JobStatus.COMPLETED, _return_value=None) for o in job_overrides]


class LagrunSweeper(Sweeper):
    """Expands a list of cells, checks each before anything is trained, and prints the table at the end."""

    def __init__(
        self,
        params: dict[str, Any] | None,
        cells: list[dict[str, Any]] | None,
        names: str | list[str] | None,
        **unknown: Any,
    ) -> None:
        self._unknown = unknown
        self._params, self._cells = {} if params is None else params, [] if cells is None else cells
        self._names = [] if names is None else names

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        from hydra.core.plugins import Plugins

        self._loader, self._config = hydra_context.config_loader, config
        self._launcher = Plugins.instance().instantiate_launcher(
            hydra_context=hydra_context, task_function=task_function, config=config
        )

    def sweep(self, arguments: list[str]) -> None:
        for name, value in self._unknown.items():  # Hydra would wrap what a constructor raises
            raise unknown_key(f"hydra.sweeper.{name}", value, ("params", "cells", "names"))
        jobs = expand(self._params, self._cells, arguments, self._names, self._loader)
        compose = Composer(self._loader, self._config, arguments)
        cells = plan(self._loader, self._config, jobs, 0, compose)
        folder, settings = Path(self._config.hydra.sweep.dir), execution(OmegaConf.create(cells[0].config))
        if settings.dry_run:
            left = unfinished(merge(cells, folder), settings.retry_failed, folder)
            text = describe(runs_once(left), settings)
            _say(compose.notices())
            print(text)
            return
        if isinstance(self._launcher, LagrunLauncher):
            check_memory(cells, settings)
        with sweep_folder(folder, cells, settings.retry_failed, _report) as left:
            _say(compose.notices())
            with storage_errors(folder):
                OmegaConf.save(self._config, folder / "multirun.yaml")
            if isinstance(self._launcher, LagrunLauncher):
                launch(left, settings, folder)
                return
            from lagrun.cli.other_launchers import shown_by_folders

            left_runs = sorted(((cell, run) for cell in left for run in cell.runs), key=lambda each: each[1].index)
            left_jobs = [job_of(cell, run, folder, number) for number, (cell, run) in enumerate(left_runs)]
            with shown_by_folders(folder):
                for job in self._launcher.launch(left_jobs, initial_job_idx=0) if left_jobs else ():
                    _ = job.return_value  # raises what the job raised


def _report(folder: Path, strict: bool) -> Any:
    from lagrun.analysis.sweep_tables import report  # the import takes a while, and single runs do not need it

    return report(folder, strict=strict, aloud=ALOUD.get())


def _say(notices: Sequence[str]) -> None:
    for notice in notices:
        print(f"lagrun: {notice}", file=sys.stderr)


_HERE = "hydra_plugins.lagrun_plugin"
_NODES: dict[str, dict[str, Any]] = {
    "hydra/launcher": {"_target_": f"{_HERE}.LagrunLauncher"},
    "hydra/sweeper": {
        "_target_": f"{_HERE}.LagrunSweeper",
        "params": None,
        "cells": None,
        "names": None,
        "_convert_": "all",
    },
}
for _group, _node in _NODES.items():
    ConfigStore.instance().store(group=_group, name="lagrun", node=_node)
