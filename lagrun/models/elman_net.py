"""The net of the 1997 paper's gradient rules: self-recurrent hidden units between one-hot inputs and outputs.

This file has the arrays, the initial weights, the forward pass, and the errors that outputs inject. A learning rule,
such as `lagrun.models.elman`, takes these errors to the weights. There are no biases. With x the input symbol and
h(0) = 0, per step t::

    h(t)   = squash(W_input_hidden[x(t)] + h(t-1) W_hidden_hidden)                                         (1)
    net(t) = W_input_output[x(t)] + h' W_hidden_output                                                     (2)

where h' is h(t) if timing is ``layered`` (every layer is fed by all layers below it, section 5.2 of Hochreiter &
Schmidhuber 1997), and h(t-1) if it is ``sync`` (all units at once, from the activations of the step before, appendix
A.1). Without direct connections the first term of (2) is missing.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lagrun.interfaces import Batch
from lagrun.interfaces.params import Params, Shapes
from lagrun.numerics.activations import Squasher
from lagrun.numerics.output_layer import add_direct, hidden_errors, readout

#: Squashing functions of the hidden units, names as in `lagrun.numerics.activations`.
SQUASHES = ("logistic", "logistic_1", "tanh")
#: Which hidden state the outputs see.
TIMINGS = ("layered", "sync")


def shapes(n_inputs: int, n_outputs: int, hidden_size: int, direct: bool) -> dict[str, tuple[int, ...]]:
    """Shapes of one seed's arrays, in storage order; the array from input to output, if `direct`, comes last."""
    arrays: dict[str, tuple[int, ...]] = {
        "W_input_hidden": (n_inputs, hidden_size),
        "W_hidden_hidden": (hidden_size, hidden_size),
        "W_hidden_output": (hidden_size, n_outputs),
    }
    return arrays | ({"W_input_output": (n_inputs, n_outputs)} if direct else {})


def init(rngs: Sequence[np.random.Generator], arrays: Shapes, init_range: float, dtype: str) -> Params:
    """Draw weights uniformly from [-init_range, init_range].

    Parameters
    ----------
    rngs : sequence of np.random.Generator
        One per seed.
    arrays : mapping of str to tuple of int
        Shapes, drawn one array after the other.
    init_range : float
        Largest absolute weight.
    dtype : str
        float32 weights are rounded float64 draws.
    """
    params = Params.zeros(arrays, len(rngs), dtype)
    for s, rng in enumerate(rngs):
        for name, shape in arrays.items():
            params[name][s] = rng.uniform(-init_range, init_range, shape)
    return params


class HiddenStates:
    """Hidden states of a block, and the buffers they are computed in.

    With h = offset + amplitude * u, the recurrence runs on u, the tanh inside the squashing function. Steepness,
    amplitude and offset are folded into the weights, so that a step is only three numpy calls.

    Parameters
    ----------
    batch : Batch
        One sequence per seed; only its shape matters.
    hidden_size : int
        Number of hidden units, ``H``.
    squash : Squasher
        Of the hidden units.
    dtype : np.dtype
        Of the weights.

    Attributes
    ----------
    by_seed : np.ndarray, shape (S, T + 1, H)
        h(0), ..., h(T).
    """

    def __init__(self, batch: Batch, hidden_size: int, squash: Squasher, dtype: np.dtype) -> None:
        n_seeds, n_steps = batch.ids.shape
        self._squash = squash
        self._rows = np.arange(n_seeds)
        self._u = np.zeros((n_steps + 1, n_seeds, hidden_size), dtype)
        self._u[0] = -squash.offset / squash.amplitude  # h(0) = 0
        self._net = np.zeros((n_steps, n_seeds, hidden_size), dtype)
        self._steps = list(zip(self._u[:-1], self._net, self._u[1:], strict=True))
        self.by_seed = np.zeros((n_seeds, n_steps + 1, hidden_size), dtype)

    def run(self, w_input: np.ndarray, w_hidden: np.ndarray, ids: np.ndarray) -> None:
        """Compute equation (1) for every seed and step.

        Parameters
        ----------
        w_input : np.ndarray, shape (S, V, H)
            From input to hidden.
        w_hidden : np.ndarray, shape (S, H, H)
            From hidden to hidden.
        ids : np.ndarray of int, shape (S, T)
            Input symbols.
        """
        squash, net = self._squash, self._net
        np.multiply(w_input[self._rows, ids.T], squash.steepness, out=net)
        if squash.offset:
            net += squash.steepness * squash.offset * w_hidden.sum(1)
        product, w = times(squash.steepness * squash.amplitude * w_hidden)
        for u_before, net_t, u in self._steps:
            product(u_before, w, out=u)
            np.add(u, net_t, out=u)
            np.tanh(u, out=u)
        np.multiply(self._u.transpose(1, 0, 2), squash.amplitude, out=self.by_seed)
        if squash.offset:
            self.by_seed += squash.offset

    def slopes(self, out: np.ndarray) -> None:
        """Write the derivative of the squashing function at every step into `out`, shape (T, S, H)."""
        scale = self._squash.steepness * self._squash.amplitude
        np.multiply(self._u[1:], self._u[1:], out=out)
        out *= -scale
        out += scale


def times(w: np.ndarray) -> tuple[np.ufunc, np.ndarray]:
    """Return a ufunc f and an array a such that ``f(x, a)`` is ``x w`` for x of shape (S, M) and w of shape (S, M, N).

    A 1 x 1 matrix is a number, and an elementwise product takes less than half the time.
    """
    return (np.multiply, w[:, 0]) if w.shape[1:] == (1, 1) else (np.vecmat, w)


def seen(states: np.ndarray, timing: str) -> np.ndarray:
    """Hidden states that the outputs see at every step: h(0), ..., h(T), (S, T + 1, H), to (S, T, H)."""
    return states[:, 1:] if timing == "layered" else states[:, :-1]


def outputs(batch: Batch, h: np.ndarray, w_hidden: np.ndarray, w_input: np.ndarray | None, out: np.ndarray) -> None:
    """Compute equation (2) at the steps at which outputs are wanted.

    Parameters
    ----------
    batch : Batch
        The sequences.
    h : np.ndarray, shape (S, T, H)
        Hidden states, from `seen`.
    w_hidden : np.ndarray, shape (S, H, K)
        From hidden to output.
    w_input : np.ndarray of shape (S, V, K), or None
        From input to output, if there is such a connection.
    out : np.ndarray, shape (S, O, K)
        Net inputs of the outputs. Overwritten.
    """
    readout(batch, h, w_hidden, out)
    if w_input is not None:
        add_direct(batch, w_input, out)


def state_errors(batch: Batch, dlogits: np.ndarray, w_hidden: np.ndarray, timing: str, out: np.ndarray) -> None:
    """Write the error that the outputs inject into every hidden state.

    Parameters
    ----------
    batch, w_hidden
        As in `outputs`.
    dlogits : np.ndarray, shape (S, O, K)
        Gradient of the outputs' net inputs; zero at steps of padding.
    timing : str
        Which hidden state the outputs see.
    out : np.ndarray, shape (S, T + 1, H)
        Gradient with respect to h(0), ..., h(T), through the outputs alone. Overwritten.
    """
    out[:, 0 if timing == "layered" else -1] = 0.0
    hidden_errors(batch, dlogits, w_hidden, seen(out, timing))
