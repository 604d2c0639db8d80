"""The median of censored runs and its interval, against scipy, by hand, and in how many cases it holds the truth."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from lagrun.analysis import statistics
from tests.analysis.statistics.runs import INF, RUNS, arrays


@pytest.mark.parametrize(
    ("sequences", "median"),
    [([1, 2, 3], 2), ([1, 3], 2), ([1, INF, INF], INF), ([1, 2, INF, INF], INF), ([1, 2, 3, INF], 2.5)],
)
def test_censored_median(sequences: list[float], median: float) -> None:
    assert statistics.censored_median(np.array(sequences)) == median


@pytest.mark.parametrize(
    ("n", "rank"), [*((n, 0) for n in range(6)), (6, 1), (8, 1), (9, 2), (10, 2), (18, 5), (20, 6), (30, 10)]
)
def test_ranks_of_the_median(n: int, rank: int) -> None:
    # n = 10: P(X < 2) = 11/1024 = 1.07%, P(X < 3) = 56/1024 = 5.5%, so the second and the ninth
    assert statistics.median_rank(n) == rank


def test_ranks_are_those_of_the_binomial_distribution() -> None:
    for n in (*range(6, 200), 1000, 10_000):
        rank = statistics.median_rank(n)
        assert stats.binom.cdf(rank - 1, n, 0.5) <= 0.025 < stats.binom.cdf(rank, n, 0.5)


def test_interval_of_the_median_by_hand() -> None:
    ten = np.array([70, INF, 10, 20, INF, 30, 40, 50, 60, INF])
    assert statistics.median_interval(ten) == (20, INF)  # the second smallest and the second largest
    assert statistics.median_interval(np.arange(18)) == (4, 13)
    assert statistics.median_interval(np.full(6, INF)) == (INF, INF)
    assert all(map(math.isnan, statistics.median_interval(np.arange(5))))


@given(st.lists(st.integers(0, 50), min_size=6, max_size=60))
@settings(deadline=None)
def test_interval_of_the_median_is_scipys(values: list[int]) -> None:
    expected = stats.quantile_test(np.array(values), p=0.5).confidence_interval(0.95)
    assert statistics.median_interval(np.array(values, float)) == (expected.low, expected.high)


@given(RUNS, st.randoms())
def test_interval_of_the_median_holds_it_whatever_the_order(runs: list[int | None], random: object) -> None:
    sequences, _ = arrays(runs)
    low, high = statistics.median_interval(sequences)
    assert math.isnan(low) == (len(runs) < 6)
    if len(runs) >= 6:
        assert low <= statistics.censored_median(sequences) <= high
        random.shuffle(runs)  # type: ignore[attr-defined]
        assert statistics.median_interval(arrays(runs)[0]) == (low, high)


def test_solved_only() -> None:
    assert statistics.solved_only(np.array([3, np.inf, 1])).tolist() == [3, 1]


def test_the_median_of_the_solved_is_biased_low() -> None:
    # Exponential times of mean 1 and a budget of 1. Median over all: ln 2 = 0.693. Over those within the budget, the m
    # with 1 - exp(-m) = (1 - exp(-1)) / 2, m = 0.380; at N = 18 it is 0.387 in the mean.
    times = np.random.default_rng(0).exponential(size=(4000, 18))
    times[times > 1] = INF
    solved = [np.median(statistics.solved_only(row)) for row in times if np.isfinite(row).any()]
    assert np.mean(solved) == pytest.approx(0.387, abs=0.01)
    assert np.median([statistics.censored_median(row) for row in times]) == pytest.approx(math.log(2), abs=0.02)


@pytest.mark.slow
@pytest.mark.parametrize("share", [0.45, 0.6, 1])
@pytest.mark.parametrize("check_every", [0, 0.3])
def test_interval_of_the_median_holds_the_truth(share: float, check_every: float) -> None:
    """Exponential times, of which a share is within the budget; with coarse checks, many are equal."""
    rng, median = np.random.default_rng(0), math.log(2)
    for n in (10, 18, 30):
        times = rng.exponential(size=(4000, n))
        if check_every:
            times, median = (
                np.ceil(times / check_every) * check_every,
                math.ceil(math.log(2) / check_every) * check_every,
            )
        budget = INF if share == 1 else -math.log(1 - share)
        times[times > budget] = INF
        truth = median if median <= budget else INF
        intervals = np.array([statistics.median_interval(row) for row in times])
        held = (intervals[:, 0] <= truth) & (truth <= intervals[:, 1])
        assert held.mean() > 0.945, n
