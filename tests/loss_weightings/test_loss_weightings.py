"""Which steps count, and how much, by hand."""

import numpy as np

from lagrun.interfaces import Batch
from lagrun.loss_weightings.last_step import LastStep
from lagrun.loss_weightings.uniform import Uniform

# Two sequences of length 3 and 2 (one step of padding); the first step of the second is not scored.
BATCH = Batch(
    ids=np.zeros((2, 3), np.int32),
    targets=np.zeros((2, 3), np.int32),
    scored=np.array([[True, True, True], [False, True, False]]),
    lengths=np.array([3, 2], np.int32),
)


def test_uniform_counts_every_scored_step_once() -> None:
    weights = Uniform()(BATCH, np.dtype("float32"))
    np.testing.assert_array_equal(weights, [[1, 1, 1], [0, 1, 0]])
    assert weights.dtype == np.float32


def test_last_step_multiplies_the_last_step_before_padding() -> None:
    np.testing.assert_array_equal(LastStep(100.0)(BATCH, np.dtype("float64")), [[1, 1, 100], [0, 100, 0]])
