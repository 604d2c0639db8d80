"""Names and published values, from a sweep file to the table."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from lagrun import aggregate
from lagrun.checks import ConfigError
from lagrun.planning.expand import expand
from lagrun.planning.published import Label, Published
from lagrun.storage import files
from tests.conftest import Command
from tests.helpers import files_below
from tests.small_commands import SMALL, only_folder

VALUES = {"solved": 14, "n": 18, "mean_sequences": 1043000}
SWEEP = """
defaults: [config, _self_]
hydra:
  mode: MULTIRUN
  sweeper:
    params: {seed: 0-1, task.p: 7}
    cells:
      - {task.p: "9,8", published: {solved: 14, n: 18, mean_sequences: 1043000}}
      - {task.keys: alternating, published: {solved: 0, n: 18}}
      - {}
"""
SMALLER = tuple(text for text in SMALL if not text.startswith("task.p"))


@pytest.fixture
def sweep_file(tmp_path: Path) -> tuple[str, ...]:
    """A sweep file of the user's own, as arguments."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "paper.yaml").write_text(SWEEP)
    return "-cn", "paper", "-cd", str(tmp_path / "mine")


def values(cells: Sequence[dict[str, Any]], *arguments: str, **params: Any) -> list[Published | None]:
    return [label.published for _, label in expand(params, list(cells), arguments)]


def test_every_configuration_of_a_cell_gets_its_values() -> None:
    cells = [{"task.p": "5,6", "published": VALUES}, {"task.p": 7}]
    assert values(cells) == [Published(14, 18, 1043000)] * 2 + [None]
    assert [job for job, _ in expand({}, cells, [])] == [("task.p=5",), ("task.p=6",), ("task.p=7",)]


@pytest.mark.parametrize(
    "argument", ["seed=3", "budget=9", "execution.n_jobs=1", "evaluation.n_sequences=4", "optimiser=sgd"]
)
def test_values_stay_where_the_command_line_leaves_the_experiment_as_it_was(argument: str) -> None:
    cell = {"task.p": 5, "evaluation.n_sequences": 3, "execution.n_jobs": 2, "budget": 8, "published": VALUES}
    assert values([cell], argument, seed=1) == [Published(14, 18, 1043000)]


def test_values_are_dropped_where_the_command_line_replaces_a_key_of_the_cell() -> None:
    cells = [{"task.p": 5, "published": VALUES}, {"+model": "lstm", "published": VALUES}]
    assert values(cells, "task.p=6") == [None, Published(14, 18, 1043000)]
    assert values(cells, "model=lstm") == [Published(14, 18, 1043000), None]
    assert values(cells, "optimiser=sgd", optimiser="adam") == [None, None]  # set for all cells, so also of each


def test_a_name_stays_where_published_values_are_dropped() -> None:
    cells = [{"task.p": 5, "name": "A", "published": VALUES}, {"task.keys": "random,alternating", "name": "A"}]
    labels = [Label("A", Published(14, 18, 1043000)), Label("A"), Label("A")]
    assert [label for _, label in expand({}, cells, [])] == labels
    assert expand({}, cells[:1], ["task.p=6"]) == [(("task.p=6",), Label("A"))]


CELLS = ({"task.p": "5,6", "name": "A"}, {"task.p": 7}, {"task.p": 8, "name": "B"}, {"task.p": 9, "name": "A"})


