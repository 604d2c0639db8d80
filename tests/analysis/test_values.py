"""Values of the configuration as texts: different ones look different, and what is typed finds its value."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lagrun.analysis.values import identified, is_typed, short_names, value_text, value_texts

INTEGERS = st.integers(-(10**6), 10**6)
FLOATS = st.floats(allow_nan=False, allow_infinity=True)
PAIRS = st.tuples(INTEGERS, INTEGERS) | st.tuples(FLOATS, FLOATS)


def are_same(one: float, other: float) -> bool:
    return bool(one == other and np.signbit(one) == np.signbit(other))


@given(PAIRS)
@example((np.inf, np.inf))
@example((-np.inf, np.inf))
@example((np.inf, sys.float_info.max))
@example((0.0, -0.0))
def test_two_numbers_of_one_type_look_alike_if_they_are_the_same_and_only_then(pair: tuple[float, float]) -> None:
    assert (value_text(pair[0]) == value_text(pair[1])) == are_same(*pair)


@given(INTEGERS, FLOATS)
@example(10**6, 1e6)
@example(0, -0.0)
@example(1, np.inf)
def test_an_integer_looks_like_no_other_float(integer: int, number: float) -> None:
    assert value_text(integer) != value_text(number) or are_same(integer, number)


@given(INTEGERS | FLOATS)
@example(np.inf)
@example(-np.inf)
def test_a_number_is_found_by_what_is_shown_of_it(number: float) -> None:
    assert is_typed(value_text(number), number)


@pytest.mark.parametrize(
    ("text", "value", "found"),
    [
        ("1.0", 1, True),
        ("1", 1.0, True),
        ("1e0", 1, True),
        ("1_000", 1000, True),
        ("0.1", 0.1000001, False),
        ("0.1000001", 0.1000001, True),
        ("010", 10, False),
        ("null", None, True),
        ("null", float("nan"), True),
        ("null", 0.0, False),
        ("true", True, True),
        ("1", True, False),
        ("true", 1, False),
        ("random", "random", True),
        ("1", "1", True),
        ("[1,2]", "[1, 2]", True),
        ("x", 1, False),
        ("1E0", 1, True),
        ("inf", np.inf, True),
        ("-inf", np.inf, False),
        ("inf", 10**6, False),
        ("a b", "ab", False),
        ("", None, True),
        ("", 0, False),
    ],
)
def test_what_is_typed_finds_its_value(text: str, value: Any, found: bool) -> None:
    assert is_typed(text, value) is found


def test_a_missing_value_is_null_where_the_option_has_such_a_key() -> None:
    cells: list[dict[str, Any]] = [
        {"optimiser": "sgd", "optimiser.clip_norm": 1.0, "task.q": None, "name": None},
        {"optimiser": "sgd", "optimiser.clip_norm": None, "task.q": None, "name": "A"},
        {"optimiser": "adam", "optimiser.clip_norm": float("nan"), "task.q": None, "name": "A"},
    ]
    shown = value_texts(cells)
    assert [cell["optimiser.clip_norm"] for cell in shown] == ["1", "null", ""]
    assert [cell["task.q"] for cell in shown] == ["", "", ""]
    assert [cell["name"] for cell in shown] == ["", "A", "A"]
    without_the_option = [{key: value for key, value in cell.items() if key != "optimiser"} for cell in cells[:2]]
    assert [cell["optimiser.clip_norm"] for cell in value_texts(without_the_option)] == ["1", "null"]
    assert value_texts([]) == []


def test_values_are_the_same_or_not() -> None:
    assert identified(None) == identified(float("nan"))
    assert identified(True) != identified(1)
    assert identified(np.bool_(True)) == identified(True)
    assert short_names(["task.p", "model.p", "keys"]) == ["task.p", "model.p", "keys"]
    assert short_names(["task.p", "task.keys"]) == ["p", "keys"]
