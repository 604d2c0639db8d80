"""A net, task or optimiser of one's own has a name of its own, and never shares a row with another class."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from lagrun import aggregate, compare
from lagrun.analysis.frame import frame, frame_of
from lagrun.config.variants import options_of, told_apart, variant_name
from lagrun.figures.run_parts import net
from lagrun.storage import files
from lagrun.storage.found_runs import FoundRun
from tests.conftest import Command
from tests.small_commands import SMALL
from tests.sweeps_of_two import TINY, rows
from tests.written_sweeps import CONFIG, RESULT


def arguments(tmp_path: Path, *more: str) -> tuple[str, ...]:
    trusted = f"trusted_modules=[own_{tmp_path.name.replace('-', '_')}]"
    return ("-cd", str(tmp_path / "conf"), trusted, *SMALL, "hydra.sweep.dir=sweep", "-m", "seed=0-5", *more)


def test_two_classes_in_one_file_are_two_rows_with_the_names_that_were_typed(
    own: Callable[..., None], command: Command, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own("optimiser", "plain", "MODULE.Mine")
    own("optimiser", "signs", "MODULE.Signs")
    status, _, err = command(*arguments(tmp_path, "optimiser=plain,signs"))
    assert (status, err) == (0, "")
    assert (rows()["optimiser"].tolist(), rows()["n"].tolist()) == (["plain", "signs"], [6, 6])
    runs = pd.read_csv("sweep/runs.csv")
    assert runs.groupby("optimiser")["optimiser._target_"].unique().str.len().tolist() == [1, 1]
    assert runs["weights_sha256"].nunique() == 12
    assert compare.main(["sweep", "--cells", "optimiser=plain", "optimiser=signs"]) == 0
    capsys.readouterr()

    # Without the names that were typed, as earlier versions stored it, the class tells them apart.
    plan = json.loads(Path("sweep", files.SWEEP).read_text())
    for cell in plan["cells"]:
        del cell["options"]
    Path("sweep", files.SWEEP).write_text(json.dumps(plan))
    assert aggregate.main(["sweep"]) == 0
    module = runs["optimiser._target_"][0].rpartition(".")[0]
    assert rows()["optimiser"].tolist() == [f"{module} ({module}.{name})" for name in ("Mine", "Signs")]


def test_the_name_is_the_option_that_was_typed_and_options_of_one_class_are_rows_by_their_values(
    own: Callable[..., None], command: Command, tmp_path: Path
) -> None:
    own("task", "fourkeys", "MODULE.Four", "p: 6\nkeys: random\nscored: every_step\n")
    for name, rate in {"fast": 0.5, "slow": 0.05, "alike": 0.05}.items():
        own("optimiser", name, "lagrun.optimisers.sgd.SGD", f"learning_rate: {rate}\nclip_norm: null\n")
    assert command(*arguments(tmp_path, "optimiser=fast,slow,alike", "task=fourkeys")).status == 0
    assert rows()["task"].tolist() == ["fourkeys"] * 2
    assert (rows()["optimiser"].tolist(), rows()["n"].tolist()) == (["fast", "slow"], [6, 6])


def test_a_single_run_says_and_stores_the_name(own: Callable[..., None], command: Command, tmp_path: Path) -> None:
    own("task", "fourkeys", "MODULE.Four", "p: 6\nkeys: random\nscored: every_step\n")
    single = [text for text in arguments(tmp_path, "task=fourkeys") if text not in ("-m", "seed=0-5")]
    status, out, _ = command(*single, "hydra.run.dir=run")
    assert (status, "task=fourkeys" in out) == (0, True)
    options = json.loads(Path("run", files.RESULT).read_text())["options"]
    assert (options["task"], options["model"]) == ("fourkeys", "lstm")


def test_where_the_class_is_typed_the_option_is_not_its_name(
    own: Callable[..., None], command: Command, tmp_path: Path
) -> None:
    own("optimiser", "plain", "MODULE.Mine")
    module = f"own_{tmp_path.name.replace('-', '_')}"
    more = ("optimiser=plain", f"optimiser._target_={module}.Signs,{module}.Mine")
    assert command(*arguments(tmp_path, *more)).status == 0
    assert rows()["optimiser"].tolist() == [module, "plain"]


def test_where_a_preset_sets_another_class_the_option_is_not_its_name(
    own: Callable[..., None], command: Command, tmp_path: Path
) -> None:
    own("optimiser", "signs", "MODULE.Signs")
    module = f"own_{tmp_path.name.replace('-', '_')}"
    (tmp_path / "conf" / "experiment").mkdir()
    preset = "# @package _global_\ndefaults:\n  - override /optimiser: sgd\n"
    (tmp_path / "conf" / "experiment" / "other.yaml").write_text(
        f"{preset}optimiser: {{_target_: {module}.Signs, learning_rate: 0.5}}\n"
    )
    assert command(*arguments(tmp_path, "+experiment=other")).status == 0
    runs = pd.read_csv("sweep/runs.csv")
    assert set(runs["optimiser"]) == {module}
    assert set(runs["optimiser._target_"]) == {f"{module}.Signs"}


@pytest.mark.parametrize(
    ("pairs", "names"),
    [
        ([("a", "x.A"), ("b", "x.B")], ["a", "b"]),
        ([("a", "x.A"), ("a", "x.A")], ["a", "a"]),
        ([("a", "x.A"), ("a", "y.A"), ("b", "x.A")], ["a (x.A)", "a (y.A)", "b"]),
    ],
)
def test_no_two_classes_have_one_name(pairs: list[tuple[str, str]], names: list[str]) -> None:
    found: dict[Any, str] = told_apart(pairs)
    assert [found[pair] for pair in pairs] == names


def test_a_variant_without_an_option_is_named_after_its_file() -> None:
    assert variant_name({"_target_": "lagrun.models.lstm.LSTM"}) == "lstm"
    assert variant_name({"_target_": "lagrun.models.lstm.LSTM"}, "mine") == "mine"


@pytest.mark.slow
def test_values_of_a_field_of_any_type_are_told_apart_by_what_they_are(
    own: Callable[..., None], command: Command, tmp_path: Path
) -> None:
    own("optimiser", "loose", "MODULE.Loose", "learning_rate: 0.05\nclip_norm: null\nanything: null\n")
    values = ["true", "1", "'1'", "false", "0", "null", "'null'", "{}", "[]", "{a:1}", "[1]"]
    assert command(*arguments(tmp_path, "optimiser=loose", f"optimiser.anything={','.join(values)}")).status == 0
    assert rows()["n"].tolist() == [6] * len(values)
    shown = Path("sweep", "summary.md").read_text().splitlines()[2:13]
    assert len({line.partition("| 0/6")[0] for line in shown}) == len(values)
    assert compare.main(["sweep", "--cells", "anything='1'", "anything=true", "anything=[1]"]) == 0


def test_a_later_run_of_the_experiment_knows_the_name(
    own: Callable[..., None], command: Command, tmp_path: Path
) -> None:
    own("optimiser", "signs", "MODULE.Signs")
    single = [text for text in arguments(tmp_path, "optimiser=signs") if text not in ("-m", "seed=0-5")]
    for seed in (0, 1):
        assert command(*single, f"seed={seed}", f"hydra.run.dir=runs/{seed}").status == 0
    found = json.loads(Path("runs/0", files.RESULT).read_text())
    files.write_result(Path("runs/0"), {name: found[name] for name in found if name not in ("options", files.SEAL)})
    assert aggregate.main(["runs"]) == 0
    summary = pd.read_csv("runs/summary.csv")
    assert (summary["n"].tolist(), set(pd.read_csv("runs/runs.csv")["optimiser"])) == ([2], {"signs"})


def test_an_experiment_of_two_names_is_called_by_the_first() -> None:
    runs = [
        FoundRun(name, {"seed": seed, "outcome": "unfinished"}, CONFIG, "one", {"model": name}, {})
        for seed, name in enumerate(("slow", "alike"))
    ]
    assert frame_of(runs)["model"].tolist() == ["slow", "slow"]


def test_the_name_is_stored_beside_each_result_and_known_without_a_plan(command: Command) -> None:
    assert command(*TINY, "seed=0").status == 0
    (path,) = Path("sweep").rglob(files.RESULT)
    found = json.loads(path.read_text())
    assert found["options"]["model"] == "elman"
    found["options"]["model"] = "mine"
    files.write_result(path.parent, {name: value for name, value in found.items() if name != files.SEAL})
    assert frame(path.parent)["model"].tolist() == ["mine"]


def test_an_option_is_kept_where_its_class_is_run_or_not_known() -> None:
    choices = {"optimiser": "plain", "model": "lstm", "loss": "own", "task": None}
    config = {group: {"_target_": f"m.{group}"} for group in choices}
    declared = {"plain": "m.Plain", "own": "m.loss"}
    assert options_of(choices, config, lambda group, option: declared.get(option)) == {"model": "lstm", "loss": "own"}


def test_a_picture_calls_a_run_by_the_options_that_were_typed() -> None:
    result = RESULT | {"options": {"model": "mine"}}
    assert net(SimpleNamespace(result=result, seed=7)) == "mine on very_long_lag, p = 4, q = 50, seed 7"  # type: ignore[arg-type]
    assert net(SimpleNamespace(result=RESULT, seed=7)).startswith("lstm on ")  # type: ignore[arg-type]
