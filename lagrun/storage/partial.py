"""Progress of a run that has not ended: a small file in its folder, replaced from time to time while it trains.

It is for people to look at. It never counts as a result, and no run resumes from it. A run that cannot write it trains
on.
"""

from __future__ import annotations

import json
import math
import os
import platform
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from lagrun.interfaces.run_result import CURVE_COLUMNS, SoFar
from lagrun.storage import files

#: The file in a run's folder.
PARTIAL = "partial.json"

#: Most points of the learning curve that are written: a curve may have a point for every sequence.
MOST_POINTS = 500


class Partial(NamedTuple):
    """How far a run is.

    Attributes
    ----------
    sequence, budget : int
        Training sequences done, and the most to do.
    rolling : float
        Rolling accuracy after these sequences, NaN if unknown.
    curve : np.ndarray, shape (points, len(CURVE_COLUMNS))
        Its learning curve so far, thinned if it is long; NaN for what is not finite.
    per_second : float
        Sequences per second, of this run alone.
    written : float
        When this was written, seconds since 1970.
    host : str
    pid : int
        Who wrote it.
    """

    sequence: int
    budget: int
    rolling: float
    curve: np.ndarray
    per_second: float
    written: float
    host: str
    pid: int


def write_partial(folder: Path, budget: int, so_far: SoFar) -> None:
    """Write a run's progress into its folder, see `Partial`; write errors are ignored."""
    content = {
        "schema_version": files.SCHEMA_VERSION,
        "sequence": so_far.sequence,
        "budget": budget,
        "rolling": _number(so_far.rolling),
        "curve": [list(map(_number, point)) for point in thinned(so_far.curve)],
        "per_second": so_far.per_second,
        **sign_of_life(),
    }
    replace_unsynced(folder / PARTIAL, json.dumps(content, allow_nan=False).encode())


def read_partial(folder: Path) -> Partial | None:
    """Read what `write_partial` wrote; None if there is nothing, or nothing that can be read."""
    try:
        content = json.loads((folder / PARTIAL).read_bytes())
        if content["schema_version"] != files.SCHEMA_VERSION:
            return None
        return Partial(
            int(content["sequence"]),
            int(content["budget"]),
            math.nan if content["rolling"] is None else float(content["rolling"]),
            np.array(content["curve"], float).reshape(-1, len(CURVE_COLUMNS)),
            float(content["per_second"]),
            float(content["written"]),
            str(content["host"]),
            int(content["pid"]),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def remove_partial(folder: Path) -> None:
    """Remove the file from the folder of a run that has ended or starts over."""
    with suppress(OSError):
        (folder / PARTIAL).unlink(missing_ok=True)


def sign_of_life() -> dict[str, Any]:
    """Time of writing, and the host and process that write."""
    return {"written": time.time(), "host": platform.node(), "pid": os.getpid()}


def replace_unsynced(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, unless the power fails; write errors are ignored."""
    written = path.with_name(f".{path.name}{files.TEMPORARY}")
    with suppress(OSError):
        written.write_bytes(content)
        written.replace(path)


def thinned(curve: Sequence[tuple[float, ...]]) -> Sequence[tuple[float, ...]]:
    """At most `MOST_POINTS` evenly spaced points of a curve, the latest among them."""
    stride = -(-len(curve) // MOST_POINTS)
    return curve[::-1][::stride][::-1] if stride > 1 else curve


def _number(value: float) -> float | int | None:
    """A number for JSON; None for NaN and infinity, which JSON lacks."""
    if not math.isfinite(value):
        return None
    return int(value) if float(value).is_integer() else float(value)
