"""Training sequences as arrays; names of axes as in `lagrun.interfaces`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Batch:
    """One on-line sequence per seed (or several sequences of one seed). One-hot vectors are never built.

    Outputs are wanted at all steps, or only at the last one of each sequence. In the second case `targets`, `scored`,
    logits, losses and loss weights have a single column. ``O`` below is T or 1.

    Attributes
    ----------
    ids : np.ndarray of int32, shape (S, T)
        Input symbol of every step; 0 where padded.
    targets : np.ndarray of int32, shape (S, O)
        Output unit that should be 1.
    scored : np.ndarray of bool, shape (S, O)
        Where the task defines an error.
    lengths : np.ndarray of int32, shape (S,)
        Steps before padding.
    distinct_ids : bool
        Whether the task promises that no input symbol occurs twice in a sequence; gradients of the input weights are
        then plain assignments.
    padded : bool
        Whether lengths may differ. T is then a multiple of `lagrun.numerics.padded_sums.CHUNK`, and not the length of
        any sequence.
    """

    ids: np.ndarray
    targets: np.ndarray
    scored: np.ndarray
    lengths: np.ndarray
    distinct_ids: bool = False
    padded: bool = False

    def __getitem__(self, index: Any) -> Batch:
        """Index the leading axes of every array."""
        arrays = (self.ids[index], self.targets[index], self.scored[index], self.lengths[index])
        return Batch(*arrays, self.distinct_ids, self.padded)

    @property
    def only_at_end(self) -> bool:
        """Whether outputs are wanted only at the last step of each sequence."""
        return self.targets.shape[-1] < self.ids.shape[-1]

    @property
    def last(self) -> tuple[np.ndarray, np.ndarray]:
        """Index of every sequence's last step in arrays of shape (S, O)."""
        return np.arange(len(self.ids)), np.zeros_like(self.lengths) if self.only_at_end else self.lengths - 1

    def at_end(self) -> Batch:
        """The same sequences with outputs wanted only at the end."""
        return replace(self, targets=self.targets[self.last][:, None], scored=self.scored[self.last][:, None])
