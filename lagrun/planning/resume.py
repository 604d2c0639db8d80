"""A folder that was used before: which sweep it holds, what is finished, and what is left to do."""

from __future__ import annotations

import sys
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from itertools import count, product
from pathlib import Path
from typing import Any

from lagrun.checks import ConfigError, show
from lagrun.config.identity import BUDGET, differing, experiment, identity, is_same
from lagrun.planning.plan import PlannedCell, check_folders
from lagrun.storage import files
from lagrun.storage.block import Run
from lagrun.storage.counting import Standing
from lagrun.storage.stored_sweep import StoredSweep, stored_sweep
from lagrun.storage.sweep_file import SET_ASIDE, read_plan, set_aside


def merge(cells: Sequence[PlannedCell], folder: Path) -> list[PlannedCell]:
    """Join the cells that are asked for with the stored plan of a sweep's folder.

    Parameters
    ----------
    cells : sequence of PlannedCell
        The cells that are asked for.
    folder : Path
        The sweep's.

    Returns
    -------
    list of PlannedCell
        The same cells, with the runs of both. Runs keep the folders that they already have; budgets are the new ones.

    Raises
    ------
    ConfigError
        If the folder has other cells, or cells with a larger budget.
    """
    stored = read_plan(folder)
    if stored is None:
        return _find_again(cells, folder)
    stored = _once(stored, folder)
    merged, root = [], folder.absolute()
    pairs = list(zip(cells, _partners(cells, stored, folder), strict=True))
    taken: dict[tuple[str, int], Path] = {}
    numbers: dict[tuple[str, int], int] = {}
    for cell, old in pairs:
        for run in old["runs"]:
            key = (experiment(cell.config), run["seed"])
            taken.setdefault(key, root / run["folder"])
            numbers.setdefault(key, run.get("number", len(numbers)))
    free = count(max(numbers.values(), default=-1) + 1)
    for cell, old in pairs:
        named_after, which = tuple(old["overrides"]), experiment(cell.config)
        seeds = dict.fromkeys([*(run["seed"] for run in old["runs"]), *(run.seed for run in cell.runs)])
        for seed in seeds:
            if (which, seed) not in taken:
                numbers[which, seed] = next(free)
                taken[which, seed] = root / cell.subfolder(named_after, seed, numbers[which, seed])
        runs = tuple(Run(numbers[which, seed], seed, taken[which, seed]) for seed in seeds)
        merged.append(replace(cell, named_after=named_after, runs=runs))
    check_folders(folder, merged)
    return merged


def _once(cells: Sequence[dict[str, Any]], folder: Path) -> list[dict[str, Any]]:
    """Join stored cells of one name that are the same experiment, as `lagrun.planning.plan.once` joins planned ones.

    Plans of earlier versions may hold such cells, typed in two ways. Of two runs, one with a result is kept.
    """
    joined: dict[tuple[str, str | None], dict[str, Any]] = {}
    for cell in cells:
        first = joined.setdefault((experiment(cell["config"]), cell.get("name")), cell | {"runs": []})
        runs = {run["seed"]: run for run in first["runs"]}
        for run in cell["runs"]:
            known = runs.setdefault(run["seed"], run)
            if known is not run and not files.read_result(folder / known["folder"]):
                runs[run["seed"]] = run
        first["runs"] = list(runs.values())
    return list(joined.values())


def _partners(cells: Sequence[PlannedCell], stored: Sequence[dict[str, Any]], folder: Path) -> list[dict[str, Any]]:
    """Find the stored cell that each cell goes on with: the same, or the same with a smaller budget."""
    left, partners = list(stored), {}
    for may_grow, any_name in product((False, True), repeat=2):  # cells of the same name first, then renamed ones
        for index, cell in sorted(enumerate(cells), key=lambda each: -each[1].config[BUDGET]):
            fitting = [old for old in left if index not in partners and _goes_on(cell.config, old["config"], may_grow)]
            fitting = [old for old in fitting if any_name or old.get("name") == cell.label.name]
            if partner := max(fitting, key=lambda old: old["config"][BUDGET], default=None):
                partners[index] = partner
                left.remove(partner)
    missing = [cell for index, cell in enumerate(cells) if index not in partners]
    if missing or left:
        words = None if missing else _budgets_in_words(cells, left)
        raise ConfigError(f"hydra.sweep.dir={folder}: holds a sweep already, {words or _difference(missing, left)}")
    return [partners[index] for index in range(len(cells))]


