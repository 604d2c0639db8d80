"""The runs of a folder as one tidy frame, a row a run: what is stored beside each result, never today's YAML."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from lagrun import store
from lagrun.checks import ConfigError
from lagrun.config import GROUPS, variant_name
from lagrun.identity import BUDGET as BUDGET_KEY
from lagrun.identity import WITHOUT_EFFECT, identity
from lagrun.older import completed
from lagrun.resume import SET_ASIDE, read_plan
from lagrun.run_folder import FIELDS
from lagrun.run_result import BUDGET

UNFINISHED = "unfinished"

#: Fields of a result that the frame has even where no run has ended.
STORED = ("seed", *FIELDS)

#: Columns of what a paper reports of a run's cell, where the sweep file tells.
PUBLISHED_MEAN, PUBLISHED_MEDIAN = "published_mean_sequences", "published_median_sequences"
PUBLISHED = ("published_solved", "published_n", PUBLISHED_MEAN, PUBLISHED_MEDIAN)

#: The name that the sweep file gives a run's cell.
NAME = "name"

#: Fields of a result that are no columns.
NOT_COLUMNS = ("config", "provenance", store.FILES)


def frame(folder: Path) -> pd.DataFrame:
    """Read all runs below a folder.

    Parameters
    ----------
    folder : Path
        A sweep's folder, or any folder that holds run folders.

    Returns
    -------
    pandas.DataFrame
        A row a run: ``folder``, ``seed``, ``outcome`` and the other fields of its result, the names of its variants
        (``model``, ``task``, ...) and every key of its configuration (``task.p``, ...); where the sweep has names or
        published values, also those of its cell (`NAME`, `PUBLISHED`). Runs of an unfinished sweep that have no result
        yet have the outcome ``unfinished``, and so have runs beside whose result a file is damaged. Without a sweep's
        plan, nothing tells the cell of a run whose result is itself damaged: it has no row, but is in `without_cell`.

    Raises
    ------
    ConfigError
        If the sweep's plan cannot be read, or if there are results, but none that can be read.
    """
    cells = read_plan(folder)
    if cells is None:
        return _frame_without_plan(folder)
    rows = []
    for cell in cells:
        config = cell["config"]
        for run in cell["runs"]:
            result = store.read_result(folder / run["folder"])
            if result is None or not _is_of(result, config, run["seed"]) or _goes_on(result, config):
                result = _unfinished(run["seed"], config)
            rows.append(_row(run["folder"], result, config) | _label(cell))
    return pd.DataFrame(rows)


def without_cell(folder: Path, runs: pd.DataFrame) -> dict[str, str]:
    """Results that a folder without a sweep's plan holds, and its frame leaves out: by their folder, what is wrong."""
    if (folder / store.SWEEP).exists():
        return {}
    names = set(map(str, _with_result(folder))) - set(runs["folder"])
    return {name: store.examine(folder / name)[1] or "is no result" for name in sorted(names)}


def _frame_without_plan(folder: Path) -> pd.DataFrame:
    rows, wrong = [], []
    for path in _with_result(folder):
        result, damage = store.examine_sealed(folder / path)
        if result is None:
            wrong.append(f"{folder / path}: {damage}")
            continue
        if damage:
            result = _unfinished(result["seed"], result["config"])
        rows.append(_row(str(path), result, {}))
    if wrong and not rows:
        raise ConfigError(wrong[0] + (f"; nor can {len(wrong) - 1} more results be read" if wrong[1:] else ""))
    return pd.DataFrame(rows)


def _with_result(folder: Path) -> list[Path]:
    """Folders that hold a result, whole or not, as they stand in a frame."""
    found = (path.parent for path in folder.rglob(store.RESULT))
    return sorted(path.relative_to(folder) for path in found if SET_ASIDE not in path.name)


def _unfinished(seed: int, config: dict[str, Any]) -> dict[str, Any]:
    return {"seed": seed, "outcome": UNFINISHED, "config": config}


def _row(folder: str, result: dict[str, Any], planned: dict[str, Any]) -> dict[str, Any]:
    """A row of the frame, but for the label of its cell."""
    kept = {name: value for name, value in result.items() if name not in NOT_COLUMNS}
    if kept.get("failure"):
        kept["failure"] = kept["failure"].strip().splitlines()[-1]  # of a traceback, the error
    of_cell = result["config"] | {name: planned[name] for name in [BUDGET_KEY] if name in planned}
    return {"folder": folder, **dict.fromkeys(STORED), **kept, **_flat(of_cell)}


def check_folder(folder: Path) -> None:
    """Raise `ConfigError` unless a folder can be that of one sweep, or of a run."""
    if not folder.is_dir():
        raise ConfigError(f"{folder}: {'is a file, not a folder' if folder.exists() else 'no such folder'}")
    inner = sorted(str(path.parent) for path in folder.glob(f"*/{store.SWEEP}"))
    if inner and not (folder / store.SWEEP).exists():
        raise ConfigError(f"{folder}: holds several sweeps; name one, such as {inner[-1]}")


def _is_of(result: dict[str, Any], config: dict[str, Any], seed: int) -> bool:
    """Tell whether a result is that of a planned run, and not one that was copied into its folder."""
    return identity(result["config"], result["seed"]) == identity(config, seed)


def _goes_on(result: dict[str, Any], config: dict[str, Any]) -> bool:
    """Tell whether a run has ended at a smaller budget than its sweep has by now."""
    return bool(result["outcome"] == BUDGET and result["sequences_seen"] < config.get(BUDGET_KEY, 0))


def _label(cell: dict[str, Any]) -> dict[str, Any]:
    """What a sweep's plan says of a cell beside its configuration, as columns of the frame."""
    columns = {f"published_{name}": value for name, value in (cell.get("published") or {}).items()}
    return {NAME: cell[NAME], **columns} if cell.get(NAME) else columns


def _flat(config: dict[str, Any]) -> dict[str, Any]:
    """Flatten a stored configuration to ``task.p`` and the like, and name the variants."""
    config = completed(config)
    names = {group: variant_name(config[group]) for group in GROUPS if group in config}
    kept = {name: value for name, value in config.items() if name not in WITHOUT_EFFECT}
    groups_last = sorted(kept.items(), key=lambda item: isinstance(item[1], dict))
    return names | {name: value for name, value in _leaves(groups_last) if not name.endswith("_target_")}


def _leaves(items: Iterable[tuple[str, Any]], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Names such as ``task.p``, and what they stand for."""
    for name, value in items:
        if isinstance(value, dict):
            yield from _leaves(value.items(), f"{prefix}{name}.")
        else:
            yield prefix + name, str(value) if isinstance(value, list) else value
