"""The syntax of seeds: ``seed=0-29``, or ``0-9,20,25-29``, as the plain list that Hydra understands."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from lagrun.checks import ConfigError, ambiguous_number

#: Most seeds of one sweep: each is a run with a folder of its own.
MOST_SEEDS = 1_000_000

#: A number in ASCII, short enough for Python to read; `lagrun.config.build.Top` checks its range.
DIGITS = "(?:0|[1-9][0-9]{0,39})"

ALLOWED_SEEDS = "an integer >= 0, or with -m a list such as 0-29, 0-9,20,25-29 or range(0,30)"


def expand_seed_overrides(overrides: Iterable[str]) -> list[str]:
    """Rewrite ``seed=0-29`` among `overrides` as the plain list that Hydra understands."""
    expanded, found = [], False
    for override in overrides:
        key, equals, value = override.partition("=")
        if key.lstrip("+") == "seed" and equals:
            if found:
                raise ConfigError(f"{override}: seed is given twice; write one list, such as seed=0-9,20")
            found = True
            override = f"seed={','.join(map(str, expand_seeds(value)))}"
        expanded.append(override)
    return expanded


def expand_seeds(text: str) -> Sequence[int | str]:
    """Read a list of seeds.

    Parameters
    ----------
    text : str
        Comma-separated items, each ``7``, ``0-29`` (both ends included) or ``range(start, stop[, step])`` (as in
        Python, `stop` excluded).

    Returns
    -------
    sequence of int
        In the order given; or the text itself, where it is one interpolation such as ``${oc.env:SEED}``.

    Raises
    ------
    ConfigError
        If an item is malformed, descending or empty, or a seed occurs twice.
    """
    if _is_interpolation(text.strip()):  # an environment variable, say, which Hydra resolves
        return [text.strip()]
    seeds: list[int] = []
    for item in re.split(r",(?![^(]*\))", text):
        seeds.extend(_expand_item(item.strip(), text))
    seen: set[int] = set()
    for seed in seeds:
        if seed in seen:
            raise ConfigError(f"seed={text}: seed {seed} occurs twice; every seed may occur once")
        seen.add(seed)
    return seeds


def _is_interpolation(text: str) -> bool:
    """Tell whether a text is one interpolation, which may have others inside."""
    depths = [text[: i + 1].count("{") - text[: i + 1].count("}") for i in range(len(text))]
    return text.startswith("${") and depths[-1] == 0 and 0 not in depths[1:-1]


def _expand_item(item: str, text: str) -> Sequence[int]:
    if re.fullmatch(DIGITS, item):
        return [int(item)]
    if match := re.fullmatch(f"({DIGITS})-({DIGITS})", item):
        first, last = map(int, match.groups())
        if first > last:
            raise ConfigError(f"seed={text}: the range {item} descends; write {last}-{first}")
        return _sized(range(first, last + 1), text)
    if match := re.fullmatch(r"range\(([0-9\s,-]+)\)", item):
        if why := next(filter(None, map(ambiguous_number, match[1].split(","))), None):
            raise ConfigError(f"seed={text}: {why}")
        try:
            found = range(*map(int, match[1].split(",")))
        except (ValueError, TypeError):
            found = range(0)
        if not found or min(found[0], found[-1]) < 0:
            raise ConfigError(f"seed={text}: {item} is no range of seeds >= 0; write range(start,stop) or start-last")
        return _sized(found, text)
    why = next(filter(None, map(ambiguous_number, item.split("-"))), f"must be {ALLOWED_SEEDS}")
    raise ConfigError(f"seed={text}: {why}")


def _sized(found: range, text: str) -> range:
    """Refuse a range that is too long even to be counted by len()."""
    if found[MOST_SEEDS:]:
        raise ConfigError(f"seed={text}: more than {MOST_SEEDS:,} seeds")
    return found
