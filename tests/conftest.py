"""Fixtures: strict floating point, the command in process, small cells, and light reports."""

import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from lagrun.__main__ import main
from lagrun.config.paths import PLUGINS
from lagrun.execution import progress
from lagrun.interfaces.experiment import Experiment
from lagrun.training.admission import build
from tests.helpers import compose_config, sized
from tests.parsed_once import parsed_once

sys.path.append(str(PLUGINS))  # before Hydra looks for plugins, whichever test comes first


@pytest.fixture(autouse=True, scope="session")
def quick_commands() -> Iterator[None]:
    """Parse the same text once."""
    with parsed_once():
        yield


@pytest.fixture(autouse=True)
def strict_arithmetic(request: pytest.FixtureRequest) -> Iterator[None]:
    """Raise on division by zero, invalid values and overflow, except where a test lets a run diverge."""
    if "may_overflow" in request.keywords:
        with np.errstate(all="ignore"):
            yield
    else:
        with np.errstate(divide="raise", invalid="raise", over="raise"):
            yield


class Outcome(NamedTuple):
    status: int
    out: str
    err: str


Command = Callable[..., Outcome]
MakeCell = Callable[..., Experiment]


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Run ``python -m lagrun ARGUMENTS`` in this process, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(progress, "LOG_AT", (86_400,))  # however slow the machine is, there is no line of progress

    def run(*arguments: str) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["lagrun", *arguments])
        try:
            status = main()
        except SystemExit as ended:
            status = int(ended.code or 0)
        return Outcome(status, *capsys.readouterr())

    return run


@pytest.fixture
def make_cell() -> MakeCell:
    """Make a small cell from overrides, with attributes replaced."""

    def make(*overrides: str, **replaced: Any) -> Experiment:
        model = next((text.removeprefix("model=") for text in overrides if text.startswith("model=")), "lstm")
        small = (*sized(model, 4), "task.p=8", "budget=60", "criterion.window=20", "evaluation.n_sequences=10")
        return replace(build(compose_config(*small, *overrides)), **replaced)

    return make


@pytest.fixture
def light(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out of reports what others wrote, which takes a second to parse."""
    for name in ("bokeh_script", "datatables_module", "datatables_style"):
        monkeypatch.setattr(f"lagrun.report.assets.{name}", lambda: "")
