"""GRU, gated recurrent units (Cho et al. 2014, arXiv:1406.1078, section 2.3), with full back-propagation through time.

One layer, with biases, linear readout without bias. The reset gate acts on h(t-1) before the recurrent matrix, as in
the paper, not on the product with it, as in some libraries. The update gate's convention is the paper's, too: **z = 1
keeps the state**, so that a large initial bias of it means long memory. Other texts have 1 - z in its place.

Names, per step t (columns of the gate arrays in the order z, r, g; W_z, W_r, W_g are those of W_hidden_gates)::

    z      = sigmoid(W_input_gates[x] + b_gates + h(t-1) W_z)                  update gate                      (1)
    r      = sigmoid(the same         + h(t-1) W_r)                            reset gate                       (2)
    g      = tanh(the same            + (r * h(t-1)) W_g)                      candidate                        (3)
    h(t)   = z * h(t-1) + (1 - z) * g                                          state                            (4)
    logits = h(t) W_hidden_output                                                                               (5)

Written plainly, seed axis first, as an example of how a model is added; `lagrun.models.lstm` shows how to be fast.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from lagrun.checks import check
from lagrun.interfaces import Batch
from lagrun.models.gru_reference import GRUReference
from lagrun.models.orthogonal import orthogonal
from lagrun.params import Params
from lagrun.readout import hidden_errors, readout, readout_gradient
from lagrun.squashers import LOGISTIC
from lagrun.time_sums import input_gradient, sum_over_time

if TYPE_CHECKING:
    from lagrun.compiled.learner import MakeNet


class _Tape(NamedTuple):
    """Activations of every step: all of shape (S, T, H), but `h` is h(0), ..., h(T), shape (S, T + 1, H)."""

    z: np.ndarray
    r: np.ndarray
    g: np.ndarray
    h: np.ndarray


@dataclass(frozen=True)
class GRU:
    """Gated recurrent units.

    Parameters
    ----------
    hidden_size : int
        Number of units, ``H``.
    input_scale : float
        Standard deviation of the normal initial input weights.
    recurrent_scale : float
        Factor on the orthogonal H x H blocks of the initial recurrent weights.
    readout_scale : float
        Standard deviation of the normal initial readout weights.
    update_gate_bias, reset_gate_bias : float
        Initial biases; the candidate's is 0. A large bias of the update gate keeps the state.
    """

    hidden_size: int
    input_scale: float
    recurrent_scale: float
    readout_scale: float
    update_gate_bias: float
    reset_gate_bias: float

    def __post_init__(self) -> None:
        check("hidden_size", self.hidden_size, self.hidden_size >= 1, "an integer >= 1")
        for name in ("input_scale", "recurrent_scale", "readout_scale"):
            value = getattr(self, name)
            check(name, value, 0 <= value < np.inf, "a finite number >= 0")
        for name in ("update_gate_bias", "reset_gate_bias"):
            value = getattr(self, name)
            check(name, value, np.isfinite(value), "a finite number")

    def reference(self) -> GRUReference:
        """The same net as a plain loop."""
        return GRUReference()

    def compiled(self, by_step: bool, only_at_end: bool) -> MakeNet:
        """The net of `lagrun.compiled.gru`."""
        from lagrun.compiled.gru import net

        return partial(net, self)

    def shapes(self, n_inputs: int, n_outputs: int) -> dict[str, tuple[int, ...]]:
        """Shapes of one seed's arrays, in storage order."""
        h = self.hidden_size
        return {
            "W_input_gates": (n_inputs, 3 * h),
            "W_hidden_gates": (h, 3 * h),
            "b_gates": (3 * h,),
            "W_hidden_output": (h, n_outputs),
        }

    def init(self, rngs: Sequence[np.random.Generator], n_inputs: int, n_outputs: int, dtype: str) -> Params:
        """Draw initial weights, one generator a seed; float32 weights are rounded float64 draws."""
        h = self.hidden_size
        params = Params.zeros(self.shapes(n_inputs, n_outputs), len(rngs), dtype)
        params["b_gates"][:] = np.repeat((self.update_gate_bias, self.reset_gate_bias, 0.0), h)
        for s, rng in enumerate(rngs):
            params["W_input_gates"][s] = rng.normal(0.0, self.input_scale, (n_inputs, 3 * h))
            blocks = [orthogonal(rng, h) for _ in range(3)]
            params["W_hidden_gates"][s] = self.recurrent_scale * np.concatenate(blocks, axis=1)
            params["W_hidden_output"][s] = rng.normal(0.0, self.readout_scale, (h, n_outputs))
        return params

    def forward(self, params: Params, batch: Batch, tape: Any = None) -> tuple[np.ndarray, _Tape]:
        """Equations (1) to (5) for every seed and step; see `lagrun.interfaces.Model`."""
        (n_seeds, n_steps), n, dtype = batch.ids.shape, self.hidden_size, params.flat.dtype
        z, r, g = (np.empty((n_seeds, n_steps, n), dtype) for _ in range(3))
        tape = _Tape(z, r, g, np.zeros((n_seeds, n_steps + 1, n), dtype))
        hidden_zr, hidden_g = params["W_hidden_gates"][:, :, : 2 * n], params["W_hidden_gates"][:, :, 2 * n :]
        nets = params["W_input_gates"][np.arange(n_seeds)[:, None], batch.ids]
        nets += params["b_gates"][:, None]
        h = tape.h[:, 0]
        for t in range(n_steps):
            net = nets[:, t]
            zr = LOGISTIC(net[:, : 2 * n] + np.vecmat(h, hidden_zr))
            z[:, t], r[:, t] = zr[:, :n], zr[:, n:]
            g[:, t] = np.tanh(net[:, 2 * n :] + np.vecmat(r[:, t] * h, hidden_g))
            h = z[:, t] * h + (1 - z[:, t]) * g[:, t]
            tape.h[:, t + 1] = h

        logits = np.empty((*batch.targets.shape, params["W_hidden_output"].shape[2]), dtype)
        readout(batch, tape.h[:, 1:], params["W_hidden_output"], logits)
        return logits, tape

    def grads(self, params: Params, batch: Batch, tape: _Tape, dlogits: np.ndarray, out: Params) -> None:
        """Back-propagation through time; see `lagrun.interfaces.BackwardModel`."""
        n, (z, r, g), h_before = self.hidden_size, tape[:3], tape.h[:, :-1]
        readout_gradient(batch, tape.h[:, 1:], dlogits, out["W_hidden_output"])
        dh_out = np.empty_like(z)  # dE/dh(t) through the outputs alone
        hidden_errors(batch, dlogits, params["W_hidden_output"], dh_out)

        hidden_zr, hidden_g = params["W_hidden_gates"][:, :, : 2 * n], params["W_hidden_gates"][:, :, 2 * n :]
        by_z, by_g, by_r = (h_before - g) * z * (1 - z), (1 - z) * (1 - g * g), h_before * r * (1 - r)
        dnet = np.empty((*batch.ids.shape, 3 * n), z.dtype)
        dh_later = np.zeros_like(z[:, 0])
        for t in reversed(range(z.shape[1])):
            dh = dh_out[:, t] + dh_later
            dnet[:, t, :n] = dh * by_z[:, t]
            dnet[:, t, 2 * n :] = dh * by_g[:, t]
            d_reset = np.matvec(hidden_g, dnet[:, t, 2 * n :])  # of r * h(t-1)
            dnet[:, t, n : 2 * n] = d_reset * by_r[:, t]
            dh_later = dh * z[:, t] + d_reset * r[:, t] + np.matvec(hidden_zr, dnet[:, t, : 2 * n])

        w_hidden = out["W_hidden_gates"]
        sum_over_time(h_before, dnet[:, :, : 2 * n], w_hidden[:, :, : 2 * n], batch.padded)
        sum_over_time(r * h_before, dnet[:, :, 2 * n :], w_hidden[:, :, 2 * n :], batch.padded)
        ones = np.ones((*batch.ids.shape, 1), z.dtype)
        sum_over_time(ones, dnet, out["b_gates"][:, None], batch.padded)
        input_gradient(batch, dnet, out["W_input_gates"])
