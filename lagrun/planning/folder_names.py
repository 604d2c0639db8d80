"""Names of the folders of cells and runs within a sweep."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, OmegaConf, open_dict

from lagrun.config.overrides import override_dirname

#: Longest folder name made from overrides; file systems refuse names over 255 bytes.
LONGEST_NAME = 150

#: How overrides start that do not distinguish cells.
NOT_NAMED = ("seed=", "execution.", "snapshots=", "trusted_modules=")

#: Placeholders for the seed and the run's number, as Hydra is asked once for all seeds; no text holds them by chance.
SEED, NUMBER = 718_281_828_459_045_235, 414_213_562_373_095_048


def cell_folder(overrides: Iterable[str]) -> str:
    """Name a cell's folder after its overrides: ``model=lstm,task.p=100``, without what `NOT_NAMED` lists.

    Characters that are unsafe in a file name are replaced; a hash then keeps different names apart.
    """
    text = ",".join(text for text in overrides if not text.startswith(NOT_NAMED)) or "default"
    name = re.sub(r"^\.|[^A-Za-z0-9_.,=+~-]", "_", text)
    if name == text and len(name) <= LONGEST_NAME:
        return name
    return f"{name[:LONGEST_NAME]}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"


def register_resolver() -> None:
    """Make `cell_folder` known to configurations, as ``lagrun.cell_folder``."""
    OmegaConf.register_new_resolver("lagrun.cell_folder", cell_folder, replace=True)


class Subfolder:
    """Gives a run's folder within its sweep's, from the cell's overrides without the seed, the seed, and its number.

    Parameters
    ----------
    config : DictConfig
        The cell's composed configuration; its seed, overrides and job are changed in place.
    """

    def __init__(self, config: DictConfig) -> None:
        self._config = config
        self._patterns: dict[tuple[str, ...], str | None] = {}

    def __call__(self, overrides: Sequence[str], seed: int, number: int) -> str:
        """Return the path within the sweep's folder."""
        cell = tuple(overrides)
        if cell not in self._patterns:  # Hydra takes milliseconds to answer, so ask once per cell, not per run
            pattern = self._resolve(cell, SEED, NUMBER)
            is_sound = _filled_in(pattern, seed, number) == self._resolve(cell, seed, number)
            self._patterns[cell] = pattern if is_sound else None
        found = self._patterns[cell]
        return self._resolve(cell, seed, number) if found is None else _filled_in(found, seed, number)

    def _resolve(self, overrides: Sequence[str], seed: int, number: int) -> str:
        job = self._config.hydra.job
        with open_dict(self._config):
            self._config.seed = seed
            self._config.hydra.overrides.task = [*overrides, f"seed={seed}"]
            job.num, job.id = number, str(number)
            job.override_dirname = override_dirname([*overrides, f"seed={seed}"], job.config.override_dirname)
        with _told(self._config):
            return str(self._config.hydra.sweep.subdir)


@contextmanager
def _told(config: DictConfig) -> Iterator[None]:
    """Let ``${hydra:...}`` refer to a configuration, as in a job."""
    known: Any = HydraConfig.instance()
    before, known.cfg = known.cfg, config
    try:
        yield
    finally:
        known.cfg = before


def _filled_in(pattern: str, seed: int, number: int) -> str:
    return pattern.replace(str(SEED), str(seed)).replace(str(NUMBER), str(number))
