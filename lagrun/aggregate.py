"""From run folders to one tidy frame (a row a run), the summary (a row a cell) and the printed table.

    python -m lagrun.aggregate outputs/<sweep>

reads what is stored beside each result, never today's YAML.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from lagrun import metrics, store
from lagrun.config import GROUPS, variant_name
from lagrun.run_folder import FIELDS
from lagrun.run_result import BUDGET, DIVERGED, FAILED, SOLVED

UNFINISHED = "unfinished"
OUTCOMES = (SOLVED, BUDGET, DIVERGED, FAILED, UNFINISHED)

#: Fields of a result that the frame has even where no run has ended.
STORED = ("seed", *(name for name in FIELDS if name != "failure"))

#: Key columns that are shown even where they do not vary.
ALWAYS = ("model", "task", "task.p")

#: Columns of what a paper reports of a run's cell, where the sweep file tells.
PUBLISHED = ("published_solved", "published_n", "published_mean_sequences")

#: The name that the sweep file gives a run's cell.
NAME = "name"

#: Columns that tell the cells of a sweep with names apart, whether they vary or not.
NAMED = (NAME, "task.p", "task.q")

#: Parts of a stored configuration that cannot change a result.
NOT_KEYS = ("execution", "trusted_modules")


def frame(folder: Path) -> pd.DataFrame:
    """Read all runs below a folder.

    Parameters
    ----------
    folder : Path
        A sweep's folder, or any folder that holds run folders.

    Returns
    -------
    pandas.DataFrame
        A row a run: ``folder``, ``seed``, ``outcome`` and the other fields of its result, the names of its variants
        (``model``, ``task``, ...) and every key of its configuration (``task.p``, ...); where the sweep has names or
        published values, also those of its cell (`NAME`, `PUBLISHED`). Runs of an unfinished sweep that have no result
        yet have the outcome ``unfinished``.
    """
    try:
        cells = json.loads((folder / store.SWEEP).read_text())["cells"]
        planned = [(cell["config"], _label(cell), run) for cell in cells for run in cell["runs"]]
    except FileNotFoundError:
        folders = sorted(path.parent for path in folder.rglob(store.RESULT))
        planned = [({}, {}, {"folder": str(path.relative_to(folder)), "seed": None}) for path in folders]
    rows = []
    for config, label, run in planned:
        result = store.read_result(folder / run["folder"])
        if result is None:
            result = {"seed": run["seed"], "outcome": UNFINISHED, "config": config}
        kept = {name: value for name, value in result.items() if name not in ("config", "provenance", "failure")}
        rows.append({"folder": run["folder"], **dict.fromkeys(STORED), **kept, **_flat(result["config"]), **label})
    return pd.DataFrame(rows)


def varying(runs: pd.DataFrame) -> list[str]:
    """Configuration columns that tell the cells of a frame apart, `ALWAYS` first."""
    config = [
        name for name in map(str, runs) if name in GROUPS or "." in name or name in ("budget", "dtype", "updates")
    ]
    names = [name for name in ALWAYS if name in config]
    return names + [name for name in config if name not in names and runs[name].nunique(dropna=False) > 1]


def summarise(runs: pd.DataFrame) -> pd.DataFrame:
    """Summarise each cell.

    Parameters
    ----------
    runs : pandas.DataFrame
        From `frame`.

    Returns
    -------
    pandas.DataFrame
        A row a cell, in the order of the frame: `NAMED` if cells have names, the keys that vary, then ``n`` (solved +
        censored + diverged), ``n_solved``, ``median_sequences`` (censored median over n; missing where it exceeds the
        budget), ``median_solved``, ``mean_solved``, ``min_solved``, ``max_solved`` (over solved runs alone),
        ``n_censored``, ``n_diverged``, ``n_failed``, ``n_unfinished``, ``budget``, ``cpu_seconds`` (of all runs
        together) and `PUBLISHED`, if the frame has them.
    """
    keys = varying(runs)
    if NAME in runs:
        keys = [name for name in NAMED if name in runs] + [key for key in keys if key not in NAMED]
    rows = []
    grouped = runs.groupby(keys, sort=False, dropna=False)
    for values, cell in sorted(grouped, key=lambda group: group[1].index[0]):  # pandas may put missing values last
        count = {outcome: int((cell["outcome"] == outcome).sum()) for outcome in OUTCOMES}
        ended = cell[cell["outcome"].isin([SOLVED, BUDGET, DIVERGED])]
        sequences = ended.loc[:, "sequences_to_solve"].astype(float).fillna(np.inf).to_numpy()
        solved = metrics.solved_only(sequences)
        median = metrics.censored_median(sequences)
        rows.append(
            {
                **dict(zip(keys, values, strict=True)),
                "n": len(ended),
                "n_solved": count[SOLVED],
                "median_sequences": median if np.isfinite(median) else None,
                "median_solved": np.median(solved) if len(solved) else None,
                "mean_solved": solved.mean() if len(solved) else None,
                "min_solved": solved.min() if len(solved) else None,
                "max_solved": solved.max() if len(solved) else None,
                "n_censored": count[BUDGET],
                "n_diverged": count[DIVERGED],
                "n_failed": count[FAILED],
                "n_unfinished": count[UNFINISHED],
                "budget": cell["budget"].iloc[0],
                "cpu_seconds": round(float(cell["cpu_seconds"].sum()), 2),
                **{name: cell[name].iloc[0] for name in PUBLISHED if name in cell},
            }
        )
    return pd.DataFrame(rows)


def table(summary: pd.DataFrame) -> pd.DataFrame:
    """Make the summary readable: text cells, short names, and only the outcomes that occur.

    Where cells have names, the keys that are the same in all cells of a name are left out, and so are empty columns.
    """
    keys = list(summary.columns[: summary.columns.get_loc("n")])
    if NAME in summary:
        n_values = summary.groupby(NAME, dropna=False)[keys].nunique(dropna=False)
        keys = [key for key in keys if key in NAMED or (n_values[key] > 1).any()]
    short = [key.split(".")[-1] for key in keys]
    shown = pd.DataFrame(
        {
            (name if short.count(name) == 1 else key): summary[key].map(_value)
            for key, name in zip(keys, short, strict=True)
        }
    )
    shown["solved"] = [f"{row.n_solved}/{row.n}" for row in summary.itertuples()]
    shown["median sequences"] = [_median(row) for row in summary.itertuples()]
    shown["mean of solved"] = summary["mean_solved"].map(_number)
    shown["min-max of solved"] = [
        f"{_number(row.min_solved)}-{_number(row.max_solved)}" if row.n_solved else "" for row in summary.itertuples()
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


def report(folder: Path) -> pd.DataFrame:
    """Print the table of a folder's runs, and write ``summary.csv``, ``summary.md`` and ``runs.csv`` into it.

    Returns
    -------
    pandas.DataFrame
        The frame of `frame`; empty if there is no run.
    """
    from rich import box
    from rich.console import Console
    from rich.table import Table

    runs = frame(folder)
    if runs.empty:
        return runs
    summary = summarise(runs)
    shown = table(summary)
    store.write_atomically(folder / "runs.csv", runs.to_csv(index=False).encode())
    store.write_atomically(folder / "summary.csv", summary.to_csv(index=False).encode())
    store.write_atomically(folder / "summary.md", markdown(shown).encode())
    console = Console(width=None if sys.stdout.isatty() else 200, highlight=False, markup=False)
    printed = Table(box=box.SIMPLE)
    for name in shown:
        printed.add_column(str(name))
    for row in shown.to_numpy():
        printed.add_row(*row)
    console.print(printed)
    for outcome in (FAILED, DIVERGED):
        for run in runs[runs["outcome"] == outcome]["folder"].head(5):
            console.print(f"{outcome}: {folder / run}", soft_wrap=True)
    console.print(f"{folder}", soft_wrap=True)
    return runs


def main(argv: Sequence[str] | None = None) -> int:
    """Aggregate a folder again, from the command line."""
    parser = argparse.ArgumentParser(prog="python -m lagrun.aggregate", description="Summarise the runs of a sweep.")
    parser.add_argument("folder", type=Path, help="a sweep's folder, for example outputs/<sweep>")
    folder = parser.parse_args(argv).folder
    if not folder.is_dir():
        parser.error(f"{folder}: no such folder")
    if report(folder).empty:
        parser.error(f"{folder}: holds no runs")
    return 0


def _label(cell: dict[str, Any]) -> dict[str, Any]:
    """What a sweep's plan says of a cell beside its configuration, as columns of the frame."""
    columns = {f"published_{name}": value for name, value in (cell.get("published") or {}).items()}
    return {NAME: cell[NAME], **columns} if cell.get(NAME) else columns


