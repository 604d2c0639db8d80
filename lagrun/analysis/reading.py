"""Read runs from Python: the frame of one folder, or of several that are read as one."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from lagrun.analysis.frame import check_folder, frame_of
from lagrun.checks import ConfigError
from lagrun.storage.found_runs import found_runs

#: A folder as it may be given.
Folder = str | os.PathLike[str]


def read_runs(folders: Folder | Iterable[Folder]) -> pd.DataFrame:
    """Read the runs of a folder, or of several that are read as one, into a tidy frame.

    What is stored beside each result counts, never today's configuration files. It warns of what contradicts a stored
    result, such as an experiment and seed with two results.

    Parameters
    ----------
    folders : str, Path, or several of them
        Of sweeps or runs. The same experiment in several folders is one cell, with the seeds of all.

    Returns
    -------
    pandas.DataFrame
        A row a run: ``folder``, ``seed``, ``outcome``, ``sequences_to_solve`` and the other fields of its result, every
        key of its configuration (``task.p``, ...), and the names of its options (``model``, ...). Of several folders,
        ``folder`` is as seen from the working directory.

    Raises
    ------
    ConfigError
        If a folder is missing, named twice, cannot be read, or holds no runs.

    Examples
    --------
    >>> import lagrun
    >>> runs = lagrun.read_runs("outputs/small")
    >>> runs[["model", "task.p", "seed", "outcome"]]
      model  task.p  seed outcome
    0  lstm       4     0  budget
    1  lstm       4     1  budget
    """
    paths = [Path(folders)] if isinstance(folders, str | os.PathLike) else [Path(folder) for folder in folders]
    if len(paths) == 1:
        check_folder(paths[0])
        found = found_runs(paths[0])
        if not found.runs:
            raise ConfigError(f"{paths[0]}: holds no runs")
    else:
        from lagrun.analysis.pooled import pooled_runs  # one folder does not need it

        found = pooled_runs(paths)
    for contradiction in found.contradictions:
        warnings.warn(contradiction, stacklevel=2)
    return frame_of(found.runs)
