"""From Hydra's list of jobs to cells and runs: every cell composed and checked once, every run planned once."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from hydra.core.config_loader import ConfigLoader
from omegaconf import DictConfig, OmegaConf

from lagrun.checks import ConfigError
from lagrun.config.identity import experiment
from lagrun.config.overrides import quoted
from lagrun.config.variants import TARGET, Declared, options_of
from lagrun.interfaces.experiment import Experiment
from lagrun.planning.cells_keys import Composer
from lagrun.planning.folder_names import Subfolder
from lagrun.planning.published import Label
from lagrun.storage.block import Run
from lagrun.storage.stored_weights import with_initial
from lagrun.training.admission import build_typed

#: Most bytes of the name of a file or folder.
LONGEST = 255


@dataclass(frozen=True)
class PlannedCell:
    """A cell of a sweep and its runs.

    Attributes
    ----------
    overrides : tuple of str
        What the sweep sets, without the seed.
    experiment : Experiment
        The checked objects.
    config : dict
        The composed configuration without ``hydra`` and ``seed``.
    config_yaml : str
        The same as YAML text.
    options : dict
        Names of the options of its groups, see `lagrun.config.variants.options_of`.
    hydra : dict
        Hydra's own node, unresolved.
    runs : tuple of Run
    label : Label
        Its name, and what a paper reports of it.
    subfolder : callable
        Gives a run's folder within the sweep's, from overrides without the seed, the seed, and the run's number.
    named_after : tuple of str
        The overrides after which its folders are named: those with which the sweep was started.
    """

    overrides: tuple[str, ...]
    experiment: Experiment
    config: dict[str, Any]
    config_yaml: str
    options: dict[str, str]
    hydra: dict[str, Any]
    runs: tuple[Run, ...]
    label: Label
    subfolder: Callable[[Sequence[str], int, int], str]
    named_after: tuple[str, ...]


def plan(
    loader: ConfigLoader,
    master: DictConfig,
    jobs: Sequence[tuple[Sequence[str], Label]],
    first_index: int,
    compose: Composer | None = None,
) -> list[PlannedCell]:
    """Group jobs that differ only in their seed, compose each group once, and plan each run of an experiment once.

    Parameters
    ----------
    loader : ConfigLoader
        Hydra's.
    master : DictConfig
        The configuration that the sweep was started with.
    jobs : sequence of tuple
        Overrides of every job, and the label of its cell.
    first_index : int
        Number of the first job.
    compose : Composer, optional
        Composes the cells; by default one without typed overrides.

    Returns
    -------
    list of PlannedCell
        In the order of the jobs, see `once`.

    Raises
    ------
    ConfigError
        If a cell's configuration is wrong, or a run's folder is another run's too or lies outside the sweep.
    """
    sweep = Path(master.hydra.sweep.dir)  # read before composing, which copies its time stamp
    declared = declared_by(loader)
    compose = compose or Composer(loader, master)
    cells = once(
        _planned(*compose(_largest(members).job, label.name), label, members, declared)
        for (_, label), members in _without_seeds(jobs, first_index).items()
    )
    compose.check()
    check_folders(sweep, cells)
    return cells


def declared_by(loader: ConfigLoader | None) -> Declared:
    """Look up the classes of options in the files that Hydra finds; without its loader, no class is known."""

    @cache
    def declared(group: str, option: str) -> str | None:
        repository = getattr(loader, "repository", None)
        found = repository.load_config(f"{group}/{option}") if repository else None
        target = OmegaConf.select(found.config, TARGET) if found else None
        return target if isinstance(target, str) else None

    return declared


def _largest(members: Sequence[_Member]) -> _Member:
    """The job with the largest seed, to check its range; apart from the seed, all jobs of a group are the same."""
    return max(members, key=lambda member: member.seed or 0)


def _planned(
    config: DictConfig, job: Sequence[str], label: Label, members: Sequence[_Member], declared: Declared
) -> PlannedCell:
    """Check the configuration composed for one job of a group, and plan the runs of the group."""
    overrides = _without_seed(job)
    cell, content = build_typed(config, declared)
    own_seed = content.pop("seed")
    seeds = [own_seed if member.seed is None else member.seed for member in members]
    cell, content = with_initial(cell, content, seeds)
    folder = Path(config.hydra.sweep.dir).absolute()  # valid in any working directory of a worker
    hydra = OmegaConf.to_container(config.hydra, enum_to_str=True)
    subfolder = Subfolder(config)
    assert isinstance(hydra, dict)
    return PlannedCell(
        overrides=overrides,
        experiment=cell,
        config=content,
        config_yaml=OmegaConf.to_yaml(OmegaConf.create(content)),
        options=options_of(config.hydra.runtime.choices, content, declared),
        hydra={str(key): value for key, value in hydra.items()},
        runs=tuple(
            Run(m.number, seed, folder / subfolder(overrides, seed, m.number))
            for m, seed in zip(members, seeds, strict=True)
        ),
        label=label,
        subfolder=subfolder,
        named_after=overrides,
    )


def once(cells: Iterable[PlannedCell]) -> list[PlannedCell]:
    """Join cells that are the same experiment, however they were typed.

    Cells of the same name, or without one, become one cell, at the place of the first. It has the seeds of all and the
    published values of the first that has any. Settings that cannot change a result are those of the first, except that
    the largest number of snapshots counts. Cells of different names stay separate rows of the table, and share their
    runs: each seed of an experiment has one folder.
    """
    joined: dict[tuple[str, str | None], PlannedCell] = {}
    folders: dict[tuple[str, int], Path] = {}
    for cell in cells:
        which = experiment(cell.config)
        before = joined.get((which, cell.label.name))
        runs = {run.seed: run for run in before.runs} if before else {}
        for run in cell.runs:
            runs.setdefault(run.seed, replace(run, folder=folders.setdefault((which, run.seed), run.folder)))
        label = before.label if before and before.label.published else cell.label
        first = before or cell
        if cell.experiment.snapshots > first.experiment.snapshots:  # so that whoever asked for snapshots gets them
            first = replace(first, experiment=cell.experiment, config=cell.config, config_yaml=cell.config_yaml)
        joined[which, cell.label.name] = replace(first, label=label, runs=tuple(runs.values()))
    return list(joined.values())


def runs_once(cells: Iterable[PlannedCell]) -> list[PlannedCell]:
    """Keep each run only in the first cell that has it, and drop cells that have no runs left."""
    met: set[Path] = set()
    kept = []
    for cell in cells:
        runs = tuple(run for run in cell.runs if run.folder not in met)
        met.update(run.folder for run in runs)
        if runs:
            kept.append(replace(cell, runs=runs))
    return kept


def job_of(cell: PlannedCell, run: Run, sweep: Path, number: int) -> list[str]:
    """Write a run as the overrides of a job with this number, for launchers other than lagrun's."""
    job = [*cell.overrides, f"seed={run.seed}"]
    if run.folder != sweep.absolute() / cell.subfolder(cell.overrides, run.seed, number):
        job.append(f"hydra.sweep.subdir={quoted(str(run.folder.relative_to(sweep.absolute())))}")
    return job


