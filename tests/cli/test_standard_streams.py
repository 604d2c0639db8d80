"""Standard streams that are closed, full or cut off: what was computed is written, and the status says the rest."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.small_commands import SMALL
from tests.written_sweeps import sweep

TABLES = {"runs.csv", "summary.csv", "summary.md", "summary.tex"}
FULL = "standard output cannot be written to (No space left on device)"


def shell(command: str, folder: Path) -> tuple[int, str]:
    """Exit status of the first command of a pipeline, and what it says on standard error."""
    line = f"set -o pipefail; {command}; exit ${{PIPESTATUS[0]}}"
    ended = subprocess.run(["bash", "-c", line], capture_output=True, text=True, cwd=folder, check=False)
    return ended.returncode, ended.stderr


WAYS = {
    "| true": (0, ""),
    "| head -1": (0, ""),
    "> /dev/full": (1, f"lagrun: {FULL}\n"),
    ">&-": (0, ""),
    "2>&-": (0, ""),
    ">&- 2>&- <&-": (0, ""),
}


@pytest.mark.parametrize("n_jobs", [1, pytest.param(2, marks=pytest.mark.slow)])
@pytest.mark.parametrize("way", ["| true", ">&- 2>&- <&-", *(pytest.param(w, marks=pytest.mark.slow) for w in WAYS)])
def test_a_sweep_trains_and_writes_its_tables(way: str, n_jobs: int, tmp_path: Path) -> None:
    small = [text for text in SMALL if not text.startswith("execution")]
    arguments = " ".join([*small, f"execution.n_jobs={n_jobs}", "hydra.sweep.dir=sweep", "-m", "seed=0-3"])
    found = shell(f"'{sys.executable}' -m lagrun {arguments} {way}", tmp_path)
    assert found == WAYS[way]
    assert {path.name for path in (tmp_path / "sweep").iterdir()} >= TABLES
    assert len(list((tmp_path / "sweep").rglob("result.json"))) == 4


@pytest.mark.parametrize("way", ["> /dev/full", pytest.param("| true", marks=pytest.mark.slow)])
def test_the_table_of_a_folder_is_written_before_it_is_printed(way: str, tmp_path: Path) -> None:
    folder = sweep(tmp_path / "sweep", {5: [10, 20], 6: ["budget"]})
    assert shell(f"'{sys.executable}' -m lagrun.aggregate '{folder}' {way}", tmp_path) == WAYS[way]
    assert {path.name for path in folder.iterdir()} >= TABLES
