"""The end of a sweep by a sweeper other than lagrun's: where its runs are, and whether any failed."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

from omegaconf import DictConfig, OmegaConf

from lagrun.interfaces.run_result import FAILED
from lagrun.storage import files
from lagrun.storage.sweep_file import SET_ASIDE

#: The class of lagrun's own sweeper, which prints its table.
OWN = "hydra_plugins.lagrun_plugin.LagrunSweeper"


def is_another(config: DictConfig) -> bool:
    """Tell whether a configuration names another sweeper than lagrun's."""
    return bool(OmegaConf.select(config, "hydra.sweeper._target_") != OWN)


def say_where(folder: Path) -> None:
    """Print where the runs are, and how to get their table, if there are any."""
    if n_runs := sum(1 for _ in _started(folder)):
        print(f"{n_runs} runs in {folder}; their table: {_table_of(folder)}")


def complaint(folder: Path) -> str | None:
    """Say how many runs of a folder failed, or ended without a result; None if there are no such runs."""
    results = [files.read_result(path) for path in _started(folder)]
    n_failed = sum(result is not None and result["outcome"] == FAILED for result in results)
    counts = [f"{n} {word}" for n, word in ((n_failed, "failed"), (results.count(None), "are unfinished")) if n]
    if not counts:
        return None
    return f"of {len(results)} runs {' and '.join(counts)}; which, and why: {_table_of(folder)}"


def _started(folder: Path) -> Iterator[Path]:
    for path in folder.rglob(files.STARTED):
        if SET_ASIDE not in path.parent.name:
            yield path.parent


def _table_of(folder: Path) -> str:
    return f"python -m lagrun.aggregate {shlex.quote(str(folder))}"
