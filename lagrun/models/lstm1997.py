"""LSTM as published (Hochreiter & Schmidhuber 1997, section 4 and appendix A.1): memory cells without forget gates.

Names are the appendix's::

    net_in, net_out, net_c   net inputs of a block's input gate and output gate, and of a cell
    y_in, y_out, y_c         activations; f is the logistic sigmoid, g and h are `squash_cell_input` and `..._output`
    s_c                      internal state of a cell

    y_in = f(net_in), y_out = f(net_out)                                (7), (8)
    s_c(t) = s_c(t-1) + y_in g(net_c)                                   (9)
    y_c(t) = y_out h(s_c(t)), or h(s_c(t)) without output gates         (9)
    logits = [W_input_output of the symbol] + y_c W_cell_output         (10)

Cells of a block share its gates. Hidden units are, in this order, all input gates, all output gates, all cells. They
see the one-hot input and, with `hidden_recurrence`, all hidden activations of the step before. There are no biases; as
inputs are one-hot, a constant added to all input weights of a gate acts as one.

The truncated gradient takes derivatives of net inputs with respect to activations of the step before as zero, so that
errors flow back in time only inside s_c, whose factor is 1. Without hidden recurrence that is the full gradient.

This file holds the configuration; the passes over whole sequences are in `lstm1997_sequence`, single steps in
`lstm1997_step`, the later addition of cells in `lstm1997_growth`, the plain loop in `lstm1997_reference`.
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
from lagrun.models import lstm1997_growth, lstm1997_sequence, lstm1997_step
from lagrun.models.lstm1997_layout import Layout
from lagrun.models.lstm1997_reference import LSTM1997Reference
from lagrun.numerics.activations import SQUASHERS


@dataclass(frozen=True)
class LSTM1997:
    """Memory cell blocks, trained by the truncated gradient.

    Parameters
    ----------
    n_blocks, block_size : int
        Number of memory cell blocks, and of cells in each.
    output_gate : bool
        Whether blocks have output gates; they always have input gates.
    squash_cell_input, squash_cell_output : str
        g and h: a key of `lagrun.numerics.activations.SQUASHERS`.
    direct : bool
        Whether outputs see the input symbol too.
    hidden_recurrence : bool
        Whether hidden units see all hidden activations of the step before.
    input_gate_bias, output_gate_bias : float
        Added to the initial weights from the inputs to these gates.
    init_range : float
        Initial weights are uniform in [-init_range, init_range].
    gradient : str
        ``truncated`` or ``full``.
    construction : bool
        Sequential construction: the rest of the net trains alone, and the cells are added once the error has stopped
        decreasing (section 4, solution 1 of the abuse problem).
    construction_window : int
        Training sequences over which errors are averaged, to see whether the error has stopped decreasing.
    construction_ratio : float
        Cells are added when the mean error of one window is at least this multiple of the one before.
    """

    n_blocks: int
    block_size: int
    output_gate: bool
    squash_cell_input: str
    squash_cell_output: str
    direct: bool
    hidden_recurrence: bool
    input_gate_bias: float
    output_gate_bias: float
    init_range: float
    gradient: str
    construction: bool
    construction_window: int
    construction_ratio: float

    GRADIENTS: ClassVar[tuple[str, ...]] = ("truncated", "full")

    def __post_init__(self) -> None:
        for name in ("n_blocks", "block_size", "construction_window"):
            check(name, getattr(self, name), getattr(self, name) >= 1, "an integer >= 1")
        for name in ("squash_cell_input", "squash_cell_output"):
            check(name, getattr(self, name), getattr(self, name) in SQUASHERS, " or ".join(SQUASHERS))
        for name in ("input_gate_bias", "output_gate_bias"):
            check(name, getattr(self, name), np.isfinite(getattr(self, name)), "a finite number")
        check("init_range", self.init_range, 0 <= self.init_range < np.inf, "a finite number >= 0")
        check("gradient", self.gradient, self.gradient in self.GRADIENTS, " or ".join(self.GRADIENTS))
        check(
            "construction_ratio", self.construction_ratio, 0 < self.construction_ratio < np.inf, "a finite number > 0"
        )

    @cached_property
    def layout(self) -> Layout:
        """Where the hidden units are."""
        return Layout(
            self.n_blocks,
            self.block_size,
            self.output_gate,
            SQUASHERS[self.squash_cell_input],
            SQUASHERS[self.squash_cell_output],
        )

    def check(self, task: Task, loss: Loss, updates: str) -> None:
        """Refuse what step-by-step learning cannot do; see `lagrun.interfaces.ChecksCombination`."""
        if updates == "step" and self.gradient == "full" and self.hidden_recurrence:
            raise ValueError("gradient=full with hidden_recurrence needs whole sequences; it must be updates=sequence")

    def reference(self) -> LSTM1997Reference:
        """The same net as a plain loop."""
        return LSTM1997Reference(self.layout, full=self.gradient == "full")

    def shapes(self, n_inputs: int, n_outputs: int) -> dict[str, tuple[int, ...]]:
        """Shapes of one seed's arrays, in storage order."""
        n_hidden = self.layout.n_hidden
        shapes: dict[str, tuple[int, ...]] = {"W_input_hidden": (n_inputs, n_hidden)}
        if self.hidden_recurrence:
            shapes["W_hidden_hidden"] = (n_hidden, n_hidden)
        shapes["W_cell_output"] = (self.layout.n_cells, n_outputs)
        if self.direct:
            shapes["W_input_output"] = (n_inputs, n_outputs)
        return shapes

    def init(self, rngs: Sequence[np.random.Generator], n_inputs: int, n_outputs: int, dtype: str) -> Params:
        """Draw initial weights, one generator per seed; float32 weights are rounded float64 draws."""
        params = Params.zeros(self.shapes(n_inputs, n_outputs), len(rngs), dtype)
        layout = self.layout
        for s, rng in enumerate(rngs):
            for name, shape in params.shapes.items():
                drawn = rng.uniform(-self.init_range, self.init_range, shape)
                if name == "W_input_hidden":
                    drawn[:, : layout.n_blocks] += self.input_gate_bias
                    drawn[:, layout.n_blocks : layout.n_gates] += self.output_gate_bias
                params[name][s] = drawn
        return params

    def forward(self, params: Params, batch: Batch, tape: Any = None) -> tuple[np.ndarray, Any]:
        """Equations (7)-(10); see `lagrun.interfaces.Model`."""
        if batch.only_at_end and not self.hidden_recurrence:
            return lstm1997_sequence.forward_bag(self.layout, params, batch)
        return lstm1997_sequence.forward(self.layout, params, batch, tape)

    def grads(self, params: Params, batch: Batch, tape: Any, dlogits: np.ndarray, out: Params) -> None:
        """Truncated or full gradient; see `lagrun.interfaces.BackwardModel`."""
        if batch.only_at_end and not self.hidden_recurrence:
            lstm1997_sequence.grads_bag(self.layout, params, batch, tape, dlogits, out)
        else:
            lstm1997_sequence.grads(self.layout, params, batch, tape, dlogits, out, full=self.gradient == "full")

    def by_row(self, params: Params) -> Sequence[str]:
        """The direct connections; see `lagrun.interfaces.StepModel`."""
        return ["W_input_output"] if self.direct else []

    def begin(self, params: Params, batch: Batch, carry: dict[str, np.ndarray] | None) -> dict[str, np.ndarray]:
        """Reset activations and sensitivities; see `lagrun.interfaces.StepModel`."""
        return lstm1997_step.begin(self.layout, params, carry)

    def step(self, params: Params, carry: dict[str, np.ndarray], batch: Batch, t: int) -> np.ndarray:
        """Equations (7)-(10) at step `t`; see `lagrun.interfaces.StepModel`."""
        return lstm1997_step.step(self.layout, params, carry, batch.ids[:, t])

    def step_grads(
        self, params: Params, carry: dict[str, np.ndarray], batch: Batch, t: int, dlogits: np.ndarray, out: StepGrads
    ) -> None:
        """Truncated gradient of step `t`; see `lagrun.interfaces.StepModel`."""
        lstm1997_step.step_grads(self.layout, params, carry, batch.ids[:, t], dlogits, out)

    def start(self, params: Params) -> dict[str, np.ndarray]:
        """Cut the cells off, if they come later; see `lagrun.interfaces.Growing`."""
        return lstm1997_growth.start(params) if self.construction else {}

    def restrict(self, state: dict[str, np.ndarray], grads: Params) -> None:
        """Keep cells cut off until they are added; see `lagrun.interfaces.Growing`."""
        if self.construction:
            lstm1997_growth.restrict(state, grads)

    def grow(self, params: Params, state: dict[str, np.ndarray], losses: np.ndarray) -> None:
        """Add the cells where the error has stopped decreasing; see `lagrun.interfaces.Growing`."""
        if self.construction:
            lstm1997_growth.grow(params, state, losses, self.construction_window, self.construction_ratio)
