"""Predictions that are taken into the window together count as one after the other."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lagrun.numerics import rolling_window


@given(st.lists(st.booleans(), max_size=40), st.lists(st.booleans(), min_size=1, max_size=40), st.integers(1, 12))
def test_several_at_once_are_as_one_after_the_other(before: list[bool], then: list[bool], window: int) -> None:
    one_by_one, at_once = rolling_window.start(1, window), rolling_window.start(1, window)
    for sequence, right in enumerate(before, 1):
        for state in (one_by_one, at_once):
            rolling_window.push(state, sequence, np.array([right]))
    expected = []
    for sequence, right in enumerate(then, len(before) + 1):
        rolling_window.push(one_by_one, sequence, np.array([right]))
        expected.append(rolling_window.share(one_by_one, sequence)[0])
    assert rolling_window.shares(at_once, len(before), np.array(then)).tolist() == expected
    rolling_window.push_several(at_once, len(before), np.array(then))
    for name, array in one_by_one.items():
        np.testing.assert_array_equal(at_once[name], array)
