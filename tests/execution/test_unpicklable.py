"""What cannot be pickled trains in this process, or fails alone with the reason."""

import threading
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from lagrun.execution.pool import run_blocks
from lagrun.models.lstm import LSTM
from tests.conftest import MakeCell
from tests.execution.blocks import block_of, stored


@dataclass(frozen=True)
class Holding(LSTM):
    """Holds something."""

    held: Any = field(default_factory=threading.Lock)


@pytest.mark.parametrize("held", [threading.Lock(), lambda: 0, (n for n in ())], ids=["lock", "lambda", "generator"])
def test_what_cannot_be_pickled_trains_in_this_process(held: Any, tmp_path: Path, make_cell: MakeCell) -> None:
    cell = make_cell("budget=5")
    block = block_of(replace(cell, model=Holding(**vars(cell.model), held=held)), tmp_path)
    run_blocks([block], None)
    assert [result["outcome"] for result in stored(block)] == ["budget"] * 3


@pytest.mark.parametrize("held", [threading.Lock(), (n for n in ())], ids=["lock", "generator"])
def test_what_cannot_be_pickled_fails_alone_with_the_reason(held: Any, tmp_path: Path, make_cell: MakeCell) -> None:
    cell = make_cell("budget=5")
    bad = block_of(replace(cell, model=Holding(**vars(cell.model), held=held)), tmp_path / "bad")
    good = [block_of(cell, tmp_path / name) for name in ("first", "second")]
    run_blocks([good[0], bad, good[1]], 2)
    for block in good:
        assert [result["outcome"] for result in stored(block)] == ["budget"] * 3
    for result in stored(bad):
        assert result["outcome"] == "failed"
        assert "pickle" in result["failure"].strip().splitlines()[-1]
