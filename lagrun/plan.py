"""From Hydra's list of jobs to cells and runs, every cell composed and checked once."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from hydra.core.config_loader import ConfigLoader
from omegaconf import DictConfig, OmegaConf, open_dict

from lagrun.block import Run
from lagrun.cell import Cell
from lagrun.config import ConfigError, build, plain
from lagrun.published import Label

#: Longest folder name made from overrides; file systems refuse names over 255 bytes.
LONGEST_NAME = 150

#: How overrides start that do not make a cell another one.
NOT_NAMED = ("seed=", "execution.", "trusted_modules=")


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
    """

    overrides: tuple[str, ...]
    cell: Cell
    config: dict[str, Any]
    config_yaml: str
    hydra: dict[str, Any]
    runs: tuple[Run, ...]
    label: Label


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
        runs = tuple(
            Run(m.number, seed, folder / _subfolder(config, seed)) for m, seed in zip(members, seeds, strict=True)
        )
        hydra = OmegaConf.to_container(config.hydra, enum_to_str=True)
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
            )
        )
    _check_folders(sweep, [run.folder for cell in cells for run in cell.runs])
    return cells


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


def cell_folder(overrides: Iterable[str]) -> str:
    """Name a cell's folder after its overrides: ``model=lstm,task.p=100``, without the seed, ``execution`` and trust.

    Anything that is not safe in a file name is replaced, and a hash keeps such names apart.
    """
    text = ",".join(text for text in overrides if not text.startswith(NOT_NAMED)) or "default"
    name = re.sub(r"^\.|[^A-Za-z0-9_.,=+~-]", "_", text)
    if name == text and len(name) <= LONGEST_NAME:
        return name
    return f"{name[:LONGEST_NAME]}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"


def register_resolver() -> None:
    """Make `cell_folder` known to configurations, as ``lagrun.cell_folder``."""
    OmegaConf.register_new_resolver("lagrun.cell_folder", cell_folder, replace=True)


def _subfolder(config: DictConfig, seed: int) -> str:
    """Folder of a run within its sweep."""
    with open_dict(config):
        config.seed = seed
    return str(config.hydra.sweep.subdir)


def _check_folders(sweep: Path, folders: Sequence[Path]) -> None:
    root = sweep.resolve()
    for folder in folders:
        if root not in folder.resolve().parents:
            raise ConfigError(f"hydra.sweep.subdir: {folder} is not inside the sweep folder {sweep}")
    if len(set(folders)) < len(folders):
        raise ConfigError(
            "hydra.sweep.subdir: gives two runs the same folder; it must depend on the overrides and ${seed}"
        )
