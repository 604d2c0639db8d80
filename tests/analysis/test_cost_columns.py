"""Costs in the tables of a sweep: their columns, the file they are kept in, and blanks where there are none."""

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from lagrun import aggregate
from lagrun.analysis import cost_columns
from lagrun.analysis.data_movement import cost_of
from lagrun.analysis.tables import rounded
from lagrun.interfaces.params import Params
from lagrun.storage import files
from tests.conftest import Command
from tests.helpers import of_a_user, small


@dataclass(frozen=True)
class NoLoop:
    """A model of a user, without a plain loop."""

    hidden_size: int

    def init(self, rngs: Any, n_inputs: int, n_outputs: int, dtype: str) -> Params:
        return Params.zeros({"W": (n_inputs, n_outputs)}, len(rngs), dtype)

    def forward(self, params: Params, batch: Any, tape: Any = None) -> Any:
        raise AssertionError


@pytest.mark.slow
def test_table_with_costs(
    command: Command, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    command(
        "model.hidden_size=2", "budget=40", "criterion.window=10", "task.p=2,3", "-m", "seed=0-1", "hydra.sweep.dir=out"
    )
    folder = Path("out")
    without = (folder / "summary.md").read_text()
    capsys.readouterr()
    assert aggregate.main(["out", "--cost"]) == 0
    shown = capsys.readouterr()
    assert "ByteDMD" in shown.out
    assert "(as defined 2026-04-13)" in " ".join(shown.out.split())
    assert shown.err == ""
    summary = pd.read_csv(folder / "summary.csv")
    costs = [cost_of.cost_of(small(f"task.p={p}")) for p in (2, 3)]
    assert summary["n_weights"].tolist() == [2 * 4 * (p + 1 + 2 + 1) + 2 * (p + 1) for p in (2, 3)]
    assert summary["multiply_adds"].tolist() == [cost.multiply_adds for cost in costs]
    assert summary["bytedmd"].tolist() == [cost.bytedmd for cost in costs]
    for name, product in (("multiply_adds", "multiply_adds_to_solution"), ("bytedmd", "energy_to_solution")):
        assert summary[product].tolist() == (summary[name] * summary["ert"]).tolist()
    assert "energy to solution" in (folder / "summary.md").read_text()

    # Computed once, and again only if the file is damaged or by another definition.
    stored = (folder / cost_columns.COSTS).read_bytes()
    with monkeypatch.context() as patched:
        patched.setattr(cost_columns, "cost_of", lambda *_, **__: pytest.fail("computed again"))
        assert aggregate.main(["out", "--cost"]) == 0
    content = json.loads(stored)
    assert content["version"]["bytedmd"] == "2026-04-13"
    olds = [{"version": version, "costs": content["costs"]} for version in (2, {"bytedmd": "2026-04-12", "number": 3})]
    sealed_olds = [json.dumps(old | {files.SEAL: files.sha256_of(old)}).encode() for old in olds]
    wrong_number = stored.replace(str(costs[0].bytedmd).encode(), b"1")
    for damaged in (b"", b"[]", b'{"version": 1}', stored[:-30], wrong_number, *sealed_olds):
        (folder / cost_columns.COSTS).write_bytes(damaged)
        assert cost_columns.read_costs(folder) == {}
    assert aggregate.main(["out", "--cost"]) == 0
    assert (folder / cost_columns.COSTS).read_bytes() == stored

    assert aggregate.main(["out"]) == 0
    assert (folder / "summary.md").read_text() == without


def test_cells_without_costs_are_blank(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = of_a_user(small() | {"model": {"hidden_size": 2}}, NoLoop)
    for seed in (0, 1):
        run = tmp_path / f"seed={seed}"
        run.mkdir()
        found = {"outcome": "budget", "sequences_seen": 9, "n_weights": 30 + seed, "cpu_seconds": 1.0, "files": {}}
        files.write_result(run, {"seed": seed, "config": config} | found)
    assert aggregate.main([str(tmp_path), "--cost", "--trust", "tests"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "no costs: NoLoop has no plain loop"
    summary = pd.read_csv(tmp_path / "summary.csv")
    assert summary["n_weights"].tolist() == [30.5]
    names = ["multiply_adds", "multiply_adds_to_solution", "bytedmd", "energy_to_solution"]
    assert summary[names].isna().all(axis=None)
    assert not (tmp_path / cost_columns.COSTS).exists()


def test_costs_that_cannot_be_kept_are_shown_before_one_line_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "seed=0"
    run.mkdir()
    found = {"outcome": "budget", "sequences_seen": 9, "n_weights": 30, "cpu_seconds": 1.0, "files": {}}
    files.write_result(run, {"seed": 0, "config": small()} | found)

    def refuse(*_: Any, **__: Any) -> None:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patched:
        patched.setattr(files, "write_atomically", refuse)
        assert aggregate.main([str(tmp_path), "--cost"]) == 2
    shown = capsys.readouterr()
    assert rounded(cost_of.cost_of(small()).multiply_adds) in shown.out
    assert [line for line in shown.err.splitlines() if "cannot be written to (Permission denied)" in line] == [
        shown.err.splitlines()[-1]
    ]

    (tmp_path / cost_columns.COSTS).mkdir()  # the tables can be written, the costs cannot be kept
    assert aggregate.main([str(tmp_path), "--cost"]) == 2
    assert "ByteDMD" in (tmp_path / "summary.md").read_text()
    assert f"{tmp_path}: cannot be written to" in capsys.readouterr().err.splitlines()[-1]


def test_what_a_received_folder_trusts_is_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "planted.py").write_text("raise RuntimeError('was imported')")
    monkeypatch.syspath_prepend(tmp_path)
    config = small() | {"model": {"_target_": "planted.Net"}, "trusted_modules": ["planted"]}
    run = tmp_path / "sweep" / "seed=0"
    run.mkdir(parents=True)
    found = {"outcome": "budget", "sequences_seen": 9, "n_weights": 30, "cpu_seconds": 1.0, "files": {}}
    files.write_result(run, {"seed": 0, "config": config} | found)
    assert aggregate.main([str(run.parent), "--cost"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == (
        "no costs: model._target_=planted.Net: is not lagrun's, and would be run; if you trust it, add --trust planted"
    )
    assert aggregate.main([str(run.parent), "--cost", "--trust", "not a name"]) == 2
    assert "must be a list of names of packages" in capsys.readouterr().err


def test_large_numbers_are_short() -> None:
    texts = {0: "0", 7.0: "7", 964: "964", 999.6: "1k", 32108: "32.1k", 2.2e6: "2.2M", 9.9951e8: "1G"}
    for value, text in texts.items():
        assert rounded(value) == text
    assert (rounded(math.inf), rounded(math.nan), rounded(None)) == ("inf", "", "")
