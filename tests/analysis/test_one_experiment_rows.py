"""Of results of the same experiment and seed one counts, and another that contradicts it is named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lagrun import aggregate
from lagrun.analysis.sweep_tables import N_NAMED
from lagrun.storage import files
from lagrun.storage.found_runs import found_runs
from tests.written_sweeps import CONFIG

SOLVED = {"outcome": "solved", "sequences_to_solve": 9, "sequences_seen": 9, "weights_sha256": "a"}


def write(run: Path, **fields: Any) -> None:
    """Write a result of one experiment and seed into a folder of its own."""
    run.mkdir()
    config = CONFIG | {"task": CONFIG["task"] | {"p": 5}, "budget": 20}
    result = {"seed": 1, "files": {}, "config": config, "outcome": "budget", "cpu_seconds": 1.0}
    files.write_result(run, result | fields)


@pytest.mark.parametrize(
    ("first", "second", "counts", "difference"),
    [
        (SOLVED, SOLVED, "a", None),
        (SOLVED, SOLVED | {"weights_sha256": "b"}, "a", "final net"),
        (SOLVED, SOLVED | {"outcome": "diverged"}, "a", "outcome"),
        (SOLVED, SOLVED | {"sequences_seen": 8}, "a", "number of sequences"),
        ({"outcome": "failed"}, SOLVED, "b", None),
        (SOLVED, {"outcome": "failed"}, "a", None),
        ({"outcome": "failed"}, {"outcome": "failed", "sequences_seen": 3}, "a", None),
        ({"files": {"gone": "0"}}, {"outcome": "failed"}, "b", None),
        ({"outcome": "failed"}, {"files": {"gone": "0"}}, "a", None),
    ],
)
def test_of_runs_that_are_the_same_the_one_that_tells_most_counts_and_outcomes_may_contradict(
    first: dict[str, Any], second: dict[str, Any], counts: str, difference: str | None, tmp_path: Path
) -> None:
    write(tmp_path / "a", **first)
    write(tmp_path / "b", **second)
    found = found_runs(tmp_path)
    assert [run.folder for run in found.runs] == [counts]
    said = f"a and b are the same experiment and seed, but have another {difference}; only a counts"
    assert found.contradictions == ([said] if difference else [])


def test_more_contradictions_are_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(N_NAMED + 3):
        write(tmp_path / f"{number:03}", **SOLVED | {"weights_sha256": str(number)})
    assert aggregate.main([str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert said.count("contradiction: ") == N_NAMED + 1
    assert "contradiction: 2 more\n" in said


def test_a_run_that_is_there_twice_is_not_said_to_be_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("a", "b"):
        write(tmp_path / name, **SOLVED)
    assert aggregate.main([str(tmp_path)]) == 0
    assert "left out" not in capsys.readouterr().out
