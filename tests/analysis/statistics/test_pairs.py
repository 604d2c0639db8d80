"""Two cells beside each other: Boschloo, log-rank, the share that is faster, and Holm, against programs and by hand."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from lagrun.analysis.statistics import pairs
from tests.analysis.statistics.runs import INF, RUNS, arrays


@pytest.mark.parametrize(("k_a", "n_a", "k_b", "n_b"), [(18, 18, 12, 18), (10, 18, 4, 18), (26, 30, 20, 30)])
def test_boschloo_is_sharper_than_fisher_at_equal_n_and_takes_no_sides(k_a: int, n_a: int, k_b: int, n_b: int) -> None:
    table = [[k_a, k_b], [n_a - k_a, n_b - k_b]]
    p = pairs.success_p(k_a, n_a, k_b, n_b)
    assert p == pytest.approx(stats.boschloo_exact(table).pvalue, rel=1e-3)
    assert p < stats.fisher_exact(table).pvalue
    assert p == pairs.success_p(k_b, n_b, k_a, n_a)
    assert p == pytest.approx(pairs.success_p(n_a - k_a, n_a, n_b - k_b, n_b), rel=1e-3)


def test_boschloo_is_twice_the_smaller_one_sided_p_and_may_be_above_fishers() -> None:
    table = [[15, 30], [3, 0]]
    p = pairs.success_p(15, 18, 30, 30)
    assert p == pytest.approx(2 * stats.boschloo_exact(table, alternative="less").pvalue)
    assert (f"{p:.4f}", f"{stats.fisher_exact(table).pvalue:.4f}") == ("0.0540", "0.0472")


def test_boschloo_by_hand() -> None:
    # 3/3 against 0/3: the most extreme table. One-sided, its probability is q^3 (1 - q)^3, at most 1/64 at q = 1/2.
    assert pairs.success_p(3, 3, 0, 3) == pytest.approx(2 / 64, rel=1e-6)


def test_boschloo_where_there_is_nothing_to_tell() -> None:
    assert pairs.success_p(0, 9, 0, 5) == 1
    assert pairs.success_p(9, 9, 5, 5) == 1
    assert math.isnan(pairs.success_p(0, 0, 1, 3))


@pytest.mark.slow
def test_boschloo_keeps_its_level() -> None:
    n = 12
    p = np.array([[pairs.success_p(k_a, n, k_b, n) for k_b in range(n + 1)] for k_a in range(n + 1)])
    for q in np.linspace(0.02, 0.98, 49):
        chance = stats.binom.pmf(np.arange(n + 1), n, q)
        assert (np.outer(chance, chance) * (p <= 0.05)).sum() <= 0.0501


def test_logrank_by_hand() -> None:
    # a is solved at 1 and 2, b at 3 and never (budget 4).
    # t  at risk (a)  expected of a  variance
    # 1  4 (2)        1/2            1/2 * 1/2            = 1/4
    # 2  3 (1)        1/3            1/3 * 2/3            = 2/9
    # 3  2 (0)        0              0
    # z = (2 - 5/6) / sqrt(17/36) = 7 / sqrt(17) = 1.69775
    z, p = pairs.time_test(np.array([1, 2.0]), np.array([3, INF]), 4)
    assert z == pytest.approx(7 / math.sqrt(17))
    assert p == pytest.approx(math.erfc(7 / math.sqrt(34)))


def test_logrank_of_all_against_none() -> None:
    # At the i-th of 18 events 18 - i + 1 of a and 18 of b are at risk; a's share q adds q to the expected number and
    # q (1 - q) to the variance. z = (18 - sum q) / sqrt(sum q (1 - q)) = 6.4485.
    q = np.arange(18, 0, -1) / np.arange(36, 18, -1)
    z, p = (18 - q.sum()) / math.sqrt((q * (1 - q)).sum()), 1.1296e-10
    every, none = np.arange(1.0, 19), np.full(18, INF)
    assert pairs.time_test(every, none, 100) == pytest.approx((z, p), rel=1e-3)
    assert pairs.time_test(none, every, 100) == pytest.approx((-z, p), rel=1e-3)
    assert z == pytest.approx(6.4485, abs=1e-4)


def test_logrank_where_there_is_nothing_to_tell() -> None:
    nothing = np.full(3, INF)
    for a, b in [(nothing, nothing), (np.array([]), np.arange(3.0)), (np.full(3, 5.0), np.full(2, 5.0))]:
        assert all(map(math.isnan, pairs.time_test(a, b, 10)))


@given(RUNS, RUNS)
@settings(deadline=None)
def test_logrank_takes_no_sides(runs_a: list[int | None], runs_b: list[int | None]) -> None:
    a, b = arrays(runs_a)[0], arrays(runs_b)[0]
    z, p = pairs.time_test(a, b, 1000)
    assert pairs.time_test(b, a, 1000) == pytest.approx((-z, p), nan_ok=True)
    assert pairs.time_test(a[::-1], b, 2000) == pytest.approx((z, p), nan_ok=True)  # only the order of times counts


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # its own, of pandas
def test_against_lifelines() -> None:
    lifelines = pytest.importorskip("lifelines")
    rng = np.random.default_rng(5)
    for n_a, n_b in [(10, 30), (18, 18), (6, 7)]:
        a, b = rng.geometric(0.02, n_a).astype(float), rng.geometric(0.01, n_b).astype(float)
        a[a > 70], b[b > 70] = INF, INF
        test = lifelines.statistics.logrank_test(np.minimum(a, 70), np.minimum(b, 70), a <= 70, b <= 70)
        z, p = pairs.time_test(a, b, 70)
        assert z**2 == pytest.approx(test.test_statistic)
        assert p == pytest.approx(test.p_value)
        fitted = lifelines.KaplanMeierFitter().fit(np.minimum(a, 70), a <= 70)
        survival = fitted.survival_function_at_times([20, 50, 69]).to_numpy()
        assert survival == pytest.approx([np.mean(a > t) for t in (20, 50, 69)])  # with one budget, just the share


def test_faster_by_hand() -> None:
    # of the six pairs 1 < 2, 1 < inf, inf = inf (half), inf > 2, 2 = 2 (half), 2 < inf
    assert pairs.faster(np.array([1, INF, 2]), np.array([2, INF])) == 4 / 6
    assert math.isnan(pairs.faster(np.array([]), np.array([1.0])))


@given(RUNS, RUNS)
@settings(deadline=None)
def test_faster_is_mann_and_whitneys_u(runs_a: list[int | None], runs_b: list[int | None]) -> None:
    a, b = arrays(runs_a)[0], arrays(runs_b)[0]
    found = pairs.faster(a, b)
    u = stats.mannwhitneyu(b, a, method="asymptotic").statistic if len({*a, *b}) > 1 else len(a) * len(b) / 2
    assert found == pytest.approx(u / (len(a) * len(b)))
    assert pairs.faster(b, a) == pytest.approx(1 - found)


def test_holm_by_hand() -> None:
    # sorted .01, .02, .03, .04 times 4, 3, 2, 1 is .04, .06, .06, .04; never below the one before
    assert pairs.holm(np.array([0.04, 0.01, 0.03, 0.02])) == pytest.approx([0.06, 0.04, 0.06, 0.06])
    assert pairs.holm(np.array([math.nan, 0.01, 0.6])) == pytest.approx([math.nan, 0.02, 0.6], nan_ok=True)
    assert pairs.holm(np.array([0.6, 0.9])).tolist() == [1, 1]
    assert pairs.holm(np.array([])).tolist() == []


@given(st.lists(st.floats(0, 1), max_size=12))
def test_holm_lies_between_no_adjustment_and_bonferroni(values: list[float]) -> None:
    p = np.array(values)
    adjusted = pairs.holm(p)
    assert np.all(p <= adjusted)
    assert np.all(adjusted <= np.minimum(1, p * len(p)) + 1e-15)
    order = np.argsort(p)
    assert np.all(np.diff(adjusted[order]) >= 0)
