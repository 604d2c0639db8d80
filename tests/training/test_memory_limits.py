"""How much memory there is, what is refused as too large, and how large blocks are."""

import tracemalloc
from dataclasses import replace
from pathlib import Path

import pytest

from lagrun.execution.launch import blocks_of
from lagrun.training import memory_limits
from lagrun.training.memory_estimate import needed
from lagrun.training.memory_limits import LARGEST_BLOCK, amount, available, largest_block, refusal
from tests.conftest import Command, MakeCell
from tests.helpers import planned, settings


@pytest.mark.parametrize(
    ("part", "key", "value"),
    [
        ("task", "p", 10**6),
        ("task", "p", 10**15),
        ("task", "p", 10**300),
        ("model", "hidden_size", 10**9),
        ("evaluation", "n_sequences", 10**10),
        ("criterion", "window", 10**13),
    ],
)
def test_what_is_too_large_is_refused_by_its_key_before_anything_is_allocated(
    part: str, key: str, value: int, make_cell: MakeCell
) -> None:
    cell = make_cell()
    cell = replace(cell, **{part: replace(getattr(cell, part), **{key: value})})  # type: ignore[type-var]
    tracemalloc.start()
    line = refusal([(make_cell(), 3), (cell, 3)], 2, 20 * 10**9)
    n_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert line is not None
    assert line.startswith(f"{part}.{key}={value}: a run needs about ")
    assert line.endswith(" of memory, and 20 GB are free")
    assert n_bytes < 10e6


def test_a_lag_of_a_thousand_million_steps_is_refused(make_cell: MakeCell) -> None:
    cell = make_cell("task=very_long_lag")
    cell = replace(cell, task=replace(cell.task, q=1_000_000_000))  # type: ignore[type-var]
    assert (refusal([(cell, 1)], 1, 10**10) or "").startswith("task.q=1000000000: a run needs about ")


def test_as_many_workers_as_fit_are_named(make_cell: MakeCell) -> None:
    small, large = make_cell(), make_cell("task.p=1000")
    one = needed(large)
    assert refusal([(small, 30), (large, 1)], 8, one + 10 * needed(small)) is None
    line = refusal([(small, 30), (large, 30)], 8, 3 * one)
    assert line == (
        f"execution.n_jobs=8: 8 runs side by side need about {amount(8 * one)} of memory, "
        f"and {amount(3 * one)} are free; execution.n_jobs=3 fits"
    )
    assert refusal([(large, 30)], 3, 3 * one) is None
    assert refusal([(large, 2)], 8, 2 * one) is None
    assert refusal([(large, 30)], 8, None) is None


def test_blocks_for_all_workers_fit_into_half_of_the_memory(make_cell: MakeCell) -> None:
    cell = make_cell("task.p=500")
    for n_workers in (1, 4):
        for n_bytes in (10**7, 10**9, 3 * 10**9, 10**12):
            n = largest_block(cell, n_workers, n_bytes)
            assert n == 1 or n_workers * needed(cell, n) <= n_bytes / 2
            assert n == LARGEST_BLOCK or n_workers * needed(cell, n + 1) > n_bytes / 2
    assert largest_block(cell, 4, None) == LARGEST_BLOCK


def test_seeds_side_by_side_need_more(make_cell: MakeCell) -> None:
    cell = make_cell("task.p=500")
    needs = [needed(cell, n) for n in range(2, LARGEST_BLOCK + 1)]
    assert needs == sorted(needs)


@pytest.mark.parametrize(
    ("n_bytes", "text"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1500, "1.5 kB"),
        (21_400_000_000, "21 GB"),
        (16 * 10**12, "16 TB"),
        (10**26, "100 YB"),
        (10**31, "10^31 bytes"),
        (10**900, "10^900 bytes"),
    ],
)
def test_amounts(n_bytes: int, text: str) -> None:
    assert amount(n_bytes) == text


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


def test_the_machine_s_free_memory_counts(tmp_path: Path) -> None:
    write(tmp_path, {"proc/meminfo": "MemTotal:  100 kB\nMemFree:  10 kB\nMemAvailable:  70 kB\n"})
    assert available(tmp_path) == 70 * 1024


