"""When a net is solved: by the definitions, at the edges of the thresholds, and while the window fills."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lagrun.checks import FieldError
from lagrun.criteria.max_abs_error import MaxAbsError
from lagrun.criteria.rolling_accuracy import RollingAccuracy


class Untested:
    """A criterion that is given this must not test frozen weights."""

    def passes(self, threshold: float, place: str, n_sequences: int) -> np.ndarray:
        raise AssertionError


def solved_at(criterion: RollingAccuracy, right: list[bool]) -> int | None:
    state = criterion.init(1)
    for sequence, one in enumerate(right, 1):
        if criterion.update(state, sequence, np.array([one]), Untested())[0]:
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
    assert solved_at(RollingAccuracy(window, threshold, check_every, None), right) == expected


@pytest.mark.parametrize(("n_right", "solved"), [(18, None), (19, 20), (20, 20)])
def test_just_below_at_and_above_the_threshold(n_right: int, solved: int | None) -> None:
    right = [False] * (20 - n_right) + [True] * n_right
    assert solved_at(RollingAccuracy(20, 0.95, 1, None), right) == solved


def test_the_defaults_need_244_of_256_and_a_full_window() -> None:
    criterion = RollingAccuracy(256, 0.95, 1, None)
    assert solved_at(criterion, [True] * 255) is None
    assert solved_at(criterion, [True] * 256) == 256
    assert solved_at(criterion, [False] * 13 + [True] * 243) is None
    assert solved_at(criterion, [False] * 12 + [True] * 244) == 256


@pytest.mark.parametrize(
    "criterion", [RollingAccuracy(4, 1.0, 1, None), MaxAbsError(0.25, "end", 1, 100, window=4)], ids=str
)
def test_rolling_accuracy_while_the_window_fills_and_after(criterion: RollingAccuracy | MaxAbsError) -> None:
    state = criterion.init(2)
    seen = []
    for sequence, right in enumerate(([1, 0], [1, 0], [0, 1], [1, 1], [1, 1], [1, 1]), 1):
        criterion.update(state, sequence, np.array(right, bool), Untested())
        seen.append(criterion.rolling_accuracy(state, sequence).tolist())
    assert seen == [[1, 0], [1, 0], [2 / 3, 1 / 3], [0.75, 0.5], [0.75, 0.75], [0.75, 1.0]]


@pytest.mark.parametrize(
    "criterion", [RollingAccuracy(4, 1.0, 50, None), MaxAbsError(0.25, "end", 1, 50, window=4)], ids=str
)
def test_rolling_accuracy_after_several_at_once(criterion: RollingAccuracy | MaxAbsError) -> None:
    state, done = criterion.init(1), 0
    seen = []
    for right in ([False], [True, False], [True, True, True], [True]):
        assert criterion.update_several(state, done, np.array(right), Untested()) == (len(right), False)
        done += len(right)
        seen.append(criterion.rolling_accuracy(state, done).tolist())
    assert seen == [[0], [1 / 3], [0.75], [1]]


class Scripted:
    """Passes as it is told; notes what it was asked."""

    def __init__(self, answer: list[bool]) -> None:
        self.answer, self.asked = answer, list[tuple[float, str, int]]()

    def passes(self, threshold: float, place: str, n_sequences: int) -> np.ndarray:
        self.asked.append((threshold, place, n_sequences))
        return np.array(self.answer)


def test_max_abs_error_tests_at_every_multiple_of_check_every() -> None:
    criterion = MaxAbsError(0.25, "end", 77, check_every=5, window=2)
    state, frozen = criterion.init(2), Scripted([False, True])
    solved = [criterion.update(state, n, np.array([n > 9, True]), frozen).tolist() for n in range(1, 11)]
    assert solved == [[False, n in (5, 10)] for n in range(1, 11)]
    assert frozen.asked == [(0.25, "end", 77)] * 2
    assert criterion.rolling_accuracy(state, 10).tolist() == [0.5, 1.0]


@pytest.mark.parametrize("made", [RollingAccuracy(1, 0.5, 1, None), MaxAbsError(0.5, "end", 1, 1, 1)], ids=str)
def test_thresholds_at_the_edge_of_what_is_allowed(made: RollingAccuracy | MaxAbsError) -> None:
    for threshold in (5e-324, 1.0):
        assert replace(made, threshold=threshold).threshold == threshold
    for threshold in (-5e-324, 0.0, np.nextafter(1, 2), np.inf):
        with pytest.raises(FieldError, match=r"threshold=.*: must be a number in \(0, 1\]"):
            replace(made, threshold=threshold)


@pytest.mark.parametrize(
    ("field", "value"), [("threshold", 0.0), ("threshold", np.nan), ("place", "start"), ("n_sequences", 0)]
)
def test_max_abs_error_refuses(field: str, value: float) -> None:
    fields = {"threshold": 0.25, "place": "end", "n_sequences": 1, "check_every": 1, "window": 1} | {field: value}
    with pytest.raises(FieldError) as error:
        MaxAbsError(**fields)  # type: ignore[arg-type]
    assert error.value.field == field


@pytest.mark.parametrize("n", [0, -1])
def test_confirming_on_nothing_is_refused(n: int) -> None:
    with pytest.raises(FieldError, match=f"confirm={n}: must be null or an integer >= 1"):
        RollingAccuracy(1, 0.5, 1, n)
