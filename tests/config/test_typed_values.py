"""Numbers that arrive as text are numbers before anything else looks; those that some read otherwise are refused."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lagrun.checks import ConfigError, ambiguous_number
from lagrun.config.build import fill_dataclass
from lagrun.config.stored_config import as_of_now, without_added
from lagrun.config.yaml_numbers import check_numbers
from lagrun.storage import files
from tests.conftest import Command
from tests.small_commands import SMALL


def test_a_number_from_the_environment_is_a_number_in_all_that_is_stored(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, text in {"B": "12", "RATE": "1e-2", "SEED": "3", "P": " 6"}.items():
        monkeypatch.setenv(name, text)
    from_there = ("budget=${oc.env:B}", "optimiser.learning_rate=${oc.env:RATE}", "task.p=${oc.env:P}")
    usual = [text for text in SMALL if not text.startswith(("budget", "task.p"))]
    assert command(*usual, *from_there, "seed=${oc.env:SEED}", "hydra.sweep.dir=sweep", "-m").status == 0
    plan = json.loads(Path("sweep", files.SWEEP).read_text())["cells"][0]
    (path,) = Path("sweep").rglob(files.RESULT)
    result = json.loads(path.read_text())
    for config in (plan["config"], result["config"]):
        found = (config["budget"], config["optimiser"]["learning_rate"], config["task"]["p"])
        assert found == (12, 0.01, 6)
        assert list(map(type, found)) == [int, float, int]
    assert (plan["runs"][0]["seed"], result["seed"]) == (3, 3)
    assert command("resume=sweep", "budget=13").status == 0
    assert pd.read_csv("sweep/runs.csv")["sequences_seen"].tolist() == [13]


@pytest.mark.parametrize("more", [(), ("execution.dry_run=true",)])
def test_a_seed_from_the_environment_is_the_seed_of_a_single_run(
    more: tuple[str, ...], command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEED", "3")
    status, out, err = command(*SMALL, "seed=${oc.env:SEED}", "hydra.run.dir=run", *more)
    assert (status, err) == (0, "")
    assert ("seed=3: " in out) != bool(more)
    monkeypatch.setenv("SEED", "0-3")
    status, _, err = command(*SMALL, "seed=${oc.env:SEED}", *more)
    assert (status, err) == (2, "lagrun: seed=0-3: must be an integer\n")


@pytest.mark.parametrize("launcher", ["lagrun", "basic"])
def test_a_runs_own_configuration_reproduces_it_without_the_environment(
    launcher: str, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("B", "13")
    monkeypatch.setenv("SEED", "3")
    usual = [text for text in SMALL if not text.startswith("budget")]
    assert command(*usual, "budget=${oc.env:B}", "seed=${oc.env:SEED}", "hydra.run.dir=run").status == 0
    sweep = ("-m", "seed=3", "hydra.sweep.dir=sweep", f"hydra/launcher={launcher}")
    assert command(*usual, "budget=${oc.env:B}", *sweep).status == 0
    monkeypatch.delenv("B")
    monkeypatch.delenv("SEED")
    found = [path.parent for folder in ("run", "sweep") for path in Path(folder).rglob(files.RESULT)]
    hashes = {json.loads((folder / files.RESULT).read_text())["weights_sha256"] for folder in found}
    assert (len(found), len(hashes)) == (2, 1)
    for folder in found:
        assert command("-cp", str((folder / ".hydra").resolve()), "-cn", "config", "hydra.run.dir=again").status == 0
        again = json.loads(Path("again", files.RESULT).read_text())
        assert (again["seed"], again["sequences_seen"], {again["weights_sha256"]}) == (3, 13, hashes)


@pytest.mark.parametrize(
    ("written", "refused", "reason"),
    [
        ("task.p=010", "task.p=010", "a number must not begin with 0, as YAML reads it to the base 8; write 10"),
        ("task.p=010,10", "task.p=010", "write 10"),
        ("optimiser.learning_rate=00.5", "optimiser.learning_rate=00.5", "write 0.5"),
        ("budget=-007", "budget=-007", "write -7"),
        ("seed=010", "seed=010", "write 10"),
        ("seed=0-010", "seed=0-010", "write 10"),
        ("optimiser.learning_rate=1:30", "optimiser.learning_rate=1:30", "a number must not hold colons"),
        ("task.p=${oc.env:P}", "task.p=010", "write 10"),
    ],
)
def test_a_typed_number_that_some_read_otherwise_is_refused(
    written: str, refused: str, reason: str, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("P", "010")
    for more in ((), ("-m",)):
        if "," in written and not more:
            continue
        status, _, err = command(written, *more)
        assert (status, err.count("\n")) == (2, 1)
        assert err.startswith(f"lagrun: {refused}: ")
        assert reason in err


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("{task.p: 010}", "hydra.sweeper.cells[0].task.p: 010: a number must not begin with 0"),
        ("{task.p: 1:30}", "hydra.sweeper.cells[0].task.p: 1:30: a number must not hold colons"),
        ("{task.p: [5, +0_7]}", "hydra.sweeper.cells[0].task.p[1]: +0_7: a number must not begin with 0"),
    ],
)
def test_a_number_in_a_file_that_yaml_reads_otherwise_is_refused(
    cell: str, said: str, command: Command, tmp_path: Path
) -> None:
    text = f"defaults: [config, _self_]\nhydra:\n  mode: MULTIRUN\n  sweeper:\n    cells: [{cell}]\n"
    (tmp_path / "mine.yaml").write_text(text)
    status, _, err = command("-cd", str(tmp_path), "-cn", "mine", "-m")
    assert (status, err.count("\n")) == (2, 1)
    assert f"mine.yaml: {said}" in err


def test_an_option_and_a_run_of_ones_own_are_read_alike(command: Command, tmp_path: Path) -> None:
    (tmp_path / "conf" / "optimiser").mkdir(parents=True)
    option = tmp_path / "conf" / "optimiser" / "slow.yaml"
    option.write_text("_target_: lagrun.optimisers.sgd.SGD\nlearning_rate: 007\nclip_norm: null\n")
    status, _, err = command("-cd", str(tmp_path / "conf"), "optimiser=slow")
    assert (status, "slow.yaml: learning_rate: 007: a number must not begin with 0" in err) == (2, True)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("010e3", "write 10e3"),
        ("+0_7", "write 7"),
        ("00.5", "write 0.5"),
        ("1:30.5", "colons"),
        ("1:30:00", "colons"),
    ],
)
def test_numbers_with_signs_fractions_and_exponents_are_refused_too(text: str, why: str) -> None:
    assert why in (ambiguous_number(text) or "")


@pytest.mark.parametrize(("content", "number"), [("a: 00.5", "00.5"), ("a: 1:30.5", r"1:30\.5"), ('{"a":010}', "010")])
def test_numbers_in_files_are_refused_however_they_stand_there(content: str, number: str) -> None:
    with pytest.raises(ConfigError, match=f"^x: a: {number}: "):
        check_numbers(content, "x")


@dataclass(frozen=True)
class Nested:
    """Fields of a class of one's own that hold other values, and one that is large."""

    sizes: list[int]
    by_name: dict[str, float]
    n: int = 0


