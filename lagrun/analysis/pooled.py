"""Several folders read as one: the same experiment is one cell, with the runs of all.

The folders of pooled runs are named relative to the working directory, `ROOT`, and nothing is written into them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from lagrun.analysis.frame import check_folder, without_cell
from lagrun.checks import ConfigError, show
from lagrun.storage.found_runs import Found, FoundRun, each_once, found_runs, with_result
from lagrun.storage.stored_sweep import Kept, StoredSweep

#: What the folders of pooled runs are relative to.
ROOT = Path()


class PooledSweep(StoredSweep):
    """Several folders read as one, whose runs are named relative to `ROOT`; each file is read once.

    Parameters
    ----------
    folders : sequence of Path
        Of sweeps or runs.

    Attributes
    ----------
    parts : list of StoredSweep
        Each of them.
    """

    def __init__(self, folders: Sequence[Path]) -> None:
        kept = Kept()
        super().__init__(ROOT, kept)
        self.parts = [StoredSweep(folder, kept) for folder in folders]

    @cached_property
    def planned_configs(self) -> dict[str, dict[str, Any]]:
        """The planned configuration of each run that is in a plan, by the run's folder."""
        each = [(part.folder, name, config) for part in self.parts for name, config in part.planned_configs.items()]
        return {str(folder / name): config for folder, name, config in each}


def pooled_runs(pooled: Sequence[Path] | PooledSweep) -> Found:
    """List the runs of several folders; each experiment, name and seed is listed once.

    If folders have different published values for the same cell, the first ones count.

    Parameters
    ----------
    pooled : sequence of Path
        Folders of sweeps or runs.

    Returns
    -------
    Found
        With each run's folder relative to `ROOT`, and contradictions in words, also between published values.

    Raises
    ------
    ConfigError
        If a folder is named twice, cannot be read, or holds no runs.
    """
    parts = (pooled if isinstance(pooled, PooledSweep) else PooledSweep(pooled)).parts
    if len({part.folder.resolve() for part in parts}) < len(parts):
        raise ConfigError("a folder is named twice")
    runs: list[FoundRun] = []
    contradictions: list[str] = []
    for part in parts:
        folder = part.folder
        check_folder(folder)
        found = found_runs(part)
        if not found.runs:
            raise ConfigError(f"{folder}: holds no runs")
        runs += [replace(run, folder=str(folder / run.folder)) for run in found.runs]
        contradictions += [f"{folder}: {words}" for words in found.contradictions]
    published, differing = _published(runs)
    once = each_once([_with_published(run, published) for run in runs])
    return Found(once.runs, [*contradictions, *once.contradictions, *differing])


def pooled_without_cell(pooled: PooledSweep, runs: pd.DataFrame) -> dict[str, str]:
    """Damaged results that the pooled frame leaves out, of folders without a sweep's plan; see `without_cell`."""
    left_out: dict[str, str] = {}
    for part in pooled.parts:
        folder = part.folder
        names = {str(folder / name): str(name) for name in with_result(folder)}
        own = pd.DataFrame({"folder": [names[name] for name in runs["folder"] if name in names]})
        left_out |= {str(folder / name): wrong for name, wrong in without_cell(part, own).items()}
    return left_out


def needs_output(folders: Sequence[Path]) -> ConfigError:
    """The error to raise if there is something to write, but no output folder is given."""
    return ConfigError(f"--output: must be given, as {len(folders)} folders are read together")


def _cell(run: FoundRun) -> tuple[str, str | None]:
    return run.experiment, run.cell.get("name")


def _published(runs: Sequence[FoundRun]) -> tuple[dict[tuple[str, str | None], FoundRun], list[str]]:
    """The first run of each cell with published values, and in words which runs contradict it."""
    first: dict[tuple[str, str | None], FoundRun] = {}
    differing: dict[str, None] = {}
    for run in runs:
        if values := run.cell.get("published"):
            known = first.setdefault(_cell(run), run)
            if known.cell["published"] != values:
                other = show(known.cell["published"])
                words = f"{Path(run.folder).parent}: published values are {show(values)}, but {other} in"
                differing[f"{words} {Path(known.folder).parent}; only those count"] = None
    return first, list(differing)


def _with_published(run: FoundRun, first: dict[tuple[str, str | None], FoundRun]) -> FoundRun:
    known = first.get(_cell(run))
    return replace(run, cell={**run.cell, "published": known.cell["published"]}) if known else run
