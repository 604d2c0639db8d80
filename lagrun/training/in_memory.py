"""Train from Python: seeds side by side in this process, and their results in memory."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from lagrun.checks import ConfigError, check
from lagrun.interfaces.experiment import Experiment
from lagrun.interfaces.run_result import RunResult
from lagrun.training import loop
from lagrun.training.memory_limits import available, largest_block, refusal


def train(experiment: Experiment, seeds: int | Iterable[int]) -> list[RunResult]:
    """Train one net per seed in this process, and return the results.

    The weights are bit-identical to those that the command ``lagrun`` trains.

    Parameters
    ----------
    experiment : Experiment
        From `lagrun.compose`.
    seeds : int or iterable of int
        Such as ``range(30)``; each seed once.

    Returns
    -------
    list of RunResult
        In the order of the seeds.

    Raises
    ------
    FieldError
        If a value is no seed, or a seed occurs twice.
    ConfigError
        If a run is too large for the memory.

    Examples
    --------
    >>> import lagrun
    >>> small = ["task.p=4", "model.hidden_size=4", "budget=300", "criterion.window=20", "optimiser.learning_rate=0.05"]
    >>> results = lagrun.train(lagrun.compose(*small), range(2))
    >>> [(result.seed, result.outcome, result.sequences_to_solve) for result in results]
    [(0, 'solved', 75), (1, 'solved', 79)]
    >>> results[0].params["W_hidden_output"].shape
    (1, 4, 5)
    """
    wanted = _checked(seeds)
    free = available()
    if too_large := refusal([(experiment, 1)], 1, free):
        raise ConfigError(too_large)
    n = largest_block(experiment, 1, free)
    results: list[RunResult] = []
    # As `lagrun.execution.run_block` trains: several BLAS threads would give other bits.
    with threadpool_limits(1), np.errstate(all="ignore"):
        for i in range(0, len(wanted), n):
            loop.train(experiment, wanted[i : i + n], results.append)
    return sorted(results, key=lambda result: wanted.index(result.seed))


def _checked(seeds: Any) -> list[int]:
    found = list(seeds) if isinstance(seeds, Iterable) and not isinstance(seeds, str) else [seeds]
    allowed = "integers >= 0, and < 2**128, each once, such as range(30)"
    for seed in found:
        is_seed = isinstance(seed, int | np.integer) and not isinstance(seed, bool)
        check("seeds", seed, is_seed and 0 <= seed < 2**128 and found.count(seed) == 1, allowed)
    return [int(seed) for seed in found]
