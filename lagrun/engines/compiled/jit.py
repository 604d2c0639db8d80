"""How everything here is compiled: options, and where the machine code is kept.

Numba keeps machine code on disk, but looks only at the file of the outermost function to see whether it is stale. So
the code is kept in a folder named after a hash of all sources that go into it.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numba
import numpy as np
from filelock import FileLock
from numba.core import event

#: Environment variable that names another folder for machine code than the user's cache folder.
CACHE_VARIABLE = "LAGRUN_CACHE_DIR"

#: Allowed on every machine: fused multiply-add, and sums in any order. NaN and infinity keep their meaning, so that
#: divergence is seen. No reference counting (``_nrt``): it would take longer than the short loops, and nothing here
#: makes or keeps an array.
OPTIONS: dict[str, Any] = {"fastmath": {"contract", "reassoc"}, "error_model": "numpy", "_nrt": False}


def _cache_folder() -> Path:
    default = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "lagrun"
    digest = hashlib.sha256(f"{numba.__version__} {np.__version__} {numba.config.BOUNDSCHECK}".encode())
    for file in sorted(Path(__file__).parent.rglob("*.py")):
        digest.update(file.read_bytes())
    return Path(os.environ.get(CACHE_VARIABLE) or default) / f"numba-{digest.hexdigest()[:16]}"


def _is_kept() -> bool:
    try:
        CACHE.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(CACHE, os.W_OK)


#: Where the machine code of exactly these sources is kept, and whether that folder can be written.
CACHE = _cache_folder()
IS_KEPT = _is_kept()


def function(body: Callable[..., Any]) -> Any:
    """Compile a short function that becomes part of those that call it."""
    return numba.njit(forceinline=True, **OPTIONS)(body)


def routine(body: Callable[..., Any]) -> Any:
    """Compile a long function, of which one copy is enough."""
    return numba.njit(**OPTIONS)(body)


def kernel(body: Callable[..., Any]) -> Any:
    """Compile a function that Python calls, and keep the machine code on disk."""
    others = numba.config.CACHE_DIR
    numba.config.CACHE_DIR = str(CACHE)  # is read here, and only here
    try:
        return numba.njit(cache=IS_KEPT, **OPTIONS)(body)
    finally:
        numba.config.CACHE_DIR = others


class Announcer(event.Listener):
    """Tell the user why there is a wait. Loading from disk compiles nothing, and prints nothing."""

    def __init__(self, what: str) -> None:
        self._what, self._told = what, False

    def on_start(self, event: Any) -> None:
        """Print the line at the first compilation."""
        if not self._told:
            kept = f"done once, kept in {CACHE}" if IS_KEPT else f"{CACHE} cannot be written, so each process does it"
            print(f"lagrun: compiling {self._what}; {kept}", file=sys.stderr, flush=True)
            self._told = True

    def on_end(self, event: Any) -> None:
        """Nothing to say."""


@contextmanager
def only_one_process() -> Iterator[None]:
    """Make other processes that would compile the same code wait; then they find it on disk."""
    lock = FileLock(CACHE / ".lock")
    with suppress(OSError, NotImplementedError):  # another user's file, or a file system without locks
        if IS_KEPT:
            lock.acquire()
    try:
        yield
    finally:
        lock.release()
