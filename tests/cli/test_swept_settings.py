"""Hydra's own settings in a swept file work, or are refused in one line."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from lagrun.storage import files
from tests.conftest import Command
from tests.helpers import BASIC

SMALL = ("budget=4", "evaluation.n_sequences=4", "execution.n_jobs=1", "hydra.sweep.dir=out")


def write(folder: Path, name: str, **content: Any) -> None:
    path = folder / "conf" / "experiment" / f"{name}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("# @package _global_\n" + yaml.safe_dump(content, sort_keys=False))


@pytest.mark.parametrize(
    ("hydra", "said"),
    [
        ({"sweeper": {"params": {"seed": "0-2"}}}, "hydra.sweeper.params={seed:0-2}"),
        ({"verbose": True}, "hydra.verbose=true"),
        ({"output_subdir": None}, "hydra.output_subdir=null"),
        (
            {"callbacks": {"mine": {"_target_": "hydra.experimental.callbacks.LogJobReturnCallback"}}},
            "hydra.callbacks.mine={_target_:hydra.experimental.callbacks.LogJobReturnCallback}",
        ),
    ],
)
def test_what_holds_for_the_whole_sweep_is_refused_in_a_cell(
    hydra: dict[str, Any], said: str, command: Command, tmp_path: Path
) -> None:
    write(tmp_path, "plain", task={"p": 5})
    write(tmp_path, "special", task={"p": 6}, hydra=hydra)
    words = ("-cd", "conf", *SMALL, "execution.dry_run=true", "-m")
    status, out, err = command(*words, "+experiment=special,plain")
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert err.startswith(f"lagrun: {said}: set by ")
    assert "+experiment=special" in err
    if "sweeper" in hydra:
        assert "3 runs, seed=0-2" in command(*words, "+experiment=special").out  # then it is the whole sweep's


def test_a_cell_has_a_subfolder_of_its_own(command: Command, tmp_path: Path) -> None:
    write(tmp_path, "plain", task={"p": 5})
    write(tmp_path, "special", task={"p": 6}, hydra={"run": {"dir": "x"}, "sweep": {"subdir": "here/${seed}"}})
    assert command("-cd", "conf", *SMALL, "-m", "+experiment=plain,special").status == 0
    folders = sorted(path.parent.relative_to(tmp_path / "out") for path in (tmp_path / "out").rglob(files.RESULT))
    assert [str(folder) for folder in folders][1:] == ["here/0"]
    assert folders[0].name == "seed=0"


@pytest.mark.parametrize("sweeper", [(), BASIC])
def test_other_sweepers_are_held_to_it(sweeper: tuple[str, ...], command: Command, tmp_path: Path) -> None:
    write(tmp_path, "special", hydra={"sweep": {"dir": "elsewhere"}})
    write(tmp_path, "plain")
    status, _, err = command("-cd", "conf", *SMALL[:-1], *sweeper, "-m", "+experiment=special,plain")
    assert (status, err.count("\n")) == (2, 1)
    assert err.startswith("lagrun: hydra.sweep.dir=elsewhere: set by ")
    assert not list(tmp_path.rglob(files.RESULT))


@pytest.mark.parametrize("mode", [(), ("-m",)])
def test_a_choice_that_hydra_passes_over_is_refused(mode: tuple[str, ...], command: Command, tmp_path: Path) -> None:
    write(tmp_path, "choosing", defaults=[{"override /hydra/launcher": "basic"}])
    words = ("-cd", "conf", *SMALL[:-1], "execution.dry_run=true", "+experiment=choosing", *mode)
    status, _, err = command(*words)
    assert (status, err.count("\n")) == (2, 1)
    assert err.startswith("lagrun: hydra/launcher=basic: set in experiment/choosing, but the main configuration sets")
    assert command(*words, f"hydra/launcher={'basic' if mode else 'lagrun'}").status == 0
