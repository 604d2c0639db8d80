"""Files of a run: written atomically, read back only when whole.

A run is finished when its folder holds a ``result.json`` that parses, has the hash of its own content, and names the
hashes of the files beside it. Nothing is ever unpickled.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lagrun.config.identity import sha256_of, sha256_of_stored
from lagrun.config.stored_config import as_of_now

if TYPE_CHECKING:
    from lagrun.interfaces.params import Params

#: Raised whenever a change alters trained numbers or the meaning of a stored field.
SCHEMA_VERSION = 2

RESULT, CURVE, PARAMS, STARTED, CHECKPOINT = "result.json", "curve.csv.gz", "params.npz", "run.json", "checkpoint.bin"
SNAPSHOTS = "snapshots.npz"
#: The plan of a sweep: its cells and runs, in order.
SWEEP = "sweep.json"
#: Ending of the names of files that are still being written.
TEMPORARY = ".tmp"

#: Fields that protect a result: the hash of its content, and the hashes of the files beside it.
SEAL, FILES = "content_sha256", "files"

#: Fields of a result between its head and its tail; null where not measured.
FIELDS = (
    "outcome",
    "sequences_to_solve",
    "sequences_seen",
    "n_weights",
    "weights_sha256",
    "final_last_step_accuracy",
    "final_per_step_accuracy",
    "wall_seconds",
    "cpu_seconds",
    "failure",
)


class StorageError(Exception):
    """Nothing can be written any more: the disk is full, read-only or gone."""


@contextmanager
def storage_errors(folder: Path) -> Iterator[None]:
    """Turn the operating system's error on a failed write into a `StorageError` that names the folder."""
    try:
        yield
    except OSError as error:
        raise StorageError(f"{folder}: cannot be written to ({error.strerror or error})") from error


def write_atomically(path: Path, content: bytes, another_follows: bool = False) -> None:
    """Write a file whole or not at all, even if the machine crashes: temporary file, fsync, replace, fsync the folder.

    Parameters
    ----------
    path : Path
        The file, which is replaced if it exists.
    content : bytes
        All of it.
    another_follows : bool
        Skip the fsync of the folder, as the next file written into it will do that. Saves time.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}{TEMPORARY}")
    try:
        try:
            _write(temporary, content)
        except FileNotFoundError:  # somebody has deleted the folder
            path.parent.mkdir(parents=True, exist_ok=True)
            _write(temporary, content)
        temporary.replace(path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise
    if another_follows:
        return
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def write_json(path: Path, content: Any) -> None:
    """Write strict JSON (no NaN), atomically."""
    write_atomically(path, (json.dumps(content, indent=1, allow_nan=False) + "\n").encode())


def write_params(path: Path, params: Params) -> str:
    """Write one run's weights, one array per name, as npz without pickles, and return the file's SHA-256.

    The result must be written next.
    """
    return write_arrays(path, {name: array[0] for name, array in params.items()})


def write_arrays(path: Path, arrays: Mapping[str, np.ndarray]) -> str:
    """Write named arrays as npz without pickles, and return the file's SHA-256.

    The result must be written next.
    """
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **arrays)
    return _write_and_hash(path, buffer.getvalue())


def write_curve(path: Path, columns: Sequence[str], rows: np.ndarray) -> str:
    """Write a learning curve as gzipped CSV (whose checksum shows truncation) and return the file's SHA-256.

    The result must be written next.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([int(row[0]), *map(float, row[1:])] for row in rows)
    return _write_and_hash(path, gzip.compress(text.getvalue().encode(), mtime=0))


def _write_and_hash(path: Path, content: bytes) -> str:
    write_atomically(path, content, another_follows=True)
    return hashlib.sha256(content).hexdigest()


def write_result(folder: Path, content: dict[str, Any]) -> None:
    """Write a run's result, sealed with the hash of its content."""
    content = {"schema_version": SCHEMA_VERSION, **content}
    write_json(folder / RESULT, content | {SEAL: sha256_of(content)})


def read_result(folder: Path) -> dict[str, Any] | None:
    """Read a run's result.

    Returns
    -------
    dict or None
        None if there is none, or if `examine` finds something wrong with it.
    """
    result, _ = examine(folder)
    return result


def examine(folder: Path) -> tuple[dict[str, Any] | None, str | None]:
    """Read a run's result, and tell what is wrong with it.

    Returns
    -------
    result : dict or None
        None if there is none, or if it or a file whose hash it holds is damaged.
    wrong : str or None
        The damage in words; None if there is no damage, or no result at all.
    """
    result, wrong = examine_sealed(folder)
    return (None if wrong else result), wrong


def examine_sealed(
    folder: Path, read: Callable[[Path], bytes] = Path.read_bytes
) -> tuple[dict[str, Any] | None, str | None]:
    """Read a result, even if a file whose hash it holds is damaged.

    Parameters
    ----------
    folder : Path
        The run's.
    read : callable
        Reads a file.

    Returns
    -------
    result : dict or None
        None if there is none, or if the result itself is damaged.
    wrong : str or None
        As for `examine`.
    """
    content = None
    try:
        result = json.loads(read(folder / RESULT))
        if result["schema_version"] != SCHEMA_VERSION:
            return None, f"{RESULT} has schema version {result['schema_version']}, this is {SCHEMA_VERSION}"
        sealed = {name: value for name, value in result.items() if name != SEAL}
        if sha256_of_stored(sealed) != result[SEAL]:
            return None, f"{RESULT} is not what was written"
        content = sealed | {"config": as_of_now(sealed["config"])}
        for name, expected in content[FILES].items():
            if hashlib.sha256(read(folder / name)).hexdigest() != expected:
                return content, f"{name} is not what was written"
    except (FileNotFoundError, NotADirectoryError) as error:
        name = Path(error.filename).name
        return content, None if name == RESULT else f"{name} is missing"
    except OSError as error:
        return content, f"cannot be read ({error})"
    except (ValueError, KeyError, TypeError, AttributeError):
        return None, f"{RESULT} is no result"
    return content, None
