"""Signs of life in a folder: whether a process is at work there, as far as files tell."""

from __future__ import annotations

import json
import os
import platform
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from lagrun.execution.progress import AT_WORK
from lagrun.storage import files

#: Seconds without a sign of life after which it is not certain that a process is at work.
SILENT_SECONDS = 120.0

#: States of a folder.
ENDED, WORKING, STOPPED, SILENT = "ended", "working", "stopped", "silent"


class Sign(NamedTuple):
    """A sign of life: when, seconds since 1970, by which process, on which machine."""

    written: float
    host: str
    pid: int

    @property
    def is_gone(self) -> bool:
        """Whether the process is known to have ended, which can be known on its own machine only."""
        if self.host != platform.node():
            return False
        try:
            os.kill(self.pid, 0)
        except (ProcessLookupError, OverflowError):
            return True
        except OSError:  # another user's
            return False
        return False


def begun(folder: Path) -> Sign | None:
    """Which process began a run, and when."""
    try:
        found = json.loads((folder / files.STARTED).read_bytes())
        return Sign(float(found["started"]), str(found["host"]), int(found["pid"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def at_work(folder: Path) -> tuple[Sign | None, str | None]:
    """The sign of life of a sweep's command, and what it says of its progress."""
    try:
        found = json.loads((folder / AT_WORK).read_bytes())
        return Sign(float(found["written"]), str(found["host"]), int(found["pid"])), str(found["words"])
    except (OSError, ValueError, KeyError, TypeError):
        return None, None


def state_of(signs: Sequence[Sign], is_waiting: bool) -> str:
    """Tell the state of a folder from the signs of life in it, and from whether a run has not ended."""
    if not is_waiting:
        return ENDED
    living = [sign for sign in signs if not sign.is_gone]
    if not living:
        return STOPPED
    return WORKING if time.time() - max(living).written < SILENT_SECONDS else SILENT
