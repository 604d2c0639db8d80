"""What every loss and every weighting of its steps promises, see `lagrun.interfaces.loss`."""

from __future__ import annotations

from itertools import product

import numpy as np

from lagrun.interfaces.loss import Loss, LossWeighting
from lagrun.testing.asserting import require, require_close, require_same
from lagrun.testing.batches import KINDS, random_batch


def check_loss(loss: Loss) -> None:
    """Check a loss; AssertionError in words for its author."""
    name = type(loss).__name__
    rng = np.random.default_rng(0)
    logits, targets, weights = rng.normal(size=(3, 3, 5)), rng.integers(0, 5, (3, 3)), rng.uniform(0, 9, (3, 3))
    for dtype in ("float64", "float32"):
        given = logits.astype(dtype)
        losses, dlogits = loss(given, targets, weights.astype(dtype))
        require(losses.shape == targets.shape, f"{name}: losses of shape {losses.shape}, expected {targets.shape}")
        require(losses.dtype == dlogits.dtype == dtype, f"{name}: losses or gradient are not of the logits' {dtype}")
        require(np.shares_memory(dlogits, given), f"{name}: the gradient must be in the memory of the logits")
        outputs = loss.outputs(given := logits.astype(dtype))
        require(((outputs >= 0) & (outputs <= 1)).all(), f"{name}.outputs: must be in [0, 1]")
        require(np.shares_memory(outputs, given), f"{name}.outputs: must be in the memory of the logits")
    _, gradient = loss(logits.copy(), targets, weights)
    words = f"{name}: the gradient is not that of the weighted losses"
    require_close(gradient, _numeric(loss, logits, targets, weights), words, 1e-6, 1e-8)
    for s in range(3):
        one = slice(s, s + 1)
        losses, alone = loss(logits[one].copy(), targets[one], weights[one])
        require_same(alone[0], gradient[s], f"{name}: the numbers of a seed depend on the seeds beside it")


def _numeric(loss: Loss, logits: np.ndarray, targets: np.ndarray, weights: np.ndarray) -> np.ndarray:
    slopes, step = np.zeros_like(logits), 1e-5
    for index in product(*map(range, logits.shape)):
        ends = []
        for sign in (step, -step):
            moved = logits.copy()
            moved[index] += sign
            ends.append((weights * loss(moved, targets, weights)[0]).sum())
        slopes[index] = (ends[0] - ends[1]) / (2 * step)
    return slopes


def check_loss_weighting(weighting: LossWeighting) -> None:
    """Check a weighting; AssertionError in words for its author."""
    name = type(weighting).__name__
    for kind, dtype in product(KINDS, ("float64", "float32")):
        batch = random_batch(4, 9, 5, kind)
        weights = weighting(batch, np.dtype(dtype))
        wanted = batch.targets.shape
        require(weights.shape == wanted, f"{name}: weights of shape {weights.shape}, expected {wanted}")
        require(weights.dtype == dtype, f"{name}: weights of dtype {weights.dtype}, expected {dtype}")
        require((weights >= 0).all(), f"{name}: a weight is negative, or not a number")
        require((weights[~batch.scored] == 0).all(), f"{name}: a step that is not scored has a weight")
        for s in range(4):
            alone = weighting(batch[s : s + 1], np.dtype(dtype))
            require_same(alone[0], weights[s], f"{name}: the weights of a seed depend on the seeds beside it")