@pytest.mark.parametrize(
    ("values", "key"),
    [
        ({"sizes": [1, "010"], "by_name": {}}, r"task\.sizes\[1\]"),
        ({"sizes": [], "by_name": {"a": "00.5"}}, r"task\.by_name\.a"),
    ],
)
def test_numbers_within_lists_and_mappings_are_refused_too(values: dict[str, Any], key: str) -> None:
    with pytest.raises(ConfigError, match=f"^{key}=.*: a number must not begin with 0"):
        fill_dataclass(Nested, values, "task")


def test_integers_of_ones_own_class_fit_into_64_bits() -> None:
    values: dict[str, Any] = {"sizes": [], "by_name": {}}
    assert fill_dataclass(Nested, values | {"n": 2**63 - 1}, "task").n == 2**63 - 1
    for n in (2**63, -(2**63)):
        with pytest.raises(ConfigError, match=rf"^task\.n={n}: must be below"):
            fill_dataclass(Nested, values | {"n": n}, "task")


def test_text_and_other_numbers_in_files_are_left_alone() -> None:
    check_numbers('a: "010"\nb: [0.5, 10, 0x10, 1_000, 0, 1e-05]\nc: 2026-01-01\nd: 0-29\ne: a0:10\nf: 08a\n', "x")
    check_numbers("a: [&x {b: *x}, 010: {", "no YAML")
    with pytest.raises(ConfigError, match=r"^x: a\[0\]\.b: 0o?10: "):
        check_numbers("a: [&x {b: 010, c: *x}]", "x")


@given(st.integers() | st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_as_python_writes_it_is_not_ambiguous(number: float) -> None:
    assert ambiguous_number(str(number)) is None
    assert ambiguous_number(f"+{number!r}") is None


LSTM = "lagrun.models.lstm.LSTM"


@pytest.mark.parametrize(
    ("stored", "read"),
    [
        ("12", 12),
        ("-012", -12),
        ("1_000", 1000),
        ("1e-3", 0.001),
        ("1.", 1.0),
        (".5", 0.5),
        ("Off", False),
        ("yes", True),
        ("random", "random"),
        ("1:30", "1:30"),
        ("inf", "inf"),
        (12, 12),
        (None, None),
    ],
)
def test_stored_text_is_read_as_what_it_was_trained_with(stored: Any, read: Any) -> None:
    found = as_of_now({"budget": stored, "model": {"_target_": LSTM, "hidden_size": stored}})
    for value in (found["budget"], found["model"]["hidden_size"]):
        assert (value, type(value)) == (read, type(read))
    assert as_of_now({"model": {"_target_": "mine.Net", "tag": stored}})["model"]["tag"] is stored


def test_stored_text_in_parts_without_a_class_is_read_too() -> None:
    assert as_of_now({"evaluation": {"n_sequences": "4"}}) == {"evaluation": {"n_sequences": 4}}


def test_keys_that_a_class_has_had_since_a_later_version_change_nothing_that_was_stored_before() -> None:
    before = {"criterion": {"_target_": "lagrun.criteria.rolling_accuracy.RollingAccuracy", "window": 8}}
    now = as_of_now(before)
    assert now["criterion"]["confirm"] is None
    assert without_added(now) == without_added(before) == before
    confirming = {"criterion": now["criterion"] | {"confirm": 5}}
    assert without_added(confirming) == as_of_now(confirming) == confirming
