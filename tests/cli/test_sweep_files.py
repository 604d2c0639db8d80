"""Which files are sweeps, wherever they lie; and the worked example of docs/sweeps.md, as written."""

import re
import shlex
from pathlib import Path

import pytest

from lagrun.checks import ConfigError
from lagrun.cli.arguments import arrange
from lagrun.config.paths import CONF
from tests.conftest import Command
from tests.helpers import files_below

BASE = "defaults: [config, _self_]\n"
FILES = {
    "cells": BASE + "hydra: {sweeper: {cells: [{task.p: 5}, {task.p: 6}]}}\n",
    "params": BASE + "hydra: {sweeper: {params: {seed: 0-1}}}\n",
    "based": "defaults: [cells, _self_]\nbudget: 3\n",
    "on_lagruns": "defaults: [/table2, _self_]\nbudget: 3\n",
    "plain": BASE + "budget: 3\n",
    "empty": BASE + "hydra: {sweeper: {cells: [], params: null}}\n",
    "round": "defaults: [round, plain]\n",
    "broken": "a: [",
    "bare": "hydra: {sweeper: {cells: [{task.p: 5}]}}\n",
    "wrong": BASE + "hydra: {sweeper: {row: [{task.p: 5}]}}\n",
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "mine").mkdir()
    for name, text in FILES.items():
        (tmp_path / "mine" / f"{name}.yaml").write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "mine"


@pytest.mark.parametrize("flag", ["-cd", "-cp", "--config-dir", "--config-path"])
def test_a_file_that_holds_cells_is_a_sweep_wherever_it_lies(flag: str, folder: Path) -> None:
    def is_sweep(name: str, where: str = "mine") -> bool:
        return "--multirun" in arrange([flag, where, "-cn", name])

    assert [name for name in FILES if name != "bare" and is_sweep(name)] == ["cells", "params", "based", "on_lagruns"]
    assert is_sweep("cells.yaml", str(folder))
    assert not is_sweep("cells", "nowhere")
    assert "--multirun" not in arrange([flag, "mine", "-cn", "cells", "--cfg", "job"])
    assert arrange([flag, "mine", "-cn", "cells", "-m"]).count("--multirun") == 0


def test_a_folder_of_configurations_is_looked_for_where_the_command_is_typed(folder: Path) -> None:
    assert arrange(["-cp", "mine", "-cn", "plain"]) == ["-cp", str(folder), "-cn", "plain"]
    assert arrange(["-cn", "plain", "--config-path=mine"]) == ["-cn", "plain", f"--config-path={folder}"]
    assert arrange(["-cp", "nowhere", "-cn", "plain"]) == ["-cp", "nowhere", "-cn", "plain"]


def test_cells_without_what_they_are_based_on_and_a_sweep_as_a_single_run_are_refused(folder: Path) -> None:
    for mode in ([], ["-m"]):
        with pytest.raises(ConfigError, match=r"^-cn bare: mine/bare.yaml must begin with .* defaults: \[config, _"):
            arrange(["-cd", "mine", "-cn", "bare", *mode])
    with pytest.raises(ConfigError, match=r"^--run: cells is a sweep"):
        arrange(["-cd", "mine", "-cn", "cells", "--run"])


def test_wrong_files_and_cells_without_m_are_one_line(folder: Path, command: Command, tmp_path: Path) -> None:
    before = files_below(tmp_path)
    for line, message in {
        "-cd mine -cn wrong -m": r"hydra.sweeper.row=\[{task.p:5}\]: unknown key; .*allowed: params, cells, names",
        "-cd mine -cn cels": r"-cn cels: no such sweep; did you mean cells\? allowed: .*, params, .*, table2, ",
        "-cn mine/cells.yaml": r"-cn mine/cells\.yaml: is no name of a sweep; write -cd mine -cn cells\n",
        "-cd nowhere -cn cells": r".*nowhere",
        "hydra.sweeper.cells=[{budget:3}]": r"hydra.sweeper.cells=\[{budget:3}\]: is a sweep, and needs -m",
    }.items():
        status, out, err = command(*shlex.split(line))
        assert (status, out, err.count("\n")) == (2, "", 1)
        assert re.match(f"lagrun: {message}", err), err
    assert files_below(tmp_path) == before


@pytest.fixture
def example(command: Command, tmp_path: Path) -> list[tuple[list[str], str]]:
    """The commands of the page and what it shows of each, and the page's file where they look for it."""
    page = (CONF.parent / "docs" / "sweeps.md").read_text()
    file = re.search(r"```yaml\n# mysweeps/first.yaml\n(.*?)```", page, re.S)
    assert file
    (tmp_path / "mysweeps").mkdir()
    (tmp_path / "mysweeps" / "first.yaml").write_text(file[1])
    shown = re.findall(r"^    \$ python -m lagrun (.*)\n((?:    .*\n|\n)*)", page, re.M)
    return [(line.split(), printed) for line, printed in shown]


@pytest.mark.slow
def test_the_commands_of_the_page_say_what_it_shows(
    example: list[tuple[list[str], str]], command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lagrun.execution.dry_run.MEASURED_SECONDS", 0.0)
    _, (listed, cells), (partial, notice) = example
    assert lines(command(*listed).out) == lines(cells)
    assert lines(command(*partial, "execution.dry_run=true").err) == lines(notice)


@pytest.mark.slow
def test_the_table_of_the_page_is_what_its_file_gives(example: list[tuple[list[str], str]], command: Command) -> None:
    line, table = example[0]
    status, out, err = command(*line)
    assert (status, err) == (0, "")
    assert lines(out) == lines(table)


def lines(text: str) -> list[str]:
    """The lines of what is printed, without what is another each time, and on each machine."""
    text = re.sub(r"first_[\d_-]+", "first_...", text)
    text = re.sub(r"time (< )?[\d.]+ \w+", "time ...", text)
    text = re.sub(r"workers: \d+", "workers: ...", text)
    return [line.strip() for line in text.splitlines() if line.strip()]
