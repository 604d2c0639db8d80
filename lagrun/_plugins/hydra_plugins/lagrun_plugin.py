"""lagrun's plugins, as thin as Hydra allows: it accepts them only from the namespace package ``hydra_plugins``."""

from __future__ import annotations

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

from lagrun.config import execution
from lagrun.launch import launch
from lagrun.paths import SWEEPS
from lagrun.plan import PlannedCell, plan
from lagrun.published import Label
from lagrun.sweep import describe, expand, sweep_folder


class LagrunSearchPath(SearchPathPlugin):
    """Finds the files of ``sweeps/`` as primary configurations (``-cn NAME``)."""

    def manipulate_search_path(self, search_path: ConfigSearchPath) -> None:
        search_path.append("lagrun", f"file://{SWEEPS}")


class LagrunLauncher(Launcher):
    """Trains the seeds of a cell in lockstep blocks, the blocks of all cells in one joblib pool."""

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        self._loader, self._config = hydra_context.config_loader, config

    def launch(self, job_overrides: Sequence[Sequence[str]], initial_job_idx: int) -> Sequence[JobReturn]:
        jobs = dict.fromkeys(map(tuple, job_overrides), Label())
        self.launch_cells(plan(self._loader, self._config, jobs, initial_job_idx))
        return [JobReturn(overrides=list(o), status=JobStatus.COMPLETED, _return_value=None) for o in job_overrides]

    def launch_cells(self, cells: Sequence[PlannedCell]) -> None:
        launch(cells, execution(self._config))


class LagrunSweeper(Sweeper):
    """Expands a list of cells, checks each before anything is trained, and prints the table at the end."""

    def __init__(self, params: dict[str, Any] | None, cells: list[dict[str, Any]] | None) -> None:
        self._params, self._cells = {} if params is None else params, [] if cells is None else cells

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        from hydra.core.plugins import Plugins

        self._loader, self._config = hydra_context.config_loader, config
        self._launcher = Plugins.instance().instantiate_launcher(
            hydra_context=hydra_context, task_function=task_function, config=config
        )

    def sweep(self, arguments: list[str]) -> None:
        jobs = expand(self._params, self._cells, arguments)
        cells = plan(self._loader, self._config, jobs, first_index=0)
        if cells[0].config["execution"]["dry_run"]:
            print(describe(cells, execution(self._config)))
            return
        folder = Path(self._config.hydra.sweep.dir)
        with sweep_folder(folder, cells):
            OmegaConf.save(self._config, folder / "multirun.yaml")
            if isinstance(self._launcher, LagrunLauncher):
                self._launcher.launch_cells(cells)
                return
            for job in self._launcher.launch([list(job) for job in jobs], initial_job_idx=0):
                _ = job.return_value  # raises what the job raised


_HERE = "hydra_plugins.lagrun_plugin"
_NODES: dict[str, dict[str, Any]] = {
    "hydra/launcher": {"_target_": f"{_HERE}.LagrunLauncher"},
    "hydra/sweeper": {"_target_": f"{_HERE}.LagrunSweeper", "params": None, "cells": None, "_convert_": "all"},
}
for _group, _node in _NODES.items():
    ConfigStore.instance().store(group=_group, name="lagrun", node=_node)
