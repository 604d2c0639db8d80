"""Random orthogonal matrices, for the initial recurrent weights of several models."""

from __future__ import annotations

import numpy as np


def orthogonal(rng: np.random.Generator, n: int) -> np.ndarray:
    """Draw an n x n orthogonal matrix, uniformly (QR with the signs of R's diagonal; Mezzadri 2007)."""
    q, r = np.linalg.qr(rng.normal(size=(n, n)))
    return q * np.where(np.diag(r) < 0, -1.0, 1.0)
