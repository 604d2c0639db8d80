import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lagrun.criteria.rolling_accuracy import RollingAccuracy


def solved_at(criterion: RollingAccuracy, right: list[bool]) -> int | None:
    state = criterion.init(1)
    for sequence, one in enumerate(right, 1):
        if criterion.update(state, sequence, np.array([one]))[0]:
            return sequence
    return None


@given(
    right=st.lists(st.booleans(), min_size=1, max_size=60),
    window=st.integers(1, 20),
    threshold=st.sampled_from([0.05, 0.5, 0.9, 0.95, 1.0]),
    check_every=st.integers(1, 7),
)
def test_agrees_with_the_definition(right: list[bool], window: int, threshold: float, check_every: int) -> None:
    expected = None
    for n in range(1, len(right) + 1):
        if n >= window and n % check_every == 0 and np.mean(right[n - window : n]) >= threshold:
            expected = n
            break
    assert solved_at(RollingAccuracy(window, threshold, check_every), right) == expected


@pytest.mark.parametrize(("n_right", "solved"), [(18, None), (19, 20), (20, 20)])
def test_just_below_at_and_above_the_threshold(n_right: int, solved: int | None) -> None:
    right = [False] * (20 - n_right) + [True] * n_right
    assert solved_at(RollingAccuracy(20, 0.95, 1), right) == solved


def test_the_defaults_need_244_of_256_and_a_full_window() -> None:
    criterion = RollingAccuracy(256, 0.95, 1)
    assert solved_at(criterion, [True] * 255) is None
    assert solved_at(criterion, [True] * 256) == 256
    assert solved_at(criterion, [False] * 13 + [True] * 243) is None
    assert solved_at(criterion, [False] * 12 + [True] * 244) == 256


def test_rolling_accuracy_while_the_window_fills_and_after() -> None:
    criterion = RollingAccuracy(4, 1.0, 1)
    state = criterion.init(2)
    seen = []
    for sequence, right in enumerate(([1, 0], [1, 0], [0, 1], [1, 1], [1, 1], [1, 1]), 1):
        criterion.update(state, sequence, np.array(right, bool))
        seen.append(criterion.rolling_accuracy(state, sequence).tolist())
    assert seen == [[1, 0], [1, 0], [2 / 3, 1 / 3], [0.75, 0.5], [0.75, 0.75], [0.75, 1.0]]
