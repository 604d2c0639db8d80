"""The table of docs/models.md: what goes together trains, bit for bit alike in any block; the rest is refused."""

from itertools import product

import numpy as np
import pytest

from lagrun.checks import ConfigError
from lagrun.config.paths import CONF
from lagrun.interfaces.run_result import RunResult
from lagrun.training.admission import build
from lagrun.training.loop import train
from lagrun.training.streams import generator
from tests.conftest import Command
from tests.helpers import compose_config, options

DOCUMENT = (CONF.parent / "docs" / "models.md").read_text()
TASKS, LOSSES, UPDATES = options("task"), options("loss"), ["sequence", "step"]
TINY = ("budget=5", "evaluation.n_sequences=3", "evaluation.curve_n_sequences=2", "task.p=5", "criterion.window=50")


def documented() -> dict[str, dict[str, bool]]:
    """Read the table: model to what it goes with."""
    lines = [line.strip("| ").split(" | ") for line in DOCUMENT.splitlines() if line.startswith("|")]
    header = [cell.split("`")[1] if "`" in cell else cell for cell in lines[0]]
    header = [name.removeprefix("updates=") for name in header]
    rows = [line for line in lines[2:] if len(line) == len(header)]
    return {row[0]: {name: cell == "yes" for name, cell in zip(header[1:], row[1:], strict=True)} for row in rows}


def test_the_table_speaks_of_what_there_is() -> None:
    table = documented()
    assert len(table) >= 6
    assert set(table) <= set(options("model"))
    for row in table.values():
        assert set(row) <= {*TASKS, *LOSSES, *UPDATES}


def results(*overrides: str, seeds: tuple[int, ...]) -> dict[int, RunResult]:
    found: dict[int, RunResult] = {}
    train(build(compose_config(*TINY, *overrides)), seeds, lambda result: found.update({result.seed: result}))
    return found


def refusal(*overrides: str) -> str | None:
    try:
        build(compose_config(*TINY, *overrides))
    except ConfigError as error:
        return str(error)
    return None


@pytest.mark.parametrize(("task", "loss", "updates"), list(product(TASKS, LOSSES, UPDATES)))
@pytest.mark.parametrize("model", options("model"))
def test_combination(model: str, task: str, loss: str, updates: str) -> None:
    overrides = [f"model={model}", f"task={task}", f"loss={loss}", f"updates={updates}", "optimiser.learning_rate=0.1"]
    if task == "very_long_lag":
        overrides.append("task.q=3")
    row = documented().get(model, {})  # a new variant need not be in the table
    refused = False in (row.get(name) for name in (task, loss, updates))
    message = refusal(*overrides)
    assert (message is not None) == refused or not row
    if message is not None:
        assert f"model={model}" in message
        assert "\n" not in message
        return
    together = results(*overrides, seeds=(0, 1, 2))
    alone = {**results(*overrides, seeds=(2,)), **results(*overrides, seeds=(1, 0))}
    cell = build(compose_config(*TINY, *overrides))
    for seed, result in together.items():
        first = cell.model.init([generator(seed, "init")], cell.task.n_inputs, cell.task.n_outputs, "float64")
        assert (result.params.flat != first.flat).any()  # weights move
        assert np.isfinite(result.params.flat).all()
        assert result.params.sha256(0) == alone[seed].params.sha256(0)
        assert result.curve.tobytes() == alone[seed].curve.tobytes()


@pytest.mark.parametrize("optimiser", options("optimiser"))
def test_updates_inside_a_sequence_by_every_optimiser(optimiser: str) -> None:
    overrides = ("model=rtrl", "updates=step", f"optimiser={optimiser}", "optimiser.learning_rate=0.1")
    together, alone = results(*overrides, seeds=(0, 1)), results(*overrides, seeds=(1,))
    assert together[1].params.sha256(0) == alone[1].params.sha256(0)


def test_leaving_zero_gradients_out_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    overrides = ("model=rtrl", "updates=step", "optimiser=sgd", "optimiser.clip_norm=null")
    by_rows = results(*overrides, seeds=(0,))[0]
    monkeypatch.setattr("lagrun.optimisers.sgd.SGD.zero_gradient_changes_nothing", False)
    np.testing.assert_array_equal(results(*overrides, seeds=(0,))[0].params.flat, by_rows.params.flat)


@pytest.mark.slow
def test_workers_change_nothing_for_any_model(command: Command) -> None:
    models = ",".join(options("model"))
    sweep = (*TINY, f"model={models}", "task=noise_free,no_regularities", "loss=squared_error", "-m", "seed=0-1")
    hashes = []
    for n_jobs in (1, 2):
        assert command(*sweep, f"execution.n_jobs={n_jobs}", f"hydra.sweep.dir=out{n_jobs}").status == 0
        hashes.append(weights_of_runs(f"out{n_jobs}"))
    assert hashes[0] == hashes[1]
    assert len(hashes[0]) == 2 * 2 * len(options("model"))


def weights_of_runs(folder: str) -> dict[str, str]:
    from pathlib import Path

    from lagrun.storage.files import RESULT, read_result

    found = {}
    for path in Path(folder).rglob(RESULT):
        result = read_result(path.parent)
        assert result is not None
        found[str(path.parent.relative_to(folder))] = result["weights_sha256"]
    return found
