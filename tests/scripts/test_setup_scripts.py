"""The set-up scripts, with a Python that installs nothing."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lagrun.config.paths import CONF

FAKE = """#!/bin/sh
echo "python $*" >> "$CALLS"
case "$*" in
  "-m venv "*) mkdir -p .venv/bin && cp "$0" .venv/bin/python && touch .venv/bin/pip && chmod +x .venv/bin/pip ;;
  "-m pip "*) [ ! -e broken ] || { echo "ERROR: no index today" >&2; exit 7; } ;;
esac
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    shutil.copytree(
        CONF.parent / "scripts", tmp_path / "scripts", ignore=shutil.ignore_patterns("*.py", "oracles", "peers")
    )
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "python").write_text(FAKE)
    (tmp_path / "python").chmod(0o755)
    return tmp_path


def run(checkout: Path, script: str, *arguments: str) -> tuple[int, str, list[str]]:
    """Status, standard error, and the calls of Python."""
    calls = checkout / "calls"
    calls.write_text("")
    env = {**os.environ, "PYTHON": str(checkout / "python"), "CALLS": str(calls)}
    words = [str(checkout / "scripts" / script), *arguments]
    done = subprocess.run(words, env=env, capture_output=True, text=True, cwd="/")
    assert done.stdout == ""
    return done.returncode, done.stderr, calls.read_text().splitlines()


def test_setup_says_what_it_does_once_and_is_quiet_afterwards(checkout: Path) -> None:
    status, err, calls = run(checkout, "run", "seed=7", "a b")
    assert (status, err) == (0, "scripts/setup: installing lagrun into .venv (once; a minute or two)\n")
    assert [call.split(" --")[0] for call in calls] == [
        "python -m venv .venv",
        "python -m pip install",
        "python -m lagrun seed=7 a b",
    ]
    assert run(checkout, "run") == (0, "", ["python -m lagrun model=lstm task.p=100 -m seed=0-29"])
    status, err, calls = run(checkout, "test", "-x")
    assert (status, err) == (0, "scripts/setup: installing lagrun[test] into .venv (once; a minute or two)\n")
    assert calls[0].endswith(" --editable .[test]")
    assert calls[1] == "python -m pytest -n auto -x"
    assert run(checkout, "test", "-x") == (0, "", calls[1:])


def test_a_failing_pip_has_the_last_word_and_is_tried_again(checkout: Path) -> None:
    (checkout / "broken").touch()
    status, err, _ = run(checkout, "run")
    assert status == 7
    assert err.splitlines()[-1] == "ERROR: no index today"
    (checkout / "broken").unlink()
    assert run(checkout, "run")[0] == 0
    (checkout / ".venv" / "bin" / "pip").unlink()  # as where Python has no ensurepip
    (checkout / ".venv" / ".installed").unlink()
    assert run(checkout, "run")[2][0] == "python -m venv .venv"


def test_an_activated_environment_has_the_commands_of_the_readme() -> None:
    activate = Path(sys.prefix) / "bin" / "activate"
    if not activate.exists():
        pytest.skip("these tests do not run in an environment that can be activated")
    script = f"source '{activate}' && command -v python && command -v lagrun"
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [str(activate.with_name("python")), str(activate.with_name("lagrun"))]
