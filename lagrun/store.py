"""Files of a run: written atomically, read back only when whole.

A run is finished when its folder holds a ``result.json`` that parses and names the hash of the curve beside it. Nothing
is ever unpickled.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from lagrun.params import Params

#: Raised whenever a change alters trained numbers or the meaning of a stored field.
SCHEMA_VERSION = 1

RESULT, CURVE, PARAMS, STARTED = "result.json", "curve.csv.gz", "params.npz", "run.json"
#: The plan of a sweep: its cells and runs, in order.
SWEEP = "sweep.json"


def write_atomically(path: Path, content: bytes, another_follows: bool = False) -> None:
    """Write a file whole or not at all, also if the machine dies: temporary file, fsync, replace, fsync the folder.

    Parameters
    ----------
    path : Path
        The file, which is replaced if it exists.
    content : bytes
        All of it.
    another_follows : bool
        Leave the folder to the next file that is written into it: files of a run cost an fsync each as it is.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    if another_follows:
        return
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def write_json(path: Path, content: Any) -> None:
    """Write strict JSON (no NaN), atomically."""
    write_atomically(path, (json.dumps(content, indent=1, allow_nan=False) + "\n").encode())


def write_params(path: Path, params: Params) -> None:
    """Write one run's weights, an array a name, as npz without pickles; the result is to follow."""
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **{name: array[0] for name, array in params.items()})
    write_atomically(path, buffer.getvalue(), another_follows=True)


def write_curve(path: Path, columns: Sequence[str], rows: np.ndarray) -> str:
    """Write a learning curve as gzipped CSV (whose checksum shows truncation) and return the file's SHA-256.

    The result is to follow.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([int(row[0]), *map(float, row[1:])] for row in rows)
    content = gzip.compress(text.getvalue().encode(), mtime=0)
    write_atomically(path, content, another_follows=True)
    return hashlib.sha256(content).hexdigest()


def read_result(folder: Path) -> dict[str, Any] | None:
    """Read a run's result.

    Returns
    -------
    dict or None
        None if there is none, or it is damaged, or the curve beside it is not the one it names.
    """
    try:
        result = json.loads((folder / RESULT).read_text())
        if result["schema_version"] != SCHEMA_VERSION:
            return None
        curve_hash = result["curve_sha256"]
        if curve_hash is not None and hashlib.sha256((folder / CURVE).read_bytes()).hexdigest() != curve_hash:
            return None
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return dict(result)
