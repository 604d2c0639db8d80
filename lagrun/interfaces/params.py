"""Named weight arrays that share one flat buffer with a row per seed.

Models see names and shapes; the optimiser, the gradient norm, the checksum and the divergence test see the flat
``(S, P)`` array. Both are views of the same memory, so an update in place reaches every name.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from math import prod

import numpy as np

Shapes = Mapping[str, tuple[int, ...]]


class Params(Mapping[str, np.ndarray]):
    """Weights of ``S`` seeds, by name and flat.

    Parameters
    ----------
    shapes : mapping of str to tuple of int
        Shape of every array for one seed, in storage order.
    flat : np.ndarray, shape (S, P)
        C-contiguous storage, one row per seed; ``P`` is the sum of the sizes in `shapes`.

    Raises
    ------
    ValueError
        If `flat` has not ``P`` columns.
    """

    def __init__(self, shapes: Shapes, flat: np.ndarray) -> None:
        if flat.ndim != 2 or flat.shape[1] != sum(map(prod, shapes.values())):
            raise ValueError(f"flat has shape {flat.shape}, the arrays need (S, {sum(map(prod, shapes.values()))})")
        self.shapes = dict(shapes)
        self.flat = flat
        self._views: dict[str, np.ndarray] = {}
        self._joined: dict[tuple[str, ...], np.ndarray] = {}
        start = 0
        for name, shape in self.shapes.items():
            self._views[name] = flat[:, start : start + prod(shape)].reshape(len(flat), *shape)
            start += prod(shape)

    @classmethod
    def zeros(cls, shapes: Shapes, n_seeds: int, dtype: np.dtype | type | str) -> Params:
        """Allocate weights of `n_seeds` seeds, all zero."""
        return cls(shapes, np.zeros((n_seeds, sum(map(prod, shapes.values()))), dtype))

    def __getitem__(self, name: str) -> np.ndarray:
        return self._views[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._views)

    def __len__(self) -> int:
        return len(self._views)

    @property
    def n_seeds(self) -> int:
        """Number of seeds, ``S``."""
        return len(self.flat)

    @property
    def n_weights(self) -> int:
        """Number of weights of one seed, ``P``."""
        return self.flat.shape[1]

    def joined(self, *names: str) -> np.ndarray:
        """View neighbouring 2-D arrays (and trailing vectors) with equal columns as one taller array.

        Parameters
        ----------
        *names : str
            Names of arrays that follow each other in storage and have the same last dimension ``C``.

        Returns
        -------
        np.ndarray, shape (S, R, C)
            A view, rows in the order of `names`.
        """
        if names in self._joined:
            return self._joined[names]
        order = list(self.shapes)
        first = order.index(names[0])
        if tuple(order[first : first + len(names)]) != names:
            raise ValueError(f"{names} do not follow each other in {order}")
        start = sum(prod(self.shapes[name]) for name in order[:first])
        size = sum(prod(self.shapes[name]) for name in names)
        columns = self.flat[:, start : start + size]
        self._joined[names] = columns.reshape(self.n_seeds, -1, self.shapes[names[0]][-1])
        return self._joined[names]

    def take(self, seeds: np.ndarray) -> Params:
        """Copy the rows `seeds` (indices or mask along the seed axis)."""
        return Params(self.shapes, self.flat[seeds])

    def copy_from(self, other: Params) -> None:
        """Copy the weights of another set, by name.

        Raises
        ------
        ValueError
            If it has other names, shapes, seeds or another dtype.
        """
        ours, theirs = ({name: (a.shape, a.dtype) for name, a in each.items()} for each in (self, other))
        if ours != theirs:
            raise ValueError(f"weights of another net: {theirs}, expected {ours}")
        for name, array in other.items():
            self[name][:] = array

    def like(self) -> Params:
        """Allocate an array set of the same shapes, dtype and seeds, all zero."""
        return Params.zeros(self.shapes, self.n_seeds, self.flat.dtype)

    def sha256(self, seed: int) -> str:
        """Hash one row's weights as little-endian bytes in storage order."""
        row = self.flat[seed]
        return hashlib.sha256(row.astype(row.dtype.newbyteorder("<")).tobytes()).hexdigest()
