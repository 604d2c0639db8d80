"""Rank the readings of the paper's open points by how near they come to what it reports.

    python -m scripts.readings docs/results/readings

Distance of a cell: |k/N - published share| + |ln(mean over solved / published mean)|, infinite where nothing is solved;
of RTRL, summed over the three learning rates, each compared with its own published values. A share that is wrong by 1
weighs as much as a mean that is wrong by a factor e. `departures` counts the keys in which a reading is not the printed
text.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from lagrun.frame import NAME
from lagrun.summary import summarise
from lagrun.table import markdown, number, short_names, value_text
from scripts.artefacts import read_runs

RATE = "optimiser.learning_rate"

#: What the text prints: a cell departs from it in each key that has another value. An update a sequence is no
#: departure, as "on-line" may mean either; nor is 2a's success at the end, which table 11 has; nor what the text says
#: nothing of, such as when the error "has stopped decreasing".
PRINTED = {
    "model.squash_cell_input": "logistic",
    "model.squash_cell_output": "identity",
    "model.input_gate_bias": 0.0,
    "model.init_range": 0.2,
    "model.construction": True,
    "model.squash": "logistic",
    "model.timing": "layered",
    "loss.factor": 0.5,
    RATE: 1.0,
}

#: Only 2b has an error at every step printed; on 2a that is so in all cells.
PRINTED_2B = {"task.scored": "every_step"}


def rank(runs: pd.DataFrame) -> pd.DataFrame:
    """Rank the cells of a sweep with published values.

    Parameters
    ----------
    runs : pandas.DataFrame
        As `lagrun.frame.frame` returns them.

    Returns
    -------
    pandas.DataFrame
        A row a reading, nearest first within each `NAME`: its keys, ``distance``, ``departures``, and lists of ``k``,
        ``n`` and ``mean``, an entry a learning rate that the paper has values of.
    """
    summary = summarise(runs)
    keys = list(summary.columns[: summary.columns.get_loc("n")])
    summary["distance"] = _distance(summary)
    readings = []
    for name, cells in summary.groupby(NAME, sort=False):
        several = cells["published_mean_sequences"].nunique() > 1
        shared = [key for key in keys if key != RATE or not several]
        for values, reading in cells.groupby(shared, sort=False, dropna=False):
            row = dict(zip(shared, values, strict=True))
            readings.append(
                {
                    **row,
                    "distance": reading["distance"].sum(),
                    "departures": _departures(row, str(name)),
                    "k": reading["n_solved"].tolist(),
                    "n": reading["n"].tolist(),
                    "mean": reading["mean_solved"].tolist(),
                }
            )
    ranked = pd.DataFrame(readings)
    order = {name: place for place, name in enumerate(dict.fromkeys(ranked[NAME]))}
    return ranked.sort_values(
        [NAME, "distance", "departures"],
        key=lambda column: column.map(order) if column.name == NAME else column,
        kind="stable",
    ).reset_index(drop=True)


def _distance(summary: pd.DataFrame) -> pd.Series:
    share = (summary["n_solved"] / summary["n"] - summary["published_solved"] / summary["published_n"]).abs()
    mean = np.log(summary["mean_solved"].astype(float) / summary["published_mean_sequences"]).abs()
    return (share + mean).where(summary["n_solved"] > 0, np.inf)


def _departures(reading: dict[str, object], name: str) -> int:
    printed = PRINTED | (PRINTED_2B if name == "2b" else {})
    return sum(key in reading and not pd.isna(reading[key]) and reading[key] != value for key, value in printed.items())


def shown(ranked: pd.DataFrame, name: str) -> pd.DataFrame:
    """One task's ranking as text; keys that are the same in all its readings are left out."""
    of_task = ranked[ranked[NAME] == name]
    keys = [
        key for key in ranked.columns[: ranked.columns.get_loc("distance")] if of_task[key].nunique(dropna=False) > 1
    ]
    text = pd.DataFrame(
        {short: of_task[key].map(value_text) for key, short in zip(keys, short_names(keys), strict=True)}
    )
    text["departures"] = of_task["departures"].map(str)
    text["solved"] = [", ".join(f"{k}/{n}" for k, n in zip(row.k, row.n, strict=True)) for row in of_task.itertuples()]
    text["mean of solved"] = [", ".join(number(mean) or "-" for mean in row.mean) for row in of_task.itertuples()]
    text["distance"] = [f"{value:.3f}" for value in of_task["distance"]]
    return text


def write(folder: Path) -> str:
    """Write the rankings of a folder of artefacts there as ranking.md, and return them."""
    ranked = rank(read_runs(folder))
    text = "\n".join(f"## {name}\n\n{markdown(shown(ranked, name))}" for name in ranked[NAME].unique())
    (folder / "ranking.md").write_text(text)
    return text


def main() -> None:
    """Print the rankings of a folder of artefacts, and write them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="such as docs/results/readings")
    sys.stdout.write(write(parser.parse_args().folder))


if __name__ == "__main__":
    main()
