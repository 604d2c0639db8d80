"""What a worker is given: runs of one cell that train in lockstep."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from lagrun.interfaces.experiment import Experiment
from lagrun.storage.hydra_files import shared_texts

#: Seconds between two progress reports of a run of a sweep.
SHOW_SECONDS = 10.0


@dataclass(frozen=True)
class Run:
    """One (configuration, seed): its number in the sweep, its seed and its folder."""

    index: int
    seed: int
    folder: Path


@dataclass(frozen=True)
class Block:
    """Runs of one cell that train in lockstep.

    Attributes
    ----------
    experiment : Experiment
        What to train.
    config : dict
        The cell's configuration without its seed, stored beside every result.
    provenance : dict
        See `lagrun.storage.provenance`.
    runs : tuple of Run
    config_yaml : str
        `config` as YAML text, to be written beside the results.
    hydra : dict or None
        Hydra's own configuration of the cell, also to be written; None where Hydra itself writes both.
    checkpoint_every, checkpoint_seconds : optional
        See `lagrun.config.build.Execution`.
    show_seconds : float
        Least number of seconds between two progress reports of a run, see `lagrun.training.showing`.
    command : tuple of str or None
        Command line of a single run; None for a run of a sweep.
    options : dict
        Names of the cell's options, stored beside every result, see `lagrun.config.variants.options_of`.
    """

    experiment: Experiment
    config: dict[str, Any]
    provenance: dict[str, Any]
    runs: tuple[Run, ...]
    config_yaml: str = ""
    hydra: dict[str, Any] | None = None
    checkpoint_every: int | None = None
    checkpoint_seconds: float | None = None
    show_seconds: float = SHOW_SECONDS
    command: tuple[str, ...] | None = None
    options: dict[str, str] = field(default_factory=dict)

    @cached_property
    def hydra_texts(self) -> dict[str, str]:
        """Hydra's own configuration as text, as far as it is the same in all runs."""
        return shared_texts(self.hydra or {})

    def only(self, runs: Sequence[Run]) -> Block:
        """The same block with only these runs."""
        return replace(self, runs=tuple(runs))
