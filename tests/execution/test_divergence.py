"""A run whose numbers are not finite ends as diverged, and its neighbours keep their bits."""

import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lagrun.execution.run_block import run_block
from lagrun.interfaces import Batch
from lagrun.interfaces.params import Params
from lagrun.models.lstm import LSTM
from lagrun.storage import files
from lagrun.training.streams import generator
from tests.conftest import MakeCell
from tests.execution.blocks import block_of, stored


@dataclass(frozen=True)
class Poisoned(LSTM):
    """Puts `value` somewhere at the third sequence of the seeds whose first weight is negative."""

    place: str
    value: float
    calls: list[int] = field(default_factory=lambda: [0])

    def forward(self, params: Params, batch: Batch, tape: Any = None) -> tuple[np.ndarray, Any]:
        logits, tape = super().forward(params, batch, tape)
        if self.place == "loss" and self.calls[0] == 2:
            logits[params.flat[:, 0] < 0, 3, 2] = self.value
        return logits, tape

    def grads(self, params: Params, batch: Batch, tape: Any, dlogits: np.ndarray, out: Params) -> None:
        super().grads(params, batch, tape, dlogits, out)
        self.calls[0] += 1
        if self.calls[0] == 3 and self.place != "loss":
            array = params.flat if self.place == "params" else out.flat
            array[params.flat[:, 0] < 0, 7] = self.value


@pytest.mark.may_overflow
@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("place", ["params", "gradient", "loss"])
def test_a_value_that_is_not_finite_ends_its_own_run_alone(
    place: str, value: float, tmp_path: Path, make_cell: MakeCell
) -> None:
    cell = make_cell("budget=6", "evaluation.curve_every=100")
    healthy = block_of(cell, tmp_path / "healthy", 8)
    run_block(healthy)
    poisoned = block_of(
        replace(cell, model=Poisoned(**vars(cell.model), place=place, value=value)), tmp_path / "poisoned", 8
    )
    run_block(poisoned)
    n_diverged = 0
    for seed, well, ill in zip(range(8), stored(healthy), stored(poisoned), strict=True):
        first = cell.model.init([generator(seed, "init")], 9, 9, "float64").flat[0, 0]
        if first < 0:
            n_diverged += 1
            assert (ill["outcome"], ill["sequences_seen"], ill["sequences_to_solve"]) == ("diverged", 3, None)
        else:
            assert ill["outcome"] == well["outcome"] != "diverged"
            assert ill["weights_sha256"] == well["weights_sha256"]
            curves = [(folder / f"seed={seed}" / files.CURVE).read_bytes() for folder in tmp_path.iterdir()]
            assert curves[0] == curves[1]
    assert 0 < n_diverged < 8


@pytest.mark.may_overflow
@pytest.mark.parametrize("engine", ["numpy", "reference", pytest.param("compiled", marks=pytest.mark.slow)])
def test_huge_learning_rates_diverge_by_every_engine(engine: str, tmp_path: Path, make_cell: MakeCell) -> None:
    settings = ("optimiser=sgd", "optimiser.clip_norm=null", "optimiser.learning_rate=1e308", "budget=20")
    block = block_of(make_cell(f"engine={engine}", *settings), tmp_path)
    run_block(block)
    for result in stored(block):
        assert result["outcome"] == "diverged"
        assert result["sequences_seen"] < 5
        json.dumps(result, allow_nan=False)
