"""Where a report's numbers come from: command, code, versions, machine and dates."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from lagrun.checks import show
from lagrun.config.identity import leaves
from lagrun.report.records import Record
from lagrun.storage.typed_command import typed


def origin(command: Sequence[str] | None, records: Mapping[str, Record]) -> list[tuple[str, list[str]]]:
    """List what the results of a folder were made with.

    Parameters
    ----------
    command : sequence of str or None
        Arguments of the command that began it.
    records : mapping
        From `lagrun.report.records.read_records`.

    Returns
    -------
    list of tuple
        Name, and its values: several only if the runs differ, each with its number of runs.
    """
    begun = [] if command is None else [("command", [typed(command)])]
    return begun + _started(records) + _made_with(records)


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
    known = [record.provenance for record in records.values() if record.provenance is not None]
    for provenance, n_alike in Counter(map(json.dumps, known)).items():
        for key, value in leaves(json.loads(provenance)):
            if value is not None:
                counts.setdefault(key.removeprefix("packages."), Counter())[_text(value)] += n_alike
    return [(key.replace("_", " "), _values(count, len(known))) for key, count in counts.items()]


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
