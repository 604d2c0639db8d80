"""The paper's BPTT net (Hochreiter & Schmidhuber 1997, section 5.2): self-recurrent hidden units, no memory cells.

Trained by back-propagation through time, over the whole sequence or over a window; the net itself is in
`lagrun.models.elman_net`. With E the error, net(t) the net input of h(t) (there it is the outputs'), d(t) the part
of dE/dh(t) that comes through the outputs alone, and W short for W_hidden_hidden, per step t::

    dh(t)   = d(t) + W dnet(t+1)          dnet(T+1) = 0                                                    (3)
    dnet(t) = squash'(net(t)) * dh(t)                                                                      (4)

Over a window, an error injected into h(t) contributes to dnet(t), dnet(t-1), ..., dnet(t-window+1) and no further.
With e_k(t) the error that has flowed back k steps to reach net(t)::

    e_0(t)     = squash'(net(t)) * d(t)
    e_{k+1}(t) = squash'(net(t)) * W e_k(t+1)                                                              (5)
    dnet(t)    = e_0(t) + e_1(t) + ... + e_{window-1}(t)

This is not the truncation of that paper's appendix, which cuts at memory cells and has no counterpart here, nor
"truncated BPTT" over segments of a stream: each step's error has its own window.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from lagrun.checks import check
from lagrun.interfaces import Batch
from lagrun.interfaces.params import Params
from lagrun.models import elman_net
from lagrun.models.buffers import buffer_key
from lagrun.models.elman_reference import ElmanReference
from lagrun.numerics.activations import SQUASHERS, Squasher
from lagrun.numerics.output_layer import direct_gradient, readout_gradient
from lagrun.numerics.padded_sums import input_gradient, matmul_by_chunks, sum_over_time


@dataclass(frozen=True)
class Elman:
    """Fully self-recurrent hidden layer.

    Parameters
    ----------
    hidden_size : int
        Number of hidden units, ``H``.
    squash : str
        Squashing function of the hidden units: ``logistic``, ``logistic_1`` (in [-1, 1]) or ``tanh``.
    timing : str
        ``layered``: outputs see h(t). ``sync``: they see h(t-1).
    direct : bool
        Whether outputs see the one-hot input, too.
    init_range : float
        Initial weights are uniform in [-init_range, init_range].
    gradient : str
        ``bptt`` or ``truncated_window``.
    window : int
        Largest number of steps whose net inputs an error reaches, with the step it is injected at; no effect with
        ``bptt``.
    """

    hidden_size: int
    squash: str
    timing: str
    direct: bool
    init_range: float
    gradient: str
    window: int

    GRADIENTS: ClassVar[tuple[str, ...]] = ("bptt", "truncated_window")

    def __post_init__(self) -> None:
        check("hidden_size", self.hidden_size, self.hidden_size >= 1, "an integer >= 1")
        check("squash", self.squash, self.squash in elman_net.SQUASHES, " or ".join(elman_net.SQUASHES))
        check("timing", self.timing, self.timing in elman_net.TIMINGS, " or ".join(elman_net.TIMINGS))
        check("init_range", self.init_range, 0 <= self.init_range < np.inf, "a finite number >= 0")
        check("gradient", self.gradient, self.gradient in self.GRADIENTS, " or ".join(self.GRADIENTS))
        check("window", self.window, self.window >= 1, "an integer >= 1")

    def reference(self) -> ElmanReference:
        """The same net as a plain loop."""
        window = self.window if self.gradient == "truncated_window" else None
        return ElmanReference(SQUASHERS[self.squash], self.timing, window)

    def shapes(self, n_inputs: int, n_outputs: int) -> dict[str, tuple[int, ...]]:
        """Shapes of one seed's arrays; see `lagrun.models.elman_net.shapes`."""
        return elman_net.shapes(n_inputs, n_outputs, self.hidden_size, self.direct)

    def init(self, rngs: Sequence[np.random.Generator], n_inputs: int, n_outputs: int, dtype: str) -> Params:
        """Draw initial weights; see `lagrun.models.elman_net.init`."""
        return elman_net.init(rngs, self.shapes(n_inputs, n_outputs), self.init_range, dtype)

    def forward(self, params: Params, batch: Batch, tape: _Tape | None = None) -> tuple[np.ndarray, _Tape]:
        """Equations (1) and (2) for every seed and step; see `lagrun.interfaces.Model`."""
        if tape is None or tape.key != buffer_key(batch, params):
            tape = _Tape(batch, params, SQUASHERS[self.squash])
        tape.states.run(params["W_input_hidden"], params["W_hidden_hidden"], batch.ids)
        h = elman_net.seen(tape.states.by_seed, self.timing)
        elman_net.outputs(batch, h, params["W_hidden_output"], params.get("W_input_output"), tape.logits)
        return tape.logits, tape

    def grads(self, params: Params, batch: Batch, tape: _Tape, dlogits: np.ndarray, out: Params) -> None:
        """Back-propagation through time; see `lagrun.interfaces.BackwardModel`."""
        states, dnet = tape.states.by_seed, tape.dnet_by_seed
        readout_gradient(batch, elman_net.seen(states, self.timing), dlogits, out["W_hidden_output"])
        if self.direct:
            direct_gradient(batch, dlogits, out["W_input_output"])
        elman_net.state_errors(batch, dlogits, params["W_hidden_output"], self.timing, tape.dh_by_seed)
        if self.gradient == "bptt":
            _whole_sequence(params["W_hidden_hidden"], tape)
        else:
            _window(params["W_hidden_hidden"], tape, self.window, batch.padded)
        sum_over_time(states[:, :-1], dnet, out["W_hidden_hidden"], batch.padded)
        input_gradient(batch, dnet, out["W_input_hidden"])


