"""Names of the folders of cells and runs: safe, distinct, and Hydra's where they are made of what it knows."""

import re
from pathlib import Path
from typing import Any

import pytest
from hydra._internal.config_loader_impl import get_overrides_dirname
from hydra.core.override_parser.overrides_parser import OverridesParser
from omegaconf import OmegaConf

from lagrun.config.overrides import override_dirname
from lagrun.planning.folder_names import cell_folder
from lagrun.storage import files
from tests.conftest import Command

SMALL = ("evaluation.n_sequences=2", "budget=2", "execution.n_jobs=1")


@pytest.mark.parametrize("excluded", [[], ["seed"], ["seed", "task.p", "experiment", "trusted_modules"]])
@pytest.mark.parametrize(("kv_sep", "item_sep"), [("=", ","), ("-", "__")])
def test_a_job_is_called_as_by_hydra(excluded: list[str], kv_sep: str, item_sep: str) -> None:
    texts = ["task.p=6", "+experiment=paper_2a", "seed=3", "optimiser@optimiser=sgd", "~trusted_modules", "model=lstm"]
    hydra = ["hydra.verbose=true", "hydra/launcher=basic"]
    expected = get_overrides_dirname(OverridesParser.create().parse_overrides(texts), excluded, item_sep, kv_sep)
    settings = {"kv_sep": kv_sep, "item_sep": item_sep, "exclude_keys": excluded}
    assert override_dirname([*texts, *hydra], settings) == expected


def runs(folder: Path) -> dict[str, tuple[int, int]]:
    """Name, lag and seed of every run."""
    found = {
        str(path.parent.relative_to(folder)): files.read_result(path.parent) for path in folder.rglob(files.RESULT)
    }
    return {name: (result["config"]["task"]["p"], result["seed"]) for name, result in found.items() if result}


def job(folder: Path) -> Any:
    return OmegaConf.to_container(OmegaConf.load(folder / ".hydra" / "hydra.yaml").hydra.job)


@pytest.mark.slow
@pytest.mark.parametrize("launcher", ["lagrun", pytest.param("basic", marks=pytest.mark.slow)])
def test_numbers_of_jobs(launcher: str, command: Command, tmp_path: Path) -> None:
    words = ("hydra.sweep.subdir=${hydra.job.num}", "hydra.sweep.dir=out", f"hydra/launcher={launcher}")
    assert command(*SMALL, *words, "-m", "seed=0,1", "task.p=5,6").status == 0
    first = {"0": (5, 0), "1": (6, 0), "2": (5, 1), "3": (6, 1)}
    assert runs(tmp_path / "out") == first
    for name, (lag, seed) in first.items():
        found = job(tmp_path / "out" / name)
        assert (found["num"], found["id"]) == (int(name), name)
        assert (
            found["override_dirname"]
            == f"budget=2,evaluation.n_sequences=2,execution.n_jobs=1,seed={seed},task.p={lag}"
        )
    assert command("resume=out", "seed=0-2").status == 0
    assert runs(tmp_path / "out") == first | {"4": (5, 2), "5": (6, 2)}


@pytest.mark.parametrize("launcher", ["lagrun", pytest.param("basic", marks=pytest.mark.slow)])
def test_names_made_of_overrides(launcher: str, command: Command, tmp_path: Path) -> None:
    excluded = f"hydra.job.config.override_dirname.exclude_keys=[{','.join(key.split('=')[0] for key in SMALL)}]"
    words = ("hydra.sweep.subdir=${hydra:job.override_dirname}", "hydra.sweep.dir=out", excluded)
    assert command(*SMALL, *words, f"hydra/launcher={launcher}", "-m", "seed=0,1", "task.p=5").status == 0
    assert runs(tmp_path / "out") == {f"seed={seed},task.p=5": (5, seed) for seed in (0, 1)}
    if launcher == "lagrun":
        assert command(*SMALL, "hydra.run.dir=x/${hydra.job.override_dirname}", excluded, "task.p=5").status == 0
        assert runs(tmp_path / "x") == {"task.p=5": (5, 0)}


def test_names_that_no_file_system_takes(command: Command, tmp_path: Path) -> None:
    status, _, err = command(*SMALL, f"hydra.sweep.subdir={'a' * 256}/${{seed}}", "-m", "seed=0,1")
    assert (status, err.count("\n")) == (2, 1)
    assert re.match(r"lagrun: hydra\.sweep\.subdir: .*: a name over 255 bytes; shorten it by ", err)
    assert list(tmp_path.iterdir()) == []


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
