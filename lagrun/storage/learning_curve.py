"""The stored learning curve of a run."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

import numpy as np
import pandas as pd

from lagrun.interfaces.run_result import CURVE_COLUMNS
from lagrun.storage import files

#: Column of whole numbers, if all are known.
SEQUENCE = "sequence"


def read_curve(folder: Path) -> pd.DataFrame:
    """Read the learning curve of a finished run.

    Parameters
    ----------
    folder : Path
        The run's.

    Returns
    -------
    pandas.DataFrame
        One row per point, columns as in `lagrun.interfaces.run_result.CURVE_COLUMNS`; empty where no curve can be read,
        as for runs that failed.
    """
    try:
        content = (folder / files.CURVE).read_bytes()
    except OSError:
        content = b""
    return parse_curve(content)


def parse_curve(content: bytes) -> pd.DataFrame:
    """Make the same frame from the content of a curve's file."""
    try:
        heads, *lines = gzip.decompress(content).decode().splitlines()
        places = [heads.split(",").index(name) for name in CURVE_COLUMNS]
        rows = [[float(text or "nan") for text in line.split(",")] for line in lines]
        columns = np.array(rows).reshape(len(lines), -1)[:, places].T
    except (OSError, EOFError, ValueError, IndexError, zlib.error):
        columns = np.empty((len(CURVE_COLUMNS), 0))
    found = dict(zip(CURVE_COLUMNS, columns, strict=True))
    if columns.size and (np.mod(found[SEQUENCE], 1) == 0).all():
        found[SEQUENCE] = found[SEQUENCE].astype(np.int64)
    return pd.DataFrame(found)
