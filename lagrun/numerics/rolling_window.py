"""The share of right predictions over a window of the latest training sequences, one row per seed."""

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


def shares(state: dict[str, np.ndarray], sequence: int, right: np.ndarray) -> np.ndarray:
    """Share of right predictions after each of the next sequences, shape (n,), for a state of one seed.

    Parameters
    ----------
    state : dict
        Not changed.
    sequence : int
        Number of training sequences before these.
    right : np.ndarray of bool, shape (n,)
        Outcomes of the next sequences.
    """
    window = state["window"].shape[1]
    n_right = state["n_right"][0] + np.cumsum(right) - np.cumsum(_dropped(state, sequence, right))
    return n_right / np.minimum(sequence + 1 + np.arange(len(right)), window)


def push_several(state: dict[str, np.ndarray], sequence: int, right: np.ndarray) -> None:
    """Add the outcomes `right`, shape (n,), that follow the first `sequence` sequences, for a state of one seed."""
    window = state["window"].shape[1]
    state["n_right"] += right.sum() - _dropped(state, sequence, right).sum()
    last = sequence + len(right)
    latest = right[-window:]
    state["window"][0, np.arange(last - len(latest) + 1, last + 1) % window] = latest


def _dropped(state: dict[str, np.ndarray], sequence: int, right: np.ndarray) -> np.ndarray:
    """Outcomes that leave the window as `right` comes in, for a state of one seed."""
    window = state["window"].shape[1]
    oldest = state["window"][0, np.arange(sequence + 1, sequence + 1 + min(len(right), window)) % window]
    return np.concatenate([oldest, right])[: len(right)]


def share(state: dict[str, np.ndarray], sequence: int) -> np.ndarray:
    """Share of right predictions over the window, or over all so far while it is not full, shape (S,)."""
    return state["n_right"] / min(sequence, state["window"].shape[1])