def _flat(config: dict[str, Any]) -> dict[str, Any]:
    """Flatten a stored configuration to ``task.p`` and the like, and name the variants."""
    names = {group: variant_name(config[group]) for group in GROUPS if group in config}
    kept = {name: value for name, value in config.items() if name not in NOT_KEYS}
    groups_last = sorted(kept.items(), key=lambda item: isinstance(item[1], dict))
    return names | {name: value for name, value in _leaves(groups_last) if not name.endswith("_target_")}


def _leaves(items: Iterable[tuple[str, Any]], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Names such as ``task.p``, and what they stand for."""
    for name, value in items:
        if isinstance(value, dict):
            yield from _leaves(value.items(), f"{prefix}{name}.")
        else:
            yield prefix + name, str(value) if isinstance(value, list) else value


def _number(value: Any) -> str:
    return "" if pd.isna(value) else f"{value:,.0f}"


def _value(value: Any) -> str:
    if not isinstance(value, str) and pd.isna(value):
        return ""
    return f"{value:g}" if isinstance(value, float) else str(value)


def _median(row: Any) -> str:
    if row.n == 0:
        return ""
    return f"> {row.budget:,}" if pd.isna(row.median_sequences) else _number(row.median_sequences)


def _published(row: Any) -> str:
    if pd.isna(row.published_solved):
        return ""
    mean = _number(row.published_mean_sequences)
    return f"{row.published_solved:.0f}/{row.published_n:.0f}" + (f", mean {mean}" if mean else "")


if __name__ == "__main__":
    sys.exit(main())
