"""Rank the readings of the paper's open points by how near they come to what it reports.

    python -m scripts.readings docs/results/readings

Distance of a cell: |k/N - published share| + |ln(mean over solved / published mean)|, infinite where nothing is solved;
of RTRL, summed over the three learning rates, each compared with its own published values. A share that is wrong by 1
weighs as much as a mean that is wrong by a factor e, so the two parts are shown beside their sum. A run counts as not
solved where its budget is too small, and neighbours in the ranking differ by less than other seeds would make them.
`departures` counts the keys in which a reading is not the printed text.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from lagrun.analysis.frame import NAME
from lagrun.analysis.summary import summarise
from lagrun.analysis.tables import markdown, number
from lagrun.analysis.values import short_names, value_text
from lagrun.interfaces.run_result import COUNTED
from scripts.artefacts import read_runs

RATE = "optimiser.learning_rate"

#: Net, numbers and rule as sections 5 and 5.2 describe them: a cell departs from the text in each key that has another
#: value. A constant on the gate is one more thing in the net, and sync is not what section 5.2 says of the layers,
#: though it is appendix A.1's. No departures: an update a sequence, as "on-line" may mean either; 2a's success at the
#: end, which table 11 has; and what is not said, such as when the error "has stopped decreasing", or what becomes of
#: RTRL's sensitivities between sequences.
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
        As `lagrun.analysis.frame.frame` returns them.

    Returns
    -------
    pandas.DataFrame
        A row a reading, nearest first within each `NAME`: its keys, ``distance``, ``of_shares`` (the part of the
        distance that is due to the shares), ``departures``, and lists of ``k``, ``n`` and ``mean``, an entry a learning
        rate that the paper has values of.

    Raises
    ------
    ValueError
        If not all runs have an outcome.
    """
    if not runs["outcome"].isin(COUNTED).all():
        raise ValueError("runs without an outcome cannot be ranked: finish the sweep")
    summary = summarise(runs)
    keys = list(summary.columns[: summary.columns.get_loc("n")])
    share, mean = _apart(summary)
    summary["of_shares"], summary["distance"] = share, share + mean
    readings = []
    for name, cells in summary.groupby(NAME, sort=False):
        several = cells["published_mean_sequences"].nunique() > 1
        shared = [key for key in keys if key != RATE or not several]
        for values, reading in cells.groupby(shared, sort=False, dropna=False):
            row = dict(zip(shared, values, strict=True))
            of_reading = runs[np.logical_and.reduce([_is(runs[key], value) for key, value in row.items()])]
            readings.append(
                {
                    **row,
                    "distance": reading["distance"].sum(),
                    "of_shares": reading["of_shares"].sum(),
                    "departures": _departures(of_reading, str(name), () if not several else (RATE,)),
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


def _apart(summary: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """How far each cell's share and its mean are from the published ones."""
    share = (summary["n_solved"] / summary["n"] - summary["published_solved"] / summary["published_n"]).abs()
    mean = np.log(summary["mean_solved"].astype(float) / summary["published_mean_sequences"]).abs()
    return share, mean.where(summary["n_solved"] > 0, np.inf)


def _is(column: pd.Series, value: object) -> pd.Series:
    return column.isna() if pd.isna(value) else column == value


def _departures(runs: pd.DataFrame, name: str, varied: tuple[str, ...]) -> int:
    """Count the keys in which the runs of a reading depart from the text, but for those that the paper varies."""
    printed = PRINTED | (PRINTED_2B if name == "2b" else {})
    row = runs.iloc[0]
    return sum(
        key in row and not pd.isna(row[key]) and row[key] != value
        for key, value in printed.items()
        if key not in varied
    )


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
    text["of it, shares"] = [f"{value:.3f}" for value in of_task["of_shares"]]
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
