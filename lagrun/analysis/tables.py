"""The summary made readable, as text and as Markdown; `printing` and `latex` make more of it."""

from __future__ import annotations

from typing import Any

import pandas as pd

from lagrun.analysis import statistics
from lagrun.analysis.data_movement.lru import DEFINITION
from lagrun.analysis.frame import NAME, PUBLISHED, PUBLISHED_MEAN, PUBLISHED_MEDIAN
from lagrun.analysis.solved import holds, rows_of, too_few
from lagrun.analysis.summary import NAMED
from lagrun.analysis.values import short_names, value_texts
from lagrun.config.identity import BUDGET

#: What headings end with: columns with an interval, those of solved runs alone, and costs times ERT.
LEVEL, OF_SOLVED, TO_SOLUTION = " [95%]", " of solved", " to solution"

SOLVED, MEDIAN, ERT = f"solved{LEVEL}", f"median sequences{LEVEL}", f"ERT{LEVEL}"
HOLDING = f"still hold{LEVEL}"
PUBLISHED_COLUMN = f"published{LEVEL}"
MEDIAN_OF_SOLVED = f"median{OF_SOLVED}"

#: Columns of costs, if the summary has them.
COSTS = {
    "n_weights": "weights",
    "multiply_adds": "multiply-adds",
    "multiply_adds_to_solution": f"multiply-adds{TO_SOLUTION}",
    "bytedmd": "ByteDMD",
    "energy_to_solution": f"energy{TO_SOLUTION}",
}

#: Column of the bounds in rows whose runs have not all ended.
HAD_ALL_ENDED = "had all ended"

#: Key of how exact the times are.
CHECK_EVERY = "criterion.check_every"

#: Units of large numbers: thousands, millions, ...
UNITS = ("", "k", "M", "G", "T", "P", "E", "Z", "Y")

#: How infinity is written.
INFINITE = "inf"


def table(summary: pd.DataFrame) -> pd.DataFrame:
    """Make the summary readable: text cells, short names, and only the outcomes that occur.

    If cells have names, keys with one value in all cells of each name are left out, except a budget that varies. Empty
    columns are left out, too.
    """
    keys = every = list(summary.columns[: summary.columns.get_loc("n")])
    if NAME in summary:
        n_values = summary.groupby(NAME, dropna=False)[keys].nunique(dropna=False)
        keys = [key for key in keys if key in (*NAMED, BUDGET) or (n_values[key] > 1).any()]
    rows = zip(*(summary[key] for key in every), strict=True)
    told = value_texts([dict(zip(every, row, strict=True)) for row in rows])
    shown = pd.DataFrame(
        {name: [cell[key] for cell in told] for key, name in zip(keys, short_names(keys), strict=True)},
        index=summary.index,
    )
    shown[SOLVED] = [_solved(row) for row in summary.itertuples()]
    if (summary["n_holds"] != summary["n_solved"]).any():
        shown[HOLDING] = [_holding(row) for row in summary.itertuples()]
    shown[MEDIAN] = [_median(row) + _interval(row.n, row.median_low, row.median_high) for row in summary.itertuples()]
    shown[ERT] = [_ert(row) for row in summary.itertuples()]
    shown[f"mean{OF_SOLVED}"] = summary["mean_solved"].map(number)
    beside = PUBLISHED_MEDIAN in summary and summary[PUBLISHED_MEDIAN].notna().any()
    if beside or (summary["n_solved"] < summary["n"]).any():  # else it is the median
        shown[MEDIAN_OF_SOLVED] = summary["median_solved"].map(number)
    shown[f"min-max{OF_SOLVED}"] = [
        f"{number(row.min_solved)}-{number(row.max_solved)}" if row.n_solved else "" for row in summary.itertuples()
    ]
    for name in ("diverged", "failed", "unfinished"):
        if summary[f"n_{name}"].any():
            shown[name] = summary[f"n_{name}"].map(str)
    if (summary["n_failed"] + summary["n_unfinished"]).any():
        shown[HAD_ALL_ENDED] = [_bounds(row) for row in summary.itertuples()]
    for name in [name for name in COSTS if name in summary]:
        shown[COSTS[name]] = summary[name].map(number if name == "n_weights" else rounded)
    if PUBLISHED[0] in summary:
        shown[PUBLISHED_COLUMN] = [_published(row) for row in summary.itertuples()]
    return shown.loc[:, (shown != "").any()] if NAME in summary else shown


def has_costs(summary: pd.DataFrame) -> bool:
    """Tell whether a summary has columns of costs."""
    return any(name in summary for name in COSTS)


