"""Solved k of N: Wilson's interval against scipy, by hand, and in how many cases it holds the truth."""

from collections.abc import Callable
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from lagrun.analysis import statistics


@pytest.mark.parametrize(
    ("k", "n", "low", "high"),
    [
        (18, 18, 0.824, 1),
        (14, 18, 0.548, 0.910),
        (10, 18, 0.337, 0.754),
        (6, 18, 0.163, 0.563),
        (4, 18, 0.090, 0.452),
        (0, 18, 0, 0.176),
        (30, 30, 0.886, 1),
        (10, 10, 0.722, 1),
    ],
)
def test_wilson_of_the_usual_sizes(k: int, n: int, low: float, high: float) -> None:
    assert statistics.wilson(k, n) == pytest.approx((low, high), abs=5e-4)


def test_wilson_by_hand() -> None:
    # n = 4, k = 2, z = 1.96: z^2 = 3.8416, centre 1/2, half = sqrt(1/4 * z^2/4 + z^4/64) / (1 + z^2/4)
    # = sqrt(0.2401 + 0.230592) / 1.9604 = 0.349960
    assert statistics.wilson(2, 4) == pytest.approx((0.15004, 0.84996), abs=1e-4)


def test_wilson_is_scipys() -> None:
    for n in range(1, 41):
        for k, level in product(range(n + 1), (0.5, 0.95, 0.99)):
            expected = stats.binomtest(k, n).proportion_ci(level, method="wilson")
            assert statistics.wilson(k, n, level) == pytest.approx(tuple(expected), abs=1e-12)


@given(st.integers(1, 300), st.data())
def test_wilson_holds_the_share_mirrors_and_grows(n: int, data: st.DataObject) -> None:
    k = data.draw(st.integers(0, n - 1))
    low, high = statistics.wilson(k, n)
    assert 0 <= low <= k / n <= high <= 1
    assert statistics.wilson(n - k, n) == pytest.approx((1 - high, 1 - low), abs=1e-12)
    more = statistics.wilson(k + 1, n)
    assert more[0] > low
    assert more[1] > high
    wider = statistics.wilson(k, n, 0.99)
    assert wider[0] <= low
    assert wider[1] >= high


def test_wilson_touches_the_ends_exactly_where_all_runs_agree() -> None:
    for n in range(1, 200):
        assert statistics.wilson(0, n)[0] == 0.0
        assert statistics.wilson(n, n)[1] == 1.0


def test_bounds_for_runs_without_an_outcome() -> None:
    assert statistics.solved_bounds(27, 28, 2) == (27 / 30, 29 / 30)  # both of the two unsolved, or both solved
    assert statistics.solved_bounds(3, 4, 0) == (0.75, 0.75)
    assert statistics.solved_bounds(0, 0, 5) == (0, 1)


@pytest.mark.parametrize(
    "call",
    [
        lambda: statistics.wilson(3, 2),
        lambda: statistics.wilson(-1, 2),
        lambda: statistics.solved_bounds(3, 2, 0),
        lambda: statistics.solved_bounds(1, 2, -1),
    ],
)
def test_impossible_counts_are_refused(call: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match="must be 0 <= k <= n"):
        call()


@pytest.mark.slow
def test_wilson_holds_the_truth_in_95_percent_of_all_cases() -> None:
    for n in (10, 18, 30):
        intervals = np.array([statistics.wilson(k, n) for k in range(n + 1)])
        coverage = []
        for q in np.linspace(0.05, 0.95, 181):
            held = (intervals[:, 0] <= q) & (q <= intervals[:, 1])
            coverage.append(stats.binom.pmf(np.arange(n + 1), n, q)[held].sum())
        assert np.mean(coverage) == pytest.approx(0.95, abs=0.01), n
        assert min(coverage) > 0.83, n
