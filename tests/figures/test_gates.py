"""The picture of gates: drawn as computed by hand, and each gate told by what it does."""

import numpy as np

from lagrun.analysis.inspection import Inspection
from lagrun.analysis.stored_run import StoredRun
from lagrun.figures import gates
from tests.trained_runs import by_hand, coloured


def test_each_kind_of_gate_is_told_by_what_it_does(run: StoredRun, inspection: Inspection) -> None:
    assert ": 0 is shut, 1 is open; in colour" in gates.draw(inspection).caption
    made = Inspection(run)
    assert made.traces is not None
    made.traces = tuple(  # type: ignore[misc,assignment]
        traces._replace(
            gates={"update gate": traces.gates["forget gate"], "reset gate": traces.gates["output gate"]},
            taken_in={"1 - update gate": 1 - traces.gates["forget gate"]},
        )
        for traces in made.traces
    )
    drawing = gates.draw(made)
    assert ": update gate: 1 keeps the state, 0 replaces it; reset gate: 0 is shut, 1 is open; in" in drawing.caption
    assert [axes.get_ylabel() for axes in drawing.figure.axes] == ["update gate\n(1 keeps)", "reset gate"]


def test_gates_are_drawn_as_computed_by_hand(inspection: Inspection) -> None:
    _, inputs, _ = by_hand(inspection.run)
    drawing = gates.draw(inspection)
    assert [axes.get_ylabel() for axes in drawing.figure.axes] == ["input gate", "forget gate", "output gate"]
    assert np.allclose(coloured(drawing, 0), inputs[:, :, inspection.unit], atol=1e-9)
    at_key, at_end = inputs[:, [0, -1], inspection.unit].mean(0)
    assert f"input gate {at_key:.2f} at step 1" in drawing.caption
    assert f"{at_end:.2f} at the last step" in drawing.caption


def test_gates_are_told_at_the_key_between_and_at_the_end(run: StoredRun) -> None:
    made = Inspection(run)
    assert made.traces is not None
    known = [
        np.repeat(np.array(values)[:, None], 4, 1) for values in ([0.9, 0.2, 0.2, 0.4, 0.4, 0.6], [0.7] + [0.1] * 5)
    ]
    made.traces = tuple(  # type: ignore[misc,assignment]
        traces._replace(gates={"input gate": gate}) for traces, gate in zip(made.traces, known, strict=True)
    )
    found = gates.draw(made)
    for text in (found.caption, found.alt):
        assert "input gate 0.80 at step 1, 0.20 between, 0.35 at the last step." in text
