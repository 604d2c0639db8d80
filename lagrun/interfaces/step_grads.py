"""The gradient of a single step. In some weight arrays it is zero everywhere except in one row."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lagrun.interfaces.optimiser import Optimiser
from lagrun.interfaces.params import Params


class StepGrads:
    """Gradient of one step: some arrays in full; of each other array, only the row that the step used.

    Parameters
    ----------
    params : Params
        Weights of the block, which fix shapes and dtype.
    by_row : sequence of str
        Names of the arrays, last in storage, of which a step uses one row.

    Attributes
    ----------
    whole : Params
        Gradient of the arrays that are not in `by_row`.
    rows : dict of str to np.ndarray, shape (S, C)
        Gradient of the row used.
    index : dict of str to np.ndarray, shape (S,)
        Which row that is. A model that writes `rows` sets it.
    """

    def __init__(self, params: Params, by_row: Sequence[str]) -> None:
        names = list(params.shapes)
        n_whole = len(names) - len(by_row)
        if set(names[n_whole:]) != set(by_row):
            raise ValueError(f"{list(by_row)} must be the last of {names}")
        dtype, n_seeds = params.flat.dtype, params.n_seeds
        self.whole = Params.zeros({name: params.shapes[name] for name in names[:n_whole]}, n_seeds, dtype)
        self.rows = {name: np.zeros((n_seeds, params.shapes[name][1]), dtype) for name in by_row}
        self.index = {name: np.zeros(n_seeds, int) for name in by_row}
        self._seeds = np.arange(n_seeds)

    def descend(self, optimiser: Optimiser, params: Params, step: int) -> None:
        """Apply an update; its rule must not change weights of zero gradient. May overwrite the gradient."""
        optimiser.update(params.flat[:, : self.whole.n_weights], self.whole.flat, {}, step)
        for name, gradient in self.rows.items():
            where = self._seeds, self.index[name]
            weights = params[name][where]
            optimiser.update(weights, gradient, {}, step)
            params[name][where] = weights

    def add_to(self, grads: Params) -> None:
        """Add to the gradient of the whole sequence."""
        grads.flat[:, : self.whole.n_weights] += self.whole.flat
        for name, gradient in self.rows.items():
            grads[name][self._seeds, self.index[name]] += gradient

    def norms(self) -> np.ndarray:
        """Euclidean norm of every seed's gradient, shape (S,)."""
        squares = np.vecdot(self.whole.flat, self.whole.flat)
        for gradient in self.rows.values():
            squares += np.vecdot(gradient, gradient)
        return np.sqrt(squares)
