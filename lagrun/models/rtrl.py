"""Real-time recurrent learning (Williams & Zipser 1989) of the net of `lagrun.models.elman_net`: forward in time.

Every hidden unit k carries its sensitivities to all weights w into hidden units, P_k(w) = dh_k/dw. With z the units
below (one-hot input, hidden state before), r = W_hidden_hidden and g_k the slope of the squashing function, for the
weight from unit m to hidden unit j per step t::

    P_k(m, j) <- g_k (sum over l of r_lk P_l(m, j) + [k = j] z_m)                                           (1)
    dE(t)/dw   = sum over k of dE(t)/dh_k P_k(w)                                                            (2)

So the gradient of a step's error is known at that step, and weights may change inside a sequence. With one update per
sequence, and sensitivities reset, it is the gradient of back-propagation through time. With timing ``sync`` outputs
see h(t-1), and (2) uses the sensitivities of that step.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from lagrun.checks import check
from lagrun.interfaces import Batch
from lagrun.interfaces.params import Params
from lagrun.interfaces.step_grads import StepGrads
from lagrun.models.elman import Elman
from lagrun.models.rtrl_reference import RTRLReference
from lagrun.numerics.activations import SQUASHERS, Squasher

Carry = dict[str, np.ndarray]


@dataclass(frozen=True)
class RTRL:
    """Fully self-recurrent hidden layer, trained forward in time.

    Parameters
    ----------
    hidden_size, squash, timing, direct, init_range
        Of the net, see `lagrun.models.elman.Elman`.
    sensitivities : str
        ``reset`` or ``kept`` at the start of a sequence; activations are always reset.
    """

    hidden_size: int
    squash: str
    timing: str
    direct: bool
    init_range: float
    sensitivities: str

    SENSITIVITIES: ClassVar[tuple[str, ...]] = ("reset", "kept")

    def __post_init__(self) -> None:
        check("sensitivities", self.sensitivities, self.sensitivities in self.SENSITIVITIES, "reset or kept")
        _ = self._net  # checks the other fields

    @cached_property
    def _net(self) -> Elman:
        return Elman(self.hidden_size, self.squash, self.timing, self.direct, self.init_range, "bptt", 1)

    def reference(self) -> RTRLReference:
        """The same net and rule as a plain loop."""
        return RTRLReference(SQUASHERS[self.squash], self.timing, keep=self.sensitivities == "kept")

    def shapes(self, n_inputs: int, n_outputs: int) -> dict[str, tuple[int, ...]]:
        """Shapes of one seed's arrays; see `lagrun.models.elman_net.shapes`."""
        return self._net.shapes(n_inputs, n_outputs)

    def n_carried(self, n_inputs: int, n_outputs: int) -> int:
        """Count the sensitivities of two steps; see `start`."""
        return 2 * (n_inputs + self.hidden_size) * self.hidden_size**2

    def init(self, rngs: Sequence[np.random.Generator], n_inputs: int, n_outputs: int, dtype: str) -> Params:
        """Draw initial weights; see `lagrun.models.elman_net.init`."""
        return self._net.init(rngs, n_inputs, n_outputs, dtype)

    def forward(self, params: Params, batch: Batch, tape: Any = None) -> tuple[np.ndarray, Any]:
        """Run the net over whole sequences; see `lagrun.interfaces.Model`."""
        return self._net.forward(params, batch, tape)

    def by_row(self, params: Params) -> Sequence[str]:
        """The direct connections; see `lagrun.interfaces.StepModel`."""
        return ["W_input_output"] if self.direct else []

    def begin(self, params: Params, batch: Batch, carry: Carry | None) -> Carry:
        """Reset activations, and sensitivities unless they are kept; see `lagrun.interfaces.StepModel`.

        ``P`` has shape (S, H, M): M = (V + H) H weights in storage order.
        """
        if carry is None:
            carry = start(params, self.hidden_size)
        carry["h"] = np.zeros_like(carry["h"])
        if self.sensitivities == "reset":
            carry["P"][:] = 0.0
        return carry

    def step(self, params: Params, carry: Carry, batch: Batch, t: int) -> np.ndarray:
        """Advance activations and sensitivities; see `lagrun.interfaces.StepModel`."""
        ids = batch.ids[:, t]
        running = t < batch.lengths if batch.padded else None  # in padding, growing numbers may overflow
        advance(SQUASHERS[self.squash], params["W_input_hidden"], params["W_hidden_hidden"], carry, ids, running)
        logits = times_matrix(carry[self._seen[0]], params["W_hidden_output"])
        if self.direct:
            logits += params["W_input_output"][np.arange(len(ids)), ids]
        return logits

    def step_grads(
        self, params: Params, carry: Carry, batch: Batch, t: int, dlogits: np.ndarray, out: StepGrads
    ) -> None:
        """Equation (2); see `lagrun.interfaces.StepModel`."""
        h, sensitivities = (carry[name] for name in self._seen)
        np.multiply(h[:, :, None], dlogits[:, None], out=out.whole["W_hidden_output"])
        dh = np.matvec(params["W_hidden_output"], dlogits)
        times_matrix(dh, sensitivities, out=out.whole.flat[:, : sensitivities.shape[2]])
        if self.direct:
            out.rows["W_input_output"][:] = dlogits
            out.index["W_input_output"] = batch.ids[:, t]

    @cached_property
    def _seen(self) -> tuple[str, str]:
        """Keys of the hidden state and the sensitivities that belong to the outputs."""
        return ("h", "P") if self.timing == "layered" else ("h_before", "P_before")


