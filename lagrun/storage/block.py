"""What a worker is given: runs of one cell that train in lockstep."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from lagrun.interfaces.experiment import Experiment
from lagrun.storage.hydra_files import shared_texts

#: Seconds between two times at which a run of a sweep says how far it is.
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
        The same as YAML text, to be written beside the results.
    hydra : dict or None
        Hydra's own configuration of the cell, to be written alike; None where Hydra does both itself.
    checkpoint_every, checkpoint_seconds : optional
        See `lagrun.config.build.Execution`.
    show_seconds : float
        Seconds between two times at which a run says how far it is, at least, see `lagrun.training.showing`.
    command : tuple of str or None
        What was typed to make a single run; None for a run of a sweep.
    options : dict
        What the cell's options are called, stored beside every result, see `lagrun.config.variants.options_of`.
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
        """The same cell with some of its runs."""
        return replace(self, runs=tuple(runs))
