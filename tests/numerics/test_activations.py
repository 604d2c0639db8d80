"""Activations by the paper's formulas, their slopes by central differences, and their ends."""

import numpy as np
import pytest

from lagrun.numerics.activations import SQUASHERS

X = np.linspace(-6, 6, 49)


def test_values_by_the_papers_formulas() -> None:
    f = 1 / (1 + np.exp(-X))
    expected = {"identity": X, "logistic": f, "logistic_1": 2 * f - 1, "logistic_2": 4 * f - 2, "tanh": np.tanh(X)}
    assert set(expected) == set(SQUASHERS)
    for name, values in expected.items():
        np.testing.assert_allclose(SQUASHERS[name](X), values, rtol=1e-13, atol=1e-15)
        out = np.empty_like(X)
        assert SQUASHERS[name](X, out) is out
        np.testing.assert_array_equal(out, SQUASHERS[name](X))


@pytest.mark.parametrize("name", SQUASHERS)
def test_slopes_by_central_differences(name: str) -> None:
    squash = SQUASHERS[name]
    numeric = (squash(X + 1e-6) - squash(X - 1e-6)) / 2e-6
    np.testing.assert_allclose(squash.slope(squash(X)), numeric, atol=1e-9)


@pytest.mark.parametrize("name", sorted(set(SQUASHERS) - {"identity"}))
def test_huge_values_saturate(name: str) -> None:
    squash = SQUASHERS[name]
    ends = squash(np.array([-1e300, 1e300]))
    np.testing.assert_array_equal(ends, [squash.offset - squash.amplitude, squash.offset + squash.amplitude])
    np.testing.assert_array_equal(squash.slope(ends), [0, 0])