def start(params: Params, hidden_size: int) -> Carry:
    """Allocate the carry of a net with `hidden_size` hidden units."""
    n_seeds, n_inputs, dtype = params.n_seeds, params["W_input_hidden"].shape[1], params.flat.dtype
    n_weights = (n_inputs + hidden_size) * hidden_size
    return {
        "h": np.zeros((n_seeds, hidden_size), dtype),
        "P": np.zeros((n_seeds, hidden_size, n_weights), dtype),
        "P_before": np.zeros((n_seeds, hidden_size, n_weights), dtype),
    }


def advance(
    squash: Squasher,
    w_input: np.ndarray,
    w_hidden: np.ndarray,
    carry: Carry,
    ids: np.ndarray,
    running: np.ndarray | None = None,
) -> None:
    """Advance hidden state and sensitivities, equation (1), and keep those of the step before.

    Parameters
    ----------
    squash : Squasher
        Of the hidden units.
    w_input, w_hidden : np.ndarray, shapes (S, V, H) and (S, H, H)
        Weights into the hidden units.
    carry : dict
        ``h``, ``P``, ``h_before`` and ``P_before`` are changed.
    ids : np.ndarray of int, shape (S,)
        Input symbols.
    running : np.ndarray of bool, shape (S,), optional
        Seeds that read their symbol; states and sensitivities of the others stay.
    """
    n_seeds, n_inputs, n_hidden = w_input.shape
    seeds, before = np.arange(n_seeds), carry["h"]
    net = w_input[seeds, ids]
    net += times_matrix(before, w_hidden)
    h = squash(net, net)
    slope = squash.slope(h)
    old, new = carry["P"], carry["P_before"]
    if n_hidden == 1:
        old_row, row, from_hidden = old[:, 0], new[:, 0], new[:, 0, n_inputs:]
        np.multiply(old_row, slope * w_hidden[:, 0], out=row)
        row[seeds, ids] += slope[:, 0]
        from_hidden += slope * before
    else:
        np.matmul(w_hidden.transpose(0, 2, 1), old, out=new)
        new *= slope[:, :, None]
        by_weight, units = new.reshape(n_seeds, n_hidden, n_inputs + n_hidden, n_hidden), np.arange(n_hidden)
        by_weight[seeds[:, None], units, ids[:, None], units] += slope
        by_weight[:, units, n_inputs:, units] += slope.T[:, :, None] * before
    if running is not None and not running.all():
        h[~running], new[~running] = before[~running], old[~running]
    carry |= {"h": h, "h_before": before, "P": new, "P_before": old}


def times_matrix(x: np.ndarray, w: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
    """Compute ``x w`` for x of shape (S, M) and w of shape (S, M, N); for one row an elementwise product is faster."""
    return np.multiply(x, w[:, 0], out=out) if w.shape[1] == 1 else np.vecmat(x, w, out=out)
