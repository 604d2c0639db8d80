"""Cells of a sweep compared, or of several: does one solve more runs than another, is it faster, and by how much.

    python -m lagrun.compare outputs/<sweep>                              # all pairs
    python -m lagrun.compare outputs/<sweep> --cells 1 task.p=50,keys=random
    python -m lagrun.compare outputs/<sweep> outputs/<another>            # the same experiment is one cell
    python -m lagrun.compare outputs/<sweep> outputs/<another> --apart    # one cell a folder

Definitions are in docs/statistics.md. Exit status: 0, or 2 where there is nothing to compare.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from lagrun.analysis import statistics
from lagrun.analysis.cell_titles import label, telling
from lagrun.analysis.frame import NAME, UNFINISHED, check_folder, frame, frame_of, with_names_of_their_own
from lagrun.analysis.printing import console, print_table
from lagrun.analysis.solved import too_few
from lagrun.analysis.statistics import pairs
from lagrun.analysis.summary import grouped, sequences_and_spent
from lagrun.analysis.tables import number, too_few_text
from lagrun.analysis.values import is_typed, short_names, value_texts
from lagrun.checks import ConfigError, one_line
from lagrun.cli import standard_streams
from lagrun.interfaces.run_result import FAILED
from lagrun.storage import files

#: Column of the folder, where cells of several are kept apart.
SWEEP = "sweep"


@dataclass(frozen=True)
class ComparedCell:
    """The runs of one cell.

    Attributes
    ----------
    number : int
        Its place in the sweep, from 1.
    keys : dict
        What tells it from the others: column of the summary to value.
    sequences : np.ndarray, shape (N,)
        Sequences to the solution of the runs with an outcome, infinity where unsolved.
    budget : float
        Sequences after which runs were given up.
    n_missing : int
        Failed and unfinished runs, which are left out.
    n_least : int or None
        Sequences that the criterion needs, if the budget is less: that none is solved tells nothing.
    """

    number: int
    keys: dict[str, Any]
    sequences: np.ndarray
    budget: float
    n_missing: int
    n_least: int | None = None


def cells_of(runs: pd.DataFrame) -> list[ComparedCell]:
    """List the cells of a frame.

    Parameters
    ----------
    runs : pandas.DataFrame
        From `lagrun.analysis.frame.frame`, with a column `SWEEP` if it is of several folders.

    Returns
    -------
    list of ComparedCell
        In the order of the frame.
    """
    keys, cells = grouped(runs, [SWEEP] if SWEEP in runs else [])
    return [
        ComparedCell(
            number,
            dict(zip(keys, values, strict=True)),
            sequences_and_spent(cell)[0],
            float(cell["budget"].iloc[0]),
            int(cell["outcome"].isin([FAILED, UNFINISHED]).sum()),
            too_few(cell.iloc[0].to_dict()),
        )
        for number, (values, cell) in enumerate(cells, 1)
    ]


def choose(cells: Sequence[ComparedCell], wanted: Sequence[str]) -> list[ComparedCell]:
    """Find cells by their number, name, or some of their keys.

    Parameters
    ----------
    cells : sequence of ComparedCell
        All there are.
    wanted : sequence of str
        Such as ``2``, ``LSTM`` or ``task.p=50,keys=random``; a key may be shortened to its last part, if that is only
        one key's. None means all cells.

    Returns
    -------
    list of ComparedCell

    Raises
    ------
    ConfigError
        If a cell is unknown, not the only one of its kind, or chosen twice.
    """
    chosen: list[ComparedCell] = []
    for text in wanted:
        found = [cell for cell in cells if _is(cell, text)]
        if len(found) > 1:
            numbers = ", ".join(str(cell.number) for cell in found)
            raise ConfigError(f"--cells {text}: fits {len(found)} cells, number {numbers}; name one of them")
        if not found:
            raise ConfigError(f"--cells {text}: no such cell; allowed: {_allowed(cells)}")
        if found[0] in chosen:
            raise ConfigError(f"--cells {text}: cell {found[0].number} is chosen twice")
        chosen += found
    return chosen or list(cells)


def compare(cells: Sequence[ComparedCell]) -> pd.DataFrame:
    """Compare all pairs of cells, within the smaller budget of each pair.

    Parameters
    ----------
    cells : sequence of ComparedCell
        At least two.

    Returns
    -------
    pandas.DataFrame
        A row a pair: ``a``, ``b`` (numbers of the cells), ``budget`` (the smaller of both), ``n_a``, ``n_solved_a``,
        ``n_b``, ``n_solved_b`` (within it), ``a_faster`` (probability, ties half), ``p_solved`` (Boschloo), ``z_time``,
        ``p_time`` (log-rank; missing where it says nothing), ``p_solved_holm``, ``p_time_holm`` (adjusted over all
        pairs). All of these are missing where a cell's budget is less than its criterion needs.
    """
    rows = []
    for a, b in combinations(cells, 2):
        budget = min(a.budget, b.budget)
        times_a, times_b = (np.where(cell.sequences <= budget, cell.sequences, np.inf) for cell in (a, b))
        k_a, k_b = (int(np.isfinite(times).sum()) for times in (times_a, times_b))
        z, p_time = pairs.time_test(times_a, times_b, budget)
        tells = a.n_least is None and b.n_least is None
        rows.append(
            {
                "a": a.number,
                "b": b.number,
                "budget": budget,
                "n_a": len(times_a),
                "n_solved_a": k_a,
                "n_b": len(times_b),
                "n_solved_b": k_b,
                "a_faster": pairs.faster(times_a, times_b) if tells else np.nan,
                "p_solved": pairs.success_p(k_a, len(times_a), k_b, len(times_b)) if tells else np.nan,
                "z_time": z if tells else np.nan,
                "p_time": p_time if tells else np.nan,
            }
        )
    found = pd.DataFrame(rows)
    for name in ("p_solved", "p_time"):
        found[f"{name}_holm"] = pairs.holm(found[name].to_numpy(float))
    return found


def main(argv: Sequence[str] | None = None) -> int:
    """Compare cells, from the command line."""
    parser = argparse.ArgumentParser(prog="python -m lagrun.compare", description="Compare cells of finished sweeps.")
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER", help="such as outputs/<sweep>")
    parser.add_argument(
        "--cells", nargs="+", default=[], metavar="CELL", help="number, name, or key=value[,key=value]; default: all"
    )
    parser.add_argument(
        "--apart", action="store_true", help="a cell a folder, also where several folders have the same experiment"
    )
    parser.add_argument("--csv", type=Path, metavar="FILE", help="also write the comparison there")
    arguments = parser.parse_args(argv)
    try:
        runs, contradictions = _read(arguments.folders, arguments.apart)
        cells = choose(cells_of(runs), arguments.cells)
        if len(cells) < 2:
            raise ConfigError("only one cell; there must be two or more to compare")
        found = compare(cells)
        _print(cells, found)
        for contradiction in contradictions:
            print(f"contradiction: {contradiction}")
        if arguments.csv:
            with files.storage_errors(arguments.csv):
                arguments.csv.write_text(_labelled(cells, found).to_csv(index=False))
    except (ConfigError, files.StorageError) as error:
        print(f"lagrun.compare: {one_line(str(error))}", file=sys.stderr)
        return 2
    return 0


def _read(folders: Sequence[Path], apart: bool) -> tuple[pd.DataFrame, list[str]]:
    """One frame of the runs of all folders, and what contradicts them."""
    if len(folders) > 1 and not apart:
        from lagrun.analysis.pooled import pooled_runs

        found = pooled_runs(folders)
        return frame_of(found.runs), found.contradictions
    frames = []
    for folder in folders:
        check_folder(folder)
        runs = frame(folder)
        if runs.empty:
            raise ConfigError(f"{folder}: holds no runs")
        frames.append(runs)
    if len(folders) == 1:
        return frames[0], []
    if len({folder.resolve() for folder in folders}) < len(folders):
        raise ConfigError("a folder is named twice; --cells chooses cells of one")
    names = [folder.resolve().name for folder in folders]
    if len(set(names)) < len(names):
        names = list(map(str, folders))
    named = [runs.assign(**{SWEEP: name}) for runs, name in zip(frames, names, strict=True)]
    return with_names_of_their_own(pd.concat(named, ignore_index=True)), []


def _is(cell: ComparedCell, text: str) -> bool:
    """Tell whether a cell is what was asked for."""
    if text.isdecimal():
        return cell.number == int(text)
    if "=" not in text:
        return cell.keys.get(NAME) == text
    values = dict(zip(short_names(cell.keys), cell.keys.values(), strict=True)) | cell.keys
    asked = [part.partition("=") for part in re.split(r",(?![^\[]*\])", text)]
    return all(key.strip() in values and is_typed(value, values[key.strip()]) for key, _, value in asked)


def _allowed(cells: Sequence[ComparedCell]) -> str:
    """What a cell may be called."""
    names = list(dict.fromkeys(str(cell.keys[NAME]) for cell in cells if pd.notna(cell.keys.get(NAME))))
    keys = telling([cell.keys for cell in cells]) or cells[0].keys
    return "; ".join([f"1 to {len(cells)}", *names, f"KEY=VALUE with the keys {', '.join(keys)}"])


def _labelled(cells: Sequence[ComparedCell], found: pd.DataFrame) -> pd.DataFrame:
    """The comparison with columns that say which cells the numbers are."""
    keys = telling([cell.keys for cell in cells])
    told = value_texts([cell.keys for cell in cells])
    labels = {cell.number: label(text, keys) for cell, text in zip(cells, told, strict=True)}
    labelled = found.copy()
    labelled.insert(2, "cell_a", found["a"].map(labels))
    labelled.insert(3, "cell_b", found["b"].map(labels))
    return labelled


def _print(cells: Sequence[ComparedCell], found: pd.DataFrame) -> None:
    """Print the cells, and then the pairs by the cells' numbers."""
    keys = telling([cell.keys for cell in cells])
    rows = []
    for cell, told in zip(cells, value_texts([cell.keys for cell in cells]), strict=True):
        median = statistics.censored_median(cell.sequences)
        rows.append(
            {
                "cell": str(cell.number),
                **{name: told[key] for key, name in zip(keys, short_names(keys), strict=True)},
                "solved": f"{np.isfinite(cell.sequences).sum()}/{len(cell.sequences)}{too_few_text(cell.n_least)}",
                "median sequences": f"> {number(cell.budget)}" if np.isinf(median) else number(median),
                "left out": str(cell.n_missing or ""),
            }
        )
    listed = pd.DataFrame(rows)
    out = console()
    print_table(out, listed if listed["left out"].any() else listed.drop(columns="left out"))
    shown = pd.DataFrame(
        {
            "A": found["a"].map(str),
            "B": found["b"].map(str),
            "solved A": [f"{row.n_solved_a}/{row.n_a}" for row in found.itertuples()],
            "solved B": [f"{row.n_solved_b}/{row.n_b}" for row in found.itertuples()],
            "within": found["budget"].map(number),
            "P(A faster)": found["a_faster"].map(lambda value: "" if pd.isna(value) else f"{value:.2f}"),
            "solved: p": found["p_solved"].map(_p),
            "Holm": found["p_solved_holm"].map(_p),
            "time: p": found["p_time"].map(_p),
            "Holm ": found["p_time_holm"].map(_p),
        }
    )
    print_table(out, shown)


def _p(value: float) -> str:
    """A p-value, not more exact than it can be."""
    if pd.isna(value):
        return ""
    return "< 0.0001" if value < 1e-4 else f"{value:.4f}"


if __name__ == "__main__":
    sys.exit(standard_streams.run(main))
