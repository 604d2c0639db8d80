"""What an inspection finds in a net: how far two sequences part, and what is taken in at the key."""

from pathlib import Path

import numpy as np

from lagrun.analysis.inspection import Inspection
from tests.trained_runs import by_hand, with_snapshots


def test_the_divergence_is_a_distance_and_the_key_step_is_not_elsewhere(tmp_path: Path) -> None:
    inspection = Inspection(with_snapshots(tmp_path / "run"))
    cells, inputs, _ = by_hand(inspection.run)
    forth, back = inspection.divergence, Inspection(inspection.run)
    assert inspection.traces is not None
    assert inspection.intake is not None
    back.traces = inspection.traces[::-1]  # type: ignore[misc]
    for found in (forth, back.divergence):
        assert np.allclose(found, np.abs(cells[0, -1] - cells[1, -1]), atol=1e-9)
    _, at_key, elsewhere = inspection.intake
    assert np.allclose(at_key, inputs[:, 0], atol=1e-9)
    assert np.allclose(elsewhere, np.concatenate(inputs[:, 1:]), atol=1e-9)
