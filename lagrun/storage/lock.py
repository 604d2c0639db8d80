"""Whether another process is writing into a folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from lagrun.checks import ConfigError
from lagrun.storage.files import StorageError, storage_errors

#: The file that a process holds locked while it writes into a folder.
LOCK = ".lock"


def in_use(folder: Path) -> bool:
    """Tell whether a process holds a folder's lock; another machine's shows only if the file system shares locks."""
    path = folder / LOCK
    if not path.exists():
        return False
    try:
        with FileLock(path, timeout=0):
            return False
    except Timeout:
        return True
    except OSError:  # a read-only disk, for example
        return False


class FolderLockedError(Exception):
    """Another process is writing to the folder."""


@contextmanager
def lock_folder(folder: Path, key: str) -> Iterator[None]:
    """Make a folder, and keep other processes of lagrun out of it.

    Parameters
    ----------
    folder : Path
        The folder to lock.
    key : str
        Key of the configuration that names the folder.

    Raises
    ------
    ConfigError
        If it cannot be written to.
    FolderLockedError
        If another process is using it.
    """
    lock = FileLock(folder / LOCK, timeout=0)
    try:
        with storage_errors(folder):
            folder.mkdir(parents=True, exist_ok=True)
            try:
                lock.acquire()
            except Timeout:  # Timeout is an OSError, too
                raise FolderLockedError(f"{folder}: another process of lagrun is running in this folder") from None
    except StorageError as error:
        raise ConfigError(f"{key}={error}") from None
    try:
        yield
    finally:
        lock.release()
