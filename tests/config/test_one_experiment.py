"""A run is one experiment and one seed, whatever way it was typed: planned once, trained once, counted once."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser
from hypothesis import given, settings
from hypothesis import strategies as st
from omegaconf import OmegaConf

from lagrun import aggregate
from lagrun.config.identity import experiment, identity
from lagrun.config.variants import GROUPS
from lagrun.storage import files
from lagrun.training.admission import build_typed
from tests.conftest import Command
from tests.helpers import compose_config
from tests.sweeps_of_two import TINY, rows, sweep_file

ELMAN = compose_config("model=elman")
PARSER = OverridesParser.create()

#: Ways of writing a number.
SPELLINGS = ("{0!r}", "{0}", "{0:.1f}", "{0:e}", "'{0!r}'")

EXPERIMENTS = st.fixed_dictionaries(
    {
        "optimiser.learning_rate": st.sampled_from([1.0, 2.0, 0.1, 0.1000001]),
        "optimiser.clip_norm": st.sampled_from([1.0, 2.0, None]),
        "task.p": st.sampled_from([4, 10]),
        "budget": st.sampled_from([40, 400]),
        "task.keys": st.sampled_from(["random", "alternating"]),
        "dtype": st.sampled_from(["float64", "float32"]),
        "criterion.threshold": st.sampled_from([1.0, 0.5]),
        "evaluation.n_sequences": st.sampled_from([4, 5]),
        "loss_weighting.weight": st.sampled_from([1.0, 100.0]),
        "model.squash": st.sampled_from(["tanh", "logistic"]),
    }
)
WITHOUT_EFFECT = st.fixed_dictionaries(
    {},
    optional={"execution.n_jobs": st.sampled_from([1, 2]), "snapshots": st.sampled_from([0, 7])},
)


def spelled(value: Any, spelling: str) -> str:
    if value is None:
        return "null"
    if isinstance(value, str):
        return value
    text = spelling.format(value)
    same = text.strip("'").lstrip("-").isdigit() if isinstance(value, int) else float(text.strip("'")) == value
    return text if same else repr(value)


def typed(keys: dict[str, Any], spellings: list[str], order: list[int]) -> str:
    """The identity of an experiment whose keys are written in some way, in some order."""
    config = OmegaConf.create(OmegaConf.to_container(ELMAN))
    items = sorted(zip(keys.items(), spellings, order, strict=False), key=lambda item: item[2])
    for (key, value), spelling, _ in items:
        found = PARSER.parse_override(f"{key}={spelled(value, spelling)}").value()
        OmegaConf.update(config, key, found)
    return experiment(build_typed(config)[1])


WRITTEN = st.lists(st.sampled_from(SPELLINGS), min_size=13, max_size=13)
ORDER = st.permutations(range(13))


@settings(max_examples=30, deadline=None)
@given(EXPERIMENTS, WITHOUT_EFFECT, WITHOUT_EFFECT, st.tuples(WRITTEN, WRITTEN), st.tuples(ORDER, ORDER))
def test_any_two_spellings_of_an_experiment_are_the_same_one(
    keys: dict[str, Any],
    more: dict[str, Any],
    other: dict[str, Any],
    written: tuple[list[str], list[str]],
    orders: tuple[list[int], list[int]],
) -> None:
    assert typed(keys | more, written[0], orders[0]) == typed(keys | other, written[1], orders[1])


@settings(max_examples=30, deadline=None)
@given(EXPERIMENTS, st.data(), WRITTEN, WRITTEN, ORDER)
def test_any_two_different_experiments_are_two(
    keys: dict[str, Any], data: st.DataObject, first: list[str], second: list[str], order: list[int]
) -> None:
    changed = data.draw(st.sampled_from(sorted(keys)))
    other = keys | {changed: data.draw(EXPERIMENTS)[changed]}
    assert (typed(keys, first, order) == typed(other, second, order)) == (keys == other)


@pytest.mark.parametrize("group", [*GROUPS, "evaluation", "budget", "dtype", "updates"])
def test_every_part_of_a_configuration_but_those_without_effect_makes_it_another(group: str) -> None:
    content = build_typed(ELMAN)[1]
    assert experiment(content) == experiment(content | {"execution": {}, "snapshots": 9, "trusted_modules": ["x"]})
    changed = content[group] | {"more": 1} if isinstance(content[group], dict) else f"{content[group]}0"
    assert experiment(content | {group: changed}) != experiment(content)


def test_whole_numbers_in_lists_are_the_same_however_written() -> None:
    assert identity({"task": {"p": [1.0, (2.0, 3)]}}) == identity({"task": {"p": [1, [2, 3.0]]}})


def n_trained(folder: str = "sweep") -> int:
    return len(list(Path(folder).rglob(files.RESULT)))


@pytest.mark.parametrize(
    "typed_twice",
    [
        "optimiser.learning_rate=1,1.0,1e0",
        "execution.block_size=3,4",
        "snapshots=0,2",
        "task.keys=random,'random'",
    ],
)
def test_values_typed_twice_are_one_row_and_are_trained_once(typed_twice: str, command: Command) -> None:
    status, out, _ = command(*TINY, typed_twice, "seed=0-5")
    assert status == 0
    assert len(list(Path("sweep").rglob(files.SNAPSHOTS))) == (6 if "snapshots" in typed_twice else 0)
    assert sum("/6" in line for line in out.splitlines()) == 1
    assert (rows()["n"].tolist(), n_trained()) == ([6], 6)


def test_cells_that_are_alike_are_one_with_the_seeds_of_both(command: Command, tmp_path: Path) -> None:
    assert command(*sweep_file(tmp_path)).status == 0
    assert (rows()["n"].tolist(), n_trained()) == ([8], 8)
    assert len(pd.read_csv("sweep/runs.csv")["weights_sha256"].unique()) == 8


@pytest.mark.slow
def test_cells_of_two_names_that_are_alike_are_trained_once_and_have_a_right_row_each(
    command: Command, tmp_path: Path
) -> None:
    values = "published: {solved: 14, n: 18}"
    arguments = sweep_file(tmp_path, f"task.p: 4, name: A, {values}", "task.p: 4, name: B")
    status, out, err = command(*arguments, "execution.dry_run=true")
    assert (status, err) == (0, "")
    assert "2 cells, 8 runs" in out
    assert command(*arguments).status == 0
    found = rows().set_index("name")
    assert (found["n"].tolist(), n_trained()) == ([6, 6], 8)
    assert found["published_n"].fillna(0).tolist() == [18, 0]
    alone = pd.read_csv("sweep/runs.csv")
    shared = alone[alone["seed"].between(2, 5)].groupby("seed")["weights_sha256"]
    assert (shared.nunique() == 1).all()
    assert (shared.count() == 2).all()
    status, _, err = command("resume=sweep", "seed=0-8")
    assert (status, err) == (0, "lagrun: 8 of 9 runs are finished and kept\n")
    assert (rows()["n"].tolist(), n_trained()) == ([9, 9], 9)


@pytest.mark.slow
@pytest.mark.parametrize("launcher", ["lagrun", pytest.param("basic", marks=pytest.mark.slow)])
def test_shared_runs_that_are_missing_are_run_where_the_plan_has_them(
    launcher: str, command: Command, tmp_path: Path
) -> None:
    arguments = (*sweep_file(tmp_path, "task.p: 4, name: A", "task.p: 4, name: B"), f"hydra/launcher={launcher}")
    assert command(*arguments).status == 0
    assert command(*arguments, "seed=0-7").status == 0  # seeds 6 and 7 are B's first of all, and now A's, too
    (six,) = Path("sweep").rglob("seed=6")
    shutil.rmtree(six)
    assert command("resume=sweep").status == 0
    assert six.exists()
    assert (rows()["n"].tolist(), n_trained()) == ([8, 8], 8)


def test_of_two_cells_that_become_one_the_first_published_values_are_shown(command: Command, tmp_path: Path) -> None:
    both = (f"task.p: 4, published: {{solved: {k}, n: 18}}" for k in (14, 3))
    assert command(*sweep_file(tmp_path, *both)).status == 0
    assert rows()["published_solved"].tolist() == [14]


def test_a_folder_that_holds_a_run_twice_counts_it_once(command: Command, capsys: pytest.CaptureFixture[str]) -> None:
    single = [text for text in TINY if text not in ("-m", "hydra.sweep.dir=sweep")]
    for number, seed in enumerate((3, 3, 4)):
        assert command(*single, f"seed={seed}", f"hydra.run.dir=runs/{number}").status == 0
    shutil.copytree("runs/2", "runs/copy")
    assert aggregate.main(["runs"]) == 0
    assert rows("runs")["n"].tolist() == [2]
    assert "contradiction" not in capsys.readouterr().out


def test_a_contradiction_is_named_and_the_first_counts(command: Command, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(*TINY, "seed=0-2").status == 0
    first = sorted(path.parent for path in Path("sweep").rglob(files.RESULT))[0]
    Path("sweep", files.SWEEP).unlink()
    other = first.with_name("other")
    shutil.copytree(first, other)
    change(other, weights_sha256="0" * 64)
    assert aggregate.main(["sweep"]) == 0
    assert rows()["n"].tolist() == [3]
    said = capsys.readouterr().out
    assert "contradiction: " in said
    assert f"{other.relative_to('sweep')} and {first.relative_to('sweep')} are the same experiment and seed" in said


def change(run: Path, **fields: Any) -> None:
    """Write other fields into a stored result, sealed anew."""
    found = json.loads((run / files.RESULT).read_text())
    files.write_result(run, {name: value for name, value in found.items() if name != files.SEAL} | fields)


def test_a_plan_of_an_earlier_version_with_an_experiment_twice_is_read_and_gone_on_with(command: Command) -> None:
    assert command(*TINY, "optimiser.learning_rate=1", "seed=0-3").status == 0
    plan = json.loads(Path("sweep", files.SWEEP).read_text())
    (cell,) = plan["cells"]
    again = json.loads(json.dumps(cell))
    again["config"]["optimiser"]["learning_rate"] = "1.0"
    for run in again["runs"]:
        shutil.copytree(Path("sweep", run["folder"]), Path("sweep", "b", str(run["seed"])))
        run["folder"] = f"b/{run['seed']}"
    plan["cells"].append(again)
    Path("sweep", files.SWEEP).write_text(json.dumps(plan))
    assert aggregate.main(["sweep"]) == 0
    assert rows()["n"].tolist() == [4]
    status, _, err = command("resume=sweep", "seed=0-4")
    assert (status, err) == (0, "lagrun: 4 of 5 runs are finished and kept\n")
    assert rows()["n"].tolist() == [5]


def test_where_the_plan_is_lost_cells_of_two_budgets_keep_their_own_runs(command: Command) -> None:
    usual = [text for text in TINY if not text.startswith("budget")]
    assert command(*usual, "budget=20,40", "seed=0-3").status == 0
    Path("sweep", files.SWEEP).unlink()
    for run in Path("sweep").glob("*budget=40*"):
        shutil.rmtree(run)
    assert command(*usual, "budget=20,40", "seed=0-3").status == 0
    runs = pd.read_csv("sweep/runs.csv")
    assert (runs["sequences_seen"] <= runs["budget"]).all()
    assert rows()["n"].tolist() == [4, 4]
    assert n_trained() == 8


def test_numbers_that_were_stored_as_text_are_read_and_gone_on_with(command: Command) -> None:
    assert command(*TINY, "optimiser.learning_rate=1", "seed=0-3").status == 0
    plan = json.loads(Path("sweep", files.SWEEP).read_text())
    config = plan["cells"][0]["config"]
    config["budget"], config["optimiser"]["learning_rate"], config["model"]["hidden_size"] = "40", "1.0", "01"
    Path("sweep", files.SWEEP).write_text(json.dumps(plan))
    for run in Path("sweep").rglob(files.RESULT):
        change(run.parent, config=config)
    before = rows().drop(columns="cpu_seconds")
    assert aggregate.main(["sweep"]) == 0
    pd.testing.assert_frame_equal(rows().drop(columns="cpu_seconds"), before)
    status, _, err = command("resume=sweep", "seed=0-4")
    assert (status, err) == (0, "lagrun: 4 of 5 runs are finished and kept\n")


def test_a_result_that_was_copied_over_another_seeds_does_not_count_as_that_run(command: Command) -> None:
    assert command(*TINY, "seed=0-2").status == 0
    runs = sorted(path.parent for path in Path("sweep").rglob(files.RESULT))
    shutil.rmtree(runs[2])
    shutil.copytree(runs[0], runs[2])
    assert aggregate.main(["sweep"]) == 0
    assert rows()[["n", "n_unfinished"]].to_numpy().tolist() == [[2, 1]]


def test_what_was_set_aside_does_not_count_where_there_is_no_plan(command: Command) -> None:
    assert command(*TINY, "seed=0-1").status == 0
    Path("sweep", files.SWEEP).unlink()
    runs = sorted(path.parent for path in Path("sweep").rglob(files.RESULT))
    runs[1].rename(f"{runs[1]}.damaged-1")
    assert aggregate.main(["sweep"]) == 0
    assert rows()["n"].tolist() == [1]


@pytest.mark.parametrize("key", ["dtype=float64,float32", "budget=40,50", "task.keys=random,alternating"])
def test_experiments_that_differ_in_one_key_are_two_rows(key: str, command: Command) -> None:
    assert command(*TINY, key, "seed=0-1").status == 0
    assert rows()["n"].tolist() == [2, 2]
