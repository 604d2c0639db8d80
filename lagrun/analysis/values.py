"""Values of the configuration as texts: different values look different, and a typed text finds its value."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from lagrun.checks import ambiguous_number, one_line, show

#: Shown for a key without a value, if other cells of the same option have one.
NULL = "null"


def value_text(value: Any) -> str:
    """A value of the configuration, as short as it can be without looking like another one."""
    if is_missing(value):
        return ""
    if isinstance(value, bool | np.bool_):
        return show(bool(value))
    if isinstance(value, float | np.floating):
        short = f"{value:g}"
        return short if float(short) == value else repr(float(value))
    return one_line(str(value))


def value_texts(cells: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """The values of cells as texts.

    Parameters
    ----------
    cells : sequence of mapping
        All with the same keys.

    Returns
    -------
    list of dict
        One dict per cell, key to text. A missing value is `NULL` if another cell of the same option has a value, and
        else empty: the option has no such key.
    """
    found: list[dict[str, str]] = [{} for _ in cells]
    for key in cells[0] if cells else ():
        group, _, field = key.partition(".")
        of_option = [value_text(cell[group]) if field and group in cell else "" for cell in cells]
        with_value = {option for cell, option in zip(cells, of_option, strict=True) if not is_missing(cell[key])}
        for cell, option, text in zip(cells, of_option, found, strict=True):
            is_null = field and is_missing(cell[key]) and option in with_value
            text[key] = NULL if is_null else value_text(cell[key])
        _quote_where_alike(key, cells, found)
    return found


def _quote_where_alike(key: str, cells: Sequence[Mapping[str, Any]], found: Sequence[dict[str, str]]) -> None:
    """Put a text into quotes if it would look like another value, such as a number."""
    looks: dict[str, set[Hashable]] = {}
    for cell, text in zip(cells, found, strict=True):
        looks.setdefault(text[key], set()).add(identified(cell[key]))
    for cell, text in zip(cells, found, strict=True):
        if isinstance(cell[key], str) and len(looks[text[key]]) > 1:
            text[key] = repr(text[key])


def identified(value: Any) -> Hashable:
    """What to compare a value by: all missing values are equal, and True differs from 1."""
    return None if is_missing(value) else (isinstance(value, bool | np.bool_), value)


def is_missing(value: Any) -> bool:
    """Tell whether there is no value: null, or a key that an option does not have."""
    if isinstance(value, str | bool | int | float):
        return value != value
    return bool(pd.isna(value))


def is_typed(text: str, value: Any) -> bool:
    """Tell whether a text stands for a value of the configuration: ``1.0`` for 1, ``null`` for a missing one."""
    text = text.strip()
    if is_missing(value):
        return text.lower() in (NULL, "")
    if isinstance(value, bool | np.bool_):
        return text.lower() == show(bool(value))
    if isinstance(value, int | float | np.number):
        if ambiguous_number(text):
            return False
        try:
            return int(text) == value if re.fullmatch("[+-]?[0-9_]+", text) else float(text) == value
        except ValueError:
            return False
    known = one_line(str(value))
    return text in (known, repr(known)) or (known.startswith("[") and text.replace(" ", "") == known.replace(" ", ""))


def short_names(keys: Iterable[str]) -> list[str]:
    """The last parts of keys such as ``task.p``; the full key where two keys share the last part."""
    keys = list(keys)
    n_of = Counter(key.split(".")[-1] for key in keys)
    return [short if n_of[short := key.split(".")[-1]] == 1 else key for key in keys]
