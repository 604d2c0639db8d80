"""The state of a run that has not ended: all it needs to go on as if it had never stopped.

As bytes it is a SHA-256 followed by a zip of ``.npy`` arrays and one JSON text. Reading never unpickles anything.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zipfile import ZipFile, ZipInfo

import numpy as np

#: What the bytes of a state begin with.
MAGIC = b"lagrun state 1\n"

#: Name to shape and dtype.
Kinds = dict[str, tuple[tuple[int, ...], np.dtype]]

_N_HASH, _FACTS = hashlib.sha256().digest_size, "facts.json"


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """State of one run after so many training sequences.

    Attributes
    ----------
    sequence : int
        Training sequences done, 1 or more.
    arrays : dict of np.ndarray
        Weights, learning curve, and the state of optimiser, criterion and model, without a seed axis. They are copies,
        and none holds Python objects.
    facts : dict
        Everything that is not an array, as plain JSON.
    wall_seconds, cpu_seconds : float
        The run's share of time so far.
    """

    sequence: int
    arrays: dict[str, np.ndarray]
    facts: dict[str, Any]
    wall_seconds: float
    cpu_seconds: float

    def to_bytes(self) -> bytes:
        """Serialise; equal states have equal bytes."""
        facts = {
            "sequence": self.sequence,
            "wall_seconds": self.wall_seconds,
            "cpu_seconds": self.cpu_seconds,
            "facts": self.facts,
        }
        buffer = io.BytesIO()
        with ZipFile(buffer, "w") as file:
            file.writestr(ZipInfo(_FACTS), json.dumps(facts, allow_nan=False))
            for name, array in self.arrays.items():
                # This ZipInfo has a fixed date: the default, the clock's, fails if it is far off.
                with file.open(ZipInfo(f"{name}.npy"), "w", force_zip64=True) as member:
                    np.lib.format.write_array(member, array, allow_pickle=False)
        content = buffer.getvalue()
        return MAGIC + hashlib.sha256(content).digest() + content

    @classmethod
    def from_bytes(cls, content: bytes) -> Checkpoint:
        """Read what `to_bytes` made.

        Raises
        ------
        ValueError
            If the bytes were changed, even by a single bit.
        """
        start = len(MAGIC) + _N_HASH
        zipped = memoryview(content)[start:]
        if content[:start] != MAGIC + hashlib.sha256(zipped).digest():
            raise ValueError("the state of a run is damaged: its bytes are not those that were written")
        arrays = {}
        with ZipFile(io.BytesIO(zipped)) as file:
            facts = json.loads(file.read(_FACTS))
            for member in file.namelist():
                if member != _FACTS:
                    with file.open(member) as array:
                        arrays[member.removesuffix(".npy")] = np.lib.format.read_array(array, allow_pickle=False)
        return cls(arrays=arrays, **facts)


def with_prefix(prefix: str, arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Mark arrays as one part of a state: put `prefix` and a dot before each name."""
    return {f"{prefix}.{name}": array for name, array in arrays.items()}


def part(prefix: str, arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Find the arrays that `with_prefix` marked, under their own names."""
    start = f"{prefix}."
    return {name.removeprefix(start): array for name, array in arrays.items() if name.startswith(start)}


def row(arrays: Mapping[str, np.ndarray], seed: int) -> dict[str, np.ndarray]:
    """Copy one seed's part out of arrays that have the seed axis first."""
    return {
        name: np.array(array[seed : seed + 1], order="C").reshape(array.shape[1:]) for name, array in arrays.items()
    }


def block(
    rows: Sequence[Mapping[str, np.ndarray]], like: Mapping[str, np.ndarray] | None = None
) -> dict[str, np.ndarray]:
    """Stack the arrays of several seeds, seed axis first; the reverse of `row`.

    Parameters
    ----------
    rows : sequence of mapping
        The arrays of each seed.
    like : mapping, optional
        Arrays that the result is to replace.

    Raises
    ------
    ValueError
        If names, shapes or dtypes differ between seeds, or from those of `like`.
    """
    wanted = kinds(rows[0]) if like is None else {name: (a.shape[1:], a.dtype) for name, a in like.items()}
    for arrays in rows:
        check_kinds(arrays, wanted)
    return {name: np.stack([arrays[name] for arrays in rows]) for name in wanted}


def kinds(arrays: Mapping[str, np.ndarray]) -> Kinds:
    """Tell the shapes and dtypes of arrays."""
    return {name: (array.shape, array.dtype) for name, array in arrays.items()}


def check_kinds(arrays: Mapping[str, np.ndarray], wanted: Kinds) -> None:
    """Raise ValueError unless arrays have these names, shapes and dtypes."""
    if kinds(arrays) != wanted:
        raise ValueError(f"this is the state of another configuration: it has {kinds(arrays)}, not {wanted}")
