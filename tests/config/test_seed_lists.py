"""Lists of seeds as typed: what they mean, and which are refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lagrun.checks import ConfigError
from lagrun.config.seed_lists import expand_seed_overrides, expand_seeds


@pytest.mark.parametrize(
    ("text", "seeds"),
    [
        ("7", [7]),
        ("0", [0]),
        ("0-3", [0, 1, 2, 3]),
        ("5-5", [5]),
        ("0-2,20,25-26", [0, 1, 2, 20, 25, 26]),
        ("range(0,3)", [0, 1, 2]),
        ("range(0,10,4),20", [0, 4, 8, 20]),
        (str(2**63), [2**63]),
    ],
)
def test_seed_syntax(text: str, seeds: list[int]) -> None:
    assert expand_seeds(text) == seeds


@pytest.mark.parametrize(
    "text", ["", "-1", "9-2", "1,1", "0-3,2", "a", "1.5", "range(3,0)", "range(-2,3)", "[1,2]", "1,"]
)
def test_bad_seeds_are_refused_by_name(text: str) -> None:
    with pytest.raises(ConfigError, match=r"^seed=") as error:
        expand_seeds(text)
    assert "\n" not in str(error.value)


@given(st.lists(st.integers(0, 10**6), min_size=1, unique=True))
def test_any_list_of_seeds_comes_back(seeds: list[int]) -> None:
    assert expand_seeds(",".join(map(str, seeds))) == seeds


@pytest.mark.parametrize("text", ["${oc.env:SEED}", " ${oc.env:SEED,5} ", "${oc.env:SEED,${oc.env:OTHER,3}}"])
def test_one_interpolation_is_left_to_hydra(text: str) -> None:
    assert expand_seeds(text) == [text.strip()]
    assert expand_seed_overrides([f"++seed={text}"]) == [f"seed={text.strip()}"]


@pytest.mark.parametrize(
    "text", ["${a},${b}", "${a},1", "${oc.env:SEED},1", "${a", "range(010,012)", "range(0,05)", "0-010", "00"]
)
def test_interpolations_among_seeds_and_numbers_that_some_read_otherwise_are_refused(text: str) -> None:
    with pytest.raises(ConfigError, match=r"^seed="):
        expand_seeds(text)
