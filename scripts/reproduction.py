"""Write the tables of README.md and docs/reproduction.md from the runs that docs/results/ keeps.

    python -m scripts.reproduction

Each table stands between a line ``<!-- NAME: ... -->`` and a line ``<!-- end -->``; what is there is replaced.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

import pandas as pd

from lagrun.analysis import statistics
from lagrun.analysis.frame import NAME
from lagrun.analysis.summary import summarise
from lagrun.analysis.tables import MEDIAN, OF_SOLVED, SOLVED, markdown, number, table
from lagrun.analysis.values import value_text
from lagrun.config.paths import CONF
from lagrun.interfaces.run_result import SOLVED as SOLVED_OUTCOME
from scripts.artefacts import RESULTS, read_runs
from scripts.failures import FAILURES
from scripts.readings import RATE, rank, shown
from scripts.rerun_p50 import against, in_short, nets
from scripts.rerun_streams import compared

ROOT = CONF.parent
DOCUMENTS = (ROOT / "README.md", ROOT / "docs" / "reproduction.md")

#: Columns of `lagrun.analysis.tables.table`.
MEAN, RANGE = f"mean{OF_SOLVED}", f"min-max{OF_SOLVED}"

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
    "task2b": {
        "LSTM": "paper_2b",
        "RTRL": "rtrl_p4",
        "BPTT": "bptt_p100",
        "CH": "chunker_p100",
        "RTRL, error at the end": "rtrl_p4",
        "BPTT, error at the end": "bptt_p100",
    },
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
    summary, ours = _both(results / sweep)
    known = summary["published_solved"].notna()
    shown = pd.DataFrame(
        {"": summary[NAME], **{heading: summary[key].map(value_text) for key, heading in keys.items()}}
    )
    shown["published"] = [
        f"{100 * k / n:.0f}% [{_percent(k, n)}]" if yes else ""
        for yes, k, n in zip(known, summary["published_solved"], summary["published_n"], strict=True)
    ]
    shown["published mean"] = summary["published_mean_sequences"].map(number)
    for name, heading in {SOLVED: SOLVED, MEAN: MEAN, MEDIAN: "median [95%]", RANGE: RANGE}.items():
        shown[heading] = ours.get(name, "")
    shown["budget"] = _budgets(sweep, summary, list(keys))
    shown["preset"] = [f"`{PRESETS[sweep][name]}`" for name in summary[NAME]]
    return shown.join(_otherwise(ours))


def shares(sweep: str, keys: dict[str, str], names: Sequence[str] = (), results: Path = RESULTS) -> pd.DataFrame:
    """The same as `beside`, in few columns, and of the rows of some names only if any are given."""
    summary, ours = _both(results / sweep)
    shown = pd.DataFrame(
        {"": summary[NAME], **{heading: summary[key].map(value_text) for key, heading in keys.items()}}
    )
    shown["published"] = [
        f"{row.published_solved:.0f}/{row.published_n:.0f}, {number(row.published_mean_sequences)}".removesuffix(", ")
        if pd.notna(row.published_solved)
        else ""
        for row in summary.itertuples()
    ]
    shown[SOLVED] = ours[SOLVED]
    shown[MEAN] = ours.get(MEAN, "")
    shown["budget"] = _budgets(sweep, summary, list(keys))
    return shown.join(_otherwise(ours))[summary[NAME].isin(names) if names else slice(None)]


def _both(folder: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The summary of a folder of artefacts, and the table that is made of it."""
    summary = summarise(read_runs(folder))
    return summary, table(summary)


def _budgets(sweep: str, summary: pd.DataFrame, keys: Sequence[str]) -> list[str]:
    """Each row's budget and, where that is another, the one with which the repository keeps the row."""
    told = [NAME, *keys]
    kept = pd.read_csv(RESULTS / sweep / "summary.csv")
    known = {
        tuple(row[:-1]): row[-1]
        for row in kept[[*told, "budget"]].astype(object).fillna("").itertuples(index=False, name=None)
    }
    rows = summary[[*told, "budget"]].astype(object).fillna("").itertuples(index=False, name=None)
    return [
        number(row[-1]) + (f" of {number(known[row[:-1]])}" if known.get(row[:-1], row[-1]) != row[-1] else "")
        for row in rows
    ]


def _otherwise(ours: pd.DataFrame) -> pd.DataFrame:
    """Runs that are neither solved nor at their budget, where there are any."""
    return ours[[name for name in ("diverged", "failed", "unfinished") if name in ours]]


def _percent(k: float, n: float) -> str:
    low, high = statistics.wilson(int(k), int(n))
    return f"{100 * low:.0f}-{100 * high:.0f}"


def ranking(sweep: str, task: str, results: Path = RESULTS) -> pd.DataFrame:
    """The nearest readings of one task, as text."""
    ranked = rank(read_runs(results / sweep))
    return shown(ranked, task).head(N_RANKED)


def looked_into(about: str, results: Path = RESULTS) -> pd.DataFrame:
    """One sort of measures of `scripts.failures`: median and range over the runs of each cell."""
    measures = pd.read_csv(results / FAILURES)
    measures = measures[measures["about"] == about]
    rows = []
    for (name, p), cell in measures.groupby([NAME, "p"], sort=False):
        outcomes = cell.drop_duplicates("seed")["outcome"]
        row = {"": name, "p": str(p), "solved": f"{(outcomes == SOLVED_OUTCOME).sum()}/{len(outcomes)}"}
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
    "rerun_p50": against,
    "rerun_p50 in short": in_short,
    "rerun_p50 nets": nets,
    "rerun_streams": compared,
    "state": partial(looked_into, "state_at_the_end"),
    "drift": partial(looked_into, "drift"),
    "chunker's memory": partial(looked_into, "memory_of_the_chunker"),
}


def filled(text: str, tables: Mapping[str, Callable[..., pd.DataFrame]] = TABLES) -> str:
    """A document with all its tables made anew."""

    def made(found: re.Match[str]) -> str:
        return f"{found[1]}\n{markdown(tables[found[2]]())}\n{found[3]}"

    return re.sub(r"(<!-- ([^:\n]+): [^\n]*-->\n)(?:.*?)(<!-- end -->)", made, text, flags=re.DOTALL)


def all_tables(results: Path) -> str:
    """All tables that can be made of a folder of results."""
    texts = []
    for name, made in TABLES.items():
        with suppress(FileNotFoundError):
            if len(rows := made(results=results)):
                texts.append(f"## {name}\n\n{markdown(rows)}")
    return "\n".join(texts)


def fill() -> None:
    """Fill the documents."""
    for path in DOCUMENTS:
        path.write_text(filled(path.read_text()))


if __name__ == "__main__":
    fill()
