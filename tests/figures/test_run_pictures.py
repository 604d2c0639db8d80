"""Which pictures a run has, whatever its model and task, and what is said where there is none."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lagrun.analysis.inspection import Inspection
from lagrun.analysis.stored_run import StoredRun
from lagrun.figures import run_pictures, steps
from lagrun.interfaces import Batch
from tests.trained_runs import trained


def test_every_caption_names_the_criterion_and_its_threshold(inspection: Inspection) -> None:
    run = inspection.run
    pictures = run_pictures.draw(run, 8)
    assert pictures.animation is not None
    threshold = run.result["config"]["criterion"]["threshold"]
    for described in (*pictures.drawings, pictures.animation):
        assert f"(solved is: at least {threshold:.0%} of the last 10 training sequences end with" in described.caption
    foreign = replace(run, experiment=replace(run.experiment, criterion=Opaque(None)))  # type: ignore[arg-type]
    assert "(criterion: Opaque)" in steps.draw(Inspection(foreign)).caption


#: Other nets, tasks and places of an error: how many pictures there are, and the step of the key.
KINDS = {
    "lstm1997 task=no_regularities task.middle=permutation": (5, 0),
    "lstm1997 task=very_long_lag task.q=9 task.p=3 model.output_gate=true": (5, 1),
    "gru task=very_long_lag task.q=40": (5, 1),
    "elman task.scored=end": (4, 0),
    "chunker updates=step": (4, 0),
    "rtrl task.p=2": (4, 0),
}


@pytest.mark.parametrize("words", KINDS)
def test_every_model_and_task_has_the_pictures_that_it_can_have(words: str, tmp_path: Path) -> None:
    run = trained(tmp_path / "run", *f"model={words}".split())
    inspection, (n_pictures, key_step) = Inspection(run), KINDS[words]
    pictures = run_pictures.draw(run, 8)
    assert len({drawing.name for drawing in pictures.drawings}) == n_pictures
    assert pictures.missing == [run_pictures.NO_SNAPSHOTS]
    assert inspection.names == ["x", "y"]
    assert inspection.are_keys
    assert inspection.key_step == key_step
    assert np.isclose(inspection.steps.last_right, run.result["final_last_step_accuracy"])
    for drawing in pictures.drawings:
        assert "seed 2" in drawing.caption
        assert any(digit in drawing.alt for digit in "0123456789")


@dataclass(frozen=True)
class Opaque:
    """A user's model that has no plain loop."""

    inner: Any

    def init(self, *arguments: Any) -> Any:
        return self.inner.init(*arguments)

    def forward(self, *arguments: Any) -> Any:
        return self.inner.forward(*arguments)


@dataclass(frozen=True)
class Nameless:
    """A user's task without names: the last input is what is asked for."""

    n_inputs: int = 7
    n_outputs: int = 7

    def sample(self, rng: np.random.Generator, first: int, n: int) -> Batch:
        ids = rng.integers(0, 7, (n, 5), dtype=np.int32)
        return Batch(ids, ids[:, -1:], np.ones((n, 1), bool), np.full(n, 5, np.int32))


def test_a_user_s_model_and_task_have_what_needs_no_trace_and_no_name(run: StoredRun) -> None:
    foreign = replace(
        run, experiment=replace(run.experiment, model=Opaque(run.experiment.model), task=Nameless()), snapshots=None
    )
    pictures = run_pictures.draw(foreign, 8)
    assert [drawing.name for drawing in pictures.drawings] == ["curves", "last_step", "steps"]
    assert pictures.missing == [run_pictures.NO_TRACES, run_pictures.NO_SNAPSHOTS]
    assert "ends in output" in pictures.drawings[1].caption


def test_what_cannot_be_drawn_is_said(run: StoredRun) -> None:
    alike = replace(
        run, experiment=replace(run.experiment, evaluation=replace(run.experiment.evaluation, n_sequences=1))
    )
    pictures = run_pictures.draw(alike, 8)
    assert [drawing.name for drawing in pictures.drawings] == ["curves", "steps"]
    assert pictures.missing == [run_pictures.ALIKE]
    broken = replace(run, params=run.params.take(np.array([0])))
    broken.params.flat[0, 3] = np.nan
    pictures = run_pictures.draw(broken, 8)
    assert [drawing.name for drawing in pictures.drawings] == ["curves"]
    assert pictures.missing == [run_pictures.NOT_FINITE]