def _whole_sequence(w_hidden: np.ndarray, tape: _Tape) -> None:
    """Equations (3) and (4): write dE/dnet(t) of every step."""
    tape.states.slopes(tape.slopes)
    np.copyto(tape.dh, tape.dh_by_seed[:, 1:].transpose(1, 0, 2))
    product, w = elman_net.times(w_hidden.transpose(0, 2, 1))
    for dnet_later, dh, slope, dnet in tape.backward_steps:
        product(dnet_later, w, out=dnet)
        np.add(dnet, dh, out=dnet)
        np.multiply(dnet, slope, out=dnet)
    np.copyto(tape.dnet_by_seed, tape.dnet[:-1].transpose(1, 0, 2))


def _window(w_hidden: np.ndarray, tape: _Tape, window: int, padded: bool) -> None:
    """Equation (5): write the sum of what the errors of at most `window` steps contribute to every net input."""
    w, dnet = w_hidden.transpose(0, 2, 1), tape.dnet_by_seed
    tape.states.slopes(tape.slopes)
    slopes = tape.slopes.transpose(1, 0, 2)
    errors = tape.dh_by_seed[:, 1:] * slopes  # e_0
    np.copyto(dnet, errors)
    flowing = np.empty_like(errors)
    for _ in range(min(window, errors.shape[1]) - 1):
        matmul_by_chunks(errors, w, flowing, padded)
        np.multiply(flowing[:, 1:], slopes[:, :-1], out=errors[:, :-1])
        errors[:, -1] = 0.0
        dnet += errors


class _Tape:
    """Buffers of one block and shape, and the views of every step, made once.

    Steps come first in ``dh``, ``slopes`` and ``dnet``, so that a step's arrays are contiguous.
    """

    def __init__(self, batch: Batch, params: Params, squash: Squasher) -> None:
        dtype, (s, t), h = params.flat.dtype, batch.ids.shape, params["W_hidden_hidden"].shape[1]
        self.key = buffer_key(batch, params)
        self.states = elman_net.HiddenStates(batch, h, squash, dtype)
        self.logits = np.zeros((*batch.targets.shape, params["W_hidden_output"].shape[2]), dtype)
        self.dh_by_seed, self.dnet_by_seed = np.zeros((s, t + 1, h), dtype), np.zeros((s, t, h), dtype)
        self.dh, self.slopes = np.zeros((t, s, h), dtype), np.zeros((t, s, h), dtype)
        self.dnet = np.zeros((t + 1, s, h), dtype)  # dnet(T+1) = 0 is never written
        steps = zip(self.dnet[1:], self.dh, self.slopes, self.dnet[:-1], strict=True)
        self.backward_steps = list(steps)[::-1]
