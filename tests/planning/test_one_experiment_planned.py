"""Cells that are the same experiment are planned once, go on with their own runs, and give each run its own folder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lagrun.checks import ConfigError
from lagrun.planning.plan import PlannedCell, check_folders, once
from lagrun.planning.published import Label, Published
from lagrun.planning.resume import _partners
from tests.conftest import Command, MakeCell
from tests.helpers import planned
from tests.sweeps_of_two import TINY, rows, sweep_file


def test_of_cells_that_become_one_the_first_that_has_published_values_gives_them(make_cell: MakeCell) -> None:
    labels = (Label(), Label(published=Published(3, 18)), Label(published=Published(4, 18)))
    (joined,) = once(replace(planned(make_cell(), 1), label=label) for label in labels)
    assert joined.label.published == Published(3, 18)


def test_a_cell_that_others_join_stays_as_it_was_typed_first(make_cell: MakeCell) -> None:
    (joined,) = once(replace(planned(make_cell(), n), overrides=(text,)) for n, text in ((1, "a"), (3, "b")))
    assert (joined.overrides, [run.seed for run in joined.runs]) == (("a",), [0, 1, 2])


def test_a_sweep_may_begin_with_another_seed_than_the_smallest(command: Command) -> None:
    assert ", 3 runs" in command(*TINY, "seed=5,0,3", "execution.dry_run=true").out


@pytest.mark.parametrize(
    ("n_runs", "configs"),
    [(2, [{}]), (1, [{"budget": 1}, {"budget": 2}])],
    ids=["two seeds", "two experiments"],
)
def test_two_runs_may_not_share_a_folder(n_runs: int, configs: Sequence[dict[str, Any]], make_cell: MakeCell) -> None:
    cell = planned(make_cell(), n_runs)
    runs = tuple(replace(run, folder=Path("sweep/x")) for run in cell.runs)
    with pytest.raises(ConfigError, match="gives two runs the same folder"):
        check_folders(Path("sweep"), [replace(cell, config=config, runs=runs) for config in configs])


def test_cells_may_share_a_run(make_cell: MakeCell) -> None:
    cell = planned(make_cell(), 1)
    shared: PlannedCell = replace(cell, runs=(replace(cell.runs[0], folder=Path("sweep/x")),))
    check_folders(Path("sweep"), [shared, shared])


def test_a_folder_of_one_seed_is_not_given_to_another_later(command: Command) -> None:
    assert command(*TINY, "hydra.sweep.subdir=x", "seed=0").status == 0
    status, _, err = command(*TINY, "hydra.sweep.subdir=x", "seed=1")
    assert (status, "gives two runs the same folder" in err) == (2, True)


@pytest.mark.slow
def test_cells_of_two_names_go_on_with_their_own_seeds_in_any_order(command: Command, tmp_path: Path) -> None:
    arguments = sweep_file(tmp_path, "task.p: 4, name: A", "task.p: 4, name: B")
    assert command(*arguments).status == 0
    file = tmp_path / "twice.yaml"
    *head, one, other = file.read_text().splitlines()
    file.write_text("\n".join([*head, other, one]))
    assert command(*arguments).status == 0
    assert rows().set_index("name")["n"].to_dict() == {"A": 6, "B": 6}


@pytest.mark.parametrize("names", [("A", "C"), ("C", "D")])
def test_a_cell_that_is_renamed_in_its_sweep_file_goes_on_with_its_runs(
    names: tuple[str, str], command: Command, tmp_path: Path
) -> None:
    assert command(*sweep_file(tmp_path, "task.p: 4, name: A", "task.p: 5, name: B")).status == 0
    before = rows().drop(columns="name")
    one, other = names
    status, _, err = command(*sweep_file(tmp_path, f"task.p: 4, name: {one}", f"task.p: 5, name: {other}"))
    assert (status, err) == (0, "lagrun: 12 of 12 runs are finished and kept\n")
    assert rows()["name"].tolist() == list(names)
    assert rows().drop(columns="name").equals(before)


def test_a_shared_run_that_failed_is_one_failure(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: Any) -> Any:
        raise RuntimeError("no luck")

    monkeypatch.setattr("lagrun.models.elman.Elman.init", fail)
    status, _, err = command(*sweep_file(tmp_path, "task.p: 4, name: A", "task.p: 4, name: B"))
    assert (status, "8 failed" in err) == (1, True)


def test_a_name_that_was_kept_goes_on_with_its_own_runs_wherever_a_renamed_one_stands(make_cell: MakeCell) -> None:
    config = {"budget": 40, "model": {"_target_": "lagrun.models.lstm.LSTM"}}
    cells = [replace(planned(make_cell(), 1), config=config, label=Label(name)) for name in ("D", "C")]
    stored = [{"name": name, "config": config, "overrides": [], "runs": []} for name in ("C", "B")]
    assert [old["name"] for old in _partners(cells, stored, Path("sweep"))] == ["B", "C"]


def test_of_an_experiment_that_has_several_budgets_as_many_are_to_be_named(make_cell: MakeCell) -> None:
    config = {"model": {"_target_": "lagrun.models.lstm.LSTM"}}
    stored = [{"config": config | {"budget": budget}, "overrides": [], "runs": []} for budget in (300, 400)]
    cells = [replace(planned(make_cell(), 1), config=config | {"budget": budget}) for budget in (300, 500)]
    with pytest.raises(ConfigError, match=r"has the experiment with budget=300, too; write budget=300,500$"):
        _partners(cells[1:], stored, Path("sweep"))
    assert [old["config"]["budget"] for old in _partners(cells, stored, Path("sweep"))] == [300, 400]
