"""Softmax outputs with cross-entropy: E = -log softmax(logits)[target]."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lagrun.losses.indices import first_outputs


@dataclass(frozen=True)
class SoftmaxCrossEntropy:
    """Cross-entropy of the softmax; its gradient is ``weight * (softmax - one-hot target)``."""

    def __call__(self, logits: np.ndarray, targets: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Compute errors and gradient; see `lagrun.interfaces.Loss`."""
        n_outputs = logits.shape[-1]
        flat = logits.reshape(-1)
        at_target = targets + first_outputs(logits.shape)
        # Without the usual shift, exp is safe unless a logit is huge; a shift by 0.0 changes no bit.
        limit = np.log(np.finfo(logits.dtype).max) / 2
        if not -limit <= logits.min() <= logits.max() <= limit:
            largest = logits.max(-1)
            logits -= np.where(np.abs(largest) > limit, largest, 0)[..., None]
        losses = -flat[at_target]
        np.exp(logits, out=logits)
        normaliser = np.matmul(logits, np.ones(n_outputs, logits.dtype))
        losses += np.log(normaliser)
        logits *= (weights / normaliser)[..., None]
        flat[at_target] -= weights
        return losses, logits

    def outputs(self, logits: np.ndarray) -> np.ndarray:
        """Compute the softmax; see `lagrun.interfaces.Loss`."""
        logits -= logits.max(-1, keepdims=True)
        np.exp(logits, out=logits)
        logits /= logits.sum(-1, keepdims=True)
        return logits
