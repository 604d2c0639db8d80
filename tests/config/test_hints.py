"""What is said of what people type: the key that was meant, in one line, before anything is trained."""

import re
import shlex
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir
from hypothesis import given
from hypothesis import strategies as st
from omegaconf import OmegaConf

from lagrun.checks import ConfigError, in_full, whole_number
from lagrun.cli.arguments import as_typed
from lagrun.config.hints import GROUP_NAMES, HYDRA_KEYS, KEY_NAMES, OPTION_NAMES, meant, meant_option, usual_keys
from lagrun.config.paths import CONF
from lagrun.training.admission import build
from tests.conftest import Command
from tests.helpers import BASIC, compose_config, files_below, options
from tests.resumed import TINY


@cache
def keys(*overrides: str) -> list[str]:
    """All keys of a configuration, in full."""
    config = OmegaConf.to_container(compose_config(*overrides))
    assert isinstance(config, dict)
    found = [f"{name}.{key}" for name, node in config.items() if isinstance(node, dict) for key in node]
    return [*map(str, config), *(key for key in found if "_target_" not in key)]


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("lr", "optimiser.learning_rate"),
        ("optimizer", "optimiser"),
        ("optimizer.lr", "optimiser.learning_rate"),
        ("optimizer.learning_rate", "optimiser.learning_rate"),
        ("optim.clip", "optimiser.clip_norm"),
        ("model.lr", "optimiser.learning_rate"),
        ("learning-rate", "optimiser.learning_rate"),
        ("LearningRate", "optimiser.learning_rate"),
        ("dryrun", "execution.dry_run"),
        ("dry_run", "execution.dry_run"),
        ("n_jobs", "execution.n_jobs"),
        ("workers", "execution.n_jobs"),
        ("lags", "task.p"),
        ("task.lag", "task.p"),
        ("epochs", "budget"),
        ("hidden", "model.hidden_size"),
        ("model.hiden_size", "model.hidden_size"),
        ("model.forget_bias", "model.forget_gate_bias"),
        ("seeds", "seed"),
        ("budgett", "budget"),
        ("window", "criterion.window"),
        ("task.pp", "task.p"),
        ("zzz", None),
    ],
)
def test_the_key_that_was_meant(typed: str, key: str | None) -> None:
    assert meant(typed, keys()) == key


def test_what_a_word_means_hangs_on_the_options() -> None:
    assert meant("lag", keys("task=very_long_lag")) == "task.q"
    assert meant("hidden", keys("model=lstm1997", "loss=squared_error")) == "model.n_blocks"
    assert meant("forget_bias", keys("model=gru")) != "model.forget_gate_bias"


def test_every_key_is_meant_by_itself_with_or_without_hyphens() -> None:
    for key in keys():
        assert meant(key, keys()) == key
        assert meant(key.replace("_", "-").upper().replace(".", "."), keys()) == key


def test_every_word_stands_for_something_that_there_is() -> None:
    known = {key for model in options("model") for key in keys(f"model={model}")} | set(keys("task=very_long_lag"))
    assert {name for names in KEY_NAMES.values() for name in names} <= known | set(HYDRA_KEYS)
    assert set(GROUP_NAMES.values()) <= known
    with initialize_config_dir(str(CONF), version_base="1.3"):
        hydra = compose("config", [*BASIC], return_hydra_config=True)
    assert OmegaConf.select(hydra, "hydra.sweep.dir")
    for group, names in OPTION_NAMES.items():
        assert set(names.values()) <= set(options(group))
    assert {"execution.dry_run", "seed", "model", "optimiser.learning_rate"} <= set(usual_keys())


@pytest.mark.parametrize(
    ("group", "typed", "option"),
    [
        ("task", "2a", "noise_free"),
        ("task", "2B", "no_regularities"),
        ("task", "2c", "very_long_lag"),
        ("task", "noisefree", "noise_free"),
        ("model", "LSTM", "lstm"),
        ("model", "rnn", "elman"),
        ("model", "lstm-1997", "lstm1997"),
        ("experiment", "paper2a", "paper_2a"),
        ("loss", "mse", "squared_error"),
        ("engine", "zzz", None),
    ],
)
def test_the_option_that_was_meant(group: str, typed: str, option: str | None) -> None:
    assert meant_option(group, typed, options(group)) == option


