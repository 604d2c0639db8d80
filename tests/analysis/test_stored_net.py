"""The net of a finished run on its own task, on another lag, and on what does not fit."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lagrun.analysis.stored_run import StoredRun, read_run
from lagrun.checks import ConfigError, FieldError
from lagrun.tasks.no_regularities import NoRegularities
from lagrun.tasks.noise_free import NoiseFree
from lagrun.training.streams import generator
from tests.conftest import Command
from tests.helpers import sized

SMALL = ("budget=40", "evaluation.n_sequences=60", "evaluation.curve_n_sequences=2", "seed=3", "hydra.run.dir=run")


def trained(command: Command, *overrides: str) -> StoredRun:
    assert command(*SMALL, *overrides).status == 0
    return read_run(Path("run"))


@pytest.mark.parametrize(
    "overrides",
    [
        (*sized("lstm", 3), "task=very_long_lag", "task.p=3", "task.q=4"),
        (*sized("chunker", 3), "model=chunker", "task.p=5", "dtype=float32"),
        (*sized("elman", 3), "model=elman", "task=no_regularities", "task.p=5", "engine=reference"),
    ],
)
def test_its_own_test_gives_what_the_run_has_stored(command: Command, overrides: tuple[str, ...]) -> None:
    run = trained(command, *overrides)
    result = json.loads((run.folder / "result.json").read_text())
    assert run.net.evaluate() == (result["final_last_step_accuracy"], result["final_per_step_accuracy"])
    assert 0 < run.net.evaluate().per_step < 1
    others = {run.net.evaluate(seed=seed, n_sequences=40) for seed in range(9)}
    assert run.experiment.task.__class__ is NoiseFree or len(others) > 1


def test_it_runs_on_sequences_of_another_lag(command: Command) -> None:
    run = trained(command, *sized("lstm", 3), "task=very_long_lag", "task.p=3", "task.q=4")
    longer = replace(run.experiment.task, q=9)
    batch = longer.sample(generator(5, "evaluation"), 0, 30)
    logits, before = run.net.forward(batch), run.params.flat.copy()
    assert logits.shape == (30, 1, 2)
    right = (logits[batch.last].argmax(-1) == batch.targets[batch.last]).mean()
    assert run.net.evaluate(longer, 30, 5).last_step == pytest.approx(right)
    np.testing.assert_array_equal(run.net.forward(batch[3:5]), logits[3:5])
    np.testing.assert_allclose(run.net.outputs(batch).sum(-1), 1.0)
    np.testing.assert_array_equal(run.params.flat, before)


def test_what_does_not_fit_is_refused_in_words(command: Command) -> None:
    run = trained(command, *sized("lstm", 3), "task.p=5")
    net, task = run.net, NoRegularities(5, "iid", "every_step")
    assert 0 <= net.evaluate(task).last_step <= 1
    with pytest.raises(ConfigError, match=r"p=9.*has 10 symbols and 10 outputs, the net 6 and 6; .*same p"):
        net.evaluate(NoiseFree(9, "random", "every_step"))
    with pytest.raises(FieldError, match="n_sequences=0: must be an integer >= 1"):
        net.evaluate(n_sequences=0)
    with pytest.raises(ConfigError, match=r"shape \(5,\); they must have shape \(sequences, steps\)"):
        net.forward(task.sample(generator(0, "data"), 0, 1)[0])
    with pytest.raises(ConfigError, match="ids are from 0 to 9; the net has the symbols 0 to 5"):
        net.forward(NoiseFree(9, "random", "every_step").sample(generator(0, "data"), 0, 8))
