"""The runs of a folder as one tidy frame, a row a run: what is stored beside each result, never today's YAML."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from lagrun.analysis.solved import HOLDS, holds
from lagrun.checks import ConfigError, show
from lagrun.config.identity import WITHOUT_EFFECT
from lagrun.config.init_from import FOLDER, INIT_FROM
from lagrun.config.variants import GROUPS, TARGET, told_apart, variant_name
from lagrun.interfaces.run_result import UNFINISHED
from lagrun.storage import files
from lagrun.storage.found_runs import OPTIONS, FoundRun, found_runs, with_result
from lagrun.storage.stored_sweep import StoredSweep, stored_sweep
from lagrun.text import last_line

__all__ = ["NAME", "PUBLISHED", "UNFINISHED", "check_folder", "frame", "frame_of", "without_cell"]

#: Fields of a result that the frame has even where no run has ended.
STORED = ("seed", *files.FIELDS)

#: Columns of what a paper reports of a run's cell, if the sweep file holds it.
PUBLISHED_MEAN, PUBLISHED_MEDIAN = "published_mean_sequences", "published_median_sequences"
PUBLISHED = ("published_solved", "published_n", PUBLISHED_MEAN, PUBLISHED_MEDIAN)

#: The name that the sweep file gives a run's cell.
NAME = "name"

#: Identifies the experiment of a cell, however its keys are written: short for `lagrun.config.identity.experiment`.
EXPERIMENT = "experiment"

#: Fields of a result that are no columns.
NOT_COLUMNS = ("config", OPTIONS, "provenance", files.FILES)


def frame(folder: Path | StoredSweep) -> pd.DataFrame:
    """Read all runs below a folder.

    Parameters
    ----------
    folder : Path
        A sweep's folder, or any folder that holds run folders.

    Returns
    -------
    pandas.DataFrame
        A row a run: ``folder``, ``seed``, ``outcome`` and the other fields of its result, the names of its variants
        (``model``, ``task``, ...) as they were typed, each with its class (``model._target_``, ...), every key of its
        configuration (``task.p``, ...), `HOLDS`, see `lagrun.analysis.solved.holds`, and `EXPERIMENT`; where the sweep
        has names or published values, also those of its cell (`NAME`, `PUBLISHED`). Runs with the same experiment,
        name and seed share one row. The outcome is ``unfinished`` for runs of an unfinished sweep without a result,
        and for runs with a damaged file beside their result. If the result itself is damaged and the folder has no
        sweep's plan, the run's cell is not known: it has no row, but is in `without_cell`.

    Raises
    ------
    ConfigError
        If the sweep's plan cannot be read, or if there are results, but none that can be read.
    """
    return frame_of(found_runs(folder).runs)


def frame_of(runs: Sequence[FoundRun]) -> pd.DataFrame:
    """Make the frame of runs that were found, see `frame`."""
    options: dict[str, dict[str, str]] = {}
    for run in runs:  # an earlier version, or a configuration by itself, tells none
        options[run.experiment] = {**run.options, **options.get(run.experiment, {})}
    return with_names_of_their_own(pd.DataFrame([_columns(run, options[run.experiment]) for run in runs]))


def with_names_of_their_own(runs: pd.DataFrame) -> pd.DataFrame:
    """Give the variants of a frame, or of several put together, names that no two classes share."""
    found = {}
    for group in GROUPS:
        if {group, f"{group}.{TARGET}"} <= set(runs):
            pairs = list(zip(runs[group], runs[f"{group}.{TARGET}"], strict=True))
            unique = told_apart(pairs)
            found[group] = [unique[pair] for pair in pairs]
    return runs.assign(**found)


def without_cell(folder: Path | StoredSweep, runs: pd.DataFrame) -> dict[str, str]:
    """Damaged results that the frame of a folder without a sweep's plan leaves out: run folder to what is wrong."""
    stored = stored_sweep(folder)
    if (stored.folder / files.SWEEP).exists():
        return {}
    names = set(map(str, with_result(stored.folder))) - set(runs["folder"])
    wrong = {name: stored.examine(name)[1] for name in sorted(names)}
    return {name: words for name, words in wrong.items() if words}  # the others have a row already


def _columns(run: FoundRun, options: Mapping[str, str]) -> dict[str, Any]:
    """A row of the frame, where two variants may still share a name."""
    names = {group: variant_name(run.config[group], options.get(group)) for group in GROUPS if group in run.config}
    kept = {name: value for name, value in run.result.items() if name not in NOT_COLUMNS}
    if kept.get("failure"):
        kept["failure"] = last_line(kept["failure"])
    row = {"folder": run.folder, **dict.fromkeys(STORED), **kept, **names, **_flat(run.config), **_label(run.cell)}
    return row | {HOLDS: holds(row), EXPERIMENT: run.experiment}


def check_folder(folder: Path) -> None:
    """Raise `ConfigError` unless a folder can be that of one sweep, or of a run."""
    if not folder.is_dir():
        raise ConfigError(f"{folder}: {'is a file, not a folder' if folder.exists() else 'no such folder'}")
    inner = sorted(str(path.parent) for path in folder.glob(f"*/{files.SWEEP}"))
    if inner and not (folder / files.SWEEP).exists():
        raise ConfigError(f"{folder}: holds several sweeps; name one, such as {inner[-1]}")


def _label(cell: Mapping[str, Any]) -> dict[str, Any]:
    """Columns of the frame for a cell's name and published values, from the sweep's plan."""
    columns = {f"published_{name}": value for name, value in (cell.get("published") or {}).items()}
    return {NAME: cell[NAME], **columns} if cell.get(NAME) else columns


def _flat(config: dict[str, Any]) -> dict[str, Any]:
    """Flatten a stored configuration to ``task.p`` and the like, plain values first, classes last."""
    kept = {name: value for name, value in config.items() if name not in WITHOUT_EFFECT}
    groups_last = sorted(kept.items(), key=lambda item: isinstance(item[1], dict))
    flat = {INIT_FROM if name == f"{INIT_FROM}.{FOLDER}" else name: value for name, value in _leaves(groups_last)}
    return dict(sorted(flat.items(), key=lambda item: item[0].endswith(f".{TARGET}")))


def _leaves(items: Iterable[tuple[str, Any]], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Names such as ``task.p``, and what they stand for."""
    for name, value in items:
        if isinstance(value, dict) and value:
            yield from _leaves(value.items(), f"{prefix}{name}.")
        else:
            yield prefix + name, show(value) if isinstance(value, list | dict) else value
