"""The memory available, and what follows for a sweep: which runs are refused, and how many train side by side."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from heapq import nlargest
from math import inf
from pathlib import Path
from typing import Any

import numpy as np

from lagrun.interfaces.experiment import Experiment
from lagrun.training.memory_estimate import needed

#: Share of the available memory that blocks may be estimated to need: estimates may be too low by a factor of two.
SHARE = 0.5

#: More runs than this in a block gain nothing.
LARGEST_BLOCK = 32

#: Units of memory, each 1,000 times the one before.
UNITS = ("bytes", "kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB")


def available(root: Path = Path("/")) -> int | None:
    """Find how much memory this process may still take.

    Parameters
    ----------
    root : Path
        Where ``proc`` and ``sys`` are.

    Returns
    -------
    int or None
        Bytes: what the machine has free or can free, or what is left of a limit of the process's control groups
        (version 1 or 2), whichever is less. The physical memory if the system reports no more; None if nothing.
    """
    found = [_machine(root), *_control_groups(root)]
    return min((n_bytes for n_bytes in found if n_bytes is not None), default=None)


def refusal(experiments: Sequence[tuple[Experiment, int]], n_workers: int, n_bytes: int | None) -> str | None:
    """Tell why experiments cannot be trained: one run per worker would need too much memory.

    Parameters
    ----------
    experiments : sequence of (Experiment, int)
        Cells and their numbers of runs.
    n_workers : int
        Processes that train side by side.
    n_bytes : int or None
        Available memory, see `available`; None if unknown.

    Returns
    -------
    str or None
        One line that names the key to change, its value, the memory needed and that available; None if all fit.
    """
    if n_bytes is None:
        return None
    needs = [_needed(experiment) for experiment, _ in experiments]
    for (experiment, _), need in zip(experiments, needs, strict=True):
        if need > n_bytes:
            figure = f"more than {amount(n_bytes)}" if need == inf else f"about {amount(need)}"
            return f"{culprit(experiment)}: a run needs {figure} of memory, and {amount(n_bytes)} are free"
    each = (need for need, (_, n_runs) in zip(needs, experiments, strict=True) for _ in range(min(n_runs, n_workers)))
    largest = nlargest(n_workers, each)
    if sum(largest) <= n_bytes:
        return None
    fitting = next(n for n in range(len(largest), 0, -1) if sum(largest[:n]) <= n_bytes)
    return (
        f"execution.n_jobs={n_workers}: {len(largest)} runs side by side need about {amount(sum(largest))} of memory, "
        f"and {amount(n_bytes)} are free; execution.n_jobs={fitting} fits"
    )


def largest_block(experiment: Experiment, n_workers: int, n_bytes: int | None) -> int:
    """Tell how many runs of an experiment may train in a block, so that one block per worker fits into the memory.

    Parameters
    ----------
    experiment : Experiment
        The configuration.
    n_workers, n_bytes
        As in `refusal`.

    Returns
    -------
    int
        From 1 to `LARGEST_BLOCK`.
    """
    if n_bytes is None:
        return LARGEST_BLOCK
    share = SHARE * n_bytes / n_workers
    return next((n for n in range(LARGEST_BLOCK, 1, -1) if _needed(experiment, n) <= share), 1)


def _needed(experiment: Experiment, n_seeds: int = 1) -> int | float:
    """Bytes of a block; infinite if estimating runs out of memory; 0 if a user's class fails (its run reports that)."""
    try:
        with np.errstate(all="ignore"):
            return needed(experiment, n_seeds)
    except MemoryError:
        return inf
    except (Exception, SystemExit):
        return 0


def culprit(experiment: Experiment) -> str:
    """Name the key, with its value, that needs the most memory: the largest whose halving saves a quarter or more."""
    whole, found = _needed(experiment), []
    for part in ("task", "model", "evaluation", "criterion"):
        owner = getattr(experiment, part)
        for name, value in _whole_numbers(owner):
            with suppress(Exception):  # half of the value may be out of range
                halved = dataclasses.replace(owner, **{name: value // 2})
                saved = whole - _needed(dataclasses.replace(experiment, **{part: halved}))
                found.append((4 * saved >= whole, value, f"{part}.{name}={value}"))
    if 2 * (whole - _needed(dataclasses.replace(experiment, snapshots=0))) >= whole:
        return f"snapshots={experiment.snapshots}"
    return max(found, default=(False, 0, f"task={type(experiment.task).__name__}"))[-1]


def _whole_numbers(owner: Any) -> Iterator[tuple[str, int]]:
    for field in dataclasses.fields(owner) if dataclasses.is_dataclass(owner) else ():
        value = getattr(owner, field.name)
        if isinstance(value, int) and not isinstance(value, bool):
            yield field.name, value


def amount(n_bytes: int | float) -> str:
    """Write a number of bytes in a readable unit, such as ``16 GB``."""
    digits = len(str(int(n_bytes)))
    power = min((digits - 1) // 3, len(UNITS) - 1)
    value = int(n_bytes) // 1000 ** max(power - 1, 0)  # whole thousandths of the unit, however large the number
    if value >= 10**9:
        return f"10^{digits - 1} bytes"
    scaled = value / 1000 if power else value
    return f"{scaled:.1f} {UNITS[power]}" if power and scaled < 9.95 else f"{scaled:,.0f} {UNITS[power]}"


def _machine(root: Path) -> int | None:
    with suppress(OSError, ValueError):
        for line in (root / "proc/meminfo").read_text().splitlines():
            name, _, rest = line.partition(":")
            if name == "MemAvailable":
                return int(rest.split()[0]) * 1024
    with suppress(OSError, ValueError, AttributeError):
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return None


def _control_groups(root: Path) -> Iterator[int]:
    """Bytes left of the limits of this process's control groups, from the innermost to the root."""
    with suppress(OSError, ValueError):
        for line in (root / "proc/self/cgroup").read_text().splitlines():
            _, controllers, path = line.split(":", 2)
            if controllers == "":
                yield from _left(root / "sys/fs/cgroup", path, "memory.max", "memory.current")
            elif "memory" in controllers.split(","):
                base = root / "sys/fs/cgroup/memory"
                yield from _left(base, path, "memory.limit_in_bytes", "memory.usage_in_bytes")


def _left(base: Path, path: str, limit: str, used: str) -> Iterator[int]:
    inner = base / path.lstrip("/")
    for folder in (inner, *inner.parents):
        if not folder.is_relative_to(base):
            return
        with suppress(OSError, ValueError):  # without a limit the file is missing, or says "max"
            yield max(0, int((folder / limit).read_text()) - int((folder / used).read_text()) + _reclaimable(folder))


def _reclaimable(folder: Path) -> int:
    """Bytes that a group uses to cache files; the system frees them when memory is needed."""
    with suppress(OSError, ValueError):
        for line in (folder / "memory.stat").read_text().splitlines():
            name, _, value = line.partition(" ")
            if name in ("inactive_file", "total_inactive_file"):
                return int(value)
    return 0
