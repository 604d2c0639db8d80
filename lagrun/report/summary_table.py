"""The summary as a table that a reader can sort: each text has the number to sort by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from lagrun.analysis.tables import (
    ERT,
    HAD_ALL_ENDED,
    HOLDING,
    LEVEL,
    MEDIAN,
    OF_SOLVED,
    PUBLISHED_COLUMN,
    SOLVED,
    table,
)

#: The number that stands for infinity when sorting: browsers do not accept infinity as a number.
LARGEST = 1e300


@dataclass(frozen=True)
class Entry:
    """What a table's cell shows.

    Attributes
    ----------
    text : str
    order : float or None
        The number to sort by; None to sort by the text.
    """

    text: str
    order: float | None = None


@dataclass(frozen=True)
class SortableTable:
    """A table.

    Attributes
    ----------
    heads : list of str
        A heading a column.
    n_keys : int
        Number of first columns that tell what a row is; the others are numbers.
    rows : list of list of Entry
    """

    heads: list[str]
    n_keys: int
    rows: list[list[Entry]]


def sortable(value: Any) -> float | None:
    """A number that a browser can sort by; None where there is none."""
    if pd.isna(value):
        return None
    return min(float(value), LARGEST)


def _share(row: Any) -> float | None:
    return row.n_solved / row.n if row.n else None


#: What each column of statistics is sorted by.
ORDERS: dict[str, Callable[[Any], float | None]] = {
    SOLVED: _share,
    HOLDING: lambda row: None if pd.isna(row.n_holds) or not row.n else row.n_holds / row.n,
    # Most runs did not solve it: sort it after all others.
    MEDIAN: lambda row: (LARGEST if pd.isna(row.median_sequences) else row.median_sequences) if row.n else None,
    ERT: lambda row: sortable(row.ert),
    f"mean{OF_SOLVED}": lambda row: sortable(row.mean_solved),
    f"median{OF_SOLVED}": lambda row: sortable(row.median_solved),
    f"min-max{OF_SOLVED}": lambda row: sortable(row.min_solved),
    HAD_ALL_ENDED: lambda row: sortable(row.n_failed + row.n_unfinished),
    PUBLISHED_COLUMN: lambda row: None if pd.isna(row.published_n) else row.published_solved / row.published_n,
}


def summary_table(summary: pd.DataFrame) -> SortableTable:
    """Make the summary's table, the same texts as on the console.

    Parameters
    ----------
    summary : pandas.DataFrame
        From `lagrun.analysis.summary.summarise`.
    """
    shown = table(summary)
    heads = list(map(str, shown))
    rows = [
        [Entry(text, ORDERS[head](row) if head in ORDERS else None) for head, text in zip(heads, texts, strict=True)]
        for texts, row in zip(shown.to_numpy().tolist(), summary.itertuples(), strict=True)
    ]
    return SortableTable(heads, heads.index(SOLVED), rows)


def head_parts(head: str) -> tuple[str, str]:
    """Split a heading into its name and its qualifier, which may be on a line of its own."""
    for ending in (LEVEL, OF_SOLVED):
        if head.endswith(ending):
            return head.removesuffix(ending), ending.strip()
    return head, ""


def text_parts(text: str) -> tuple[str, str]:
    """Split the text of a column of statistics into the number, and the interval or other text after it."""
    number, space, rest = text.partition(" ")
    if number == ">":
        number, rest = text.partition(" [")[0], f"[{text.partition(' [')[2]}" if " [" in text else ""
    return (number, rest) if space else (text, "")
