"""The cost of a configuration: what one training sequence of its plain loop takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from omegaconf import OmegaConf
from threadpoolctl import threadpool_limits

from lagrun.analysis.data_movement.lru import DEFINITION, byte_distance, stack_depths
from lagrun.analysis.data_movement.recorder import MAX_READS, Recorder
from lagrun.analysis.data_movement.training_sequence import (
    SEED,
    initial_weights,
    learn,
    sequence_length,
    typical_sequence,
)
from lagrun.checks import ConfigError, one_line
from lagrun.config.identity import identity
from lagrun.config.trust import KEY, check_target
from lagrun.config.variants import GROUPS
from lagrun.interfaces.experiment import Experiment
from lagrun.training.admission import build

#: What costs are stored with, and computed again where it differs; the number is raised whenever anything else changes.
VERSION = {"bytedmd": DEFINITION, "number": 3}

#: Weights times steps above which nothing is computed: beyond it, the plain loop takes minutes, or gigabytes.
MAX_WEIGHT_STEPS = 100_000_000

#: The parts of a configuration that can change its cost.
WITH_EFFECT = ("model", "task", "loss", "loss_weighting", "optimiser", "dtype", "updates")

#: An engine that takes every model; the cost does not depend on the engine that trains.
ANY_ENGINE = {"_target_": "lagrun.engines.numpy.Numpy"}


@dataclass(frozen=True)
class Cost:
    """Of one training sequence of one seed.

    Attributes
    ----------
    n_steps : int
        Its length.
    word : int
        Bytes of a number.
    multiply_adds : int
        Multiplications, with or without an addition.
    n_reads : int or None
        Reads of values, each of `word` bytes; None where there are more than
        `lagrun.analysis.data_movement.recorder.MAX_READS`.
    bytedmd : int or None
        Sum over all bytes read of the square root, rounded up, of their depth in the stack; None as before.
    """

    n_steps: int
    word: int
    multiply_adds: int
    n_reads: int | None
    bytedmd: int | None


class NoCostError(Exception):
    """Why a configuration has no cost, in one line."""


def key(config: Mapping[str, Any]) -> str:
    """Hash the parts of a configuration that can change its cost."""
    return identity({name: config.get(name) for name in WITH_EFFECT})


def cost_of(config: Mapping[str, Any], max_reads: int = MAX_READS, trusted: Sequence[str] = ()) -> Cost:
    """Compute the cost of a configuration.

    Parameters
    ----------
    config : mapping
        As stored beside a result.
    max_reads : int
        Reads above which there is no `Cost.bytedmd`; 0 to count multiplications only.
    trusted : sequence of str
        Packages beside lagrun whose classes it may name; its own list of trusted packages is ignored.

    Returns
    -------
    Cost

    Raises
    ------
    NoCostError
        If the model has no plain loop, if that, the loss or the optimiser does what cannot be followed, if it is too
        large, or if the configuration is refused; nothing is imported that is not trusted.
    """
    asked = {**config, "seed": SEED, "engine": ANY_ENGINE, KEY: list(trusted)}
    for group in GROUPS:
        node = asked.get(group)
        if isinstance(node, Mapping) and "_target_" in node:  # what else is wrong, `build` says
            _check_trust(f"{group}._target_", node["_target_"], trusted)
    try:
        cell = build(OmegaConf.create(asked))
    except ConfigError as error:
        raise NoCostError(str(error)) from None
    if not hasattr(cell.model, "reference"):
        raise NoCostError(f"{type(cell.model).__name__} has no plain loop")
    try:
        with threadpool_limits(1), np.errstate(all="ignore"):
            return _cost(cell, max_reads)
    except Exception as error:  # a user's classes may raise anything
        reason = one_line(str(error)) or type(error).__name__
        raise NoCostError(reason if isinstance(error, NoCostError) else f"cannot be traced ({reason})") from error


def _check_trust(name: str, target: Any, trusted: Sequence[str]) -> None:
    try:
        check_target(name, target, trusted)
    except ConfigError:
        package = one_line(str(target)).partition(".")[0]
        words = f"is not lagrun's, and would be run; if you trust it, add --trust {package}"
        raise NoCostError(f"{name}={one_line(str(target))}: {words}") from None


def _cost(cell: Experiment, max_reads: int) -> Cost:
    params, growth = initial_weights(cell)
    if params.n_weights * sequence_length(cell) > MAX_WEIGHT_STEPS:
        raise NoCostError(f"more than {MAX_WEIGHT_STEPS:.0e} weights times steps")
    batch, recorder, word = typical_sequence(cell), Recorder(max_reads), params.flat.dtype.itemsize
    learn(cell, params, growth, batch, recorder)
    events = recorder.events()
    n_steps, multiply_adds = batch.ids.shape[1], recorder.multiplications
    if events is None:
        return Cost(n_steps, word, multiply_adds, None, None)
    depths = stack_depths(events, recorder.returned())
    return Cost(n_steps, word, multiply_adds, recorder.n_reads, byte_distance(depths, word))
