"""Every scored step counts alike."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lagrun.interfaces import Batch


@dataclass(frozen=True)
class Uniform:
    """Weight 1 at every scored step (the paper's)."""

    def __call__(self, batch: Batch, dtype: np.dtype) -> np.ndarray:
        """Weights of every step, shape (S, O)."""
        return batch.scored.astype(dtype)