class _Member(NamedTuple):
    """A job of a cell: its number, all its overrides, and its seed if they set one."""

    number: int
    job: tuple[str, ...]
    seed: int | None


def _without_seeds(
    jobs: Iterable[tuple[Sequence[str], Label]], first_index: int
) -> dict[tuple[tuple[str, ...], Label], list[_Member]]:
    """Group jobs by their overrides without the seed, and their label, in order."""
    groups: dict[tuple[tuple[str, ...], Label], list[_Member]] = {}
    for index, (job, label) in enumerate(jobs, first_index):
        seeds = [text.removeprefix("seed=") for text in job if text.startswith("seed=")]
        seed = int(seeds[0]) if seeds and seeds[0].isdecimal() else None  # None: the configuration has it
        cell = _without_seed(job)
        groups.setdefault((cell, label), []).append(_Member(index, tuple(job), seed))
    return groups


def _without_seed(job: Iterable[str]) -> tuple[str, ...]:
    return tuple(text for text in job if not text.startswith("seed="))


def check_folders(sweep: Path, cells: Iterable[PlannedCell]) -> None:
    """Raise ConfigError if two runs have one folder, or a run's folder lies outside its sweep's."""
    root, owners = sweep.resolve(), dict[Path, tuple[str, int]]()
    n_parts = len(sweep.absolute().parts)
    for cell in cells:
        which = experiment(cell.config)
        for run in cell.runs:
            if root not in run.folder.resolve().parents:
                raise ConfigError(f"hydra.sweep.subdir: {run.folder} is not inside the sweep folder {sweep}")
            if any(len(os.fsencode(part)) > LONGEST for part in run.folder.parts[n_parts:]):
                raise ConfigError(
                    f"hydra.sweep.subdir: {run.folder}: a name over {LONGEST} bytes; shorten it by "
                    "hydra.job.config.override_dirname.exclude_keys, or leave hydra.sweep.subdir out"
                )
            if owners.setdefault(run.folder, (which, run.seed)) != (which, run.seed):
                raise ConfigError(
                    "hydra.sweep.subdir: gives two runs the same folder; it must depend on the overrides and ${seed}"
                )
