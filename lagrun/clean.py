"""Remove the named sweeps and runs, after printing what they are.

    python -m lagrun.clean outputs/<sweep> outputs/<sweep>/<cell>/seed=7     # asks on a terminal
    python -m lagrun.clean outputs/<sweep> --yes                             # does not ask

Nothing is removed unless all named folders may be: see `lagrun.storage.removable`. A folder in use stays as it is. Exit
status: 0; 1 if the user said no or the disk refuses; 2 if a folder may not be removed or there is no terminal to ask
on; 3 if a folder is in use.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from lagrun.checks import ConfigError, one_line
from lagrun.cli import standard_streams
from lagrun.cli.columns import amount
from lagrun.storage import files
from lagrun.storage.lock import LOCK
from lagrun.storage.past_outputs import MARKS, read
from lagrun.storage.removable import check_removable


def main(argv: Sequence[str] | None = None) -> int:
    """Remove folders, from the command line."""
    parser = argparse.ArgumentParser(prog="lagrun clean", description="Remove sweeps and runs.")
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER", help="a sweep's or a run's: outputs/...")
    parser.add_argument("--yes", "-y", action="store_true", help="remove without asking")
    arguments = parser.parse_args(argv)
    try:
        folders = _outermost(arguments.folders)
        for folder in folders:
            check_removable(folder)
        if not (arguments.yes or sys.stdin.isatty()):
            raise ConfigError("there is no terminal to ask on; say --yes to remove what is named")
        _say(folders)
        if not (arguments.yes or _agreed()):
            print("nothing was removed")
            return 1
        for folder in folders:
            with _claimed(folder):
                check_removable(folder)  # time may have passed
                remove(folder)
            print(f"removed: {one_line(str(folder))}")
    except ConfigError as error:
        return _fail(2, str(error))
    except OSError as error:
        return _fail(1, f"{error.filename}: cannot be removed ({error.strerror})")
    except _InUseError as error:
        return _fail(3, str(error))
    return 0


class _InUseError(Exception):
    """A process is writing to a folder."""


def _outermost(folders: Sequence[Path]) -> list[Path]:
    """Leave out folders that are named twice, and those inside another named folder."""
    real = {folder.resolve(): folder for folder in folders}
    return [folder for path, folder in real.items() if not any(other in real for other in path.parents)]


def _say(folders: Sequence[Path]) -> None:
    """Print what is to be removed."""
    found = [read(folder) for folder in folders]
    for one in found:
        print(f"{one_line(str(one.folder))}: runs ended: {one.n_done}, {amount(one.n_bytes)}, {one_line(one.state)}")
    if len(found) > 1:
        print(f"together: runs ended: {sum(one.n_done for one in found)}, {amount(sum(one.n_bytes for one in found))}")


def _agreed() -> bool:
    print("Remove them for good? [y/N] ", end="", flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


@contextmanager
def _claimed(folder: Path) -> Iterator[None]:
    """Keep other processes of lagrun out of a folder, and out of the sweep that it belongs to."""
    sweeps = (path for path in folder.resolve().parents if (path / files.SWEEP).exists())
    taken = []
    try:
        for path in (*sweeps, folder):
            taken.append(FileLock(path / LOCK, timeout=0))
            taken[-1].acquire()
        yield
    except Timeout:
        raise _InUseError(f"{folder}: another process of lagrun is running in this folder") from None
    finally:
        for lock in taken:
            lock.release()


def remove(folder: Path) -> None:
    """Remove a folder and its content; the files that mark it as lagrun's go last, so a partial removal can be resumed.

    Links are removed, not followed.
    """
    last = [folder / name for name in (*MARKS, LOCK)]
    for path in sorted(folder.iterdir()):
        if path not in last:
            _remove(path)
    for path in sorted(last, key=lambda path: path.name in MARKS):
        _remove(path)
    folder.rmdir()


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        with suppress(FileNotFoundError):
            path.unlink()


def _fail(status: int, message: str) -> int:
    print(f"lagrun.clean: {one_line(message)}", file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(standard_streams.run(main))
