"""Files of a run come back as they were written; damaged ones count for nothing, and a failed write leaves no trace."""

import json
from pathlib import Path

import numpy as np
import pytest

from lagrun.execution.run_block import run_block
from lagrun.interfaces.params import Params
from lagrun.interfaces.run_result import CURVE_COLUMNS
from lagrun.storage import files
from lagrun.storage.block import Block, Run
from tests.conftest import MakeCell


@pytest.fixture
def finished(tmp_path: Path, make_cell: MakeCell) -> Run:
    run = Run(0, 3, tmp_path / "seed=3")
    run_block(Block(make_cell("budget=12"), {"task": {"p": 8}}, {"host": "x"}, (run,)))
    return run


def test_round_trip(finished: Run) -> None:
    result = files.read_result(finished.folder)
    assert result is not None
    assert result["seed"] == 3
    assert result["outcome"] == "budget"
    assert result["sequences_to_solve"] is None
    assert result["sequences_seen"] == 12
    assert set(files.FIELDS) | {"schema_version", "seed", "files", "config", "options", "provenance"} == set(result)
    arrays = np.load(finished.folder / files.PARAMS)
    shapes = {name: arrays[name].shape for name in arrays}
    flat = np.concatenate([arrays[name].ravel() for name in arrays])[None]
    assert Params(shapes, flat).sha256(0) == result["weights_sha256"]
    assert flat.size == result["n_weights"]
    curve = np.genfromtxt(finished.folder / files.CURVE, delimiter=",", names=True)
    assert curve.dtype.names == CURVE_COLUMNS
    assert curve["sequence"][-1] == 12


@pytest.mark.parametrize("damage", ["half", "curve", "schema", "no curve", "not json"])
def test_a_damaged_result_is_no_result(finished: Run, damage: str) -> None:
    path = finished.folder / files.RESULT
    text = path.read_text()
    if damage == "half":
        path.write_text(text[: len(text) // 2])
    elif damage == "schema":
        path.write_text(json.dumps({**json.loads(text), "schema_version": 0}))
    elif damage == "not json":
        path.write_text("[]")
    elif damage == "no curve":
        (finished.folder / files.CURVE).unlink()
    else:
        content = (finished.folder / files.CURVE).read_bytes()
        (finished.folder / files.CURVE).write_bytes(content[:-5])
    assert files.read_result(finished.folder) is None


def test_a_failed_write_leaves_the_old_file_and_no_litter(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    files.write_json(path, {"a": 1})
    with pytest.raises(ValueError, match="JSON"):
        files.write_json(path, {"a": float("nan")})
    with pytest.raises(TypeError):
        files.write_atomically(path, "text")  # type: ignore[arg-type]
    assert json.loads(path.read_text()) == {"a": 1}
    assert [p.name for p in tmp_path.iterdir()] == ["x.json"]