def _goes_on(config: Mapping[str, Any], old: Mapping[str, Any], may_grow: bool) -> bool:
    same_budget = config[BUDGET] == old[BUDGET]
    return is_same(old, config) and (same_budget or (may_grow and config[BUDGET] > old[BUDGET]))


def _budgets_in_words(cells: Sequence[PlannedCell], left: Sequence[Mapping[str, Any]]) -> str | None:
    """Say how to ask for experiments that the sweep holds with several budgets; None if the difference is another."""
    for old in left:
        asked = {cell.config[BUDGET] for cell in cells if is_same(old["config"], cell.config)}
        if asked and old["config"][BUDGET] not in asked:
            budgets = ",".join(map(str, sorted([*asked, old["config"][BUDGET]])))
            return f"which has the experiment with budget={old['config'][BUDGET]}, too; write budget={budgets}"
    return None


def _difference(missing: Sequence[PlannedCell], left: Sequence[Mapping[str, Any]]) -> str:
    """Say in words why a sweep cannot resume a stored one."""
    if not left:
        return f"without the cell {_called(missing[0].label.name, missing[0].overrides)}; name a new folder"
    if not missing:
        called = _called(left[0].get("name"), left[0]["overrides"])
        return f"which also has the cell {called}; name it too, or a new folder"
    return difference_in_words(missing[0].config, left[0]["config"])


def _called(name: str | None, overrides: Sequence[str]) -> str:
    return " ".join([*([f"{name}:"] if name else []), *overrides])


def difference_in_words(config: Mapping[str, Any], old: Mapping[str, Any]) -> str:
    """Name the keys in which a configuration differs from the stored one, and the stored values."""
    keys = ", ".join(f"{key}={show(ours)} (there {show(theirs)})" for key, ours, theirs in differing(config, old))
    if keys:
        return f"of another configuration: {keys}; only budget and seeds may change, so name a new folder"
    return f"with budget={config[BUDGET]} (there {old[BUDGET]}); a budget can only be raised"


def _find_again(cells: Sequence[PlannedCell], folder: Path) -> list[PlannedCell]:
    """Give runs the folders that hold their results, whatever the names, as the sweep's plan may be lost."""
    found: dict[str, list[tuple[Path, dict[str, Any]]]] = {}
    for path in sorted(folder.absolute().rglob(files.RESULT)):
        if SET_ASIDE not in path.parent.name and (result := files.read_result(path.parent)):
            found.setdefault(identity(result["config"], result["seed"]), []).append((path.parent, result["config"]))
    asked: dict[str, set[int]] = {}
    for cell in cells:
        asked.setdefault(identity(cell.config), set()).add(cell.config[BUDGET])
    again = []
    for cell in cells:
        others = asked[identity(cell.config)] - {cell.config[BUDGET]}
        runs = [_where_found(run, cell, others, found.get(identity(cell.config, run.seed), [])) for run in cell.runs]
        again.append(replace(cell, runs=tuple(runs)))
    return again


def _where_found(
    run: Run, cell: PlannedCell, others: Collection[int], found: Sequence[tuple[Path, dict[str, Any]]]
) -> Run:
    """Give a run the folder of its result: that of the largest budget up to its cell's that is not in `others`."""
    budgets = [(path, config[BUDGET]) for path, config in found if config[BUDGET] not in others]
    fitting = [(path, budget) for path, budget in budgets if budget <= cell.config[BUDGET]]
    return replace(run, folder=max(fitting, key=lambda each: each[1])[0]) if fitting else run


def unfinished(cells: Sequence[PlannedCell], retry_failed: bool, folder: Path | StoredSweep) -> list[PlannedCell]:
    """Keep the runs that are not finished, and the cells that have such runs.

    Parameters
    ----------
    cells : sequence of PlannedCell
        All.
    retry_failed : bool
        Whether failed runs count as not finished.
    folder : Path
        The sweep's.
    """
    stored = stored_sweep(folder)
    left = [(cell, [run for run in cell.runs if _standing(stored, cell, run).is_left(retry_failed)]) for cell in cells]
    return [replace(cell, runs=tuple(runs)) for cell, runs in left if runs]


def _standing(stored: StoredSweep, cell: PlannedCell, run: Run) -> Standing:
    return stored.standing(str(run.folder), cell.config, run.seed)


def set_damaged_aside(cells: Sequence[PlannedCell], stored: StoredSweep) -> None:
    """Rename the folders of runs that cannot be resumed, and say so."""
    for cell in cells:
        for run in cell.runs:
            if wrong := _standing(stored, cell, run).damage:
                aside = set_aside(run.folder)
                print(f"lagrun: {run.folder}: {wrong}; set aside as {aside.name}, run again", file=sys.stderr)
