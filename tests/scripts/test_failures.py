"""Measures of nets that failed, against the nets' equations on the stored weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from omegaconf import OmegaConf

from lagrun.analysis.frame import frame
from lagrun.analysis.stored_run import StoredRun, read_run
from lagrun.config.paths import SWEEPS
from lagrun.training.streams import generator
from scripts.failures import FAILURES, MEASURED, N_SEQUENCES, drift, memory_of_the_chunker, state_at_the_end, write
from scripts.reproduction import looked_into
from tests.conftest import Command
from tests.small_commands import only_folder

SMALL = ("task.p=4", "evaluation.n_sequences=20", "evaluation.curve_n_sequences=1", "criterion.check_every=50")


def f(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def trained(command: Command, where: Path, *overrides: str) -> StoredRun:
    assert command(*overrides, *SMALL, "seed=3").status == 0
    return read_run(only_folder(where))


def test_state_at_the_end(command: Command, tmp_path: Path) -> None:
    run = trained(command, tmp_path, "+experiment=literal_2a", "budget=400", "model.construction=false")
    found, weights = state_at_the_end(run), {name: run.params[name][0] for name in run.params}
    net = weights["W_input_hidden"]  # of the input gate and of the cell
    keys, middle = np.array([3, 4]), np.arange(3)
    ends = [sum(f(net[s, 0]) * f(net[s, 1]) for s in (key, *middle)) for key in keys]
    assert found["state at the end"] == pytest.approx(np.mean(ends))
    assert found["difference by key"] == pytest.approx(abs(ends[0] - ends[1]))
    outputs = [f(weights["W_input_output"][2] + end * weights["W_cell_output"][0]) for end in ends]
    assert found["output of the right key"] == pytest.approx(min(outputs[0][3], outputs[1][4]))
    assert found["output of the wrong key"] == pytest.approx(max(outputs[0][4], outputs[1][3]))


@pytest.mark.slow
def test_drift(command: Command, tmp_path: Path) -> None:
    run = trained(command, tmp_path, "+experiment=paper_2c", "task.q=5", "budget=3000", "optimiser.learning_rate=0.1")
    found, weights = drift(run), {name: run.params[name][0] for name in run.params}
    net = weights["W_input_hidden"]  # of two input gates, two output gates, two cells
    batch = run.experiment.task.sample(generator(3, "evaluation"), 0, N_SEQUENCES)
    steps = f(net[:, :2]) * (4 * f(net[:, 4:]) - 2)
    there = np.arange(batch.ids.shape[1]) < batch.lengths[:, None]
    states = (steps[batch.ids] * there[:, :, None]).sum(1)
    last = batch.ids[np.arange(N_SEQUENCES), batch.lengths - 1]
    logits = (f(net[last, 2:4]) * (2 * f(states) - 1)) @ weights["W_cell_output"]
    targets = batch.targets[batch.last]
    errors = np.abs(np.eye(2)[targets] - f(logits)).max(1)
    assert found["wrong"] == pytest.approx((logits.argmax(1) != targets).mean())
    assert found["error too large"] == pytest.approx((errors >= 0.2).mean())
    by_key = [(logits[:, 0] - logits[:, 1])[targets == key] for key in (0, 1)]
    spread = np.sqrt((by_key[0].var() + by_key[1].var()) / 2)
    assert found["separation of keys"] == pytest.approx((by_key[0].mean() - by_key[1].mean()) / spread)
    drawn = run.experiment.model.init([generator(3, "init")], 8, 2, "float64")["W_input_hidden"][0]
    first = (f(drawn[:, :2]) * (4 * f(drawn[:, 4:]) - 2))[batch.ids] * there[:, :, None]
    assert np.isclose(found["initial state at the end"], np.abs(first.sum(1)).max(1)).any()
    assert np.isclose(found["state at the end"], np.abs(states).max(1)).any()  # of two of the sequences


def test_the_key_alone_differs_on_task_2b(command: Command, tmp_path: Path) -> None:
    run = trained(command, tmp_path, "+experiment=paper_2b", "budget=400", "model.construction=false")
    g = 4 * f(run.params["W_input_hidden"][0, :, 1]) - 2
    taken_in = f(run.params["W_input_hidden"][0, :, 0]) * g
    assert state_at_the_end(run)["difference by key"] == pytest.approx(abs(taken_in[3] - taken_in[4]))


def test_every_cell_that_is_looked_into_is_in_its_sweep() -> None:
    for sweep, names, _ in MEASURED:
        cells = OmegaConf.load(SWEEPS / f"{sweep}.yaml").hydra.sweeper.cells
        assert set(names) <= {cell.name for cell in cells}


def test_runs_without_an_outcome_are_left_out(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sweep = ("+experiment=chunker_p100", *SMALL, "budget=3", "-m", "seed=0-2", "hydra.sweep.dir=chunkers")
    assert command(*sweep).status == 0
    monkeypatch.setattr("scripts.failures.MEASURED", (("chunkers", ("CH",), memory_of_the_chunker),))
    runs = frame(tmp_path / "chunkers").assign(name="CH")
    runs.loc[1, "outcome"] = "unfinished"
    monkeypatch.setattr("scripts.failures.frame", lambda folder: runs)
    write(tmp_path, tmp_path)
    measures = pd.read_csv(tmp_path / FAILURES)
    assert measures["seed"].tolist() == [0, 0, 2, 2]
    assert measures["measure"].tolist() == ["difference by key", "surprises"] * 2


def test_memory_of_the_chunker(command: Command, tmp_path: Path) -> None:
    run = trained(command, tmp_path, "+experiment=chunker_p100", "budget=5")
    found = memory_of_the_chunker(run)
    hidden = f(run.params["chunker_W_input_hidden"][0, [3, 4], 0])
    batch = run.experiment.task.sample(generator(3, "evaluation"), 0, 50)
    logits = run.experiment.model.forward(run.params.take(np.zeros(50, int)), batch)[0]
    errors = np.abs(np.eye(5)[batch.targets] - f(logits)).max(-1)
    n_surprises = {int(key): int((errors[row] > 0.25).sum()) for row, key in enumerate(batch.targets[:, -1])}
    assert max(n_surprises.values()) > 1  # of 4 steps
    assert found == {
        "difference by key": pytest.approx(abs(hidden[0] - hidden[1])),
        "surprises": np.mean(list(n_surprises.values())),
    }


def test_the_table_has_medians_and_ranges_over_runs(tmp_path: Path) -> None:
    rows = [
        {"about": about, "name": "LSTM", "p": 4, "seed": seed, "outcome": outcome, "measure": "a", "value": value}
        for about, seed, outcome, value in [("x", 0, "solved", 1.0), ("x", 1, "budget", 2.0), ("y", 0, "solved", 9.0)]
    ]
    pd.DataFrame(rows).to_csv(tmp_path / FAILURES, index=False)
    (row,) = looked_into("x", tmp_path).to_dict("records")
    assert row == {"": "LSTM", "p": "4", "solved": "1/2", "a": "1.5 (1 to 2)"}
