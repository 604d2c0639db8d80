"""Sequential construction of `lagrun.models.lstm1997`: the cells are added once the error has stopped decreasing.

Cells that are not yet added have output weights of zero, which the gradient must not change. Nothing else is needed:
zero weights pass neither their activation nor any error.
"""

from __future__ import annotations

import numpy as np

from lagrun.interfaces.params import Params

State = dict[str, np.ndarray]


def start(params: Params) -> State:
    """Cut all cells off in `params`, and remember their initial output weights."""
    weights = params["W_cell_output"]
    state = {
        "grown": np.zeros(params.n_seeds, bool),
        "initial": weights.copy(),
        "n_sequences": np.zeros(params.n_seeds, int),
        "error": np.zeros(params.n_seeds),
        "error_before": np.full(params.n_seeds, np.inf),
    }
    weights[:] = 0.0
    return state


def restrict(state: State, grads: Params) -> None:
    """Set the gradient of the output weights of cells that are cut off to zero."""
    if not state["grown"].all():
        grads["W_cell_output"][~state["grown"]] = 0.0


def grow(params: Params, state: State, losses: np.ndarray, window: int, ratio: float) -> None:
    """Take in the error of one training sequence, shape (S,).

    After every `window` sequences their summed error is compared with that of the `window` sequences before; where it
    is at least `ratio` times as large, the cells get their initial output weights.
    """
    waiting = ~state["grown"]  # only these count: else a seed's count would depend on the other seeds
    state["n_sequences"] += waiting
    state["error"][waiting] += losses[waiting]
    ended = waiting & (state["n_sequences"] % window == 0)
    if not ended.any():
        return
    now = ended & (state["error"] >= ratio * state["error_before"])
    params["W_cell_output"][now] = state["initial"][now]
    state["grown"] |= now
    state["error_before"][ended] = state["error"][ended]
    state["error"][ended] = 0.0
