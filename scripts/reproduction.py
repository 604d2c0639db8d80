"""Write the tables of README.md and docs/reproduction.md from the runs that docs/results/ keeps.

    python -m scripts.reproduction

Each table stands between a line ``<!-- NAME: ... -->`` and a line ``<!-- end -->``; what is there is replaced.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from lagrun import metrics
from lagrun.frame import NAME
from lagrun.paths import CONF
from lagrun.run_result import SOLVED
from lagrun.summary import summarise
from lagrun.table import markdown, number, share_text, value_text
from scripts.artefacts import RESULTS, read_runs
from scripts.failures import FAILURES
from scripts.readings import RATE, rank, shown

ROOT = CONF.parent
DOCUMENTS = (ROOT / "README.md", ROOT / "docs" / "reproduction.md")

#: Preset of the rows of a name.
PRESETS = {
    "table2": {
        "RTRL": "rtrl_p4",
        "RTRL R1": "rtrl_p4_symmetric",
        "BPTT": "bptt_p100",
        "CH": "chunker_p100",
        "LSTM": "paper_2a",
    },
    "table3": {
        "LSTM": "paper_2c",
        "LSTM init 0.2": "paper_2c",
        "LSTM as printed": "literal_2c",
    },
    "task2b": {"LSTM": "paper_2b", "RTRL": "rtrl_p4", "BPTT": "bptt_p100", "CH": "chunker_p100"},
}

#: Names of the rankings of readings.
TASKS = ("2a", "2b", "RTRL")

#: Readings that are listed of each task's ranking.
N_RANKED = 8


def beside(sweep: str, keys: dict[str, str], results: Path = RESULTS) -> pd.DataFrame:
    """Put a paper's rows and ours side by side.

    Parameters
    ----------
    sweep : str
        A key of `PRESETS`.
    keys : dict
        Column of the summary to its heading.
    results : Path
        The folder that has the sweep's.

    Returns
    -------
    pandas.DataFrame
        Of text: the row's name and keys; what is published (share of solved trials with Wilson's 95% interval, mean
        over solved trials); and ours (the same, censored median with its interval, range over solved runs, budget,
        preset).
    """
    summary = summarise(read_runs(results / sweep))
    rows = []
    for row in summary.to_dict("records"):
        k, n, solved = row.get("published_solved"), row.get("published_n"), row["n_solved"]
        known = pd.notna(k)
        rows.append(
            {
                "": row[NAME],
                **{heading: value_text(row[key]) for key, heading in keys.items()},
                "published": f"{100 * k / n:.0f}% [{_percent(k, n)}]" if known else "",
                "published mean": number(row.get("published_mean_sequences")),
                "solved [95%]": share_text(solved, row["n"], (row["wilson_low"], row["wilson_high"])),
                "mean of solved": number(row["mean_solved"]),
                "median [95%]": _median(row),
                "min-max of solved": f"{number(row['min_solved'])}-{number(row['max_solved'])}" if solved else "",
                "budget": number(row["budget"]),
                "preset": f"`{PRESETS[sweep][row[NAME]]}`",
            }
        )
    return pd.DataFrame(rows)


def _percent(k: float, n: float) -> str:
    low, high = metrics.wilson(int(k), int(n))
    return f"{100 * low:.0f}-{100 * high:.0f}"


def _median(row: dict[str, Any]) -> str:
    if pd.isna(row["median_sequences"]):
        return f"> {number(row['budget'])}"
    return f"{number(row['median_sequences'])} [{number(row['median_low'])}-{number(row['median_high'])}]"


def ranking(sweep: str, task: str, results: Path = RESULTS) -> pd.DataFrame:
    """The nearest readings of one task, as text."""
    ranked = rank(read_runs(results / sweep))
    return shown(ranked, task).head(N_RANKED)


def shares(sweep: str, keys: dict[str, str], names: Sequence[str] = (), results: Path = RESULTS) -> pd.DataFrame:
    """The same as `beside`, in few columns, and of the rows of some names only if any are given."""
    summary = summarise(read_runs(results / sweep))
    return pd.DataFrame(
        {
            "": row[NAME],
            **{heading: value_text(row[key]) for key, heading in keys.items()},
            "published": _published(row),
            "solved [95%]": share_text(row["n_solved"], row["n"], (row["wilson_low"], row["wilson_high"])),
            "mean of solved": number(row["mean_solved"]),
            "budget": number(row["budget"]),
        }
        for row in summary.to_dict("records")
        if not names or row[NAME] in names
    )


def _published(row: dict[str, Any]) -> str:
    if pd.isna(row.get("published_solved")):
        return ""
    mean = number(row.get("published_mean_sequences"))
    return f"{row['published_solved']:.0f}/{row['published_n']:.0f}" + (f", {mean}" if mean else "")


def looked_into(about: str, results: Path = RESULTS) -> pd.DataFrame:
    """One sort of measures of `scripts.failures`: median and range over the runs of each cell."""
    measures = pd.read_csv(results / FAILURES)
    measures = measures[measures["about"] == about]
    rows = []
    for (name, p), cell in measures.groupby([NAME, "p"], sort=False):
        outcomes = cell.drop_duplicates("seed")["outcome"]
        row = {"": name, "p": str(p), "solved": f"{(outcomes == SOLVED).sum()}/{len(outcomes)}"}
        for measure, values in cell.groupby("measure", sort=False)["value"]:
            row[str(measure)] = f"{values.median():.2g} ({values.min():.2g} to {values.max():.2g})"
        rows.append(row)
    return pd.DataFrame(rows)


#: Name of a table to what makes it of the folder of results.
TABLES: dict[str, Callable[..., pd.DataFrame]] = {
    "table2": partial(beside, "table2", {"task.p": "p", RATE: "rate"}),
    "table3": partial(beside, "table3", {"task.q": "q", "task.p": "p"}),
    "task2b": partial(beside, "task2b", {"task.p": "p", "task.middle": "middle"}),
    "table2 in short": partial(shares, "table2", {"task.p": "p", RATE: "rate"}),
    "table3 in short": partial(shares, "table3", {"task.q": "q", "task.p": "p"}, ("LSTM", "LSTM as printed")),
    "departures": partial(
        shares, "departures", {"task.q": "q", "task.p": "p", "model.input_gate_bias": "constant on the gate"}
    ),
    "chunkers": partial(shares, "chunkers", {"task.p": "p"}),
    **{f"{sweep} {task}": partial(ranking, sweep, task) for sweep in ("readings", "finalists") for task in TASKS},
    "state": partial(looked_into, "state_at_the_end"),
    "drift": partial(looked_into, "drift"),
    "chunker's memory": partial(looked_into, "memory_of_the_chunker"),
}


def filled(text: str) -> str:
    """A document with all its tables made anew."""

    def table(found: re.Match[str]) -> str:
        return f"{found[1]}\n{markdown(TABLES[found[2]]())}\n{found[3]}"

    return re.sub(r"(<!-- ([^:\n]+): [^\n]*-->\n)(?:.*?)(<!-- end -->)", table, text, flags=re.DOTALL)


def all_tables(results: Path) -> str:
    """All tables that can be made of a folder of results."""
    texts = []
    for name, table in TABLES.items():
        with suppress(FileNotFoundError):
            texts.append(f"## {name}\n\n{markdown(table(results=results))}")
    return "\n".join(texts)


def fill() -> None:
    """Fill the documents."""
    for path in DOCUMENTS:
        path.write_text(filled(path.read_text()))


if __name__ == "__main__":
    fill()
