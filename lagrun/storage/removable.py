"""Which folders `lagrun.clean` may remove: sweeps and runs that hold only files written by lagrun.

A sweep may have been put into a folder with other files. It is therefore not enough that the folder is a sweep's.
"""

from __future__ import annotations

import os
import re
from fnmatch import fnmatch
from pathlib import Path

from lagrun.checks import ConfigError
from lagrun.storage import files
from lagrun.storage.lock import LOCK
from lagrun.storage.past_outputs import HYDRA, MARKS, MULTIRUN, outputs
from lagrun.storage.sweep_file import SET_ASIDE

#: Files that lagrun writes; each may be in any folder of a sweep.
FILES = (
    *(files.SWEEP, files.STARTED, files.RESULT, files.CURVE, files.PARAMS, files.CHECKPOINT, files.SNAPSHOTS),
    *("result-[0-9]*.json", "lagrun.log", LOCK, f".*{files.TEMPORARY}"),
    *(
        MULTIRUN,
        "runs.csv",
        "summary.csv",
        "summary.md",
        "summary.tex",
        "costs.json",
        "report.html",
        "progress.json",
        "partial.json",
    ),
)

#: Folders that lagrun makes and that hold no runs, and the files in them.
INNER = {
    HYDRA: ("*.yaml",),
    "figures": ("*.png", "*.svg", "*.pdf", "*.gif", "captions.md", f".*{files.TEMPORARY}"),
}


def check_removable(folder: Path) -> None:
    """Raise `ConfigError` unless a folder may be removed."""
    if folder.is_symlink():
        raise ConfigError(f"{folder}: is a link; name the folder that it leads to")
    if not folder.is_dir():
        raise ConfigError(f"{folder}: {'is a file, not a folder' if folder.exists() else 'no such folder'}")
    if not any(os.path.lexists(folder / name) for name in MARKS):
        inside = list(outputs(folder))
        several = f"; name what it holds, such as {inside[-1]}" if inside else ""
        raise ConfigError(f"{folder}: is neither a sweep's folder nor a run's{several}")
    if Path.cwd().is_relative_to(folder.resolve()):
        raise ConfigError(f"{folder}: is where this command was started; leave it first")
    if other := _foreign(folder, folder):
        raise ConfigError(f"{folder}: holds {other.relative_to(folder)}, which lagrun has not written; move it away")


def _foreign(folder: Path, top: Path) -> Path | None:
    """The first file or link at or below a folder that is not known to be lagrun's."""
    with os.scandir(folder) as entries:
        found = sorted(entries, key=lambda entry: entry.name)
    for entry in found:
        path, name = Path(entry.path), re.sub(rf"{re.escape(SET_ASIDE)}\d+$", "", entry.name)
        if entry.is_dir(follow_symlinks=False):
            other = _other_than(path, INNER[name]) if name in INNER else _foreign(path, top)
        else:
            is_ours = any(fnmatch(name, pattern) for pattern in FILES) and not entry.is_symlink()
            other = None if is_ours and not (name == files.SWEEP and folder != top) else path
        if other:
            return other
    return None


def _other_than(folder: Path, patterns: tuple[str, ...]) -> Path | None:
    """The first entry of a folder that is not a file with one of these names."""
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        is_file = entry.is_file(follow_symlinks=False)
        if not (is_file and any(fnmatch(entry.name, pattern) for pattern in patterns)):
            return Path(entry.path)
    return None
