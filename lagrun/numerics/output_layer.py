"""The output layer of a whole sequence, at the steps where outputs are wanted: at all of them, or only at the last."""

from __future__ import annotations

import numpy as np

from lagrun.interfaces import Batch
from lagrun.numerics.padded_sums import input_gradient, matmul_by_chunks, sum_over_time
from lagrun.numerics.tiling import tiles


def at_outputs(batch: Batch, steps: np.ndarray) -> np.ndarray:
    """Pick the steps at which outputs are wanted: (S, T, ...) to (S, O, ...)."""
    return steps[np.arange(len(steps)), batch.lengths - 1][:, None] if batch.only_at_end else steps


def readout(batch: Batch, h: np.ndarray, w: np.ndarray, out: np.ndarray) -> None:
    """Compute the outputs' net inputs.

    Parameters
    ----------
    batch : Batch
        The sequences.
    h : np.ndarray, shape (S, T, H)
        Hidden activations that the outputs see at every step.
    w : np.ndarray, shape (S, H, K)
        From hidden to output.
    out : np.ndarray, shape (S, O, K)
        Overwritten.
    """
    h = at_outputs(batch, h)
    if w.shape[1] == 1:  # an elementwise product takes half the time
        np.multiply(h, w, out=out)
    else:
        matmul_by_chunks(h, w, out, _padded(batch))


def add_direct(batch: Batch, w: np.ndarray, out: np.ndarray) -> None:
    """Add the net inputs that outputs get directly from the input symbols.

    Parameters
    ----------
    batch : Batch
        The sequences.
    w : np.ndarray, shape (S, V, K)
        From input to output.
    out : np.ndarray, shape (S, O, K)
        Added to.
    """
    ids, cut = at_outputs(batch, batch.ids), tiles(1, *out.shape[1:])
    buffer = np.empty_like(out[:1][cut[0]][0])
    for s in range(len(out)):
        for _, steps in cut:
            logits = out[s, steps]
            logits += np.take(w[s], ids[s, steps], 0, buffer[: len(logits)], mode="clip")


def readout_gradient(batch: Batch, h: np.ndarray, dlogits: np.ndarray, out: np.ndarray) -> None:
    """Write the gradient of the weights from hidden to output into `out`, shape (S, H, K).

    Parameters
    ----------
    batch, h
        As in `readout`.
    dlogits : np.ndarray, shape (S, O, K)
        Gradient of the outputs' net inputs; zero at steps of padding.
    out : np.ndarray
        Overwritten.
    """
    sum_over_time(at_outputs(batch, h), dlogits, out, _padded(batch))


def hidden_errors(batch: Batch, dlogits: np.ndarray, w: np.ndarray, out: np.ndarray) -> None:
    """Write the part of every hidden activation's gradient that comes through the outputs into `out`, shape (S, T, H).

    Parameters
    ----------
    batch, dlogits, w
        As above.
    out : np.ndarray
        Overwritten.
    """
    back = w.transpose(0, 2, 1)
    if batch.only_at_end:
        out[:] = 0.0
        out[np.arange(len(out)), batch.lengths - 1] = np.matmul(dlogits, back)[:, 0]
    else:
        matmul_by_chunks(dlogits, back, out, _padded(batch))


def direct_gradient(batch: Batch, dlogits: np.ndarray, out: np.ndarray) -> None:
    """Write the gradient of the weights from input to output into `out`, shape (S, V, K)."""
    if batch.only_at_end:
        out[:] = 0.0
        out[np.arange(len(out))[:, None], at_outputs(batch, batch.ids)] = dlogits
    else:
        input_gradient(batch, dlogits, out)


def _padded(batch: Batch) -> bool:
    """Whether the steps at which outputs are wanted are padded."""
    return batch.padded and not batch.only_at_end
