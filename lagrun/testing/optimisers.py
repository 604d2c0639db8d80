"""What every optimiser promises, see `lagrun.interfaces.optimiser`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lagrun.interfaces.optimiser import Optimiser
from lagrun.testing.asserting import require, require_same

#: Seeds, weights of each (enough for numpy to take them in pieces), and updates.
N_SEEDS, N_WEIGHTS, N_STEPS = 5, 9000, 4


def check_optimiser(optimiser: Optimiser) -> None:
    """Check an optimiser; AssertionError in words for its author."""
    name = type(optimiser).__name__
    rng = np.random.default_rng(0)
    start, gradients = rng.normal(size=(N_SEEDS, N_WEIGHTS)), list(rng.normal(size=(N_STEPS, N_SEEDS, N_WEIGHTS)))
    clip = optimiser.clip_norm
    require(clip is None or clip > 0, f"{name}.clip_norm is {clip}, expected None or a number > 0")
    for key, array in optimiser.init(start.copy()).items():
        is_fine = isinstance(array, np.ndarray) and array.ndim > 0 and len(array) == N_SEEDS
        require(is_fine, f"{name}.init: {key!r} must be an array whose first axis is the seeds")
    together = _stepped(optimiser, start, gradients)
    words = f"{name}.update: the weights of a seed depend on the seeds beside it"
    for s in range(N_SEEDS):
        alone = _stepped(optimiser, start[s : s + 1], [gradient[s : s + 1] for gradient in gradients])
        require_same(alone[0], together[s], words)
    _check_rows(optimiser, start, gradients, together)
    first = _stepped(optimiser, start, gradients[:1])
    require((first != start).any(1).all(), f"{name}.update: must change the weights in place; it leaves them alone")
    require(((first - start) * gradients[0] <= 0).all(), f"{name}.update: the first step goes uphill")
    single = _stepped(optimiser, start.astype("float32"), [gradient.astype("float32") for gradient in gradients])
    require(np.isfinite(single).all(), f"{name}.update: weights in float32 are not finite")


def _stepped(optimiser: Optimiser, start: np.ndarray, gradients: Sequence[np.ndarray]) -> np.ndarray:
    params, state = start.copy(), None
    for step, gradient in enumerate(gradients, 1):
        state = optimiser.init(params) if state is None else state
        optimiser.update(params, gradient.copy(), state, step)
    return params


def _check_rows(optimiser: Optimiser, start: np.ndarray, gradients: Sequence[np.ndarray], together: Any) -> None:
    """Updates of a few seeds at a time, as training makes them to stay in the caches, give the same."""
    params, state = start.copy(), optimiser.init(start)
    for step, gradient in enumerate(gradients, 1):
        for rows in (slice(0, 2), slice(2, N_SEEDS)):
            some = {key: array[rows] for key, array in state.items()}
            optimiser.update(params[rows], gradient[rows].copy(), some, step)
    words = f"{type(optimiser).__name__}.update: must change the rows of params and state that it is given in place"
    require_same(params, together, words)
