"""What an optimiser is; names of axes as in `lagrun.interfaces`."""

from __future__ import annotations

from typing import Protocol

import numpy as np


class Optimiser(Protocol):
    """An (init, update) pair, elementwise over arrays whose first axis is the seed."""

    @property
    def clip_norm(self) -> float | None:
        """Largest global gradient norm of a seed, or None for no clipping."""

    def init(self, params: np.ndarray) -> dict[str, np.ndarray]:
        """Allocate the state that belongs to `params`, shape (S, P); every array has the seed axis first."""

    def update(self, params: np.ndarray, grads: np.ndarray, state: dict[str, np.ndarray], step: int) -> None:
        """Change `params` and `state` in place.

        Parameters
        ----------
        params, grads : np.ndarray, shape (s, P)
            Weights and gradients of some of the seeds. `grads` may be overwritten.
        state : dict of np.ndarray
            Their rows of the state.
        step : int
            Number of this update, from 1.
        """
