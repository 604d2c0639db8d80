"""Several commands in one process, as in a notebook: each works as it does alone, and leaves the process as it was."""

import gc
import logging
import os
import signal
import subprocess
import sys
import threading
import warnings
from multiprocessing import active_children
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from hydra.version import getbase
from omegaconf import OmegaConf

from lagrun.__main__ import THREADS, main
from lagrun.cli import command as command_module
from lagrun.cli.hydra_internals import BaseContainer
from lagrun.config.paths import CONF
from lagrun.storage import files
from tests.conftest import Command
from tests.helpers import BASIC
from tests.small_commands import QUICK

#: What joblib and threadpoolctl set when they are imported.
SET_BY_IMPORTS = ("KMP_DUPLICATE_LIB_OK", "KMP_INIT_AT_FORK")


def state() -> dict[str, Any]:
    """What others in a process see of it."""
    loggers = [logging.root, *(found for found in logging.root.manager.loggerDict.values() if hasattr(found, "level"))]
    return {
        "environment": {name: text for name, text in os.environ.items() if name not in SET_BY_IMPORTS},
        "paths": (list(sys.path), Path.cwd()),
        "signals": {number: signal.getsignal(number) for number in signal.valid_signals()},
        "timer": signal.getitimer(signal.ITIMER_REAL),
        "hooks": (sys.unraisablehook, sys.excepthook, threading.excepthook, sys.stdin, sys.stdout, sys.stderr),
        "logs": {each.name: (each.level, list(each.handlers), each.propagate, each.disabled) for each in loggers},
        "handlers": [handler() for handler in vars(logging)["_handlerList"]],
        "warnings": (list(warnings.filters), warnings.showwarning),
        "arithmetic": np.geterr(),
        "resolvers": dict(BaseContainer._resolvers),
        "hydra": (GlobalHydra.instance().hydra, HydraConfig.instance().cfg, getbase()),
        "others": (threading.enumerate(), active_children()),
    }


def changes(before: dict[str, Any], after: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    """What differs, leaving aside logs that modules have made when they were imported."""
    after = after | {"logs": {name: found for name, found in after["logs"].items() if name in before["logs"]}}
    after["handlers"] = [handler for handler in after["handlers"] if handler in before["handlers"]]
    return {name: (before[name], after[name]) for name in before if before[name] != after[name]}


@pytest.mark.parametrize(
    ("words", "status"),
    [
        ((), 0),
        (("-m", "seed=0,1"), 0),
        (("-m", "seed=0,1", "hydra.verbose=true", *BASIC), 0),
        (("execution.dry_run=true", "hydra.verbose=[hydra]"), 0),
        (("task.pp=3",), 2),
        (("execution.retry_failed=maybe", "-m"), 2),
    ],
)
def test_a_command_leaves_the_process_as_it_was(words: tuple[str, ...], status: int, command: Command) -> None:
    before = state()
    assert command(*QUICK, *words).status == status
    assert changes(before, state()) == {}


@pytest.mark.slow
def test_a_second_command_gives_what_it_gives_alone(command: Command, tmp_path: Path) -> None:
    first = command(*QUICK, "seed=3", "hydra.run.dir=a")
    assert command(*QUICK, "-m", "seed=0,1", "task.p=7", "hydra.sweep.dir=b", "hydra.verbose=true", *BASIC).status == 0
    again = command(*QUICK, "seed=3", "hydra.run.dir=c")
    assert (again.status, again.err) == (0, "")
    assert again.out == first.out.replace(str(tmp_path / "a"), str(tmp_path / "c"))
    results = [files.read_result(tmp_path / name) or {} for name in "ac"]
    assert results[0]["weights_sha256"] == results[1]["weights_sha256"]
    assert command("task.pp=3").err.count("\n") == 1  # a traceback where the first command has left its variable


def test_a_failed_run_can_be_run_again_at_once(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gc.disable()  # nothing may hang on when it comes
    try:
        with monkeypatch.context() as broken:
            broken.setattr("lagrun.models.lstm.LSTM.init", lambda *arguments: 1 / 0)
            assert command(*QUICK, "hydra.run.dir=a").status == 1
        assert command("resume=a", "execution.retry_failed=true").status == 0
    finally:
        gc.enable()


def test_whoever_uses_hydra_and_logs_goes_on_with_them(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = logging.FileHandler(tmp_path / "mine.log", mode="w")
    logging.root.addHandler(log)
    try:
        with initialize_config_dir(str(CONF), version_base="1.2"):
            monkeypatch.setitem(BaseContainer._resolvers, "now", BaseContainer._resolvers.get("oc.env"))
            assert command(*QUICK, "-m", "seed=0,1", *BASIC).status == 0
            assert compose("config", [*BASIC, "task.p=9"]).task.p == 9
            assert str(getbase()) == "1.2"
            monkeypatch.setenv("MINE", "yes")
            assert OmegaConf.create({"a": "${now:MINE}"}).a == "yes"
        logging.getLogger("mine").warning("still here")
        assert (tmp_path / "mine.log").read_text().splitlines()[-1] == "still here"
    finally:
        logging.root.removeHandler(log)
        log.close()


@pytest.mark.slow
def test_in_a_script_that_has_looked_for_plugins_before(tmp_path: Path) -> None:
    script = """
import sys
from hydra.core.plugins import Plugins
Plugins.instance()
from lagrun.__main__ import main
for words in ("task.p=6 execution.dry_run=true", "task.p=6 -m seed=0,1 execution.dry_run=true", "--cfg job"):
    sys.argv = ["script", *words.split()]
    print(main(), sys.argv == ["script", *words.split()])
"""
    words = [sys.executable, "-W", "error", "-c", script]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert (done.stdout.count("0 True"), done.stderr) == (3, "")


def test_two_at_once_are_refused(command: Command) -> None:
    with command_module._RUNNING:
        status, out, err = command(*QUICK)
    assert (status, out) == (2, "")
    assert err.startswith("lagrun: another command of lagrun is running in this process; ")


def test_threads_of_openblas_are_limited_while_a_command_runs_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(THREADS, raising=False)
    monkeypatch.delitem(sys.modules, "numpy")  # as before anything has loaded it
    monkeypatch.setattr("lagrun.__main__._command", lambda: int(os.environ[THREADS]))
    assert main() == 1
    assert THREADS not in os.environ
