"""Where a report's numbers come from: command, code, versions, machine and dates."""

from __future__ import annotations

import re
import shlex
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from lagrun.checks import one_line, show
from lagrun.identity import leaves
from lagrun.reporting.records import Record


def origin(command: Sequence[str] | None, records: Mapping[str, Record]) -> list[tuple[str, list[str]]]:
    """List what the results of a folder were made with.

    Parameters
    ----------
    command : sequence of str or None
        Arguments of the command that began it.
    records : mapping
        From `lagrun.reporting.records.read_records`.

    Returns
    -------
    list of tuple
        Name, and the values; several only where the runs differ, each with its number of runs.
    """
    typed = [] if command is None else [("command", [_typed(command)])]
    return typed + _started(records) + _made_with(records)


def _typed(command: Sequence[str]) -> str:
    """The command as one would type it, seeds in a row as a range."""
    shortened = [re.sub(r"(?<=^seed=)\d+(,\d+)+$", lambda found: ranges(found[0]), part) for part in command]
    return one_line(shlex.join(["python", "-m", "lagrun", *shortened]))


def ranges(numbers: str) -> str:
    """Write ``0,1,2,7`` as ``0-2,7``."""
    runs: list[list[int]] = []
    for number in map(int, numbers.split(",")):
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ",".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)


def _started(records: Mapping[str, Record]) -> list[tuple[str, list[str]]]:
    times = [(record.started or {}).get("started") for record in records.values()]
    known = sorted(float(time) for time in times if isinstance(time, int | float))
    if not known:
        return []
    first, last = _date(known[0]), _date(known[-1])
    return [("runs started", [first if first == last else f"{first} to {last}"])]


def _made_with(records: Mapping[str, Record]) -> list[tuple[str, list[str]]]:
    """Names as stored, versions of packages by the package."""
    counts: dict[str, Counter[str]] = {}
    for record in records.values():
        for key, value in leaves(record.provenance or {}):
            if value is not None:
                counts.setdefault(key.removeprefix("packages."), Counter())[_text(value)] += 1
    n_runs = sum(record.provenance is not None for record in records.values())
    return [(key.replace("_", " "), _values(count, n_runs)) for key, count in counts.items()]


def _values(count: Counter[str], n_runs: int) -> list[str]:
    if len(count) == 1 and count.total() == n_runs:
        return list(count)
    return [f"{value} ({n} of {n_runs} runs)" for value, n in count.most_common()]


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(show, value)) if isinstance(value, list) else show(value)


def _date(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")
