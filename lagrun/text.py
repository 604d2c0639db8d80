"""Durations in words."""

from __future__ import annotations

#: Units of time, largest first, and their seconds.
UNITS = ((86_400, "days"), (3_600, "h"), (60, "min"), (1, "s"))


def duration(seconds: float) -> str:
    """Write a duration as one would say it, such as ``35 s``, ``12 min`` or ``3.4 h``."""
    if seconds < 1:
        return "< 1 s"
    size, unit = next((size, unit) for size, unit in UNITS if seconds >= size)
    value = seconds / size
    return f"{value:.1f} {unit}" if value < 9.95 and unit != "s" else f"{value:,.0f} {unit}"
