"""The summary made readable: as text, on the console, and as Markdown."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any

import pandas as pd
from rich import box
from rich.console import Console
from rich.table import Table

from lagrun.frame import NAME, PUBLISHED
from lagrun.summary import NAMED


def table(summary: pd.DataFrame) -> pd.DataFrame:
    """Make the summary readable: text cells, short names, and only the outcomes that occur.

    Where cells have names, the keys that are the same in all cells of a name are left out, and so are empty columns.
    """
    keys = list(summary.columns[: summary.columns.get_loc("n")])
    if NAME in summary:
        n_values = summary.groupby(NAME, dropna=False)[keys].nunique(dropna=False)
        keys = [key for key in keys if key in NAMED or (n_values[key] > 1).any()]
    shown = pd.DataFrame(
        {name: summary[key].map(value_text) for key, name in zip(keys, short_names(keys), strict=True)}
    )
    shown["solved"] = [f"{row.n_solved}/{row.n}" for row in summary.itertuples()]
    shown["median sequences"] = [_median(row) for row in summary.itertuples()]
    shown["mean of solved"] = summary["mean_solved"].map(number)
    shown["min-max of solved"] = [
        f"{number(row.min_solved)}-{number(row.max_solved)}" if row.n_solved else "" for row in summary.itertuples()
    ]
    for name in ("diverged", "failed", "unfinished"):
        if summary[f"n_{name}"].any():
            shown[name] = summary[f"n_{name}"].map(str)
    if PUBLISHED[0] in summary:
        shown["published"] = [_published(row) for row in summary.itertuples()]
    return shown.loc[:, (shown != "").any()] if NAME in summary else shown


def markdown(shown: pd.DataFrame) -> str:
    """Write a table of text as GitHub-flavoured Markdown."""
    cells = [[text.replace("|", r"\|") for text in row] for row in shown.to_numpy().tolist()]
    lines: list[list[str]] = [list(map(str, shown)), ["---"] * len(shown.columns), *cells]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def print_table(console: Console, shown: pd.DataFrame) -> None:
    """Print a table of text."""
    printed = Table(box=box.SIMPLE)
    for name in shown:
        printed.add_column(str(name))
    for row in shown.to_numpy():
        printed.add_row(*row)
    console.print(printed)


def console() -> Console:
    """Make a console that is as wide as the terminal, or wide enough for any table in a file."""
    return Console(width=None if sys.stdout.isatty() else 200, highlight=False, markup=False)


def short_names(keys: Iterable[str]) -> list[str]:
    """The last parts of keys such as ``task.p``, where each is one key's alone."""
    keys = list(keys)
    short = [key.split(".")[-1] for key in keys]
    return [name if short.count(name) == 1 else key for key, name in zip(keys, short, strict=True)]


def number(value: Any) -> str:
    """A number of sequences, or nothing where there is none."""
    return "" if pd.isna(value) else f"{value:,.0f}"


def value_text(value: Any) -> str:
    """A value of the configuration."""
    if not isinstance(value, str) and pd.isna(value):
        return ""
    return f"{value:g}" if isinstance(value, float) else str(value)


def _median(row: Any) -> str:
    if row.n == 0:
        return ""
    return f"> {row.budget:,}" if pd.isna(row.median_sequences) else number(row.median_sequences)


def _published(row: Any) -> str:
    if pd.isna(row.published_solved):
        return ""
    mean = number(row.published_mean_sequences)
    return f"{row.published_solved:.0f}/{row.published_n:.0f}" + (f", mean {mean}" if mean else "")
