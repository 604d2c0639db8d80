"""A sweep's folder that was written on 2026-12-01, by commit 9216fb2, is read, and gone on with."""

import json
from pathlib import Path
from zipfile import ZipFile

import pandas as pd
import pytest

from lagrun import aggregate
from tests.conftest import Command

ZIP = Path(__file__).parent / "sweep_of_9216fb2.zip"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with ZipFile(ZIP) as file:
        file.extractall(tmp_path / "stored")
    return tmp_path / "stored"


def test_its_tables_are_made_again(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = {name: (folder / name).read_text() for name in ("summary.csv", "summary.md", "runs.csv")}
    for name in before:
        (folder / name).unlink()
    assert aggregate.main([str(folder)]) == 0
    assert {name: (folder / name).read_text() for name in before} == before
    assert "elman" in capsys.readouterr().out


def test_it_is_resumed_from_its_states(folder: Path, command: Command) -> None:
    lost = next(folder.glob("model=lstm*/seed=1/result.json"))
    lost.unlink()
    assert command(f"resume='{folder}'", "execution.n_jobs=1", "budget=320")[0] == 0
    runs = pd.read_csv(folder / "runs.csv")
    assert (runs["sequences_seen"] == 320).all()
    assert len(runs) == 4
    logs = [path.read_text() for path in folder.glob("*/seed=*/lagrun.log")]
    assert all("goes on after 300 sequences" in text for text in logs)
    results = [json.loads(path.read_text()) for path in folder.glob("*/seed=*/result.json")]
    assert {result["schema_version"] for result in results} == {2}