MESSAGES = {
    "-cn '' -m": r"-cn : no such sweep; allowed: chunkers, ",
    "hydra.help.header=range(3) -m": r"hydra\.help\.header=range\(3\): takes one value\n",
    f"{'9' * 300}": r"9+: no such command; ",
    f"budget=5 ~~{'9' * 300}": r"~~9+: must be key=value, ",
    "hydra.sweeper.names=LSTM": r"hydra\.sweeper\.names=LSTM: is a sweep, and needs -m\n",
    "-cn table2 hydra.sweeper.names=LSTM,CH": r".*: takes one value; .* 'hydra\.sweeper\.names=\[LSTM,CH\]'\n",
    "-m model=lstm,gru model.update_gate_bias=null": r"model\.update_gate_bias=null: must be a number\n",
    "lr=0.01": r"lr=0\.01: unknown key; did you mean optimiser\.learning_rate\? allowed: model, task, ",
    "-m lr=0.01,0.1": r"lr=0\.01,0\.1: unknown key; did you mean optimiser\.learning_rate\? ",
    "optimizer.lr=1": r"optimizer\.lr=1: unknown key; did you mean optimiser\.learning_rate\? ",
    "task=2a": r"task=2a: unknown option; did you mean noise_free\? allowed: no_regularities, ",
    "--dry-run": r"--dry-run: unknown flag; did you mean execution\.dry_run\? keys are set as key=value",
    "--lr 0.01": r"--lr: unknown flag; did you mean optimiser\.learning_rate\? ",
    "-cn tabel2": r"-cn tabel2: no such sweep; did you mean table2\? allowed: chunkers, ",
    "budget=5 table2": "table2: a sweep is named by -cn table2\\n",
    "budget=5 paper_2a": r"paper_2a: write \+experiment=paper_2a\n",
    "~optimiser": r"~optimiser: cannot be left out; write optimiser= one of adam, momentum, sgd",
    "~budget=3": r"~budget=3: cannot be left out; write budget with a value",
    "hydra.sweeper.rows=3": r"hydra\.sweeper\.rows=3: unknown key; did you mean hydra\.sweeper\.names\? "
    r"allowed: params, cells, names\n",
    "task.p=range(5,07) -m": r"task\.p=range\(5,07\): 07: a number must not begin with 0, .*; write 7\n",
    "+experiment=a,b seed=3": r"\+experiment=a,b: a list .* -m, as in: python -m lagrun \+experiment=a,b seed=3 -m\n",
    "seed=0-2 task.p=5": r"seed=0-2: a list .* -m, as in: python -m lagrun seed=0-2 task\.p=5 -m\n",
}


@pytest.mark.parametrize("line", MESSAGES)
def test_messages(line: str, command: Command, tmp_path: Path) -> None:
    status, out, err = command(*shlex.split(line))
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert re.match(f"lagrun: {MESSAGES[line]}", err), err
    assert files_below(tmp_path) == set()


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("budget=100k", "budget=100k: must be an integer; write 100000"),
        ("budget=1.5", "budget=1.5: must be an integer"),
        ("+lr=0.01", "lr=0.01: unknown key; did you mean optimiser.learning_rate? allowed: seed, budget"),
        ("+optimiser.lr=0.01", "optimiser.lr=0.01: unknown key; did you mean optimiser.learning_rate? allowed: learn"),
    ],
)
def test_messages_of_a_composed_configuration(typed: str, message: str) -> None:
    with pytest.raises(ConfigError) as error:
        build(compose_config(typed))
    assert str(error.value).startswith(message)


@pytest.mark.parametrize("typed", ["1e5", "1E+5", "1_00_000", "'1e5'"])
def test_a_whole_number_is_an_integer_however_it_is_written(typed: str) -> None:
    cell = build(compose_config(f"budget={typed}", "task.p=1.1e1"))
    assert (cell.budget, type(cell.budget)) == (100_000, int)


