"""The 2-net neural sequence chunker (Schmidhuber 1992; a baseline in Hochreiter & Schmidhuber 1997, section 5.2).

Two nets of the kind of `lagrun.models.elman_net`, each trained by real-time recurrent learning. The *automatiser* A
reads every symbol, predicts the next one, and predicts the state of the other net by extra outputs q. The *chunker* C
reads only what A failed to predict: at a surprise, C learns to predict the symbol from its state and its last input,
and then reads it. What C remembers over the gaps, A learns to remember, since its hidden unit must produce q.

Per step with input s, next symbol with one-hot code d, E = 1/2 sum of squares for q and for C, and the model's loss
for A; all updates are made with the weights from before the step::

    h_A <- f(w[s] + r h_A)                  o = f(W[s] + v h'),  q = f(Wq[s] + vq h')        h' = h_A now or before
    A and q learn d and the state of C                       their errors reach h_A by RTRL
    if the norm of d - o exceeds theta:     o_C = f(W_C[last] + v_C h_C) learns d, its error reaches h_C by RTRL;
                                            C reads d, which is then its last input

Only A is tested: `forward` is A's prediction, and the weights counted are A's. The fields below are choices that the
sources leave open. `lagrun.models.chunker_reference` is the same as a plain loop.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from lagrun.checks import check
from lagrun.interfaces import Batch, Loss, Task
from lagrun.interfaces.params import Params
from lagrun.interfaces.step_grads import StepGrads
from lagrun.losses.squared_error import SquaredError
from lagrun.models import elman_net
from lagrun.models.chunker_reference import ChunkerReference
from lagrun.models.elman import Elman
from lagrun.models.rtrl import Carry, advance, start, times_matrix
from lagrun.numerics.activations import LOGISTIC

#: Prefix of the names of the chunker's arrays; the automatiser's arrays have no prefix.
CHUNKER = "chunker_"


@dataclass(frozen=True)
class Chunker:
    """Automatiser and chunker, each with logistic hidden units.

    Parameters
    ----------
    hidden_size : int
        Hidden units of each net, ``H``.
    predict : str
        What of C's state A predicts: ``hidden`` (its hidden units) or ``hidden_and_outputs``.
    timing : str
        ``layered``: A's outputs see h_A(t). ``sync``: they see h_A(t-1).
    chunker_direct : bool
        Whether C's outputs see its last input directly; A's always see theirs.
    theta : float
        Error of A above which the next symbol is a surprise.
    theta_norm : str
        ``max``: largest absolute error of an output. ``euclidean``: root of the sum of squares.
    reset_chunker : bool
        Whether C forgets its state before every sequence; A always does.
    init_range : float
        Initial weights are uniform in [-init_range, init_range].
    """

    hidden_size: int
    predict: str
    timing: str
    chunker_direct: bool
    theta: float
    theta_norm: str
    reset_chunker: bool
    init_range: float

    PREDICT: ClassVar[tuple[str, ...]] = ("hidden", "hidden_and_outputs")
    NORMS: ClassVar[dict[str, Any]] = {"max": np.inf, "euclidean": 2}

    def __post_init__(self) -> None:
        check("predict", self.predict, self.predict in self.PREDICT, " or ".join(self.PREDICT))
        check("theta", self.theta, 0 <= self.theta < np.inf, "a finite number >= 0")
        check("theta_norm", self.theta_norm, self.theta_norm in self.NORMS, " or ".join(self.NORMS))
        _ = self._automatiser  # checks the other fields

    @cached_property
    def _automatiser(self) -> Elman:
        return Elman(self.hidden_size, "logistic", self.timing, True, self.init_range, "bptt", 1)

    def check(self, task: Task, loss: Loss, updates: str) -> None:
        """Refuse combinations that the chunker cannot learn; see `lagrun.interfaces.ChecksCombination`."""
        if task.n_inputs != task.n_outputs or getattr(task, "scored", "every_step") == "end":
            raise ValueError("the chunker predicts the next symbol at every step, which this task does not ask for")
        if not isinstance(loss, SquaredError):
            raise ValueError("the chunker has logistic outputs; it must be loss=squared_error")

    def reference(self) -> ChunkerReference:
        """The same as a plain loop."""
        return ChunkerReference(self.predict, self.timing, self.theta, self.NORMS[self.theta_norm], self.reset_chunker)

    def n_state(self, n_outputs: int) -> int:
        """Number of A's extra outputs, ``N``."""
        return self.hidden_size + (n_outputs if self.predict == "hidden_and_outputs" else 0)

    def n_weights(self, params: Params) -> int:
        """Count the automatiser's weights, as the 1997 paper does; see `lagrun.interfaces.CountsWeights`."""
        return sum(params[name][0].size for name in params if not name.startswith(CHUNKER))

    def shapes(self, n_inputs: int, n_outputs: int) -> dict[str, tuple[int, ...]]:
        """Shapes of one seed's arrays, in storage order; the arrays of `by_row` come last."""
        n_state, h = self.n_state(n_outputs), self.hidden_size
        automatiser = elman_net.shapes(n_inputs, n_outputs, h, direct=True)
        chunker = elman_net.shapes(n_inputs, n_outputs, h, self.chunker_direct)
        arrays = automatiser | {"W_hidden_state": (h, n_state), "W_input_state": (n_inputs, n_state)}
        arrays |= {CHUNKER + name: shape for name, shape in chunker.items()}
        by_row = [name for name in arrays if name in self._by_row]
        return {name: shape for name, shape in arrays.items() if name not in by_row} | {
            name: arrays[name] for name in by_row
        }

    def n_carried(self, n_inputs: int, n_outputs: int) -> int:
        """Count the sensitivities of both nets, of two steps each; see `lagrun.models.rtrl.start`."""
        return 4 * (n_inputs + self.hidden_size) * self.hidden_size**2

    def init(self, rngs: Sequence[np.random.Generator], n_inputs: int, n_outputs: int, dtype: str) -> Params:
        """Draw initial weights; see `lagrun.models.elman_net.init`."""
        return elman_net.init(rngs, self.shapes(n_inputs, n_outputs), self.init_range, dtype)

    @cached_property
    def _by_row(self) -> tuple[str, ...]:
        own = (CHUNKER + "W_input_output",) if self.chunker_direct else ()
        return ("W_input_output", "W_input_state", *own)

    def forward(self, params: Params, batch: Batch, tape: Any = None) -> tuple[np.ndarray, Any]:
        """Run the automatiser over whole sequences; see `lagrun.interfaces.Model`."""
        return self._automatiser.forward(params, batch, tape)

    def by_row(self, params: Params) -> Sequence[str]:
        """All connections from input to output; see `lagrun.interfaces.StepModel`."""
        return self._by_row

    def begin(self, params: Params, batch: Batch, carry: Carry | None) -> Carry:
        """Reset A, and C unless it remembers; C reads the first symbol; see `lagrun.interfaces.StepModel`."""
        if carry is None:
            carry = {}
            for net in ("", CHUNKER):
                carry |= {net + name: array for name, array in start(params, self.hidden_size).items()}
        elif not self.reset_chunker:  # the last symbol of the sequence before may have been a surprise
            _advance(params, carry, carry["next"], CHUNKER, carry["surprised"])
        for net in ("", CHUNKER) if self.reset_chunker else ("",):
            carry[net + "h"] = np.zeros_like(carry[net + "h"])
            carry[net + "P"][:] = 0.0
        carry["surprised"] = np.ones(params.n_seeds, bool)
        carry["last"] = batch.ids[:, 0].copy()
        return carry

    def step(self, params: Params, carry: Carry, batch: Batch, t: int) -> np.ndarray:
        """Let C read what surprised A, and A its input; see `lagrun.interfaces.StepModel`."""
        ids, seeds, surprised = batch.ids[:, t], np.arange(len(batch.ids)), carry["surprised"]
        if batch.padded:
            surprised = surprised & (t < batch.lengths)
        if surprised.any():
            carry["last"] = np.where(surprised, ids, carry["last"])
            _advance(params, carry, ids, CHUNKER, surprised)
        _advance(params, carry, ids, "", None)
        seen = carry[self._seen[0]]
        carry["state"] = LOGISTIC(times_matrix(seen, params["W_hidden_state"]) + params["W_input_state"][seeds, ids])
        logits = times_matrix(seen, params["W_hidden_output"])
        logits += params["W_input_output"][seeds, ids]
        carry["outputs"] = LOGISTIC(logits)
        return logits

    def step_grads(
        self, params: Params, carry: Carry, batch: Batch, t: int, dlogits: np.ndarray, out: StepGrads
    ) -> None:
        """Gradients of A's prediction, of q, and of C's prediction at a surprise; see `lagrun.interfaces.StepModel`."""
        ids, seeds, target = batch.ids[:, t], np.arange(len(dlogits)), batch.targets[:, t]
        h_chunker, last = carry[CHUNKER + "h"], carry["last"]
        net = times_matrix(h_chunker, params[CHUNKER + "W_hidden_output"])
        if self.chunker_direct:
            net += params[CHUNKER + "W_input_output"][seeds, last]
        predicted = LOGISTIC(net)

        state = h_chunker if self.predict == "hidden" else np.concatenate([h_chunker, predicted], axis=1)
        q = carry["state"]
        dstate = (q - state) * LOGISTIC.slope(q)
        if batch.padded:
            dstate[t >= batch.lengths] = 0.0
        seen, sensitivities = (carry[name] for name in self._seen)
        np.multiply(seen[:, :, None], dlogits[:, None], out=out.whole["W_hidden_output"])
        np.multiply(seen[:, :, None], dstate[:, None], out=out.whole["W_hidden_state"])
        dh = np.matvec(params["W_hidden_output"], dlogits) + np.matvec(params["W_hidden_state"], dstate)
        _into_hidden(out, "", dh, sensitivities)
        out.rows["W_input_output"][:], out.rows["W_input_state"][:] = dlogits, dstate
        out.index["W_input_output"] = out.index["W_input_state"] = ids

        errors = carry["outputs"]
        errors[seeds, target] -= 1.0
        size = np.abs(errors).max(1) if self.theta_norm == "max" else np.linalg.norm(errors, axis=1)
        surprised = size > self.theta
        if batch.padded:  # what a sequence's last step left stays for the next sequence
            ended = t >= batch.lengths
            carry["surprised"] = np.where(ended, carry["surprised"], surprised)
            carry["next"] = np.where(ended, carry["next"] if t else target, target)
            surprised &= ~ended
        else:
            carry["surprised"], carry["next"] = surprised, target
        slopes = LOGISTIC.slope(predicted)
        predicted[seeds, target] -= 1.0
        dpredicted = np.where(surprised[:, None], predicted * slopes, 0.0)
        np.multiply(h_chunker[:, :, None], dpredicted[:, None], out=out.whole[CHUNKER + "W_hidden_output"])
        dh = np.matvec(params[CHUNKER + "W_hidden_output"], dpredicted)
        _into_hidden(out, CHUNKER, dh, carry[CHUNKER + "P"])
        if self.chunker_direct:
            out.rows[CHUNKER + "W_input_output"][:] = dpredicted
            out.index[CHUNKER + "W_input_output"] = last

    @cached_property
    def _seen(self) -> tuple[str, str]:
        """Keys of the hidden state and the sensitivities of A that belong to its outputs."""
        return ("h", "P") if self.timing == "layered" else ("h_before", "P_before")


def _advance(params: Params, carry: Carry, ids: np.ndarray, net: str, running: np.ndarray | None) -> None:
    """Let one of the nets read `ids` where it is `running`."""
    own = {name: carry[net + name] for name in ("h", "P", "P_before")}
    advance(LOGISTIC, params[net + "W_input_hidden"], params[net + "W_hidden_hidden"], own, ids, running)
    carry |= {net + name: array for name, array in own.items()}


def _into_hidden(out: StepGrads, net: str, dh: np.ndarray, sensitivities: np.ndarray) -> None:
    """Write the gradient of the weights into hidden units, given the error of these, shape (S, H)."""
    joined = out.whole.joined(net + "W_input_hidden", net + "W_hidden_hidden")
    times_matrix(dh, sensitivities, out=joined.reshape(len(dh), -1))
