"""The share of right predictions over a window of the latest training sequences, a seed a row."""

from __future__ import annotations

import numpy as np


def start(n_seeds: int, window: int) -> dict[str, np.ndarray]:
    """Allocate empty windows of `window` sequences."""
    return {"window": np.zeros((n_seeds, window), bool), "n_right": np.zeros(n_seeds, int)}


def push(state: dict[str, np.ndarray], sequence: int, right: np.ndarray) -> None:
    """Add the outcome of training sequence number `sequence` (from 1), shape (S,), and drop the oldest."""
    window = state["window"]
    oldest = window[:, sequence % window.shape[1]]
    state["n_right"] += right
    state["n_right"] -= oldest
    oldest[:] = right


def share(state: dict[str, np.ndarray], sequence: int) -> np.ndarray:
    """Share of right predictions over the window, or over all so far while it is not full, shape (S,)."""
    return state["n_right"] / min(sequence, state["window"].shape[1])
