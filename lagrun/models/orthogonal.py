"""Random orthogonal matrices, for the initial recurrent weights of several models."""

from __future__ import annotations

import numpy as np

#: How an orthogonal matrix is made from one of normal numbers.
KINDS = ("haar", "qr")


def orthogonal(rng: np.random.Generator, n: int, kind: str) -> np.ndarray:
    """Draw an orthogonal matrix.

    Parameters
    ----------
    rng : np.random.Generator
        Draws n x n normal numbers, whatever the kind.
    n : int
        Rows and columns.
    kind : str
        ``haar``: uniformly, by the factor Q of a QR decomposition with the signs of R's diagonal [1]; ``qr``: Q as
        LAPACK's reflections leave it, which is not uniform: it leans towards a negative trace.

    Returns
    -------
    np.ndarray, shape (n, n)

    References
    ----------
    .. [1] F. Mezzadri, "How to generate random matrices from the classical compact groups", Notices of the AMS
       54:592-604 (2007).
    """
    q, r = np.linalg.qr(rng.normal(size=(n, n)))
    return q if kind == "qr" else q * np.where(np.diag(r) < 0, -1.0, 1.0)
