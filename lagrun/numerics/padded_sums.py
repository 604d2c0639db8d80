"""Sums of products over the steps of a sequence, with the same bits however far the sequence is padded."""

from __future__ import annotations

import numpy as np

from lagrun.interfaces import Batch

#: Steps of one matrix product. A BLAS may sum in another order at another length, so padding fills whole chunks.
CHUNK = 64


def rounded_up(n_steps: int) -> int:
    """Steps of a padded array that holds `n_steps`."""
    return -(-n_steps // CHUNK) * CHUNK


def sum_over_time(a: np.ndarray, b: np.ndarray, out: np.ndarray, padded: bool) -> None:
    """Sum the outer products of every step's rows.

    Parameters
    ----------
    a : np.ndarray, shape (S, T, M)
        First factors.
    b : np.ndarray, shape (S, T, N)
        Second factors, zero at steps of padding.
    out : np.ndarray, shape (S, M, N)
        Overwritten.
    padded : bool
        Whether T is padded, to a multiple of `CHUNK`.
    """
    if not padded:
        np.matmul(a.transpose(0, 2, 1), b, out=out)
        return
    out[:] = 0.0
    for start in range(0, a.shape[1], CHUNK):
        steps = slice(start, start + CHUNK)
        out += np.matmul(a[:, steps].transpose(0, 2, 1), b[:, steps])


def matmul_by_chunks(a: np.ndarray, w: np.ndarray, out: np.ndarray, padded: bool) -> None:
    """Multiply every step's row by a matrix: ``out[:, t] = a[:, t] w``.

    Parameters
    ----------
    a : np.ndarray, shape (S, T, M)
        Rows.
    w : np.ndarray, shape (S, M, N)
        Matrix of every seed.
    out : np.ndarray, shape (S, T, N)
        Overwritten.
    padded : bool
        As in `sum_over_time`.
    """
    if not padded:
        np.matmul(a, w, out=out)
        return
    for start in range(0, a.shape[1], CHUNK):
        steps = slice(start, start + CHUNK)
        np.matmul(a[:, steps], w, out=out[:, steps])


def input_gradient(batch: Batch, dnet: np.ndarray, out: np.ndarray) -> None:
    """Sum every step's gradient into the row of its input symbol.

    Parameters
    ----------
    batch : Batch
        The sequences.
    dnet : np.ndarray, shape (S, T, N)
        Gradient of the net inputs that the input weights feed; zero at steps of padding.
    out : np.ndarray, shape (S, V, N)
        Gradient of the input weights. Overwritten.
    """
    if batch.distinct_ids:
        out[:] = 0.0
        out[np.arange(len(out))[:, None], batch.ids] = dnet
        return
    one_hot = batch.ids[:, :, None] == np.arange(out.shape[1])
    sum_over_time(one_hot.astype(out.dtype), dnet, out, batch.padded)
