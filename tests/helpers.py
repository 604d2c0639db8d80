"""What several tests need."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from hydra import compose, initialize_config_dir
from omegaconf import DictConfig

from lagrun.interfaces import Batch, Task
from lagrun.params import Params
from lagrun.paths import CONF
from lagrun.seeds import stack
from lagrun.time_sums import rounded_up

BASIC = ("hydra/launcher=basic", "hydra/sweeper=basic")


def compose_config(*overrides: str) -> DictConfig:
    """Compose a configuration without lagrun's plugins."""
    with initialize_config_dir(str(CONF), version_base="1.3"):
        return compose("config", [*BASIC, *overrides])


def options(group: str) -> list[str]:
    """Names of the variants of a group."""
    return sorted(path.stem for path in (CONF / group).glob("*.yaml"))


def one_batch(task: Task, n_seeds: int) -> Batch:
    """One sequence of each of the seeds 0, 1, ..."""
    return stack([task.sample(np.random.default_rng(seed), 0, 1)[0] for seed in range(n_seeds)])


def random_batch(n_seeds: int, n_steps: int, n_symbols: int, kind: str = "full") -> Batch:
    """Sequences in which symbols repeat.

    `kind` is ``full`` (equal lengths, outputs at every step), ``end`` (outputs at the end only), ``padded`` (lengths
    from 1 to `n_steps`, outputs at every step) or ``padded end``.
    """
    rng = np.random.default_rng(0)
    ids, targets = rng.integers(0, n_symbols, (2, n_seeds, n_steps), dtype=np.int32)
    lengths = np.full(n_seeds, n_steps, np.int32)
    if "padded" in kind:
        lengths = rng.integers(1, n_steps + 1, n_seeds, dtype=np.int32)
        space = ((0, 0), (0, rounded_up(n_steps) - n_steps))
        ids, targets = np.pad(ids, space), np.pad(targets, space)
    inside = np.arange(ids.shape[1]) < lengths[:, None]
    batch = Batch(np.where(inside, ids, 0), np.where(inside, targets, 0), inside, lengths, padded="padded" in kind)
    return batch.at_end() if "end" in kind else batch


def with_more_padding(batch: Batch) -> Batch:
    """The same sequences in arrays that are 64 steps longer."""
    wider = {"ids": np.pad(batch.ids, ((0, 0), (0, 64)))}
    if not batch.only_at_end:
        wider |= {name: np.pad(getattr(batch, name), ((0, 0), (0, 64))) for name in ("targets", "scored")}
    return replace(batch, **wider)


def central_differences(error: Callable[[Params], np.ndarray], params: Params) -> np.ndarray:
    """Slope of every seed's `error`, shape (S,), along every weight, shape (S, P)."""
    slopes, step = np.empty_like(params.flat), 1e-6
    for column in range(params.n_weights):
        ends = []
        for sign in (step, -step):
            moved = Params(params.shapes, params.flat.copy())
            moved.flat[:, column] += sign
            ends.append(error(moved))
        slopes[:, column] = (ends[0] - ends[1]) / (2 * step)
    return slopes


def files_below(folder: Path) -> set[str]:
    """Names of all files below a folder."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
