"""A state in bytes comes back whole; any damage to the bytes is noticed, and nothing in them is run."""

import hashlib
import io
import json
import pickle
from collections.abc import Iterable
from dataclasses import replace
from typing import Any
from zipfile import ZipFile

import numpy as np
import pytest

from lagrun.interfaces.checkpoint import MAGIC, Checkpoint


def some_state() -> Checkpoint:
    arrays = {
        "params.W": np.arange(6, dtype=np.float32).reshape(2, 3),
        "curve": np.zeros((0, 7)),
        "a.window": np.array([True, False]),
        "b.fortran": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        "b.number": np.array(-3),
        "b.nan": np.array([np.nan, -0.0, np.inf]),
    }
    facts = {"stream": {"generator": {"state": 2**127 + 1}, "name": "\u00e9", "nothing": None}}
    return Checkpoint(12, arrays, facts, 0.1, 1e-300)


def test_bytes_hold_all_of_a_state() -> None:
    state = some_state()
    read = Checkpoint.from_bytes(state.to_bytes())
    for name in ("sequence", "facts", "wall_seconds", "cpu_seconds"):
        assert getattr(read, name) == getattr(state, name)
    assert list(read.arrays) == list(state.arrays)
    for name, array in state.arrays.items():
        assert (read.arrays[name].dtype, read.arrays[name].shape) == (array.dtype, array.shape)
        assert read.arrays[name].tobytes() == array.tobytes()
    assert read.to_bytes() == state.to_bytes()


def test_any_damage_is_noticed() -> None:
    content = some_state().to_bytes()
    for damaged in damages(content):
        with pytest.raises(ValueError, match=r"^the state of a run is damaged"):
            Checkpoint.from_bytes(damaged)


def damages(content: bytes) -> Iterable[bytes]:
    for place in range(len(content)):
        yield content[:place]
        yield content[:place] + bytes([content[place] ^ 1 << place % 8]) + content[place + 1 :]
    yield content + b"\0"
    yield content[1:]
    yield b"\0" * len(content)


class Trap:
    """Leaves a trace where it is unpickled."""

    sprung: list[int] = []  # noqa: RUF012

    def __reduce__(self) -> Any:
        return self.sprung.append, (1,)


def test_nothing_is_ever_pickled_or_unpickled() -> None:
    state = some_state()
    with pytest.raises(ValueError, match="pickle"):
        replace(state, arrays={"a.trap": np.array([Trap()], object)}).to_bytes()
    buffer = io.BytesIO()
    with ZipFile(buffer, "w") as file:
        file.writestr("facts.json", json.dumps({"sequence": 1, "facts": {}, "wall_seconds": 0, "cpu_seconds": 0}))
        with file.open("a.trap.npy", "w") as member:
            np.save(member, np.array([Trap()], object), allow_pickle=True)
    content = buffer.getvalue()
    assert pickle.PROTO in content
    with pytest.raises(ValueError, match="pickle"):
        Checkpoint.from_bytes(MAGIC + hashlib.sha256(content).digest() + content)
    assert Trap.sprung == []
