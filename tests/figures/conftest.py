"""An unsolved run that every picture can be drawn of, and its inspection."""

import pytest

from lagrun.analysis.inspection import Inspection
from lagrun.analysis.stored_run import StoredRun
from tests.trained_runs import with_snapshots


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> StoredRun:
    return with_snapshots(tmp_path_factory.mktemp("runs") / "lstm")


@pytest.fixture(scope="session")
def inspection(run: StoredRun) -> Inspection:
    return Inspection(run)
