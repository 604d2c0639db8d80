"""Whole sequences of `lagrun.models.lstm1997` as bags of symbols: outputs at the end alone, no hidden recurrence.

The state is then a sum over symbols, see `lagrun.models.lstm1997_sequence`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from lagrun.engines.compiled.aligned import zeros
from lagrun.engines.compiled.arithmetic import logistic
from lagrun.engines.compiled.dispatch import backward, forward
from lagrun.engines.compiled.losses import net_inputs
from lagrun.engines.compiled.matrices import add_product, add_row_product, row_product_with_rows
from lagrun.engines.compiled.nets import lstm1997
from lagrun.engines.compiled.nets.elman import add_direct_gradient, show_direct
from lagrun.engines.compiled.squashers import slope, squash
from lagrun.interfaces.params import Params

if TYPE_CHECKING:
    from lagrun.models.lstm1997 import LSTM1997


class Net(NamedTuple):
    """Weights and gradients (``d_...``), and the activations that each symbol causes."""

    w_input: np.ndarray  # (V, U)
    w_output: np.ndarray  # (C, K)
    w_direct: np.ndarray  # (V, K)
    d_w_input: np.ndarray
    d_w_output: np.ndarray
    d_w_direct: np.ndarray
    flat_w_input: np.ndarray  # the same memory, flat
    y: np.ndarray  # (V, U), activations of the gates and squashed cell inputs
    flat_y: np.ndarray  # the same memory, flat
    counts: np.ndarray  # (V,), how often a symbol occurs
    h: np.ndarray  # (1, C), squashed cell states at the end
    y_c: np.ndarray  # (1, C), cell outputs at the end
    dy: np.ndarray  # (1, C)
    ds: np.ndarray  # (C,)
    low: np.ndarray  # (V U,): an activation is low + height / (1 + exp(-steepness net))
    height: np.ndarray
    steepness: np.ndarray
    is_identity: bool  # whether cell inputs are not squashed
    memory: np.ndarray
    logits: np.ndarray  # see `net_inputs`
    n_outputs: int
    units: lstm1997.Units
    construction: lstm1997.Construction


def net(model: LSTM1997, params: Params, grads: Params, n_steps: int) -> Net:
    """Make the net of one seed, the only one of `params`."""
    units, dtype, k = lstm1997.units_of(model), params.flat.dtype, params["W_cell_output"].shape[2]
    w_input, _, w_output, w_direct = lstm1997.arrays(params)
    d_w_input, _, d_w_output, d_w_direct = lstm1997.arrays(grads)
    squashes = [units.f] * units.n_gates + [units.g] * units.n_cells
    c, n_inputs, y = units.n_cells, len(w_input), zeros(w_input.shape, dtype)
    return Net(
        *(w_input, w_output, w_direct, d_w_input, d_w_output, d_w_direct),
        flat_w_input=w_input.reshape(-1),
        y=y,
        flat_y=y.reshape(-1),
        counts=zeros(n_inputs, dtype),
        h=zeros((1, c), dtype),
        y_c=zeros((1, c), dtype),
        dy=zeros((1, c), dtype),
        ds=zeros(c, dtype),
        low=np.tile(np.array([f.low for f in squashes], dtype), n_inputs),
        height=np.tile(np.array([f.height for f in squashes], dtype), n_inputs),
        steepness=np.tile(np.array([f.steepness for f in squashes], dtype), n_inputs),
        is_identity=units.g.is_identity,
        memory=lstm1997.memory_of(params),
        logits=net_inputs(1, k, dtype),
        n_outputs=k,
        units=units,
        construction=lstm1997.construction_of(model),
    )


lstm1997.let_cells_arrive(Net)


@forward.register(Net)
def _forward(net: Any, ids: Any, n_steps: Any, first: Any) -> None:
    u, counts = net.units, net.counts
    for i in range(len(net.flat_y)):
        net.flat_y[i] = net.low[i] + net.height[i] * logistic(net.steepness[i] * net.flat_w_input[i])  # (7), (8)
    counts[:] = 0
    for t in range(n_steps):
        counts[ids[t]] += 1
    for c in range(u.n_cells):
        block, column, s = c // u.block_size, u.n_gates + c, 0.0
        for v in range(len(counts)):
            g = net.w_input[v, column] if net.is_identity else net.y[v, column]
            s += counts[v] * net.y[v, block] * g  # (9), summed over the steps
        net.h[0, c] = squash(u.h, s)
        last = ids[n_steps - 1]
        net.y_c[0, c] = net.h[0, c] * (net.y[last, u.n_blocks + block] if u.has_output_gates else 1.0)
    show_direct(net, ids, n_steps, first)
    add_row_product(net.y_c, 0, net.w_output, net.logits, 0)  # (10)


@backward.register(Net)
def _backward(net: Any, ids: Any, n_steps: Any, first: Any) -> None:
    u, y, counts, ds, last = net.units, net.y, net.counts, net.ds, ids[n_steps - 1]
    net.d_w_output[:] = 0
    if not lstm1997.are_cut_off(net.memory):
        add_product(net.y_c.T, net.logits[:1], net.d_w_output)
    row_product_with_rows(net.logits, 0, net.w_output, net.dy, 0)
    for c in range(u.n_cells):
        y_out = y[last, u.n_blocks + c // u.block_size] if u.has_output_gates else 1.0
        ds[c] = net.dy[0, c] * y_out * slope(u.h, net.h[0, c])
    net.d_w_input[:] = 0
    for v in range(len(counts)):
        if counts[v] == 0:
            continue
        for c in range(u.n_cells):
            block, column, by_count = c // u.block_size, u.n_gates + c, counts[v] * ds[c]
            g = net.w_input[v, column] if net.is_identity else y[v, column]
            net.d_w_input[v, block] += by_count * g * slope(u.f, y[v, block])
            net.d_w_input[v, column] = by_count * y[v, block] * slope(u.g, g)
    if u.has_output_gates:
        for c in range(u.n_cells):
            j = u.n_blocks + c // u.block_size
            net.d_w_input[last, j] += net.dy[0, c] * net.h[0, c] * slope(u.f, y[last, j])
    add_direct_gradient(net, ids, n_steps, first)
