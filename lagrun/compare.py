"""Compare the cells of one or several sweeps: which solves more runs, which is faster, and by how much.

    python -m lagrun.compare outputs/<sweep>                              # all pairs
    python -m lagrun.compare outputs/<sweep> --cells 1 task.p=50,keys=random
    python -m lagrun.compare outputs/<sweep> outputs/<another>            # the same experiment is one cell
    python -m lagrun.compare outputs/<sweep> outputs/<another> --apart    # one cell a folder

Definitions are in docs/statistics.md. Exit status: 0, or 2 where there is nothing to compare.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from lagrun.analysis import statistics
from lagrun.analysis.cell_titles import telling
from lagrun.analysis.cells import SWEEP, MeasuredCell, measured_cells
from lagrun.analysis.compared import labelled
from lagrun.analysis.comparison import choose, compare
from lagrun.analysis.frame import check_folder, frame, frame_of, with_names_of_their_own
from lagrun.analysis.printing import console, print_table
from lagrun.analysis.tables import number, too_few_text
from lagrun.analysis.values import short_names, value_texts
from lagrun.checks import ConfigError, one_line
from lagrun.cli import standard_streams
from lagrun.storage import files


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
        cells = choose(measured_cells(runs), arguments.cells)
        if len(cells) < 2:
            raise ConfigError("only one cell; there must be two or more to compare")
        found = compare(cells)
        _print(cells, found)
        for contradiction in contradictions:
            print(f"contradiction: {contradiction}")
        if arguments.csv:
            with files.storage_errors(arguments.csv):
                arguments.csv.write_text(labelled(cells, found).to_csv(index=False))
    except (ConfigError, files.StorageError) as error:
        print(f"lagrun.compare: {one_line(str(error))}", file=sys.stderr)
        return 2
    return 0


def _read(folders: Sequence[Path], apart: bool) -> tuple[pd.DataFrame, list[str]]:
    """One frame of the runs of all folders, and the contradictions that were found."""
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


def _print(cells: Sequence[MeasuredCell], found: pd.DataFrame) -> None:
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
    """A p-value as text, with no more digits than it deserves."""
    if pd.isna(value):
        return ""
    return "< 0.0001" if value < 1e-4 else f"{value:.4f}"


if __name__ == "__main__":
    sys.exit(standard_streams.run(main))
