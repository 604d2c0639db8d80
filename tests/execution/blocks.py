"""Blocks of a few runs in a folder, what is stored of them, and models that fail with one seed or once."""

import os
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from lagrun.interfaces.experiment import Experiment
from lagrun.interfaces.params import Params
from lagrun.models.lstm import LSTM
from lagrun.storage import files
from lagrun.storage.block import Block, Run
from lagrun.training.streams import generator

#: First draw of seed 2's initial weights: how a faulty model knows the seed it is to fail with.
MARK = float(generator(2, "init").normal())


@dataclass(frozen=True)
class Faulty(LSTM):
    """Fails in one way with seed 2."""

    fault: str

    def init(self, rngs: Sequence[np.random.Generator], n_inputs: int, n_outputs: int, dtype: str) -> Params:
        params = super().init(rngs, n_inputs, n_outputs, dtype)
        if (params["W_input_gates"][:, 0, 0] == self.input_scale * MARK).any():
            if self.fault == "raise":
                raise RuntimeError("seed 2 is bad")
            if self.fault == "hang":
                time.sleep(3600)
            if self.fault == "exit":
                raise SystemExit(0)
            os.kill(os.getpid(), signal.SIGKILL)
        return params


def blocks(cell: Experiment, folder: Path, fault: str | None = None) -> list[Block]:
    model = cell.model if fault is None else Faulty(**vars(cell.model), fault=fault)
    runs = [Run(seed, seed, folder / f"seed={seed}") for seed in range(6)]
    whole = Block(replace(cell, model=model), {}, {}, tuple(runs))
    return [whole.only(runs[:3]), whole.only(runs[3:])]


def results(folder: Path) -> dict[int, tuple[str, str | None]]:
    found = (files.read_result(folder / f"seed={seed}") for seed in range(8))
    return {result["seed"]: (result["outcome"], result["weights_sha256"]) for result in found if result}


@dataclass(frozen=True)
class DiesOnce(LSTM):
    """Kills its worker the first time that it is used."""

    marker: str

    def init(self, rngs: Sequence[np.random.Generator], n_inputs: int, n_outputs: int, dtype: str) -> Params:
        if not Path(self.marker).exists():
            Path(self.marker).touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return super().init(rngs, n_inputs, n_outputs, dtype)


def some(folder: Path, n: int) -> tuple[Run, ...]:
    return tuple(Run(seed, seed, folder / f"seed={seed}") for seed in range(n))


def block_of(cell: Experiment, folder: Path, n_runs: int = 3) -> Block:
    return Block(cell, {}, {}, some(folder, n_runs))


def stored(block: Block) -> list[dict[str, Any]]:
    found = [files.read_result(run.folder) for run in block.runs]
    assert None not in found
    return [result for result in found if result]