@given(st.integers(-(2**53) + 1, 2**53 - 1), st.integers(0, 9))
def test_whole_numbers_of_any_size(n: int, exponent: int) -> None:
    assert (whole_number(n), whole_number(float(n))) == (n, n)
    if abs(n * 10**exponent) < 2**53:
        assert whole_number(f"{n}e{exponent}") == n * 10**exponent
    assert whole_number(f"{n}") == f"{n}"  # left to whoever reads numbers


@given(st.floats())
def test_numbers_that_are_not_whole_or_not_exact_stay(x: float) -> None:
    found = whole_number(x)
    assert type(found) is int or found is x
    assert found == x or x != x
    assert type(found) is float or abs(x) < 2**53


def test_truth_values_and_texts_are_no_numbers() -> None:
    for value in (True, None, "abc", "1e400", "1e999999999", "010e2", "1.5e0", [1.0]):
        assert whole_number(value) is value
    assert [in_full(text) for text in ("100k", "1.5M", "0.0001k", "k", "1e3k", "1m")] == [
        "100000", "1500000", None, None, None, "1000000",
    ]  # fmt: skip


def test_messages_name_resume_where_that_was_typed() -> None:
    message = "hydra.sweep.dir=out/a b: holds a sweep"
    assert as_typed(message, ["seed=1", "resume='out/a b'"]) == "resume='out/a b': holds a sweep"
    assert as_typed("hydra.run.dir=out: holds a run", ["resume=out/"]) == "resume=out/: holds a run"
    assert as_typed(message, ["hydra.sweep.dir=out/a b"]) == message


@pytest.mark.slow
def test_resuming_names_what_was_typed(command: Command) -> None:
    assert command(*TINY, "budget=3,4", "-m", "hydra.sweep.dir=sweep").status == 0
    assert command(*TINY, "budget=3", "seed=1", "hydra.run.dir=run").status == 0
    for line, message in {
        "resume=sweep budget=5": "resume=sweep: holds a sweep already, which has the experiment with budget=3, too; "
        "write budget=3,5",
        "resume='sweep' task.p=6": "resume='sweep': holds a sweep already, of another configuration: task.p=6",
        "resume=sweep/ budget=2,4": "resume=sweep/: holds a sweep already, with budget=2 (there 3); a budget can only",
        "resume=run seed=2": "resume=run: holds a run already, seed=2 (there 1)",
        "resume=run seed=2,3": "seed=2,3: the folder holds a single run; begin a sweep with -m, and without resume=",
        "resume=sweep task.pp=3": "task.pp=3: unknown key; did you mean task.p?",
        "resume=run model=nope": "model=nope: unknown option",
    }.items():
        status, out, err = command(*shlex.split(line, posix=False))
        assert (status, out, err.count("\n")) == (2, "", 1)
        assert err.startswith(f"lagrun: {message}"), err
    assert command("resume=sweep", "budget=3,5").status == 0  # as was advised


def test_a_combination_is_refused_by_the_name_that_was_typed(
    own: Callable[..., None], command: Command, tmp_path: Path
) -> None:
    fields = re.sub("_target_: .*", "", (CONF / "model" / "elman.yaml").read_text())
    own("model", "fancy", "MODULE.Net", fields)
    module = f"own_{tmp_path.name.replace('-', '_')}"
    with (tmp_path / f"{module}.py").open("a") as file:
        file.write("\n@dataclass(frozen=True)\nclass Net(Elman):\n    pass\n")
    line = ("-cd", str(tmp_path / "conf"), f"trusted_modules=[{module}]", "updates=step", "model=fancy")
    for mode in ((), ("-m",)):
        status, _, err = command(*line, *mode)
        assert (status, err.count("\n")) == (2, 1)
        assert err.startswith("lagrun: model=fancy task=noise_free loss=softmax_cross_entropy updates=step: ")
        err = command(*line, f"model._target_={module}.Elman", *mode).err
        assert err.startswith(f"lagrun: model._target_={module}.Elman task=noise_free loss=")


def test_an_unknown_engine_or_model_is_named_by_its_class_without_hydra() -> None:
    with pytest.raises(ConfigError, match=r"^model=lstm task=noise_free loss=softmax_cross_entropy updates=step: "):
        build(compose_config("updates=step"))
