"""Show how far a sweep or a run is, from another terminal or another machine.

    python -m lagrun.watch outputs/<sweep>
    python -m lagrun.watch outputs/<sweep> --plot curves.png     # its learning curves so far

It only reads files: it takes no lock, and changes nothing in the folder. On a terminal it looks again every few seconds
until the work has ended, or until Ctrl-C. Exit status: 0; 2 if there is nothing to watch; 130 after Ctrl-C.
"""

from __future__ import annotations

import argparse
import io
import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from rich.console import Console

from lagrun.analysis.printing import WIDE
from lagrun.checks import ConfigError, one_line
from lagrun.cli import standard_streams
from lagrun.figures.drawing import content, styled
from lagrun.figures.partial_curves import Line, partial_curves
from lagrun.interfaces.run_result import CURVE_COLUMNS
from lagrun.storage import files
from lagrun.storage.learning_curve import read_curve
from lagrun.watching.signs import ENDED, STOPPED
from lagrun.watching.watched import Watched, WatchedRun, Watcher, outcomes_in_words
from lagrun.watching.words import described

#: Kinds of pictures that are drawn.
PICTURES = ("png", "svg", "pdf")

#: Column of a curve that is drawn.
ROLLING = CURVE_COLUMNS.index("rolling_last_step_accuracy")


def main(argv: Sequence[str] | None = None) -> int:
    """Watch a folder, from the command line."""
    arguments = _parser().parse_args(argv)
    folder: Path = arguments.folder
    try:
        if not 0.1 <= arguments.every <= 86_400:
            raise ConfigError(f"--every {arguments.every:g}: must be from 0.1 to 86400 seconds")
        watcher = Watcher(folder)
        if arguments.plot:
            _plot(watcher.look(), folder, arguments.plot)
        elif arguments.once or not sys.stdout.isatty():
            width = shutil.get_terminal_size().columns if sys.stdout.isatty() else WIDE
            print(_text(watcher.look(), folder, width), end="")
        else:
            _follow(watcher, folder, arguments.every)
    except (ConfigError, files.StorageError) as error:
        print(f"lagrun.watch: {one_line(str(error))}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print()
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m lagrun.watch", description="Show how far a sweep or a run is.")
    parser.add_argument("folder", type=Path, help="a sweep's folder, for example outputs/<sweep>, or a run's")
    parser.add_argument("--once", action="store_true", help="look once, also on a terminal")
    parser.add_argument("--every", type=float, default=2.0, metavar="SECONDS", help="between looks; default: 2")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draw the learning curves so far into a file instead")
    return parser


def _follow(watcher: Watcher, folder: Path, every: float) -> None:
    """Write the text again and again, over the one before, until the work has ended or stopped."""
    n_above = 0
    while True:
        watched, size = watcher.look(), shutil.get_terminal_size()
        lines = on_screen(_text(watched, folder, size.columns), size.columns, size.lines)
        # Up to where the last text began, and all below it erased.
        sys.stdout.write((f"\x1b[{n_above}F" if n_above else "") + "\x1b[J" + "\n".join(lines) + "\n")
        sys.stdout.flush()
        if watched.state in (ENDED, STOPPED):
            return
        n_above = sum(_n_rows(line, size.columns) for line in lines)
        time.sleep(every)


def on_screen(text: str, n_columns: int, n_rows: int) -> list[str]:
    """The lines of a text that a terminal has room for: the first ones, and the last."""
    lines = text.splitlines()
    room = n_rows - 1 - _n_rows(lines[-1], n_columns)  # the cursor stands in a line of its own
    n_used, kept = 0, 0
    while kept < len(lines) - 1 and n_used + _n_rows(lines[kept], n_columns) <= room:
        n_used += _n_rows(lines[kept], n_columns)
        kept += 1
    if kept == len(lines) - 1:
        return lines
    return [*lines[: max(0, kept - 1)], "...", lines[-1]]


def _n_rows(line: str, n_columns: int) -> int:
    """Rows of a terminal that a line takes."""
    return max(1, -(-len(line) // n_columns))


def _text(watched: Watched, folder: Path, width: int) -> str:
    out = Console(file=io.StringIO(), width=width, highlight=False, markup=False)
    described(out, watched, folder)
    assert isinstance(out.file, io.StringIO)
    return "\n".join(line.rstrip() for line in out.file.getvalue().splitlines()) + "\n"


def _plot(watched: Watched, folder: Path, path: Path) -> None:
    """Draw the learning curves so far."""
    kind = path.suffix.removeprefix(".").lower()
    if kind not in PICTURES:
        raise ConfigError(f"--plot {path}: must end in one of {', '.join(f'.{each}' for each in PICTURES)}")
    cells = [(cell.title, [line for run in cell.runs if (line := _line(run))]) for cell in watched.cells]
    drawing = partial_curves(cells, ", ".join(outcomes_in_words(watched)))
    if drawing is None:
        raise ConfigError(f"{folder}: nothing to draw: no run has a point of a learning curve yet")
    with files.storage_errors(path), styled():
        path.parent.mkdir(parents=True, exist_ok=True)
        files.write_atomically(path, content(drawing, kind))
    print(path)


def _line(run: WatchedRun) -> Line | None:
    """A run's curve; if the run has not ended, the curve goes on to its latest state."""
    if run.so_far:
        curve = run.so_far.curve[:, [0, ROLLING]]
        curve = np.vstack([curve, (run.so_far.sequence, run.so_far.rolling)])
    else:
        curve = read_curve(run.folder).to_numpy(float)[:, [0, ROLLING]]
    curve = curve[np.isfinite(curve[:, 1])]
    return Line(curve[:, 0], curve[:, 1], run.outcome is not None) if len(curve) else None


if __name__ == "__main__":
    sys.exit(standard_streams.run(main))
