"""The stored learning curve of a run, read back."""

from __future__ import annotations

import numpy as np
import pytest

from lagrun.interfaces.run_result import CURVE_COLUMNS
from lagrun.storage import files
from lagrun.storage.learning_curve import read_curve


def test_a_curve_is_read_as_it_was_written(tmp_path):
    rows = np.array([[1, 0.5, 0.25, 0.125, 3.0, 0.1, 1e-9], [10, 1.0, 1.0, 1.0, 1 / 3, 0.0, 2.0]])
    files.write_curve(tmp_path / files.CURVE, CURVE_COLUMNS, rows)
    curve = read_curve(tmp_path)
    assert list(curve) == list(CURVE_COLUMNS)
    np.testing.assert_array_equal(curve.to_numpy(float), rows)


@pytest.mark.parametrize("damage", ["missing", "cut", "one byte", "other"])
def test_what_is_no_curve_is_empty(tmp_path, damage):
    path = tmp_path / files.CURVE
    files.write_curve(path, CURVE_COLUMNS, np.ones((1000, len(CURVE_COLUMNS))))
    if damage == "missing":
        path.unlink()
    elif damage == "cut":
        path.write_bytes(path.read_bytes()[:-10])
    elif damage == "one byte":
        content = bytearray(path.read_bytes())
        content[20] ^= 0xFF  # of the compressed stream: neither its head nor its end tells
        path.write_bytes(content)
    else:
        path.write_bytes(b"something else")
    curve = read_curve(tmp_path)
    assert list(curve) == list(CURVE_COLUMNS)
    assert curve.empty
