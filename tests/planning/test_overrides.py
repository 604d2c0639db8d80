import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser
from hypothesis import example, given
from hypothesis import strategies as st
from omegaconf import OmegaConf

from lagrun.checks import ConfigError
from lagrun.cli.arguments import arrange
from lagrun.config.overrides import quoted
from lagrun.config.seed_lists import expand_seed_overrides, expand_seeds
from lagrun.planning.expand import expand
from lagrun.planning.folder_names import cell_folder


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


#: Texts that are full of what Hydra's grammar and OmegaConf's take for signs of their own.
SIGNS = st.lists(
    st.one_of(
        st.sampled_from(["\\", "'", '"', "${", "}", "[", "(", ",", "=", ":", " ", "\n", "x"]), st.text(max_size=2)
    ),
    max_size=8,
).map("".join)


@given(SIGNS)
@example("\\${")
@example("\\\\${x}")
@example("'\\${'")
def test_any_quoted_text_comes_back_from_hydra(text: str) -> None:
    value = OverridesParser.create().parse_override(f"key={quoted(text)}").value()
    assert OmegaConf.create({"key": value})["key"] == text
    if "${" not in text:
        assert value == text


def test_flags_and_overrides_in_any_order() -> None:
    expected = ["-m", "model=lstm", "task.p=100", "seed=0,1,2"]
    assert arrange(["model=lstm", "task.p=100", "-m", "seed=0-2"]) == expected
    assert arrange(["-m", "model=lstm", "task.p=100", "seed=0-2"]) == expected
    assert arrange(["model=lstm", "task.p=100", "seed=0-2", "-m"]) == expected


def test_seed_given_twice_and_unknown_flags_are_refused() -> None:
    with pytest.raises(ConfigError, match="twice"):
        arrange(["seed=1", "seed=2", "-m"])
    with pytest.raises(ConfigError, match="--bogus"):
        arrange(["--bogus"])


def test_cells_are_small_grids_and_the_command_line_wins() -> None:
    cells = [{"task.p": "5,6", "budget": 9}, {"task.p": [7], "optimiser": "sgd"}]
    jobs = [job for job, _ in expand({"seed": "0-1"}, cells, ["budget=3"])]
    assert jobs[0] == ("seed=0", "task.p=5", "budget=3")
    assert len(jobs) == 6
    assert jobs[-1] == ("seed=1", "task.p=7", "optimiser=sgd", "budget=3")
    # With every key of both cells set by hand the cells are the same.
    assert len(set(expand({"seed": "0-1"}, cells, ["budget=3", "seed=4", "task.p=5", "optimiser=adam"]))) == 1


def test_cell_folders_are_safe_and_distinct() -> None:
    assert (
        cell_folder(["model=lstm", "task.p=100", "seed=3", "execution.n_jobs=2", "trusted_modules=[a]"])
        == "model=lstm,task.p=100"
    )
    assert cell_folder(["seed=3"]) == "default"
    odd = [cell_folder([text]) for text in ("+x=../../escape", "+x=.._.._escape", "x=" + "a" * 400, "x=" + "a" * 401)]
    assert len(set(odd)) == 4
    for name in odd:
        assert "/" not in name
        assert len(name) < 200


def test_a_sweep_file_implies_multirun() -> None:
    assert arrange(["-cn", "table2", "budget=7"]) == ["-cn", "table2", "--multirun", "budget=7"]
    assert arrange(["-cn", "table2", "-m"]) == ["-cn", "table2", "-m"]
    assert arrange(["-cn", "table2", "--cfg", "job"]) == ["-cn", "table2", "--cfg", "job"]
    assert arrange(["-cn", "config", "budget=7"]) == ["-cn", "config", "budget=7"]


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
