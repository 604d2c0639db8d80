"""The stored learning curve of a run."""

from __future__ import annotations

import zlib
from pathlib import Path

import pandas as pd

from lagrun import store
from lagrun.run_result import CURVE_COLUMNS


def read_curve(folder: Path) -> pd.DataFrame:
    """Read the learning curve of a finished run.

    Parameters
    ----------
    folder : Path
        The run's.

    Returns
    -------
    pandas.DataFrame
        A row a point, columns as in `lagrun.run_result.CURVE_COLUMNS`; empty where there is no curve that can be read,
        as for runs that failed.
    """
    try:
        return pd.read_csv(folder / store.CURVE, usecols=list(CURVE_COLUMNS))[list(CURVE_COLUMNS)]
    except (OSError, EOFError, ValueError, zlib.error):
        return pd.DataFrame(columns=list(CURVE_COLUMNS), dtype=float)