@pytest.mark.parametrize(
    ("names", "lags"), [((), "56789"), ("A", "569"), (["B"], "8"), (["B", "A"], "5689"), (["A", "A"], "569")]
)
def test_the_cells_of_some_names_can_be_run_alone(names: Any, lags: str) -> None:
    assert [job[0] for job, _ in expand({}, list(CELLS), [], names)] == [f"task.p={p}" for p in lags]


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        ("C", "[C]"),
        (["A", "C"], "[A,C]"),
        ([3], "[3]"),
        (3, "3"),
        ({"A": 1}, "{A:1}"),
        ([{"A": 1}], "[{A:1}]"),
        ("", "[]"),
    ],
)
def test_names_that_no_cell_has_are_refused(names: Any, shown: str) -> None:
    with pytest.raises(ConfigError) as error:
        expand({}, list(CELLS), [], names)
    assert str(error.value) == f"hydra.sweeper.names={shown}: must be one or a list of A, B"
    with pytest.raises(ConfigError, match="must be left out, as no cell has a name"):
        expand({}, [{"task.p": 5}], [], names)


def test_a_name_on_the_command_line_is_all_that_is_run(command: Command, tmp_path: Path) -> None:
    (tmp_path / "named.yaml").write_text(SWEEP.replace("{}", "{task.p: 6, name: A}"))
    arguments = ("-cn", "named", "-cd", str(tmp_path), *SMALLER, "hydra.sweeper.names=A")
    assert command(*arguments).status == 0
    runs = pd.read_csv(only_folder(tmp_path) / "runs.csv")
    assert runs["task.p"].tolist() == [6, 6]


@pytest.mark.parametrize("wrong", [3, True, ["a"], {"a": 1}, " "])
def test_a_name_that_is_no_text_is_refused(wrong: Any) -> None:
    with pytest.raises(ConfigError, match=r"^hydra\.sweeper\.cells\[1\]\.name=.*: must be text$"):
        expand({}, [{}, {"name": wrong}], [])


@pytest.mark.parametrize(
    ("wrong", "named", "allowed"),
    [
        (3, "published=3", "a mapping"),
        ({"n": 2}, "published.solved", "an integer"),
        ({"solved": 1}, "published.n", "an integer"),
        ({"solved": 1, "n": 2, "mean": 3}, "published.mean=3", "solved, n, mean_sequences"),
        ({"solved": 1.5, "n": 2}, "published.solved=1.5", "an integer"),
        ({"solved": True, "n": 2}, "published.solved=true", "an integer"),
        ({"solved": 3, "n": 2}, "published.solved=3", "from 0 to n"),
        ({"solved": -1, "n": 2}, "published.solved=-1", "from 0 to n"),
        ({"solved": 0, "n": 0}, "published.n=0", ">= 1"),
        ({"solved": 1, "n": 2, "mean_sequences": "many"}, "published.mean_sequences=many", "a number"),
        ({"solved": 1, "n": 2, "mean_sequences": float("nan")}, "published.mean_sequences=nan", "> 0"),
        ({"solved": 1, "n": 2, "mean_sequences": float("inf")}, "published.mean_sequences=inf", "finite"),
        ({"solved": 1, "n": 2, "mean_sequences": 0}, "published.mean_sequences=0", "> 0"),
        ({"solved": 1, "n": 2, "median_sequences": 0}, "published.median_sequences=0", "> 0"),
    ],
)
def test_bad_values_are_refused_by_name(wrong: Any, named: str, allowed: str) -> None:
    with pytest.raises(ConfigError) as error:
        expand({}, [{}, {"published": wrong}], [])
    assert f"hydra.sweeper.cells[1].{named}" in str(error.value)
    assert allowed in str(error.value)
    assert "\n" not in str(error.value)


def test_bad_values_stop_the_sweep_before_anything_is_trained(
    command: Command, tmp_path: Path, sweep_file: tuple[str, ...]
) -> None:
    path = tmp_path / "mine" / "paper.yaml"
    path.write_text(SWEEP.replace("solved: 0", "solved: 19"))
    status, _, err = command(*sweep_file, *SMALLER)
    assert (status, err.count("\n")) == (2, 1)
    assert "cells[1].published.solved=19" in err
    assert files_below(tmp_path) == {"mine/paper.yaml"}


