"""LSTM with forget gates (Gers, Schmidhuber & Cummins 2000), full or truncated back-propagation through time.

One layer, no peepholes, linear readout with or without bias, trained in lockstep over seeds. The cell of the 1997 paper
(no forget gate) is another model. Truncated means the same as there: derivatives of net inputs with respect to h(t-1)
are taken as zero, so errors flow back in time only from cell state to cell state.

Names, per step t (columns of the gate arrays in the order o, i, f, g)::

    o, i, f = sigmoid(W_input_gates[x] + h(t-1) W_hidden_gates + b_gates)      output, input, forget gate
    g       = tanh(the same)                                                   candidate
    c(t)    = i * g + f * c(t-1)                                               cell state                        (1)
    h(t)    = o * tanh(c(t))                                                   cell output                       (2)
    logits  = h(t) W_hidden_output + b_output                                                                    (3)

The layout makes it fast. Step buffers have shape (T, features, S), so that neighbouring rows are contiguous in memory.
Rows are in the order [o i f g c(t-1)], so that one product gives both terms of (1).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from lagrun.checks import check
from lagrun.interfaces import Batch
from lagrun.interfaces.params import Params
from lagrun.models.buffers import buffer_key
from lagrun.models.lstm_reference import LSTMReference
from lagrun.models.orthogonal import KINDS, orthogonal
from lagrun.numerics.output_layer import hidden_errors, readout, readout_gradient
from lagrun.numerics.padded_sums import input_gradient, sum_over_time

#: Order of the gates along the columns of the gate arrays.
GATES = ("output", "input", "forget", "candidate")
#: Steps whose local derivatives are computed together in the backward pass.
CHUNK = 10


@dataclass(frozen=True)
class LSTM:
    """Forget-gate LSTM.

    Parameters
    ----------
    hidden_size : int
        Number of memory cells, ``H``.
    input_scale : float
        Standard deviation of the normal initial input weights.
    recurrent_scale : float
        Factor on the orthogonal H x H blocks of the initial recurrent weights.
    readout_scale : float
        Standard deviation of the normal initial readout weights.
    input_gate_bias, forget_gate_bias, output_gate_bias : float
        Initial biases; the candidate's is 0.
    gradient : str
        ``full`` or ``truncated``.
    readout_bias : bool
        Whether outputs have biases, which start at 0; without, ``b_output`` is missing from (3).
    orthogonal : str
        How the recurrent blocks are drawn: ``haar`` or ``qr``, see `lagrun.models.orthogonal`.
    """

    hidden_size: int
    input_scale: float
    recurrent_scale: float
    readout_scale: float
    input_gate_bias: float
    forget_gate_bias: float
    output_gate_bias: float
    gradient: str
    readout_bias: bool
    orthogonal: str

    GRADIENTS: ClassVar[tuple[str, ...]] = ("full", "truncated")

    def __post_init__(self) -> None:
        check("hidden_size", self.hidden_size, self.hidden_size >= 1, "an integer >= 1")
        for name in ("input_scale", "recurrent_scale", "readout_scale"):
            value = getattr(self, name)
            check(name, value, 0 <= value < np.inf, "a finite number >= 0")
        for name in ("input_gate_bias", "forget_gate_bias", "output_gate_bias"):
            value = getattr(self, name)
            check(name, value, np.isfinite(value), "a finite number")
        check("gradient", self.gradient, self.gradient in self.GRADIENTS, " or ".join(self.GRADIENTS))
        check("orthogonal", self.orthogonal, self.orthogonal in KINDS, " or ".join(KINDS))

    def reference(self) -> LSTMReference:
        """The same net as a plain loop."""
        return LSTMReference(truncated=self.gradient == "truncated")

    def shapes(self, n_inputs: int, n_outputs: int) -> dict[str, tuple[int, ...]]:
        """Shapes of one seed's arrays, in storage order."""
        h = self.hidden_size
        return {
            "W_input_gates": (n_inputs, 4 * h),
            "W_hidden_gates": (h, 4 * h),
            "b_gates": (4 * h,),
            "W_hidden_output": (h, n_outputs),
            **({"b_output": (n_outputs,)} if self.readout_bias else {}),
        }

    @property
    def _readout(self) -> tuple[str, ...]:
        """Names of the arrays that the outputs are computed with."""
        return ("W_hidden_output", "b_output") if self.readout_bias else ("W_hidden_output",)

    def init(self, rngs: Sequence[np.random.Generator], n_inputs: int, n_outputs: int, dtype: str) -> Params:
        """Draw initial weights, one generator per seed; float32 weights are rounded float64 draws."""
        h = self.hidden_size
        params = Params.zeros(self.shapes(n_inputs, n_outputs), len(rngs), dtype)
        biases = (self.output_gate_bias, self.input_gate_bias, self.forget_gate_bias, 0.0)
        params["b_gates"][:] = np.repeat(biases, h)
        for s, rng in enumerate(rngs):
            params["W_input_gates"][s] = rng.normal(0.0, self.input_scale, (n_inputs, 4 * h))
            blocks = [orthogonal(rng, h, self.orthogonal) for _ in GATES]
            params["W_hidden_gates"][s] = self.recurrent_scale * np.concatenate(blocks, axis=1)
            params["W_hidden_output"][s] = rng.normal(0.0, self.readout_scale, (h, n_outputs))
        return params

    def forward(self, params: Params, batch: Batch, tape: _Tape | None = None) -> tuple[np.ndarray, _Tape]:
        """Equations (1)-(3) for every seed and step; see `lagrun.interfaces.Model`."""
        if tape is None or not tape.fits(batch, params):
            tape = _Tape(batch, self.hidden_size, params)
        h = self.hidden_size
        # sigmoid(z) = tanh(z / 2) / 2 + 1/2: the inner half is folded into the weights (exact, a power of two).
        np.multiply(params["W_input_gates"], tape.halved, out=tape.w_input)
        np.take(tape.w_input.reshape(-1, 4 * h), batch.ids.T + tape.first_row, 0, tape.from_input, mode="clip")
        np.multiply(params.joined("W_hidden_gates", "b_gates"), tape.halved, out=tape.w_recurrent)
        w_recurrent, net, products, half = tape.w_recurrent, tape.net, tape.products, tape.half
        i_g, f_c = products[:h], products[h:]
        for h_before, from_input, gates, sigmoids, i_f, g_c, c, tanh_c, o, h_next in tape.forward_views:
            np.vecmat(h_before, w_recurrent, out=net)
            np.add(net, from_input, out=net)
            np.tanh(net.T, out=gates)
            np.multiply(sigmoids, half, out=sigmoids)
            np.add(sigmoids, half, out=sigmoids)
            np.multiply(i_f, g_c, out=products)
            np.add(i_g, f_c, out=c)  # (1)
            np.tanh(c, out=tanh_c)
            np.multiply(o, tanh_c, out=h_next)  # (2)

        np.copyto(tape.h_by_seed, tape.h.transpose(2, 0, 1))
        w_output = params.joined(*self._readout)
        readout(batch, tape.seen_by(w_output), w_output, tape.logits)
        return tape.logits, tape  # (3)

    def grads(self, params: Params, batch: Batch, tape: _Tape, dlogits: np.ndarray, out: Params) -> None:
        """Back-propagation through time; see `lagrun.interfaces.BackwardModel`."""
        h, n_steps, full = self.hidden_size, batch.ids.shape[1], self.gradient == "full"
        w_output = out.joined(*self._readout)
        readout_gradient(batch, tape.seen_by(w_output), dlogits, w_output)
        hidden_errors(batch, dlogits, params["W_hidden_output"], tape.dh_by_seed)
        w_hidden, recurrent, dc = params["W_hidden_gates"], tape.recurrent, tape.dc
        tape.dz[n_steps] = 0.0  # nothing flows in from beyond the last step
        for chunk in tape.chunks:  # a few steps at a time, so that their factors stay in the cache
            tape.local_derivatives(chunk)
            for dz_later, dc_later, dh, k_h, from_dh, dc_h, k_c, from_dc in reversed(tape.backward_views[chunk]):
                if full:
                    np.matvec(w_hidden, dz_later, out=recurrent)
                    np.add(dh, recurrent, out=dh)
                np.multiply(dh.T, k_h, out=from_dh)
                np.add(dc_later, dc_h, out=dc)
                np.multiply(dc, k_c, out=from_dc)

        np.copyto(tape.dz_by_seed, tape.dz[:n_steps, h : 5 * h].transpose(2, 0, 1))
        w_recurrent = out.joined("W_hidden_gates", "b_gates")
        sum_over_time(tape.h_by_seed[:, :-1], tape.dz_by_seed, w_recurrent, batch.padded)
        input_gradient(batch, tape.dz_by_seed, out["W_input_gates"])