def test_the_tightest_limit_of_control_groups_counts(tmp_path: Path) -> None:
    group = "sys/fs/cgroup/outer/inner"
    write(tmp_path, {"proc/meminfo": "MemAvailable:  70000 kB\n", "proc/self/cgroup": "0::/outer/inner\n"})
    write(tmp_path, {f"{group}/memory.max": "max\n", f"{group}/memory.current": "400\n"})
    assert available(tmp_path) == 70_000 * 1024
    write(tmp_path, {"sys/fs/cgroup/outer/memory.max": "5000\n", "sys/fs/cgroup/outer/memory.current": "1500\n"})
    assert available(tmp_path) == 3500
    write(tmp_path, {"sys/fs/cgroup/outer/memory.stat": "anon 700\ninactive_file 800\n"})
    assert available(tmp_path) == 4300
    write(tmp_path, {f"{group}/memory.max": "1000\n"})
    assert available(tmp_path) == 600


def test_limits_of_version_1_count(tmp_path: Path) -> None:
    write(tmp_path, {"proc/meminfo": "MemAvailable:  70000 kB\n", "proc/self/cgroup": "5:cpu:/a\n4:memory,x:/a/b\n"})
    folder = "sys/fs/cgroup/memory/a/b"
    write(tmp_path, {f"{folder}/memory.limit_in_bytes": "9000\n", f"{folder}/memory.usage_in_bytes": "2000\n"})
    assert available(tmp_path) == 7000


def test_without_any_files_the_physical_memory_counts(tmp_path: Path) -> None:
    assert (available(tmp_path) or 0) > 10**8


def test_this_machine_has_memory() -> None:
    assert memory_limits.available() is not None
    assert 0 < (available() or 0) < 10**14


TOO_LARGE = [
    ("task.p=1000000",),
    ("task.p=1000000000000000", "task=no_regularities"),
    ("task.q=1000000000", "task=very_long_lag", "engine=compiled"),
    ("task.p=1000000000", "engine=compiled", "model=chunker", "loss=squared_error"),
    ("model.hidden_size=1000000000",),
    ("evaluation.n_sequences=1000000000000",),
]
MODES = [(), ("-m", "seed=0-29"), ("-m", "seed=0,1", "hydra/launcher=basic")]


@pytest.mark.parametrize(
    ("overrides", "mode"),
    [
        pytest.param(overrides, mode, marks=() if number % len(MODES) == place else pytest.mark.slow)
        for number, overrides in enumerate(TOO_LARGE)
        for place, mode in enumerate(MODES)
    ],
)
def test_the_command_refuses_what_is_too_large(
    overrides: tuple[str, ...], mode: tuple[str, ...], command: Command, tmp_path: Path
) -> None:
    outcome = command(*overrides, *mode)
    assert (outcome.status, outcome.out) == (2, "")
    assert outcome.err.startswith(f"lagrun: {overrides[0]}: a run needs about ")
    assert outcome.err.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_the_command_refuses_more_workers_than_fit(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make_cell: MakeCell
) -> None:
    free = int(2.5 * needed(make_cell("task.p=100", "model.hidden_size=16", "budget=1")))
    monkeypatch.setattr(memory_limits, "_machine", lambda root: free)
    sweep = ("task.p=100", "budget=1", "evaluation.n_sequences=10", "criterion.window=20", "-m", "seed=0-3")
    outcome = command(*sweep, "execution.n_jobs=4")
    assert outcome.status == 2
    assert outcome.err.startswith("lagrun: execution.n_jobs=4: 4 runs side by side need about ")
    assert outcome.err.endswith("execution.n_jobs=2 fits\n")
    assert not list(tmp_path.iterdir())
    assert command(*sweep, "execution.n_jobs=1").status == 0


def test_blocks_are_small_where_memory_is(make_cell: MakeCell, monkeypatch: pytest.MonkeyPatch) -> None:
    cell = planned(make_cell("task.p=300"), 30)
    assert [len(block.runs) for block in blocks_of([cell], settings(n_jobs=2))] == [15, 15]
    monkeypatch.setattr(memory_limits, "_machine", lambda root: 4 * needed(cell.experiment, 6))
    assert [len(block.runs) for block in blocks_of([cell], settings(n_jobs=2))] == [5] * 6
    assert [len(block.runs) for block in blocks_of([cell], settings(n_jobs=2, block_size=30))] == [30]