@pytest.mark.slow
@pytest.mark.parametrize("more", [(), ("hydra/launcher=basic",)])
def test_values_are_stored_with_the_plan_and_shown(
    more: tuple[str, ...],
    command: Command,
    tmp_path: Path,
    sweep_file: tuple[str, ...],
    capsys: pytest.CaptureFixture[str],
) -> None:
    status, out, err = command(*sweep_file, *SMALLER, *more)
    assert (status, err) == (0, "")
    assert out.count("14/18 [0.55-0.91], mean 1,043,000") == 2
    folder = only_folder(tmp_path)
    cells = json.loads((folder / files.SWEEP).read_text())["cells"]
    assert [cell["published"] for cell in cells] == [
        VALUES | {"median_sequences": None},
        VALUES | {"median_sequences": None},
        {"solved": 0, "n": 18, "mean_sequences": None, "median_sequences": None},
        None,
    ]
    assert [cell["name"] for cell in cells] == [None] * 4
    assert all("published" not in cell["config"] for cell in cells)
    summary = pd.read_csv(folder / "summary.csv")
    assert summary["task.p"].tolist() == [9, 8, 7, 7]
    assert summary["published_solved"].fillna(-1).tolist() == [14, 14, 0, -1]
    assert " 14/18 [0.55-0.91], mean 1,043,000 |" in (folder / "summary.md").read_text()

    (tmp_path / "mine" / "paper.yaml").unlink()
    assert aggregate.main([str(folder)]) == 0
    assert out.replace(str(folder.relative_to(tmp_path)), str(folder)).endswith(capsys.readouterr().out)


NAMED = """
defaults: [config, _self_]
hydra:
  mode: MULTIRUN
  sweeper:
    params: {seed: 0-1}
    cells:
      - {name: "[b]|c", optimiser.learning_rate: "0.2,0.1", published: {solved: 14, n: 18, mean_sequences: 1043000}}
      - {name: second, model: elman, task: no_regularities, published: {solved: 0, n: 18}}
      - {name: "[b]|c", task.keys: alternating}
"""


@pytest.mark.slow
def test_names_stand_in_the_table_instead_of_what_differs_between_them(
    command: Command, tmp_path: Path, sweep_file: tuple[str, ...]
) -> None:
    (tmp_path / "mine" / "paper.yaml").write_text(NAMED)
    status, out, err = command(*sweep_file, *SMALL)
    assert (status, err) == (0, "")
    folder = only_folder(tmp_path)
    cells = json.loads((folder / files.SWEEP).read_text())["cells"]
    assert [cell["name"] for cell in cells] == ["[b]|c", "[b]|c", "second", "[b]|c"]
    assert all("name" not in cell["config"] for cell in cells)
    lines = [line.split() for line in out.splitlines() if "0/2" in line]
    assert lines[0] == [
        *("[b]|c", "6", "random", "0.2", "0/2", "(budget", "<", "256)", ">", "12"),
        *("14/18", "[0.55-0.91],", "mean", "1,043,000"),
    ]
    assert lines[2] == [
        *("second", "6", "0.001", "0/2", "(budget", "<", "256)", ">", "12", "0/18", "[0.00-0.18]"),
    ]
    summary = pd.read_csv(folder / "summary.csv")
    assert list(summary)[:2] == ["name", "task.p"]
    assert {"model", "task", "optimiser.learning_rate", "task.keys"} <= set(summary)
    assert not {"model.squash", "task.middle"} & set(summary)  # of one option each, and the same in all its cells
    assert summary["name"].tolist() == [cell["name"] for cell in cells]
    written = (folder / "summary.md").read_text().splitlines()
    assert written[0] == (
        "| name | p | keys | learning_rate | solved [95%] | median sequences [95%] | published [95%] |"
    )
    assert written[5] == "| [b]\\|c | 6 | alternating | 0.001 | 0/2 (budget < 256) | > 12 |  |"

    status, out, _ = command(*sweep_file, *SMALL, "execution.dry_run=true")
    assert "second: model=elman task=no_regularities " in out
