"""One step of `lagrun.models.lstm1997` at a time, its truncated gradient carried forward.

As `lagrun.models.lstm1997_step`, but for one seed. Of the rows of input symbols, it uses only those that have occurred.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from lagrun.engines.compiled.aligned import zeros
from lagrun.engines.compiled.dispatch import add_step_gradient, begin, forward, step
from lagrun.engines.compiled.jit import function
from lagrun.engines.compiled.losses import net_inputs
from lagrun.engines.compiled.matrices import row_product_with_rows
from lagrun.engines.compiled.nets import lstm1997, lstm1997_sequence
from lagrun.engines.compiled.squashers import slope
from lagrun.interfaces.params import Params

if TYPE_CHECKING:
    from lagrun.models.lstm1997 import LSTM1997


class Places(NamedTuple):
    """Where weights into outputs begin in flat storage; those into hidden units come first. -1: there are none."""

    output: int
    direct: int


class Net(NamedTuple):
    """Weights, buffers for whole sequences of T steps, and what a step leaves to the next one.

    ``ds`` has the derivative of a cell's state with respect to a weight into its input gate (0) and into itself (1),
    from each of the M units below: V inputs and, if there is hidden recurrence, U hidden units.
    """

    w_input: np.ndarray  # (V, U)
    w_hidden: np.ndarray  # (U, U)
    w_output: np.ndarray  # (C, K)
    w_direct: np.ndarray  # (V, K)
    y: np.ndarray  # (T + 1, U), activations; in learning, row 1 is this step, row 0 the one before
    g: np.ndarray  # (T, C); in learning, row 0 is this step
    s: np.ndarray  # (T + 1, C), rows as in y
    h: np.ndarray  # (T, C), rows as in g
    ds: np.ndarray  # (M, 2, C)
    errors: np.ndarray  # (C,), of the cells' states
    gate_errors: np.ndarray  # (B,), of the output gates' net inputs
    dy: np.ndarray  # (1, C)
    seen: np.ndarray  # (V,), the input symbols that have occurred
    n_seen: np.ndarray  # (1,), how many
    memory: np.ndarray
    logits: np.ndarray  # see `net_inputs`
    n_outputs: int
    places: Places
    units: lstm1997.Units
    construction: lstm1997.Construction


def net(model: LSTM1997, params: Params, grads: Params, n_steps: int) -> Net:
    """Make the net of one seed, the only one of `params`, with room for `n_steps`."""
    units, dtype, k = lstm1997.units_of(model), params.flat.dtype, params["W_cell_output"].shape[2]
    u, c, found = units.n_gates + units.n_cells, units.n_cells, lstm1997.arrays(params)
    n_below = len(found[0]) + len(found[1])
    output = n_below * u
    return Net(
        *found,
        y=zeros((n_steps + 1, u), dtype),
        g=zeros((n_steps, c), dtype),
        s=zeros((n_steps + 1, c), dtype),
        h=zeros((n_steps, c), dtype),
        ds=zeros((n_below, 2, c), dtype),
        errors=zeros(c, dtype),
        gate_errors=zeros(units.n_blocks, dtype),
        dy=zeros((1, c), dtype),
        seen=np.zeros(len(found[0]), np.int64),
        n_seen=np.zeros(1, np.int64),
        memory=lstm1997.memory_of(params),
        logits=net_inputs(n_steps, k, dtype),
        n_outputs=k,
        places=Places(output, output + c * k if model.direct else -1),
        units=units,
        construction=lstm1997.construction_of(model),
    )


lstm1997.let_cells_arrive(Net)


@forward.register(Net)
def _forward(net: Any, ids: Any, n_steps: Any, first: Any) -> None:
    net.y[0] = 0
    net.s[0] = 0
    lstm1997_sequence.run(net, ids, n_steps, first)


@begin.register(Net)
def _begin(net: Any) -> None:
    net.y[1] = 0
    net.s[1] = 0
    net.ds[:] = 0
    net.n_seen[0] = 0


@step.register(Net)
def _step(net: Any, symbol: Any) -> None:
    for j in range(net.y.shape[1]):
        net.y[0, j] = net.y[1, j]
    for c in range(net.s.shape[1]):
        net.s[0, c] = net.s[1, c]
    lstm1997_sequence.advance(net, symbol, 0)
    u, n_inputs = net.units, net.w_input.shape[0]
    is_new = True
    for i in range(net.n_seen[0]):
        is_new &= net.seen[i] != symbol
    if is_new:
        net.seen[net.n_seen[0]] = symbol
        net.n_seen[0] += 1
    for c in range(u.n_cells):
        y_in, g = net.y[1, c // u.block_size], net.g[0, c]
        into_gate, into_cell = y_in * g * (1 - y_in), y_in * slope(u.g, g)
        net.ds[symbol, 0, c] += into_gate
        net.ds[symbol, 1, c] += into_cell
        for m in range(net.w_hidden.shape[0]):
            net.ds[n_inputs + m, 0, c] += net.y[0, m] * into_gate
            net.ds[n_inputs + m, 1, c] += net.y[0, m] * into_cell
    for k in range(net.n_outputs):
        net.logits[0, k] = net.w_direct[symbol, k] if net.places.direct >= 0 else 0
    for c in range(u.n_cells):
        y_c = net.y[1, u.n_gates + c]
        for k in range(net.n_outputs):
            net.logits[0, k] += y_c * net.w_output[c, k]  # (10)


@add_step_gradient.register(Net)
def _add_step_gradient(net: Any, symbol: Any, target: Any, factor: Any, into: Any, measured: Any) -> Any:
    u, dnet, k_all = net.units, net.logits, net.n_outputs
    row_product_with_rows(dnet, 0, net.w_output, net.dy, 0)
    net.gate_errors[:] = 0
    for c in range(u.n_cells):
        block, y_out = c // u.block_size, 1.0
        if u.has_output_gates:
            y_out = net.y[1, u.n_blocks + block]
            net.gate_errors[block] += net.dy[0, c] * net.h[0, c] * slope(u.f, y_out)
        net.errors[c] = net.dy[0, c] * y_out * slope(u.h, net.h[0, c])
    squares = 0.0
    for i in range(net.n_seen[0]):
        squares += _add_row(net, net.seen[i], net.seen[i] == symbol, 1.0, factor, into)
    for m in range(net.w_hidden.shape[0]):
        squares += _add_row(net, net.w_input.shape[0] + m, True, net.y[0, m], factor, into)
    of_outputs = inputs = 0.0
    if measured:
        for k in range(k_all):
            of_outputs += dnet[0, k] * dnet[0, k]
    if not lstm1997.are_cut_off(net.memory):
        for c in range(u.n_cells):
            y_c, start = net.y[1, u.n_gates + c], net.places.output + c * k_all
            inputs += y_c * y_c
            for k in range(k_all):
                into[start + k] += factor * y_c * dnet[0, k]
    if net.places.direct >= 0:
        inputs += 1.0
        start = net.places.direct + symbol * k_all
        for k in range(k_all):
            into[start + k] += factor * dnet[0, k]
    return squares + of_outputs * inputs


@function
def _add_row(net: Any, m: Any, is_active: Any, activation: Any, factor: Any, into: Any) -> Any:
    """Add the gradient of the weights from unit `m` below, which now has this activation, to hidden units."""
    u = net.units
    start, squares = m * net.w_input.shape[1], 0.0
    for block in range(u.n_blocks):
        gradient = 0.0
        for c in range(block * u.block_size, (block + 1) * u.block_size):
            gradient += net.errors[c] * net.ds[m, 0, c]
            of_cell = net.errors[c] * net.ds[m, 1, c]
            into[start + u.n_gates + c] += factor * of_cell
            squares += of_cell * of_cell
        into[start + block] += factor * gradient
        squares += gradient * gradient
        if u.has_output_gates and is_active:
            of_gate = activation * net.gate_errors[block]
            into[start + u.n_blocks + block] += factor * of_gate
            squares += of_gate * of_gate
    return squares
