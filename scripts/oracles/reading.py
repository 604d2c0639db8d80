"""The recipes of docs/statistics.md for reading our CSV files, run on files that are hard to read."""

from __future__ import annotations

import csv
import re
import subprocess
import sys
import tempfile
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import pandas as pd

from lagrun.analysis.summary import summarise
from lagrun.analysis.sweep_tables import write_tables
from lagrun.config.paths import CONF
from scripts.artefacts import RESULTS, read_runs
from scripts.oracles import HINT, R_HINT, Agreement, r

DOCUMENT = CONF.parent / "docs" / "statistics.md"

#: Seeds beyond what doubles, and integers of 64 and 128 bits, hold, and names that are taken for nothing.
SEEDS = (2**53 + 1, 2**63 + 5, 2**64 + 1, 2**127 + 3)
NAMES = ("NA", "null", "None", "nan")

#: Columns that are compared, of ``runs.csv`` and of ``summary.csv``,
COLUMNS = {"runs": ("seed", "name", "sequences_to_solve"), "summary": ("name", "median_low", "ert", "ert_high")}
#: and those among them that are text.
TEXT = ("seed", "name")

#: What makes rows of a table, by what reads it.
ROWS = {
    "duckdb": "lambda table, names: table.select(*names).fetchall()",
    "pyarrow": "lambda table, names: zip(*(table[name].to_pylist() for name in names))",
    "pandas": "lambda table, names: table[list(names)].itertuples(index=False)",
}

#: Added to a recipe, so that it prints a row a line.
AFTER_PYTHON = """
for table, names in ((runs, {runs}), (summary, {summary})):
    for row in ({rows})(table, names):
        print(*("" if value is None or value != value else value for value in row), sep="|")
"""
AFTER_R = """
shown <- function(x) ifelse(is.na(x), "", if (is.numeric(x)) format(x, digits = 17, trim = TRUE) else x)
for (table in list(runs[, c{runs}], summary[, c{summary}])) {{
  cat(do.call(paste, c(unname(lapply(table, shown)), sep = "|")), sep = "\\n")
}}
"""


def recipes() -> dict[str, str]:
    """Find the blocks of the document: program to its code."""
    blocks = re.findall(r"```(r|python)\n(.*?)```", DOCUMENT.read_text(), flags=re.DOTALL)
    return {"R" if language == "r" else next(name for name in ROWS if name in code): code for language, code in blocks}


def missing(program: str) -> str:
    """Name what is not installed, and how to get it; empty if it is."""
    if program == "R":
        return f"{r.missing()} is not installed: {R_HINT}" if r.missing() else ""
    return "" if find_spec(program) else f"{program} is not installed: {HINT}"


def agreement(program: str, code: str) -> Agreement:
    """Run a recipe, and compare what it reads with what is written."""
    found = Agreement("values of the CSV files", program if program == "R" else f"{program} {version(program)}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder)
        columns = [
            (column, line[column])
            for table, names in COLUMNS.items()
            for line in _lines(folder / f"{table}.csv")
            for column in names
        ]
        printed = [value for line in _run(program, code, folder).splitlines() for value in line.split("|")]
    for (column, ours), theirs in zip(columns, printed, strict=True):
        found.add(column, ours, theirs, ours == theirs or (column not in TEXT and _is_number(ours, theirs)))
    return found


def write(folder: Path) -> None:
    """Write ``runs.csv`` and ``summary.csv`` as lagrun does: real runs under other seeds and names."""
    cells = [cell.head(len(SEEDS)) for _, cell in read_runs(RESULTS / "table2").groupby("name", sort=False)]
    named = [cell.assign(name=name) for cell, name in zip(cells, NAMES, strict=False)]
    runs = pd.concat(named, ignore_index=True)
    runs["seed"] = pd.Series(SEEDS * len(named), dtype=object)
    write_tables(folder, runs, summarise(runs))


def _run(program: str, code: str, folder: Path) -> str:
    names = COLUMNS | {"rows": ROWS.get(program, "")}
    after = (AFTER_R if program == "R" else AFTER_PYTHON).format(**names)
    command = ["Rscript", "-e"] if program == "R" else [sys.executable, "-c"]
    done = subprocess.run([*command, code + after], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout


def _lines(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def _is_number(ours: str, theirs: str) -> bool:
    """Tell whether two texts are the same number."""
    try:
        return float(ours) == float(theirs)
    except ValueError:
        return False
