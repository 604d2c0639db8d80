"""Seeds beyond 64 bits are seeds like any other, in files and tables, too."""

import csv
from pathlib import Path

import pytest

from lagrun.storage import files
from tests.conftest import Command

HUGE = [2**63 - 2, 2**63 - 1, 2**63, 2**63 + 1, 2**64, 2**64 + 1, 2**128 - 1]


def test_seeds_beyond_64_bits_stay_exact(command: Command, tmp_path: Path) -> None:
    few = ("budget=3", "criterion.window=2", "evaluation.n_sequences=4", "task.p=5", "execution.n_jobs=1")
    listed = ",".join(map(str, [1, *HUGE]))
    outcome = command(*few, "-m", f"seed={listed}")
    assert (outcome.status, outcome.err) == (0, "")
    (sweep,) = (tmp_path / "outputs").iterdir()
    with (sweep / "runs.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["seed"] for row in rows] == listed.split(",")
    weights = set()
    for seed in [1, *HUGE]:
        (folder,) = sweep.glob(f"*/seed={seed}")
        result = files.read_result(folder)
        assert result is not None
        assert result["seed"] == seed
        assert f"seed: {seed}\n" in (folder / ".hydra" / "config.yaml").read_text()
        weights.add(result["weights_sha256"])
    assert len(weights) == 1 + len(HUGE)
    assert "8" in outcome.out


def test_a_range_of_seeds_may_cross_64_bits(command: Command, tmp_path: Path) -> None:
    few = ("budget=3", "criterion.window=2", "evaluation.n_sequences=4", "task.p=5", "execution.n_jobs=1")
    outcome = command(*few, "-m", "seed=9223372036854775806-9223372036854775809")
    assert (outcome.status, outcome.err) == (0, "")
    (sweep,) = (tmp_path / "outputs").iterdir()
    with (sweep / "runs.csv").open() as file:
        assert [int(row["seed"]) for row in csv.DictReader(file)] == list(range(2**63 - 2, 2**63 + 2))


@pytest.mark.parametrize("seed", HUGE)
def test_a_single_run_may_have_any_seed(seed: int, command: Command, tmp_path: Path) -> None:
    few = ("budget=3", "criterion.window=2", "evaluation.n_sequences=4", "task.p=5")
    outcome = command(*few, f"seed={seed}")
    assert (outcome.status, outcome.err) == (0, "")
    assert f" seed={seed}: " in outcome.out
    (folder,) = (tmp_path / "outputs").iterdir()
    result = files.read_result(folder)
    assert result is not None
    assert result["seed"] == seed
