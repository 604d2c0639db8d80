"""Commands by their first word, `python -m` of other modules, ``--version``, and the page of ``--help``."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hydra._internal.utils import get_args_parser

import lagrun
from lagrun.cli import help_page, subcommands
from lagrun.cli.subcommands import COMMANDS, asked, close_to, run_by_python
from lagrun.config.paths import CONF, SWEEPS
from tests.conftest import Command


def test_every_command_is_a_module_with_a_function_main() -> None:
    for name in COMMANDS:
        assert callable(subcommands.module_of(name).main)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_takes_its_own_arguments(name: str, command: Command) -> None:
    status, out, err = command(name, "--help")
    assert (status, err) == (0, "")
    assert re.search(rf"^usage: .*lagrun[ .]{name} ", out)
    status, _, err = command(name, "--no-such-flag", "nowhere")
    assert status == 2
    assert "--no-such-flag" in err


def test_a_command_s_status_and_message_are_passed_on(command: Command) -> None:
    assert command("plot", "nowhere") == (2, "", "lagrun.plot: nowhere: no such folder\n")
    assert sys.argv == ["lagrun", "plot", "nowhere"]


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("plto", "plot"),
        ("aggregat", "aggregate"),
        ("table2", "-cn table2"),
        ("paper_2a", "+experiment=paper_2a"),
        ("help", "--help"),
        ("version", "--version"),
        ("x\ny", None),
    ],
)
def test_an_unknown_word_is_one_line_with_what_was_meant(name: str, meant: str | None, command: Command) -> None:
    status, out, err = command(name, "outputs/SWEEP")
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert err.startswith(f"lagrun: {' '.join(name.split())}: no such command; ")
    assert ("did you mean" in err) == (meant is not None)
    assert f"did you mean lagrun {meant}? " in err or meant is None
    assert f"allowed: {', '.join(COMMANDS)}, or key=value" in err


@pytest.mark.parametrize(
    "word", ["task.p=3", "plot=3", "-m", "--help", "~optimiser", "+experiment=paper_2a", "++seed=1"]
)
def test_what_hydra_reads_is_no_command(word: str) -> None:
    assert asked([word, "plot"]) is None


def test_nothing_but_the_first_word_is_a_command(command: Command) -> None:
    assert asked([]) is None
    assert asked(["plot", "task.p=3"]) == "plot"
    status, _, err = command("task.p=3", "plot")
    assert (status, err.count("\n")) == (2, 1)
    assert err.startswith("lagrun: plot: must be key=value")
    assert close_to("zzz") is None


@pytest.mark.parametrize("words", [("--version",), ("-V",), ("task.p=3", "--version")])
def test_version(words: tuple[str, ...], command: Command) -> None:
    assert command(*words) == (0, f"lagrun {lagrun.__version__}\n", "")


@pytest.mark.parametrize(
    ("typed", "left", "module"),
    [
        (["python", "-m", "lagrun.analysis.tables", "a", "-m"], ["-m", "a", "-m"], "lagrun.analysis.tables"),
        (["python", "-m", "lagrun.analysis.tables"], ["-m"], "lagrun.analysis.tables"),
        (["python", "-Xdev", "-mlagrun.analysis.tables", "a"], ["-m", "a"], "lagrun.analysis.tables"),
        (["python", "-X", "dev", "-um", "lagrun"], ["-m"], "lagrun"),
        (["python", "-m", "pytest", "lagrun.analysis.tables"], ["-m", "lagrun.analysis.tables"], "pytest"),
        (["python", "lagrun/analysis/tables.py", "-m"], ["lagrun/analysis/tables.py", "-m"], ""),
        (["python", "-c", "import lagrun"], ["-c"], ""),
        ([], ["-m"], ""),
    ],
)
def test_which_module_python_was_asked_to_run(typed: list[str], left: list[str], module: str) -> None:
    assert run_by_python(typed, left) == module


@pytest.mark.parametrize(
    ("module", "hint"),
    [
        ("lagrun.analysis.tables", ""),
        ("lagrun.reports", "did you mean lagrun.report? "),
        ("lagrun.no_such", ""),
        ("lagrun.plt", "did you mean lagrun.plot? "),
    ],
)
def test_modules_that_are_no_commands_say_so(
    module: str, hint: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "orig_argv", ["python", "-m", module, "outputs"])
    monkeypatch.setattr(sys, "argv", ["-m", "outputs"])
    with pytest.raises(SystemExit, match=r"^2$"):
        subcommands.refuse_other_modules()
    expected = f"python -m {module}: is no command; {hint}allowed: lagrun, lagrun.aggregate, "
    assert capsys.readouterr().err.startswith(expected)


@pytest.mark.parametrize("module", ["lagrun", "lagrun.__main__", "lagrun.plot", "pytest", "mine.table", "lagrunner.x"])
def test_commands_and_modules_of_others_run(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "orig_argv", ["python", "-m", module, "outputs"])
    monkeypatch.setattr(sys, "argv", ["-m", "outputs"])
    subcommands.refuse_other_modules()


def test_as_processes_without_hydra(tmp_path: Path) -> None:
    """What is no training starts at once: it imports nothing heavy. A module that is no command does not run."""
    env = {**os.environ, "PYTHONPATH": str(CONF.parent)}
    code = (
        "import sys\n"
        "from lagrun.__main__ import main\n"
        "for words in (['--version'], ['list'], ['plto'], ['--help']):\n"
        "    sys.argv = ['lagrun', *words]\n"
        "    main()\n"
        "heavy = {'hydra', 'omegaconf', 'pandas', 'matplotlib', 'scipy', 'joblib', 'rich'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    for words, status in ((["-c", code], 0), (["-m", "lagrun.analysis.tables", "outputs"], 2)):
        done = subprocess.run([sys.executable, *words], cwd=tmp_path, env=env, capture_output=True, text=True)
        assert done.returncode == status, done.stderr
        assert done.stderr.count("\n") == 1


def test_help_is_a_page_of_80_columns_with_the_defaults_of_the_configuration(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    for flag in ("--help", "-h"):
        status, out, err = command(flag)
        assert (status, err) == (0, "")
        assert max(map(len, out.splitlines())) <= 80
    assert (
        out.index(help_page.MAIN)
        < out.index("model=lstm    ")
        < out.index("lagrun -cn SWEEP")
        < out.index("lagrun plot ")
    )
    words = re.findall(r"^  (\S+=\S+)  ", out, re.M)
    assert {"model=lstm", "optimiser=adam", "task.p=100", "seed=0", "budget=12000"} <= set(words)
    shown = command("--help", *words).out  # Hydra takes each of them, and they are what the defaults are
    assert shown == command("--help", "seed=0").out
    assert "hidden_size: 16\n" in shown
    assert max(map(len, shown.splitlines())) <= 80
    named = {*COMMANDS, *(path.stem for path in [*SWEEPS.glob("*.yaml"), *CONF.glob("*/*.yaml")])}
    assert {name for name in named if not re.search(rf"\b{name}\b", out)} == set()
    known = {word for action in get_args_parser()._actions for word in action.option_strings}
    assert set(re.findall(r"(?<!\S)--?[a-z][a-z-]*", out)) <= known