def caption(runs: pd.DataFrame, with_costs: bool = False) -> str:
    """Explain the table's numbers: the budget, how exact they are, and what brackets and ERT mean.

    Parameters
    ----------
    runs : pandas.DataFrame
        From `lagrun.analysis.frame.frame`.
    with_costs : bool
        Whether the table has `COSTS`.
    """
    low, high = runs["budget"].astype(float).agg(["min", "max"])
    text = f"Budget {number(low)}" + ("" if low == high else f" to {number(high)}") + " training sequences"
    checks = list(runs[CHECK_EVERY].dropna().unique()) if CHECK_EVERY in runs else []
    if len(checks) == 1:
        text += f", checked every {number(checks[0])}" if checks[0] > 1 else ", checked after each"
    text += "; [95% interval]; ERT: sequences of all runs per solved run."
    rows = rows_of(runs)
    if any(holds(row) is False for row in rows):
        text += " Still hold: solved runs whose stored weights reach the criterion's share on held-out sequences, too."
    if too_little := {least for row in rows if (least := too_few(row))}:
        needed = " and ".join(map(number, sorted(too_little)))
        text += f" Budget < {needed}: no run can be solved, as the criterion looks at so many sequences first."
    if with_costs:
        text += f" Multiply-adds, ByteDMD (as defined {DEFINITION}): one training sequence of the plain loop;"
        text += " to solution, energy: times ERT."
    return text


def markdown(shown: pd.DataFrame) -> str:
    """Write a table of text as GitHub-flavoured Markdown."""
    cells = [[text.replace("|", r"\|") for text in row] for row in shown.to_numpy().tolist()]
    lines: list[list[str]] = [list(map(str, shown)), ["---"] * len(shown.columns), *cells]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def number(value: Any) -> str:
    """A number of sequences, or nothing where there is none."""
    if pd.isna(value):
        return ""
    return INFINITE if value == float("inf") else f"{value:,.0f}"


def rounded(value: Any) -> str:
    """A large number by three digits and its unit, such as 2.2M; nothing where there is none."""
    if pd.isna(value) or value == float("inf"):
        return number(value)
    digits, exponent = f"{value:.2e}".split("e")
    n_thousands = min(max(int(exponent) // 3, 0), len(UNITS) - 1)
    return f"{float(digits) * 10.0 ** (int(exponent) - 3 * n_thousands):.3g}{UNITS[n_thousands]}"


def share_text(k: Any, n: Any, interval: tuple[Any, Any]) -> str:
    """Solved runs of all runs, and the interval of their share."""
    return f"{k}/{n}" + (f" [{interval[0]:.2f}-{interval[1]:.2f}]" if n else "")


def too_few_text(n_least: int | None) -> str:
    """Text after the solved runs of a cell that cannot be solved; empty for other cells."""
    return "" if n_least is None else f" (budget < {number(n_least)})"


def _solved(row: Any) -> str:
    """The solved runs and their interval; if no run can be solved, what the criterion needs instead of the interval."""
    if pd.notna(row.n_least):
        return f"{row.n_solved}/{row.n}{too_few_text(row.n_least)}"
    return share_text(row.n_solved, row.n, (row.wilson_low, row.wilson_high))


def _holding(row: Any) -> str:
    if pd.isna(row.n_holds) or not row.n_solved:
        return ""
    return share_text(row.n_holds, row.n, (row.holds_low, row.holds_high))


def _ert(row: Any) -> str:
    return "" if pd.notna(row.n_least) else number(row.ert) + _interval(row.n, row.ert_low, row.ert_high)


def _median(row: Any) -> str:
    if row.n == 0:
        return ""
    return f"> {number(row.budget)}" if pd.isna(row.median_sequences) else number(row.median_sequences)


def _interval(n: Any, low: Any, high: Any) -> str:
    """An interval of numbers of sequences; empty if it is missing or without a finite bound."""
    return "" if n == 0 or pd.isna(low) or low == float("inf") else f" [{number(low)}-{number(high)}]"


def _bounds(row: Any) -> str:
    """The fewest and most solved runs there could be if all runs of an incomplete row had ended; else empty."""
    n_missing = row.n_failed + row.n_unfinished
    low, high = statistics.solved_bounds(row.n_solved, row.n, n_missing)
    return f"{row.n_solved}-{row.n_solved + n_missing}/{row.n + n_missing} ({low:.2f}-{high:.2f})" if n_missing else ""


def _published(row: Any) -> str:
    if pd.isna(row.published_solved):
        return ""
    k, n = int(row.published_solved), int(row.published_n)
    times = {"mean": PUBLISHED_MEAN, "median of solved": PUBLISHED_MEDIAN}
    known = {what: number(getattr(row, name, None)) for what, name in times.items()}
    return share_text(k, n, statistics.wilson(k, n)) + "".join(
        f", {what} {value}" for what, value in known.items() if value
    )
