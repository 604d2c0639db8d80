"""What several tests need."""

from pathlib import Path

import numpy as np
from hydra import compose, initialize_config_dir
from omegaconf import DictConfig

from lagrun.interfaces import Batch, Task
from lagrun.paths import CONF
from lagrun.seeds import stack

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


def random_batch(n_seeds: int, n_steps: int, n_symbols: int) -> Batch:
    """Sequences in which symbols repeat, of full length."""
    rng = np.random.default_rng(0)
    ids, targets = rng.integers(0, n_symbols, (2, n_seeds, n_steps), dtype=np.int32)
    return Batch(ids, targets, np.ones(ids.shape, bool), np.full(n_seeds, n_steps, np.int32))


def files_below(folder: Path) -> set[str]:
    """Names of all files below a folder."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
