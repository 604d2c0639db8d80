"""Where the hidden units of `lagrun.models.lstm1997` are, and what they compute from their net inputs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from lagrun.numerics.activations import LOGISTIC, Squasher


class Units(NamedTuple):
    """Activations of the hidden units, without the cells' outputs; ``B`` blocks of ``N`` cells.

    Attributes
    ----------
    y_in : np.ndarray, shape (..., B, 1)
    y_out : np.ndarray, shape (..., B, 1), or None
    g : np.ndarray, shape (..., B, N)
        Squashed cell inputs.
    """

    y_in: np.ndarray
    y_out: np.ndarray | None
    g: np.ndarray


@dataclass(frozen=True)
class Layout:
    """Blocks and their units, in the order input gates, output gates, cells.

    Parameters
    ----------
    n_blocks, block_size : int
    output_gate : bool
    cell_input, cell_output : Squasher
        g and h.
    """

    n_blocks: int
    block_size: int
    output_gate: bool
    cell_input: Squasher
    cell_output: Squasher

    @property
    def n_cells(self) -> int:
        """All cells, ``C``."""
        return self.n_blocks * self.block_size

    @property
    def n_gates(self) -> int:
        """All gates."""
        return self.n_blocks * (1 + self.output_gate)

    @property
    def n_hidden(self) -> int:
        """All hidden units, ``U``."""
        return self.n_gates + self.n_cells

    def units(self, net: np.ndarray) -> Units:
        """Equations (7) and (8), and g, from net inputs of shape (..., U)."""
        gates = LOGISTIC(net[..., : self.n_gates])[..., None]
        y_out = gates[..., self.n_blocks :, :] if self.output_gate else None
        return Units(gates[..., : self.n_blocks, :], y_out, self.by_block(self.cell_input(net[..., self.n_gates :])))

    def by_block(self, cells: np.ndarray) -> np.ndarray:
        """Reshape (..., C) to (..., B, N)."""
        return cells.reshape(*cells.shape[:-1], self.n_blocks, self.block_size)

    def flat(self, cells: np.ndarray) -> np.ndarray:
        """Reshape (..., B, N) to (..., C)."""
        return cells.reshape(*cells.shape[:-2], self.n_cells)

    def activations(self, units: Units, y_c: np.ndarray) -> np.ndarray:
        """Put all hidden activations side by side, shape (..., U), given cell outputs of shape (..., B, N)."""
        parts = [units.y_in[..., 0], self.flat(y_c)]
        if units.y_out is not None:
            parts.insert(1, units.y_out[..., 0])
        return np.concatenate(parts, axis=-1)

    def dnet(self, d_in: np.ndarray, d_out: np.ndarray | None, d_c: np.ndarray) -> np.ndarray:
        """Put the errors of all net inputs side by side: (..., B), (..., B) and (..., B, N) to (..., U)."""
        return np.concatenate([d_in, *([] if d_out is None else [d_out]), self.flat(d_c)], axis=-1)


def sum_cells(of_cells: np.ndarray) -> np.ndarray:
    """Sum over the cells of each block: (..., B, N) to (..., B)."""
    return of_cells[..., 0] if of_cells.shape[-1] == 1 else of_cells.sum(-1)
