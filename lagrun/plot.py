"""The figures of a sweep, written as PNG, SVG or PDF.

    python -m lagrun.plot outputs/<sweep>                                # all that make sense, into its folder figures/
    python -m lagrun.plot outputs/<sweep> --only ecdf strip --output F
    python -m lagrun.plot outputs/<sweep> --keys task.p optimiser.learning_rate
    python -m lagrun.plot outputs/<sweep> --lag task.delay
    python -m lagrun.plot outputs/<sweep> --style paper --no-caption --format pdf
    python -m lagrun.plot outputs/<sweep> outputs/<another> --output F      # read as one, see lagrun.analysis.pooled

What each shows, and when it is left out, is in docs/figures.md. Files of a figure that is asked for but does not apply
are removed if an earlier plot wrote them; other figures stay. Exit status: 0, or 2 where there is nothing to draw.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from lagrun.analysis.cells import with_outcome
from lagrun.analysis.frame import check_folder, frame, frame_of
from lagrun.checks import ConfigError, one_line
from lagrun.cli import standard_streams
from lagrun.figures import heat_map, lag
from lagrun.figures.asked import Asked
from lagrun.figures.drawing import Drawing, remove, save, save_captions
from lagrun.figures.options import add_options, drawing_as_asked, shown_as
from lagrun.figures.sweep import KINDS, drawn
from lagrun.storage import files
from lagrun.storage.stored_sweep import StoredSweep

#: The folder within a sweep's that figures are written to.
FOLDER = "figures"


def main(argv: Sequence[str] | None = None) -> int:
    """Draw a sweep, from the command line."""
    parser = argparse.ArgumentParser(prog="python -m lagrun.plot", description="Draw the figures of a sweep.")
    parser.add_argument(
        "folders", nargs="+", type=Path, metavar="FOLDER", help="a sweep's, such as outputs/<sweep>; several are pooled"
    )
    parser.add_argument(
        "--output", type=Path, metavar="FOLDER", help=f"where to write; default: {FOLDER}/ in the sweep's folder"
    )
    parser.add_argument("--only", nargs="+", default=[], metavar="FIGURE", help=f"some of: {', '.join(KINDS)}")
    parser.add_argument(
        "--keys", nargs=2, default=[], metavar=("ACROSS", "UPWARDS"), help="of the heat map; default: most values"
    )
    parser.add_argument("--lag", default="", metavar="KEY", help="of the figure over the lag; default: task.p, task.q")
    add_options(parser)
    arguments = parser.parse_args(argv)
    try:
        names = _chosen(arguments.only, Asked(arguments.keys, arguments.lag))
        with drawing_as_asked(arguments):
            _plot(arguments, names)
    except (ConfigError, files.StorageError) as error:
        print(f"lagrun.plot: {one_line(str(error))}", file=sys.stderr)
        return 2
    return 0


def _plot(arguments: argparse.Namespace, names: Sequence[str]) -> None:
    """Draw figures of a sweep, and print what was written and what was left out."""
    stored, runs, output = _read(arguments.folders, arguments.output)
    if not with_outcome(runs):
        raise ConfigError(f"{stored.folder}: nothing to draw: none of its {len(runs)} runs has an outcome")
    found = drawn(stored, runs, names, Asked(arguments.keys, arguments.lag))
    drawings = [drawing for drawing in found.values() if drawing]
    left_out = [name for name in names if not found[name]]
    removed = _write(drawings, left_out, output, arguments.format)
    for name in left_out:
        gone = "; its files of an earlier time were removed" if name in removed else ""
        print(f"{name}: left out; needs {KINDS[name].needs}{gone}")
    if not drawings:
        raise ConfigError(f"{stored.folder}: nothing to draw: none of these figures applies")


def _read(folders: Sequence[Path], output: Path | None) -> tuple[StoredSweep, pd.DataFrame, Path]:
    """The folder of the runs, their frame, and the folder to write to."""
    if len(folders) > 1:
        from lagrun.analysis.pooled import PooledSweep, needs_output, pooled_runs

        if output is None:
            raise needs_output(folders)
        pooled = PooledSweep(folders)
        found = pooled_runs(pooled)
        for contradiction in found.contradictions:
            print(f"contradiction: {contradiction}")
        return pooled, frame_of(found.runs), output
    check_folder(folders[0])
    stored = StoredSweep(folders[0])
    runs = frame(stored)
    if runs.empty:
        raise ConfigError(f"{folders[0]}: holds no runs")
    return stored, runs, output or folders[0] / FOLDER


def _chosen(only: Sequence[str], asked: Asked) -> list[str]:
    """Names of the figures that are asked for, in the order of `KINDS`."""
    for name in only:
        if name not in KINDS:
            raise ConfigError(f"--only {name}: no such figure; allowed: {', '.join(KINDS)}")
    for option, words, name in (("--keys", asked.keys, heat_map.NAME), ("--lag", [asked.lag], lag.NAME)):
        if any(words) and only and name not in only:
            raise ConfigError(f"{option} {' '.join(words)}: is of {name}, which --only leaves out")
    return [name for name in KINDS if not only or name in only]


def _write(drawings: Sequence[Drawing], left_out: Sequence[str], folder: Path, kinds: Sequence[str]) -> list[str]:
    """Write figures and their captions, print where they are, and remove figures that do not apply any more.

    Returns the names of the figures that were removed.
    """
    for path in save(drawings, folder, kinds) if drawings else ():
        print(path)
    removed = remove(left_out, folder)
    if drawings or removed:
        captions = save_captions(shown_as(drawings, kinds), folder)
        if drawings:
            print(captions)
    return removed


if __name__ == "__main__":
    sys.exit(standard_streams.run(main))
