"""Flags and overrides in any order are put in the order that Hydra takes."""

import pytest

from lagrun.checks import ConfigError
from lagrun.cli.arguments import arrange


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


def test_a_sweep_file_implies_multirun() -> None:
    assert arrange(["-cn", "table2", "budget=7"]) == ["-cn", "table2", "--multirun", "budget=7"]
    assert arrange(["-cn", "table2", "-m"]) == ["-cn", "table2", "-m"]
    assert arrange(["-cn", "table2", "--cfg", "job"]) == ["-cn", "table2", "--cfg", "job"]
    assert arrange(["-cn", "config", "budget=7"]) == ["-cn", "config", "budget=7"]
