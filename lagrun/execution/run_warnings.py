"""Warnings of a user's classes: once each in the logs of the runs, never on the terminal, and no reason to fail."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TextIO

from lagrun.storage import run_folder
from lagrun.storage.block import Run
from lagrun.storage.files import StorageError

#: Most warnings of a block that are logged: a message may hold a number that differs each time.
MOST = 100


@contextmanager
def to_logs(runs: Sequence[Run]) -> Iterator[None]:
    """Send warnings that are raised in the body to the logs of runs.

    Seeds train in lockstep, so a warning cannot be traced to one of them: it goes to every run that has no result yet.

    Parameters
    ----------
    runs : sequence of Run
        Runs of a block.
    """
    told: set[tuple[str, str, str, int]] = set()

    def show(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        warning = (category.__name__, str(message), filename, lineno)
        if warning in told or len(told) > MOST:
            return
        told.add(warning)
        text = f"{category.__name__}: {message} ({filename}, line {lineno})"
        if len(told) > MOST:
            text = f"more than {MOST} different warnings; no further ones are logged"
        for run in runs:
            if not run_folder.is_finished(run):
                with suppress(
                    StorageError
                ):  # a full disk is no reason to fail either, as long as results can be written
                    run_folder.log(run, text)

    with warnings.catch_warnings():
        warnings.simplefilter("default")  # each once per place in the code, even where Python is told to raise them
        warnings.showwarning = show
        yield
