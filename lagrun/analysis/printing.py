"""Tables on the console. No value is ever cut: a table too wide for the terminal loses columns, or is stacked.

First, keys with the same value in all rows are printed once, above the table. Then columns are left out one by one, in
the order of `LEFT_OUT_FIRST`, until it fits; a line below names them and says where to find them. If it is still too
wide, each row becomes a list of lines, one per column, with nothing left out.
"""

from __future__ import annotations

import sys

import pandas as pd
from rich import box
from rich.console import Console
from rich.table import Table

from lagrun.analysis.tables import (
    COSTS,
    ERT,
    HAD_ALL_ENDED,
    HOLDING,
    LEVEL,
    OF_SOLVED,
    PUBLISHED_COLUMN,
    SOLVED,
    TO_SOLUTION,
)

#: Columns of a sweep's table that are left out on a narrow terminal, in this order.
LEFT_OUT_FIRST = (
    f"min-max{OF_SOLVED}",
    f"median{OF_SOLVED}",
    f"mean{OF_SOLVED}",
    *COSTS.values(),
    ERT,
    HAD_ALL_ENDED,
    HOLDING,
    PUBLISHED_COLUMN,
)

#: A width in characters that is larger than that of any table.
WIDE = 10_000


def console() -> Console:
    """Make a console that is as wide as the terminal, or wide enough for any table in a file."""
    return Console(width=None if sys.stdout.isatty() else WIDE, highlight=False, markup=False)


def print_table(out: Console, shown: pd.DataFrame, where: str = "") -> None:
    """Print a table of text.

    Parameters
    ----------
    out : Console
        From `console`.
    shown : pandas.DataFrame
        Its columns are headings; those of `LEFT_OUT_FIRST` may be left out.
    where : str
        Where all columns are, for the reader of a narrow terminal.
    """
    if not _fits(out, shown):
        shown = _without_common(out, shown)
    kept, left_out = shown, list[str]()
    for name in LEFT_OUT_FIRST:
        if name in kept and not _fits(out, kept):
            kept = kept.drop(columns=name)
            left_out.append(name)
    if not _fits(out, kept):
        _print_stacked(out, shown)
        return
    out.print(_table(kept))
    if left_out:
        see = f"; see {where}" if where else ""
        out.print(f"Too wide for this terminal: {', '.join(left_out)}{see}.", soft_wrap=True)


def _without_common(out: Console, shown: pd.DataFrame) -> pd.DataFrame:
    """Print the keys with the same value in all rows once, and drop their columns, if there are several rows."""
    keys = list(shown.columns[: shown.columns.get_loc(SOLVED)]) if SOLVED in shown and len(shown) > 1 else []
    common = [key for key in keys if shown[key].nunique() == 1]
    if common:
        out.print(f"All rows: {', '.join(f'{key}={shown[key].iloc[0]}' for key in common)}", soft_wrap=True)
    return shown.drop(columns=common)


def _fits(out: Console, shown: pd.DataFrame) -> bool:
    wide = out.options.update(max_width=WIDE)  # or it would be measured as wide as the terminal
    return out.measure(_table(shown), options=wide).maximum <= out.width


def _table(shown: pd.DataFrame) -> Table:
    printed = Table(box=box.SIMPLE)
    for name in map(str, shown):
        for end in (LEVEL, OF_SOLVED, TO_SOLUTION):
            name = name.replace(end, f"\n{end.strip()}")
        printed.add_column(name, no_wrap=True)
    for row in shown.to_numpy():
        printed.add_row(*row)
    return printed


def _print_stacked(out: Console, shown: pd.DataFrame) -> None:
    """Print each row as lines of heading and value; the terminal wraps longer lines."""
    names = list(map(str, shown))
    width = max(map(len, names))
    for row in shown.to_numpy():
        out.print()
        for name, text in zip(names, row, strict=True):
            if text:
                out.print(f"  {name:{width}}   {text}", soft_wrap=True)
    out.print()
