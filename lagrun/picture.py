"""Pictures of runs: how one trained, what its net remembers, and an animation.

    python -m lagrun.picture outputs/<sweep>/<cell>/seed=7          # one run
    python -m lagrun.picture outputs/<sweep>                        # of each cell the best, the median and the worst
    python -m lagrun.picture outputs/<sweep> --cells 2 task.p=50    # of these cells

They are written into the run's folder, as ``figures/*.png``, ``*.svg`` and ``learning.gif``, with ``captions.md``
(``--format`` names other kinds of files, ``--style`` another look, ``--no-caption`` leaves captions to their file);
docs/pictures.md has what each shows. Exit status: 0, or 2 where there is nothing to draw.
"""

from __future__ import annotations

import argparse
import sys
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from lagrun.analysis.cells import measured_cells
from lagrun.analysis.comparison import choose
from lagrun.analysis.frame import check_folder, frame
from lagrun.analysis.representative import representatives
from lagrun.analysis.stored_run import run_of
from lagrun.checks import ConfigError, one_line
from lagrun.cli import standard_streams
from lagrun.config.trust import trusted_modules
from lagrun.figures import run_pictures
from lagrun.figures.animation import MOST_FPS
from lagrun.figures.drawing import Described, save, save_captions
from lagrun.figures.options import add_options, drawing_as_asked, shown_as
from lagrun.figures.run_parts import WORDS
from lagrun.storage import files
from lagrun.storage.stored_sweep import StoredSweep

#: Folder of the pictures, within that of the run.
FIGURES = "figures"


def main(argv: Sequence[str] | None = None) -> int:
    """Draw runs, from the command line."""
    parser = argparse.ArgumentParser(prog="python -m lagrun.picture", description="Draw finished runs.")
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="a run's or a sweep's: outputs/...")
    parser.add_argument(
        "--cells", nargs="+", default=[], metavar="CELL", help="number, name, or key=value[,key=value]; default: all"
    )
    parser.add_argument("--fps", type=float, default=8, help="frames a second of the animation (default: 8)")
    parser.add_argument("--no-animation", action="store_true", help="no GIF, which takes most of the time")
    parser.add_argument(
        "--trust", nargs="+", default=[], metavar="PACKAGE", help="packages whose classes a stored run may name"
    )
    add_options(parser)
    arguments = parser.parse_args(argv)
    try:
        if not 0 < arguments.fps <= MOST_FPS:
            raise ConfigError(f"--fps {arguments.fps:g}: must be a number > 0 and <= {MOST_FPS}")
        trusted = trusted_modules(list(arguments.trust))
        fps = None if arguments.no_animation else arguments.fps
        stored = StoredSweep(arguments.folder)
        with drawing_as_asked(arguments):
            for name in _runs(stored, arguments.cells):
                _draw(stored, name, fps, trusted, arguments.format)
    except (ConfigError, files.StorageError) as error:
        print(f"lagrun.picture: {one_line(str(error))}", file=sys.stderr)
        return 2
    return 0


def _runs(stored: StoredSweep, wanted: Sequence[str]) -> Iterator[str]:
    """Folders of the runs to draw, within the one that is read; prints which runs of a sweep were chosen, and why."""
    folder = stored.folder
    if not (folder / files.SWEEP).exists() and ((folder / files.STARTED).exists() or (folder / files.RESULT).exists()):
        if wanted:
            raise ConfigError(f"--cells {wanted[0]}: {folder} is a single run")
        yield ""
        return
    if folder.is_file():
        raise ConfigError(f"{folder}: is a file; name the folder of a run or of a sweep")
    check_folder(folder)
    runs = frame(stored)
    if runs.empty:
        raise ConfigError(f"{folder}: holds no runs")
    for cell in choose(measured_cells(runs), wanted):
        chosen = representatives(cell.runs)
        words = [f"{run.why} seed={run.seed} ({WORDS[run.outcome]} {run.sequences:,} sequences)" for run in chosen]
        print(f"{cell.title}: {', '.join(words) or 'no run has ended'}")
        yield from (run.folder for run in chosen)


def _draw(stored: StoredSweep, name: str, fps: float | None, trusted: Sequence[str], kinds: Sequence[str]) -> None:
    """Draw one run, and print what was written and what is missing."""
    folder = stored.folder / name
    try:
        with np.errstate(all="ignore"):
            pictures = run_pictures.draw(run_of(stored, name, trusted), fps)
    except (ConfigError, files.StorageError):
        raise
    except Exception as error:
        if not trusted:
            raise  # all classes are lagrun's own: a traceback is what tells most
        where = traceback.extract_tb(error.__traceback__)[-1]
        words = f"{type(error).__name__}: {error} ({where.filename}, line {where.lineno})"
        raise ConfigError(f"{folder}: cannot be drawn, with classes of {', '.join(trusted)}: {words}") from error
    written = save(pictures.drawings, folder / FIGURES, kinds)
    described: list[Described] = [*shown_as(pictures.drawings, kinds)]
    if pictures.animation:
        described.append(pictures.animation)
        path = folder / FIGURES / pictures.animation.file
        with files.storage_errors(path):
            files.write_atomically(path, pictures.animation.content)
        written.append(path)
    save_captions(described, folder / FIGURES)
    names = ", ".join(dict.fromkeys(path.stem for path in written))
    print(f"{folder / FIGURES}: {names}")
    for missing in pictures.missing:
        print(f"lagrun.picture: {folder}: {missing}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(standard_streams.run(main))
