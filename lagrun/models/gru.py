"""GRU, gated recurrent units (Cho et al. 2014, arXiv:1406.1078, section 2.3), with full back-propagation through time.

One layer, with biases, linear readout without bias. The reset gate acts on h(t-1) before the recurrent matrix, as in
the paper, not on the product with it, as in some libraries. The update gate is as in the paper, too: **z = 1 keeps
the state**, so that a large initial bias of this gate means long memory. Other texts have 1 - z in its place.

Names, per step t (columns of the gate arrays in the order z, r, g; W_z, W_r, W_g are those of W_hidden_gates)::

    z      = sigmoid(W_input_gates[x] + b_gates + h(t-1) W_z)                  update gate                      (1)
    r      = sigmoid(the same         + h(t-1) W_r)                            reset gate                       (2)
    g      = tanh(the same            + (r * h(t-1)) W_g)                      candidate                        (3)
    h(t)   = z * h(t-1) + (1 - z) * g                                          state                            (4)
    logits = h(t) W_hidden_output                                                                               (5)

Step buffers have shape (T, S, features), so that a step reads and writes contiguous memory. They are made once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lagrun.checks import check
from lagrun.interfaces import Batch
from lagrun.interfaces.params import Params
from lagrun.models.buffers import buffer_key
from lagrun.models.gru_reference import GRUReference
from lagrun.models.orthogonal import orthogonal
from lagrun.numerics.output_layer import hidden_errors, readout, readout_gradient
from lagrun.numerics.padded_sums import input_gradient, sum_over_time


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
        """Draw initial weights, one generator per seed; float32 weights are rounded float64 draws."""
        h = self.hidden_size
        params = Params.zeros(self.shapes(n_inputs, n_outputs), len(rngs), dtype)
        params["b_gates"][:] = np.repeat((self.update_gate_bias, self.reset_gate_bias, 0.0), h)
        for s, rng in enumerate(rngs):
            params["W_input_gates"][s] = rng.normal(0.0, self.input_scale, (n_inputs, 3 * h))
            blocks = [orthogonal(rng, h, "haar") for _ in range(3)]
            params["W_hidden_gates"][s] = self.recurrent_scale * np.concatenate(blocks, axis=1)
            params["W_hidden_output"][s] = rng.normal(0.0, self.readout_scale, (h, n_outputs))
        return params

    def forward(self, params: Params, batch: Batch, tape: _Tape | None = None) -> tuple[np.ndarray, _Tape]:
        """Equations (1) to (5) for every seed and step; see `lagrun.interfaces.Model`."""
        if tape is None or tape.key != buffer_key(batch, params):
            tape = _Tape(batch, self.hidden_size, params)
        n, half, one = self.hidden_size, tape.half, tape.one
        # sigmoid(x) = tanh(x / 2) / 2 + 1/2: the inner half is folded into the weights (exact, a power of two).
        np.add(params["W_input_gates"], params["b_gates"][:, None], out=tape.w_input)
        tape.w_input *= tape.halved
        np.take(tape.w_input.reshape(-1, 3 * n), batch.ids.T + tape.first_row, 0, tape.nets, mode="clip")
        np.multiply(params["W_hidden_gates"], tape.halved, out=tape.w_hidden)
        hidden_zr, hidden_g, kept = tape.w_hidden[:, :, : 2 * n], tape.w_hidden[:, :, 2 * n :], tape.buffer
        for h, net_zr, net_g, zr, z, r, reset, g, open_, h_next in tape.forward_views:
            np.vecmat(h, hidden_zr, out=zr)
            np.add(zr, net_zr, out=zr)
            np.tanh(zr, out=zr)
            np.multiply(zr, half, out=zr)
            np.add(zr, half, out=zr)  # (1), (2)
            np.multiply(r, h, out=reset)
            np.vecmat(reset, hidden_g, out=g)
            np.add(g, net_g, out=g)
            np.tanh(g, out=g)  # (3)
            np.multiply(z, h, out=kept)
            np.subtract(one, z, out=open_)
            np.multiply(open_, g, out=h_next)
            np.add(kept, h_next, out=h_next)  # (4)

        np.copyto(tape.h_by_seed, tape.h.transpose(1, 0, 2))
        readout(batch, tape.h_by_seed[:, 1:], params["W_hidden_output"], tape.logits)
        return tape.logits, tape  # (5)

    def grads(self, params: Params, batch: Batch, tape: _Tape, dlogits: np.ndarray, out: Params) -> None:
        """Back-propagation through time; see `lagrun.interfaces.BackwardModel`."""
        n = self.hidden_size
        readout_gradient(batch, tape.h_by_seed[:, 1:], dlogits, out["W_hidden_output"])
        hidden_errors(batch, dlogits, params["W_hidden_output"], tape.by_seed)
        np.copyto(tape.dh, tape.by_seed.transpose(1, 0, 2))

        hidden_zr, hidden_g = params["W_hidden_gates"][:, :, : 2 * n], params["W_hidden_gates"][:, :, 2 * n :]
        tape.local_derivatives()
        dh_later, d_reset = tape.buffer, tape.d_reset  # d_reset is of r * h(t-1)
        dh_later[:] = 0.0
        for dh, z, r, by_z, by_r, by_g, dnet_zr, dnet_z, dnet_r, dnet_g in tape.backward_views:
            np.add(dh, dh_later, out=dh)
            np.multiply(dh, by_z, out=dnet_z)
            np.multiply(dh, by_g, out=dnet_g)
            np.matvec(hidden_g, dnet_g, out=d_reset)
            np.multiply(d_reset, by_r, out=dnet_r)
            np.multiply(dh, z, out=dh)
            np.multiply(d_reset, r, out=d_reset)
            np.add(dh, d_reset, out=dh)
            np.matvec(hidden_zr, dnet_zr, out=dh_later)
            np.add(dh, dh_later, out=dh_later)

        np.copyto(tape.dnet_by_seed, tape.dnet.transpose(1, 0, 2))
        np.copyto(tape.by_seed, tape.reset.transpose(1, 0, 2))
        w_hidden, dnet = out["W_hidden_gates"], tape.dnet_by_seed
        sum_over_time(tape.h_by_seed[:, :-1], dnet[:, :, : 2 * n], w_hidden[:, :, : 2 * n], batch.padded)
        sum_over_time(tape.by_seed, dnet[:, :, 2 * n :], w_hidden[:, :, 2 * n :], batch.padded)
        sum_over_time(tape.ones, dnet, out["b_gates"][:, None], batch.padded)
        input_gradient(batch, dnet, out["W_input_gates"])


class _Tape:
    """Buffers of one block and shape, and the views of every step, made once.

    ``h`` is h(0), ..., h(T); ``open`` is 1 - z, ``reset`` is r * h(t-1); ``by_zr`` and ``by_g`` are the factors that
    take the error of what a gate or the candidate feeds to the error of its net input.
    """

    def __init__(self, batch: Batch, n: int, params: Params) -> None:
        dtype, (s, t), n_inputs = params.flat.dtype, batch.ids.shape, params["W_input_gates"].shape[1]
        self.key, self.hidden_size = buffer_key(batch, params), n
        self.first_row = np.arange(s) * n_inputs
        self.half, self.one = np.array(0.5, dtype), np.array(1, dtype)  # numpy converts a Python number in every call
        self.halved = np.where(np.arange(3 * n) < 2 * n, 0.5, 1.0).astype(dtype)
        self.w_input, self.w_hidden = np.zeros((s, n_inputs, 3 * n), dtype), np.zeros((s, n, 3 * n), dtype)
        self.nets, self.dnet = np.zeros((t, s, 3 * n), dtype), np.zeros((t, s, 3 * n), dtype)
        self.zr, self.by_zr = np.zeros((t, s, 2 * n), dtype), np.zeros((t, s, 2 * n), dtype)
        self.reset, self.g, self.open, self.by_g, self.dh = (np.zeros((t, s, n), dtype) for _ in range(5))
        self.h = np.zeros((t + 1, s, n), dtype)
        self.buffer, self.d_reset = np.zeros((s, n), dtype), np.zeros((s, n), dtype)
        self.h_by_seed, self.by_seed = np.zeros((s, t + 1, n), dtype), np.zeros((s, t, n), dtype)
        self.dnet_by_seed, self.ones = np.zeros((s, t, 3 * n), dtype), np.ones((s, t, 1), dtype)
        self.logits = np.zeros((*batch.targets.shape, params["W_hidden_output"].shape[2]), dtype)

        nets_zr, nets_g, z, r = self.nets[:, :, : 2 * n], self.nets[:, :, 2 * n :], *self._halves(self.zr)
        forward = (self.h[:-1], nets_zr, nets_g, self.zr, z, r, self.reset, self.g, self.open, self.h[1:])
        self.forward_views = list(zip(*forward, strict=True))
        dnet_zr, dnet_g = self.dnet[:, :, : 2 * n], self.dnet[:, :, 2 * n :]
        backward = (self.dh, z, r, *self._halves(self.by_zr), self.by_g, dnet_zr, *self._halves(dnet_zr), dnet_g)
        self.backward_views = list(zip(*backward, strict=True))[::-1]

    def _halves(self, zr: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return zr[..., : self.hidden_size], zr[..., self.hidden_size :]

    def local_derivatives(self) -> None:
        """Fill the factors: (h(t-1) - g) z (1 - z) for z, h(t-1) r (1 - r) for r, (1 - z) (1 - g^2) for g."""
        (z, r), (by_z, by_r), h = self._halves(self.zr), self._halves(self.by_zr), self.h[:-1]
        np.subtract(h, self.g, out=by_z)
        np.multiply(by_z, z, out=by_z)
        np.multiply(by_z, self.open, out=by_z)
        np.subtract(self.one, r, out=by_r)
        np.multiply(by_r, self.reset, out=by_r)
        np.multiply(self.g, self.g, out=self.by_g)
        np.subtract(self.one, self.by_g, out=self.by_g)
        np.multiply(self.by_g, self.open, out=self.by_g)
