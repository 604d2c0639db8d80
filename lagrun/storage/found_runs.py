"""The runs in a folder, with or without a sweep's plan; each experiment and seed once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from lagrun.checks import ConfigError
from lagrun.config.identity import experiment
from lagrun.interfaces.run_result import COUNTED, FAILED, UNFINISHED
from lagrun.storage import files
from lagrun.storage.stored_sweep import StoredSweep, stored_sweep
from lagrun.storage.sweep_file import SET_ASIDE

#: Key of a plan's cell and of a result for the names of the options.
OPTIONS = "options"

#: Fields that must be equal in two runs of one experiment and seed, and what messages call them.
SAME = {"weights_sha256": "final net", "outcome": "outcome", "sequences_seen": "number of sequences"}


@dataclass(frozen=True)
class FoundRun:
    """A run of a folder.

    Attributes
    ----------
    folder : str
        The run's folder, relative to the folder that was read.
    result : dict
        Its stored result; only seed and outcome `UNFINISHED` where that does not count.
    config : dict
        Its cell's configuration.
    experiment : str
        See `lagrun.config.identity.experiment`.
    options : mapping
        Names of its options, as far as they are known.
    cell : mapping
        The cell as it stands in the sweep's plan; empty without a plan.
    """

    folder: str
    result: dict[str, Any]
    config: dict[str, Any]
    experiment: str
    options: Mapping[str, str]
    cell: Mapping[str, Any]


class Found(NamedTuple):
    """The runs of a folder, and messages about runs that were left out because they contradict one of these."""

    runs: list[FoundRun]
    contradictions: list[str]


def found_runs(folder: Path | StoredSweep) -> Found:
    """List the runs of a folder, each experiment, name and seed once.

    Of several that are the same, a run that ended without failing is kept before a failed one, and that before an
    unfinished one; of equal rank, the first.

    Raises
    ------
    ConfigError
        If the sweep's plan cannot be read, or if there are results, but none that can be read.
    """
    stored = stored_sweep(folder)
    return each_once(_without_plan(stored) if stored.plan is None else _planned(stored, stored.plan))


def with_result(folder: Path) -> list[Path]:
    """List folders below `folder` that hold a result, damaged or not, relative to `folder`."""
    found = (path.parent for path in folder.rglob(files.RESULT))
    return sorted(path.relative_to(folder) for path in found if SET_ASIDE not in path.name)


def _planned(stored: StoredSweep, cells: Iterable[dict[str, Any]]) -> list[FoundRun]:
    found = []
    for cell in cells:
        config, which = cell["config"], experiment(cell["config"])
        for run in cell["runs"]:
            result = stored.standing(run["folder"], config, run["seed"]).counting or _unfinished(run["seed"])
            found.append(FoundRun(run["folder"], result, config, which, cell.get(OPTIONS) or {}, cell))
    return found


def _without_plan(stored: StoredSweep) -> list[FoundRun]:
    found, wrong = [], []
    for path in with_result(stored.folder):
        result, damage = stored.examine_sealed(str(path))
        if result is None:
            wrong.append(f"{stored.folder / path}: {damage}")
            continue
        config, options = result["config"], result.get(OPTIONS) or {}
        ended = _unfinished(result["seed"]) if damage else result
        found.append(FoundRun(str(path), ended, config, experiment(config), options, {}))
    if wrong and not found:
        raise ConfigError(wrong[0] + (f"; nor can {len(wrong) - 1} more results be read" if wrong[1:] else ""))
    return found


def _unfinished(seed: int) -> dict[str, Any]:
    return {"seed": seed, "outcome": UNFINISHED}


def each_once(found: Sequence[FoundRun]) -> Found:
    """Keep one run of each experiment, name and seed, see `found_runs`."""
    kept: dict[tuple[str, str | None, int], FoundRun] = {}
    contradictions = []
    for run in found:
        key = (run.experiment, run.cell.get("name"), run.result["seed"])
        first = kept.setdefault(key, run)
        if first is run:
            continue
        better, other = (run, first) if _rank(run) < _rank(first) else (first, run)
        kept[key] = better
        if _rank(other) == 0 and (difference := _difference(better.result, other.result)):
            contradictions.append(
                f"{better.folder} and {other.folder} are the same experiment and seed, but have another {difference}; "
                f"only {better.folder} counts"
            )
    return Found(list(kept.values()), contradictions)


def _rank(run: FoundRun) -> int:
    outcome = run.result["outcome"]
    return 0 if outcome in COUNTED else 1 if outcome == FAILED else 2


def _difference(result: Mapping[str, Any], other: Mapping[str, Any]) -> str | None:
    return next((words for name, words in SAME.items() if result.get(name) != other.get(name)), None)
