import math
from collections.abc import Callable
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from lagrun.analysis import statistics
from lagrun.analysis.statistics import pairs, running_time

INF = math.inf

#: Runs of a cell: sequences to the solution, or None where there is none within 1,000.
RUNS = st.lists(st.one_of(st.none(), st.integers(1, 1000)), min_size=1, max_size=40)


def arrays(runs: list[int | None]) -> tuple[np.ndarray, np.ndarray]:
    """Sequences to the solution, and those spent."""
    return np.array([INF if t is None else t for t in runs]), np.array([1000 if t is None else t for t in runs])


# --- solved k/N


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


# --- the median


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


# --- expected running time


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


# --- two cells


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


# --- how often the intervals hold the truth


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
