"""Whether another process is writing into a folder."""

from __future__ import annotations

from pathlib import Path

from filelock import FileLock, Timeout

#: The file that a process holds locked while it writes into a folder.
LOCK = ".lock"


def in_use(folder: Path) -> bool:
    """Tell whether a process holds the lock of a folder; that of one on another machine shows if the disk tells."""
    path = folder / LOCK
    if not path.exists():
        return False
    try:
        with FileLock(path, timeout=0):
            return False
    except Timeout:
        return True
    except OSError:  # a disk that cannot be written to
        return False
