"""What the repository keeps of the paper's sweeps: tables are made again from the kept runs, and must be the same."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lagrun.frame import frame
from lagrun.paths import CONF
from lagrun.summary import summarise
from lagrun.table import caption, markdown, table
from scripts.artefacts import RUNS, aggregated, collect, read_runs
from scripts.reproduction import DOCUMENTS, TABLES, filled
from tests.conftest import Command
from tests.test_command import only_folder

KEPT = sorted((CONF.parent / "docs" / "results").glob(f"*/{RUNS}"))


@pytest.mark.parametrize("runs", KEPT, ids=lambda path: path.parent.name)
def test_the_kept_tables_follow_from_the_kept_runs(runs: Path) -> None:
    made = aggregated(runs.parent)
    assert {"summary.csv", "summary.md"} == set(made)
    for name, text in made.items():
        assert (runs.parent / name).read_text() == text


def test_documents_have_the_tables_of_the_kept_runs() -> None:
    texts = [path.read_text() for path in DOCUMENTS]
    assert [filled(text) for text in texts] == texts
    assert sum(text.count(f"<!-- {name}: ") for text in texts for name in TABLES) >= 2


def test_a_sweep_is_kept_whole(command: Command, tmp_path: Path) -> None:
    small = ("budget=3", "evaluation.n_sequences=2", "evaluation.curve_n_sequences=1", "execution.n_jobs=1")
    status, _, _ = command("task.p=3,4", "model.hidden_size=2", "-m", "seed=0-1", *small)
    assert status == 0
    folder, target = only_folder(tmp_path), tmp_path / "kept"
    collect(folder, target, "the command", 12.3)
    runs, kept = frame(folder), read_runs(target)
    assert kept["weights_sha256"].tolist() == runs["weights_sha256"].tolist()
    assert "task.p" in kept
    assert "model.hidden_size" not in kept  # the same in all cells
    assert (target / "summary.md").read_text() == f"{markdown(table(summarise(runs)))}\n{caption(runs)}\n"
    made = json.loads((target / "made.json").read_text())
    assert (made["command"], made["engine"], made["wall_seconds"]) == ("the command", "numpy", 12)
    assert {path.suffix for path in target.glob("*.png")} == {".png"}