class _Tape:
    """Buffers of one block and shape, and the views of every step, made once.

    Rows of ``z`` at step t: [o i f g c(t-1)]; of ``dz``: [dc through h(t), o, i, f, g, dc(t-1)].
    """

    def __init__(self, batch: Batch, h: int, params: Params) -> None:
        dtype, (s, t) = params.flat.dtype, batch.ids.shape
        self.key = buffer_key(batch, params)
        n_inputs, n_outputs = params["W_input_gates"].shape[1], params["W_hidden_output"].shape[2]
        self.hidden_size = h
        self.first_row = np.arange(s) * n_inputs
        self.half = np.array(0.5, dtype)  # numpy converts a Python number in every call
        self.halved = np.where(np.arange(4 * h) < 3 * h, 0.5, 1.0).astype(dtype)

        def steps(n: int, rows: int) -> np.ndarray:
            # Room for 2 seeds: else rows have stride 1 where S = 1, and BLAS takes another float32 kernel: other bits.
            return np.zeros((n, rows, max(s, 2)), dtype)[:, :, :s]

        self.z, self.h, self.tanh_c = steps(t + 1, 5 * h), steps(t + 1, h + 1), steps(t, h)
        self.h[:, h] = 1.0  # multiplies b_gates and b_output
        self.dz, self.k_h, self.k_c = steps(t + 1, 6 * h), steps(CHUNK, 2 * h), steps(CHUNK, 4 * h)
        self.dc, self.products = np.zeros((h, s), dtype), np.zeros((2 * h, s), dtype)
        self.net, self.recurrent = np.zeros((s, 4 * h), dtype), np.zeros((s, h), dtype)
        self.w_input = np.zeros((s, n_inputs, 4 * h), dtype)
        self.w_recurrent = np.zeros((s, h + 1, 4 * h), dtype)
        self.from_input, self.dz_by_seed = np.zeros((t, s, 4 * h), dtype), np.zeros((s, t, 4 * h), dtype)
        self.h_by_seed, self.dh_by_seed = np.zeros((s, t + 1, h + 1), dtype), np.zeros((s, t, h), dtype)
        self.logits = np.zeros((*batch.targets.shape, n_outputs), dtype)

        self.forward_views = [self._forward_step(step) for step in range(t)]
        self.backward_views = [self._backward_step(step) for step in range(t)]
        self.chunks = [slice(start, min(start + CHUNK, t)) for start in reversed(range(0, t, CHUNK))]

    def _forward_step(self, t: int) -> tuple[np.ndarray, ...]:
        h, z = self.hidden_size, self.z[t]
        return (
            self.h[t].T,  # h(t-1), and the constant 1
            self.from_input[t],
            z[: 4 * h],  # all gates
            z[: 3 * h],  # sigmoids
            z[h : 3 * h],  # i, f
            z[3 * h :],  # g, c(t-1)
            self.z[t + 1, 4 * h :],  # c(t)
            self.tanh_c[t],
            z[:h],  # o
            self.h[t + 1, :h],  # h(t)
        )

    def _backward_step(self, t: int) -> tuple[np.ndarray, ...]:
        h, dz, later = self.hidden_size, self.dz[t], self.dz[t + 1]
        return (
            later[h : 5 * h].T,  # dz(t+1)
            later[5 * h :],  # dc(t), from c(t+1)
            self.dh_by_seed[:, t],
            self.k_h[t % CHUNK].reshape(2, h, -1),
            dz[: 2 * h].reshape(2, h, -1),  # written from dh(t)
            dz[:h],  # dc(t), from h(t)
            self.k_c[t % CHUNK].reshape(4, h, -1),
            dz[2 * h :].reshape(4, h, -1),  # written from dc(t)
        )

    def seen_by(self, w_output: np.ndarray) -> np.ndarray:
        """Activations that the outputs see at every step, with the constant 1 if the weights have a row for it."""
        return self.h_by_seed[:, 1:, : w_output.shape[1]]

    def fits(self, batch: Batch, params: Params) -> bool:
        """Tell whether these buffers have the right shapes for a batch."""
        return self.key == buffer_key(batch, params)

    def local_derivatives(self, chunk: slice) -> None:
        """Fill the factors that multiply dh(t) and dc(t) at the steps of `chunk`.

        ``k_h``: [o (1 - tanh(c)^2), tanh(c) o (1 - o)]; ``k_c``: [g i (1 - i), c(t-1) f (1 - f), i (1 - g^2), f].
        """
        h, n = self.hidden_size, chunk.stop - chunk.start
        o, i, f, g, c = (self.z[chunk, row * h : (row + 1) * h] for row in range(5))
        sigmoids, tanh_c = self.z[chunk, : 3 * h], self.tanh_c[chunk]
        by_tanh_c, by_o = self.k_h[:n, :h], self.k_h[:n, h:]
        by_i, by_f, by_g, by_c = (self.k_c[:n, row * h : (row + 1) * h] for row in range(4))
        slopes = self.k_c[:n, : 3 * h]  # o (1 - o), i (1 - i), f (1 - f), each read before its rows are written
        np.subtract(1.0, sigmoids, out=slopes)
        np.multiply(slopes, sigmoids, out=slopes)
        np.multiply(by_i, tanh_c, out=by_o)
        np.multiply(by_f, g, out=by_i)
        np.multiply(by_g, c, out=by_f)
        np.multiply(tanh_c, tanh_c, out=by_tanh_c)
        np.subtract(1.0, by_tanh_c, out=by_tanh_c)
        np.multiply(by_tanh_c, o, out=by_tanh_c)
        np.multiply(g, g, out=by_g)
        np.subtract(1.0, by_g, out=by_g)
        np.multiply(by_g, i, out=by_g)
        by_c[:] = f
