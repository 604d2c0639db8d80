"""The expected running time and its interval, by hand, by restarting, and against scipy's bootstrap."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from lagrun.analysis import statistics
from lagrun.analysis.statistics import running_time
from tests.analysis.statistics.runs import INF, RUNS, arrays


def test_ert_by_hand() -> None:
    spent, solved = np.array([100, 300, 1000, 600]), np.array([True, True, False, False])
    assert statistics.ert(spent, solved) == 1000  # (100 + 300 + 1000 + 600) / 2: budgets of unsolved runs are paid for
    assert statistics.ert(spent, np.zeros(4, bool)) == INF
    assert math.isnan(statistics.ert(np.array([]), np.array([], bool)))


def test_ert_is_the_cost_of_restarting_until_there_is_a_solution() -> None:
    # Solved after 10 sequences with probability 1/4, else given up after 100: 3 failures of 100 in the mean, then 10.
    rng = np.random.default_rng(0)
    costs = []
    for _ in range(20_000):
        cost = 0
        while rng.random() >= 0.25:
            cost += 100
        costs.append(cost + 10)
    spent, solved = np.array([10, 100, 100, 100]), np.array([True, False, False, False])
    assert statistics.ert(spent, solved) == 310
    assert np.mean(costs) == pytest.approx(310, rel=0.03)


def test_interval_of_ert_without_a_solution_is_a_lower_bound() -> None:
    # No success in 3,000 sequences: fewer than 2.996 are expected with 95% confidence, as exp(-2.996) = 0.05.
    low, high = statistics.ert_interval(np.full(3, 1000), np.zeros(3, bool))
    assert low == pytest.approx(3000 / 2.996, rel=1e-3)
    assert high == INF


def test_interval_of_ert_where_samples_may_lack_a_solution() -> None:
    spent, solved = np.array([100, *[1000] * 9]), np.array([True, *[False] * 9])
    low, high = statistics.ert_interval(spent, solved)
    assert high == INF  # without the one in (9/10)^10 = 35% of the samples
    # P(4 or more times among ten) = 1.3%, P(3 or more) = 7%: the 2.5% quantile is at three
    assert low == (3 * 100 + 7 * 1000) / 3


def test_interval_of_ert_is_nothing_for_few_runs() -> None:
    solved = np.ones(5, bool)
    assert all(map(math.isnan, statistics.ert_interval(np.arange(5), solved)))
    assert all(map(math.isnan, statistics.ert_interval(np.array([]), np.array([], bool))))
    assert statistics.ert_interval(np.full(6, 7), np.ones(6, bool)) == (7, 7)


def test_interval_of_ert_is_scipys_bootstrap_but_for_chance() -> None:
    spent = np.random.default_rng(3).exponential(1000, 30).round()
    expected = stats.bootstrap((spent,), np.mean, n_resamples=20_000, method="percentile", rng=1).confidence_interval
    assert statistics.ert_interval(spent, np.ones(30, bool)) == pytest.approx(tuple(expected), rel=0.02)


@given(RUNS, st.randoms())
@settings(deadline=None, max_examples=50)
def test_interval_of_ert_holds_it_whatever_the_order(runs: list[int | None], random: object) -> None:
    sequences, spent = arrays(runs)
    low, high = statistics.ert_interval(spent, np.isfinite(sequences))
    if not math.isnan(low):
        assert low <= statistics.ert(spent, np.isfinite(sequences)) <= high
    random.shuffle(runs)  # type: ignore[attr-defined]
    sequences, spent = arrays(runs)
    again = statistics.ert_interval(spent, np.isfinite(sequences))
    assert again == (low, high) or math.isnan(low)


def test_interval_of_ert_does_not_depend_on_the_size_of_its_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    spent = np.arange(1, 21)
    found = statistics.ert_interval(spent, spent < 15)
    monkeypatch.setattr(running_time, "CHUNK", 777)
    assert statistics.ert_interval(spent, spent < 15) == found


@pytest.mark.slow
@pytest.mark.parametrize(("n", "share"), [(10, 0.7), (30, 0.7), (30, 1), (100, 0.4)])
def test_interval_of_ert_holds_the_truth_nearly_as_often(n: int, share: float) -> None:
    """Exponential times with a budget that a share is within; the ERT then is 1, as the exponential has no memory."""
    rng, held = np.random.default_rng(0), 0
    budget = INF if share == 1 else -math.log(1 - share)
    for _ in range(400):
        times = rng.exponential(size=n)
        low, high = statistics.ert_interval(np.minimum(times, budget), times <= budget)
        held += low <= 1 <= high
    assert 0.88 < held / 400 < 0.98  # .91 to .94 where this was written
