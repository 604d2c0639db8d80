"""The picture of each step's errors: as the trainer has measured them, against the criterion's threshold."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lagrun.analysis.inspection import Inspection
from lagrun.analysis.stored_run import StoredRun
from lagrun.figures import steps
from tests.trained_runs import by_hand, trained


def test_what_is_learnt_and_taken_in_is_counted(run: StoredRun) -> None:
    made = Inspection(run)
    made.steps = replace(made.steps, number=np.arange(1, 5), right=np.array([1, 0.5, 0.95, 1]), loss=np.ones(4))  # type: ignore[misc]
    elsewhere = np.repeat(np.arange(11.0)[:, None] / 10, 4, axis=1)  # nine tenths are below 0.9
    made.intake = "input gate", np.array([[0.95, 0.5, 0.05, 0.89], [0.1, 0.2, 0.05, 0.91]]), elsewhere  # type: ignore[misc]
    drawing = steps.draw(made)
    (other_steps,) = drawing.figure.axes[3].collections
    assert np.allclose([np.asarray(part)[:, 1] for part in other_steps.get_segments()], [0.1, 0.9])
    assert "at least 95% of 12 held-out sequences: 2 of 3." in drawing.caption
    assert (
        "above that of nine tenths of the other steps in 2 of 4 units; its mean is 0.46 there, and 0.50"
        in drawing.caption
    )


def test_steps_agree_with_what_the_trainer_has_measured(inspection: Inspection) -> None:
    result, found = inspection.run.result, inspection.steps
    assert np.isclose(found.last_right, result["final_last_step_accuracy"])
    assert np.isclose(found.right.mean(), result["final_per_step_accuracy"])
    drawing = steps.draw(inspection)
    accuracy, error, endings, intake = drawing.figure.axes
    assert np.array_equal(accuracy.lines[0].get_ydata(), found.right)
    assert np.array_equal(error.lines[0].get_ydata(), found.loss)
    _, inputs, outputs = by_hand(inspection.run)
    n_of = np.array(found.n_of_target)
    assert n_of.sum() == 12
    assert np.isclose(found.loss[-1], (-np.log([outputs[0, 5], outputs[1, 6]]) * n_of).sum() / 12)
    assert [bar.get_height() for bar in endings.patches] == [
        float(row.argmax() == 5 + k) for k, row in enumerate(outputs)
    ]
    keys = [line for line in intake.lines if str(line.get_label()).startswith("key")]
    assert np.allclose([line.get_ydata() for line in keys], inputs[:, 0], atol=1e-9)
    assert f"The last step is right in {result['final_last_step_accuracy']:.0%} of 12" in drawing.caption
    assert f"Always giving the most frequent answer would be right in {n_of.max() / 12:.0%}" in drawing.caption


PAPER = ("model=lstm1997", "loss=squared_error", "criterion=max_abs_error", "criterion.n_sequences=20")


@pytest.mark.parametrize("place", ["every_step", "end"])
def test_output_errors_are_drawn_against_the_threshold_of_the_criterion(place: str, tmp_path: Path) -> None:
    asked = ("criterion.threshold=0.6", f"criterion.place={place}")
    made = Inspection(trained(tmp_path / "run", *PAPER, *asked))
    run, sequences = made.run, made.held_out.sequences
    logits, _ = run.experiment.model.forward(run.params.take(np.zeros(len(sequences.ids), int)), sequences)
    errors = np.abs(1 / (1 + np.exp(-logits)) - np.eye(7)[sequences.targets]).max(-1)
    assert np.allclose(made.steps.largest_error, errors.max(0), atol=1e-12)
    made.steps = replace(made.steps, largest_error=np.array([0.1, 0.7, 0.6, 0.2, 0.3, 0.55]))  # type: ignore[misc]
    drawing = steps.draw(made)
    _, largest, _, endings, _ = drawing.figure.axes
    assert np.array_equal(largest.lines[0].get_ydata(), made.steps.largest_error)
    assert np.array_equal(endings.lines[0].get_ydata(), made.steps.largest_error_of_target)
    for line in (largest.lines[2], endings.lines[1]):
        assert np.array_equal(line.get_ydata(), [0.6, 0.6])
        assert line.get_linestyle() == ":"
        assert str(line.get_label()).endswith("alone") == (place == "end")
    assert "is not below 0.6 at 2 of 6 scored steps" in drawing.caption
    assert "and at most 0.70 at step 2." in drawing.caption
    assert "(output errors < 0.6)" in drawing.figure.get_suptitle()
