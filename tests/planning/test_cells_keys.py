"""Keys of the command line that only some cells of a sweep have."""

import importlib
import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hydra.core.plugins import Plugins
from hydra.errors import ConfigCompositionException
from omegaconf import DictConfig, OmegaConf

from lagrun.cli.held_back import hold_back
from lagrun.planning.cells_keys import Composer, as_typed
from lagrun.planning.plan import PlannedCell
from tests.conftest import Command
from tests.helpers import files_below

TINY = ("task.p=4", "budget=1", "evaluation.n_sequences=1", "execution.n_jobs=1", "hydra.sweep.dir=sweep")


@pytest.fixture
def planned(command: Command, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[list[Any], str]]:
    """Plan a sweep, and give a key's value in each of its cells, None where there is none, and what is said of it."""
    Plugins.instance()  # looks for plugins, and loads them anew
    plugin = importlib.import_module("hydra_plugins.lagrun_plugin")

    def plan(key: str, *line: str) -> tuple[list[Any], str]:
        found: list[Any] = []

        def keep(cells: Sequence[PlannedCell], _: object) -> str:
            found.extend(cell.config[key.split(".")[0]].get(key.split(".")[1]) for cell in cells)
            return ""

        monkeypatch.setattr(plugin, "describe", keep)
        status, _, err = command(*line, "execution.dry_run=true")
        assert status == 0, err
        return found, err

    return plan


def test_a_key_that_only_the_cells_of_a_file_have_is_set(planned: Callable[..., tuple[list[Any], str]]) -> None:
    line = ("-cn", "table2", "hydra.sweeper.names=LSTM", "model.init_range=0.05")
    assert planned("model.init_range", *line) == ([0.05], "")


@pytest.mark.parametrize("models", ["gru,elman", "elman,gru"])
def test_a_key_is_set_in_the_cells_that_have_it_whichever_comes_first(
    models: str, planned: Callable[..., tuple[list[Any], str]]
) -> None:
    found, err = planned("model.init_range", "-m", f"model={models}", "model.init_range=0.3", *TINY)
    assert found == ([None, 0.3] if models == "gru,elman" else [0.3, None])
    where = "has no effect where there is no such key: model=gru task.p=4 budget=1 evaluation.n_sequences=1"
    assert err == f"lagrun: model.init_range=0.3: {where}\n"


@pytest.mark.slow
def test_folders_are_named_without_the_key_where_there_is_none_and_are_resumed(command: Command) -> None:
    status, _, err = command("-m", "model=gru,elman", "model.init_range=0.3", *TINY)
    assert (status, err.count("\n")) == (0, 1)
    assert err.startswith("lagrun: model.init_range=0.3: has no effect where there is no such key: model=gru task.p=4")
    folders = {path.name for path in Path("sweep").iterdir() if path.is_dir()}
    more = "task.p=4,budget=1,evaluation.n_sequences=1"
    assert folders == {f"model=gru,{more}", f"model=elman,model.init_range=0.3,{more}"}
    out = command("resume=sweep", "seed=0,1", "execution.dry_run=true").out
    assert out.count(": 1 runs, seed=1") == 2


def test_a_key_is_asked_for_in_every_cell_once() -> None:
    """Cells in a row that lack it are composed once each, and one that has it among them is found."""
    models = {"A": {"model": {"x": 1}}, "B": {"model": {"x": "???", "y": 2}}}
    asked = []

    def load(_: object, overrides: Sequence[str]) -> DictConfig:
        asked.append(overrides)
        config = OmegaConf.create(models[overrides[0]])
        if "model.y=3" in overrides and "y" not in config.model:
            raise ConfigCompositionException("Could not override 'model.y'.")
        return config

    compose = Composer(SimpleNamespace(load_sweep_config=load), OmegaConf.create(), ["model.y=3"])  # type: ignore[arg-type]
    found = [compose([name, "model.y=3"], name)[1] for name in "BAAABA"]
    assert [len(kept) - 1 for kept in found] == [1, 0, 0, 0, 1, 0]
    assert len(asked) == 6 + 3  # one more at each change
    compose.check()
    assert compose.notices() == ["model.y=3: has no effect where there is no such key: A"]


def test_a_key_that_no_cell_has_is_refused_with_the_keys_of_the_cells(command: Command, tmp_path: Path) -> None:
    status, out, err = command("-m", "model=elman,gru", "model.forget_gate_bias=3", *TINY)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert err.startswith("lagrun: model.forget_gate_bias=3: unknown key; ")
    allowed = re.split(", ", err.strip().partition("allowed: ")[2])
    assert {"squash", "init_range", "reset_gate_bias"} <= set(allowed)
    assert "readout_bias" not in allowed  # lstm's, which is no cell
    assert files_below(tmp_path) == set()


def test_a_key_of_a_file_is_one_of_all_its_cells(command: Command) -> None:
    cells = "[{model: gru, model.init_range: 1, name: A}]"
    text = f"defaults: [config, _self_]\nhydra: {{sweeper: {{cells: {cells}}}}}\n"
    Path("file.yaml").write_text(text)
    status, _, err = command("-cp", ".", "-cn", "file")
    assert (status, err.count("\n")) == (2, 1)
    assert err.startswith("lagrun: model.init_range=1: unknown key in the cell A; ")
    assert "allowed: hidden_size, input_scale, recurrent_scale, readout_scale, update_gate_bias" in err


def test_what_is_held_back() -> None:
    error = Exception("Could not override 'model.a'.\nTo append to your config use +model.a=1")
    assert hold_back(["-m", "model.a=1", "model.b=2"], error) == ["-m", "model.a=choice(1)", "model.b=2"]
    assert hold_back(["-m", "model.a="], error) == ["-m", "model.a=choice('')"]
    assert hold_back(["model.a=1"], error) is None  # a single run has no cells
    assert hold_back(["-m", "model.a=choice(1)"], error) is None  # the cells were asked already
    assert hold_back(["-m", "budget=1"], Exception("Could not override 'budgett'")) is None
    assert hold_back(["-m", "model.a=1"], Exception("something else")) is None


def test_the_stored_command_is_what_was_typed(command: Command, tmp_path: Path) -> None:
    line = ("-m", "model=gru,elman", "model.init_range=0.3", "seed=0", *TINY)
    assert command(*line).status == 0
    stored = json.loads((tmp_path / "sweep" / "sweep.json").read_text())["command"]
    assert sorted(stored) == sorted(line)


@pytest.mark.parametrize("value", ["", "null", "0.1", "'it\\'s'", "'a\\''", "[1,2]", "'x)'"])
def test_what_was_held_back_comes_back_as_it_was_typed(value: str) -> None:
    typed = f"model.x={value}"
    error = ConfigCompositionException("Could not override 'model.x'.")
    held = hold_back(["-m", typed], error)
    assert held
    assert held[1] != typed
    assert as_typed(held[1]) == typed


@pytest.mark.parametrize("text", ["-m", "hydra.sweep.dir='a\\''", "seed=0-29", "task.x=null,null,3", "x='choice(2)'"])
def test_what_was_not_held_back_is_left_as_it_is(text: str) -> None:
    assert as_typed(text) == text
