"""What the repository keeps of the paper's sweeps: tables are made again from the kept runs, and must be the same."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lagrun.analysis.frame import frame
from lagrun.analysis.summary import summarise
from lagrun.analysis.tables import caption, markdown, table
from lagrun.config.paths import CONF
from scripts.artefacts import RUNS, aggregated, among, collect, read_runs
from scripts.reproduction import DOCUMENTS, TABLES, filled
from tests.conftest import Command
from tests.small_commands import only_folder

KEPT = sorted((CONF.parent / "docs" / "results").glob(f"*/{RUNS}"))

THREE = """
defaults: [config, _self_]
budget: 3
model: {hidden_size: 2}
hydra:
  mode: MULTIRUN
  sweeper:
    params: {seed: 0-1}
    cells:
      - {task.p: 3, name: A}
      - {task.p: "4,5", name: B}
      - {task.p: 6, name: A}
"""


@pytest.mark.parametrize("runs", KEPT, ids=lambda path: path.parent.name)
def test_the_kept_tables_follow_from_the_kept_runs(runs: Path) -> None:
    made = aggregated(runs.parent)
    assert {"summary.csv", "summary.md"} == set(made)
    for name, text in made.items():
        assert (runs.parent / name).read_text() == text


@pytest.mark.slow
def test_documents_have_the_tables_of_the_kept_runs() -> None:
    texts = [path.read_text() for path in DOCUMENTS]
    assert [filled(text) for text in texts] == texts
    assert sum(text.count(f"<!-- {name}: ") for text in texts for name in TABLES) >= 2


@pytest.mark.slow
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


@pytest.mark.parametrize("runs", KEPT, ids=lambda path: path.parent.name)
def test_runs_find_their_places_among_those_that_are_kept(runs: Path) -> None:
    kept = read_runs(runs.parent)
    some = kept[kept.get("name", kept["model"]) == kept.get("name", kept["model"]).iloc[0]]
    assert among(some.dropna(axis=1, how="all"), kept).to_csv(index=False) == runs.read_text()
    assert (
        among(some.assign(budget=7), kept)["budget"].tolist()
        == kept["budget"].where(~kept.index.isin(some.index), 7).tolist()
    )


@pytest.mark.slow
def test_cells_of_a_name_that_are_run_again_replace_those_that_are_kept(command: Command, tmp_path: Path) -> None:
    (tmp_path / "three.yaml").write_text(THREE)
    small = ("-cn", "three", "-cd", str(tmp_path), "evaluation.n_sequences=2", "execution.n_jobs=1")
    target = tmp_path / "kept"
    assert command(*small, "hydra.sweep.dir=outputs/all").status == 0
    collect(tmp_path / "outputs" / "all", target, "first", 12.3)
    first, made = read_runs(target), json.loads((target / "made.json").read_text())
    assert (target / "learning_curves.png").exists()
    assert command(*small, "hydra.sweep.dir=outputs/some", "hydra.sweeper.names=B", "budget=5").status == 0
    collect(tmp_path / "outputs" / "some", target, "second", 4.2, is_part=True)
    second = read_runs(target)
    assert list(second) == list(first)
    assert second["name"].tolist() == first["name"].tolist() == ["A"] * 2 + ["B"] * 4 + ["A"] * 2
    assert second["budget"].tolist() == [3, 3, 5, 5, 5, 5, 3, 3]
    assert second["task.p"].tolist() == first["task.p"].tolist()
    is_b = first["name"] == "B"
    assert second[~is_b].to_csv() == first[~is_b].to_csv()
    assert not set(second["weights_sha256"][is_b]) & set(first["weights_sha256"])
    joined = json.loads((target / "made.json").read_text())
    assert (joined["command"], joined["wall_seconds"]) == (["first", "second"], [12, 4])
    assert {name: joined[name] for name in ("engine", "numpy")} == {name: made[name] for name in ("engine", "numpy")}
    assert joined["cpu_seconds"] == round(second["cpu_seconds"].sum())
    assert not (target / "learning_curves.png").exists()
    assert (target / "ecdf.png").exists()
