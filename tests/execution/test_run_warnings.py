"""Warnings of a block go to the logs of its runs, each once, and nowhere else."""

import warnings
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lagrun.execution.run_block import run_block
from lagrun.execution.run_warnings import MOST, to_logs
from lagrun.interfaces import Batch
from lagrun.interfaces.params import Params
from lagrun.models.lstm import LSTM
from lagrun.storage import files
from lagrun.storage.block import Run
from tests.conftest import MakeCell
from tests.execution.blocks import block_of, stored


@dataclass(frozen=True)
class Warner(LSTM):
    """Warns in every sequence, always alike or each time another way."""

    same: bool
    calls: list[int] = field(default_factory=lambda: [0])

    def grads(self, params: Params, batch: Batch, tape: Any, dlogits: np.ndarray, out: Params) -> None:
        super().grads(params, batch, tape, dlogits, out)
        self.calls[0] += 1
        warnings.warn("careful" if self.same else f"careful {self.calls[0]}", UserWarning, stacklevel=1)
        np.mean(np.zeros(0))  # a RuntimeWarning of numpy


def warned_lines(run: Run) -> list[str]:
    return [line for line in (run.folder / "lagrun.log").read_text().splitlines() if "arning" in line]


def test_each_warning_is_logged_once_and_shown_nowhere(
    tmp_path: Path, make_cell: MakeCell, capfd: pytest.CaptureFixture[str]
) -> None:
    cell = make_cell("budget=20")
    block = block_of(replace(cell, model=Warner(**vars(cell.model), same=True)), tmp_path)
    with to_logs(block.runs):
        run_block(block)
    assert [result["outcome"] for result in stored(block)] == ["budget"] * 3
    for run in block.runs:
        lines = warned_lines(run)
        assert sum("UserWarning: careful (" in line and "test_run_warnings.py, line " in line for line in lines) == 1
        assert sum("RuntimeWarning: Mean of empty slice" in line for line in lines) == 1
        assert len(lines) <= 4
    assert capfd.readouterr() == ("", "")


def test_the_next_block_s_warnings_are_logged_again_and_filters_come_back(tmp_path: Path) -> None:
    filters, show = list(warnings.filters), warnings.showwarning
    runs = [Run(n, n, tmp_path / str(n)) for n in range(2)]
    for run in runs:
        with to_logs([run]):
            warnings.warn("careful", UserWarning, stacklevel=1)
    assert [len(warned_lines(run)) for run in runs] == [1, 1]
    assert (list(warnings.filters), warnings.showwarning) == (filters, show)


def test_warnings_that_are_always_different_end(tmp_path: Path) -> None:
    run = Run(0, 0, tmp_path)
    with to_logs([run]):
        for n in range(10 * MOST):
            warnings.warn(f"careful {n}", UserWarning, stacklevel=1)
    lines = warned_lines(run)
    assert len(lines) == MOST + 1
    assert lines[-1].endswith(f"more than {MOST} different warnings; no further ones are logged")


def test_a_run_with_a_result_is_left_alone(tmp_path: Path) -> None:
    runs = [Run(n, n, tmp_path / str(n)) for n in range(2)]
    for run in runs:
        run.folder.mkdir()
    (runs[0].folder / files.RESULT).write_text("{}")
    with to_logs(runs):
        warnings.warn("careful", UserWarning, stacklevel=1)
    assert [path.name for path in runs[0].folder.iterdir()] == [files.RESULT]
    assert len(warned_lines(runs[1])) == 1
