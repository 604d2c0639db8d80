"""From Hydra's list of jobs to cells and runs, every cell composed and checked once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from hydra.core.config_loader import ConfigLoader
from omegaconf import DictConfig, OmegaConf

from lagrun.block import Run
from lagrun.cell import Cell
from lagrun.cli import quoted
from lagrun.config import ConfigError, build, plain
from lagrun.published import Label
from lagrun.subfolders import Subfolder


@dataclass(frozen=True)
class PlannedCell:
    """A cell of a sweep and its runs.

    Attributes
    ----------
    overrides : tuple of str
        What the sweep sets, without the seed.
    cell : Cell
        The checked objects.
    config : dict
        The composed configuration without ``hydra`` and ``seed``.
    config_yaml : str
        The same as YAML text.
    hydra : dict
        Hydra's own node, unresolved.
    runs : tuple of Run
    label : Label
        Its name, and what a paper reports of it.
    subfolder : callable
        Gives a run's folder within the sweep's, from overrides without the seed, and the seed.
    named_after : tuple of str
        The overrides by which its folders are named: those with which the sweep was begun.
    """

    overrides: tuple[str, ...]
    cell: Cell
    config: dict[str, Any]
    config_yaml: str
    hydra: dict[str, Any]
    runs: tuple[Run, ...]
    label: Label
    subfolder: Callable[[Sequence[str], int], str]
    named_after: tuple[str, ...]


def plan(
    loader: ConfigLoader, master: DictConfig, jobs: Mapping[tuple[str, ...], Label], first_index: int
) -> list[PlannedCell]:
    """Group jobs that differ only in their seed, and compose each group once.

    Parameters
    ----------
    loader : ConfigLoader
        Hydra's.
    master : DictConfig
        The configuration that the sweep was started with.
    jobs : mapping
        Overrides of every job, and the label of its cell.
    first_index : int
        Number of the first job.

    Returns
    -------
    list of PlannedCell
        In the order of the jobs; a configuration that was met before is left out.

    Raises
    ------
    ConfigError
        If a cell's configuration is wrong, or a run's folder is not its own or lies outside the sweep.
    """
    sweep = Path(master.hydra.sweep.dir)  # read before composing, which copies its time stamp
    cells: list[PlannedCell] = []
    met: set[str] = set()
    for overrides, members in _without_seeds(jobs, first_index).items():
        config = loader.load_sweep_config(master, list(members[0].job))
        cell = build(config)
        seeds = [config.seed if member.seed is None else member.seed for member in members]
        content = {name: value for name, value in plain(config).items() if name != "seed"}
        identity = json.dumps([content, seeds], sort_keys=True)
        if identity in met:
            continue
        met.add(identity)
        folder = Path(config.hydra.sweep.dir).absolute()  # wherever a worker stands
        hydra = OmegaConf.to_container(config.hydra, enum_to_str=True)
        subfolder = Subfolder(config)
        runs = tuple(
            Run(m.number, seed, folder / subfolder(overrides, seed)) for m, seed in zip(members, seeds, strict=True)
        )
        assert isinstance(hydra, dict)
        cells.append(
            PlannedCell(
                overrides=overrides,
                cell=cell,
                config=content,
                config_yaml=OmegaConf.to_yaml(OmegaConf.create(content)),
                hydra={str(key): value for key, value in hydra.items()},
                runs=runs,
                label=jobs[members[0].job],
                subfolder=subfolder,
                named_after=overrides,
            )
        )
    check_folders(sweep, [run.folder for cell in cells for run in cell.runs])
    return cells


def job_of(cell: PlannedCell, run: Run) -> list[str]:
    """Write a run as the overrides of a job, for launchers other than lagrun's own."""
    job = [*cell.overrides, f"seed={run.seed}"]
    if cell.named_after != cell.overrides:
        job.append(f"hydra.sweep.subdir={quoted(cell.subfolder(cell.named_after, run.seed))}")
    return job


class _Member(NamedTuple):
    """A job of a cell: its number, all its overrides, and its seed if they set one."""

    number: int
    job: tuple[str, ...]
    seed: int | None


def _without_seeds(jobs: Iterable[tuple[str, ...]], first_index: int) -> dict[tuple[str, ...], list[_Member]]:
    """Group jobs by their overrides without the seed, in order."""
    groups: dict[tuple[str, ...], list[_Member]] = {}
    for index, job in enumerate(jobs, first_index):
        seeds = [int(text.removeprefix("seed=")) for text in job if text.startswith("seed=")]
        cell = tuple(text for text in job if not text.startswith("seed="))
        groups.setdefault(cell, []).append(_Member(index, job, seeds[0] if seeds else None))
    return groups


def check_folders(sweep: Path, folders: Sequence[Path]) -> None:
    """Raise ConfigError if a run's folder is another's too, or lies outside its sweep's."""
    root = sweep.resolve()
    for folder in folders:
        if root not in folder.resolve().parents:
            raise ConfigError(f"hydra.sweep.subdir: {folder} is not inside the sweep folder {sweep}")
    if len(set(folders)) < len(folders):
        raise ConfigError(
            "hydra.sweep.subdir: gives two runs the same folder; it must depend on the overrides and ${seed}"
        )
