"""Short texts for durations, lists of numbers and failures."""

from __future__ import annotations

from collections.abc import Iterable

#: Units of time, largest first, and their seconds.
UNITS = ((86_400, "days"), (3_600, "h"), (60, "min"), (1, "s"))


def duration(seconds: float) -> str:
    """Write a duration in the largest unit that fits, such as ``35 s``, ``12 min`` or ``3.4 h``."""
    if seconds < 1:
        return "< 1 s"
    size, unit = next((size, unit) for size, unit in UNITS if seconds >= size)
    value = seconds / size
    return f"{value:.1f} {unit}" if value < 9.95 and unit != "s" else f"{value:,.0f} {unit}"


def ranges(numbers: Iterable[int]) -> str:
    """Write whole numbers in the form in which seeds are given: 0, 1, 2 and 7 as ``0-2,7``."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ",".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)


def last_line(failure: str) -> str:
    """The last line of a stored failure; in a traceback, that is the error."""
    return failure.strip().splitlines()[-1]
