"""Whole sequences of `lagrun.models.lstm1997`, step after step; `lagrun.models.lstm1997_sequence` in numpy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from lagrun.engines.compiled.aligned import zeros
from lagrun.engines.compiled.dispatch import backward, forward
from lagrun.engines.compiled.jit import function
from lagrun.engines.compiled.losses import net_inputs
from lagrun.engines.compiled.matrices import add_product, add_row_product, product_with_rows, row_product_with_rows
from lagrun.engines.compiled.nets import lstm1997
from lagrun.engines.compiled.nets.elman import add_direct_gradient, show_direct
from lagrun.engines.compiled.squashers import slope, squash
from lagrun.interfaces.params import Params

if TYPE_CHECKING:
    from lagrun.models.lstm1997 import LSTM1997


class Net(NamedTuple):
    """Weights and gradients (``d_...``), and buffers for T steps; what a net does not have is empty."""

    w_input: np.ndarray  # (V, U)
    w_hidden: np.ndarray  # (U, U)
    w_output: np.ndarray  # (C, K)
    w_direct: np.ndarray  # (V, K)
    d_w_input: np.ndarray
    d_w_hidden: np.ndarray
    d_w_output: np.ndarray
    d_w_direct: np.ndarray
    y: np.ndarray  # (T + 1, U), activations, from those before the first step
    g: np.ndarray  # (T, C), squashed cell inputs
    s: np.ndarray  # (T + 1, C), cell states
    h: np.ndarray  # (T, C), squashed cell states
    dy: np.ndarray  # (T, C), of the cells' outputs, through the outputs alone
    dnet: np.ndarray  # (T + 1, U), the last row 0
    later: np.ndarray  # (1, U), of all activations, through the step after
    ds: np.ndarray  # (C,)
    memory: np.ndarray
    logits: np.ndarray  # see `net_inputs`
    n_outputs: int
    units: lstm1997.Units
    construction: lstm1997.Construction
    full: bool


def net(model: LSTM1997, params: Params, grads: Params, n_steps: int) -> Net:
    """Make the net of one seed, the only one of `params`, with room for `n_steps`."""
    units, dtype, k = lstm1997.units_of(model), params.flat.dtype, params["W_cell_output"].shape[2]
    u, c = units.n_gates + units.n_cells, units.n_cells
    shapes = ((n_steps + 1, u), (n_steps, c), (n_steps + 1, c), (n_steps, c), (n_steps, c), (n_steps + 1, u), (1, u))
    return Net(
        *lstm1997.arrays(params),
        *lstm1997.arrays(grads),
        *(zeros(shape, dtype) for shape in shapes),
        ds=zeros(c, dtype),
        memory=lstm1997.memory_of(params),
        logits=net_inputs(n_steps, k, dtype),
        n_outputs=k,
        units=units,
        construction=lstm1997.construction_of(model),
        full=model.gradient == "full",
    )


lstm1997.let_cells_arrive(Net)


@forward.register(Net)
def run(net: Any, ids: Any, n_steps: Any, first: Any) -> None:
    """Equations (7) to (10)."""
    for t in range(n_steps):
        advance(net, ids[t], t)
    show_direct(net, ids, n_steps, first)
    add_product(net.y[first + 1 : n_steps + 1, net.units.n_gates :], net.w_output, net.logits)  # (10)


@function
def advance(net: Any, symbol: Any, t: Any) -> None:
    """Advance states and activations from row `t` to the next one, equations (7) to (9)."""
    u, y = net.units, net.y
    for j in range(net.w_input.shape[1]):
        y[t + 1, j] = net.w_input[symbol, j]
    if net.w_hidden.shape[0] > 0:
        add_row_product(y, t, net.w_hidden, y, t + 1)
    for j in range(u.n_gates):
        y[t + 1, j] = squash(u.f, y[t + 1, j])  # (7), (8)
    for c in range(u.n_cells):
        block, column = c // u.block_size, u.n_gates + c
        net.g[t, c] = squash(u.g, y[t + 1, column])
        net.s[t + 1, c] = net.s[t, c] + y[t + 1, block] * net.g[t, c]  # (9)
        net.h[t, c] = squash(u.h, net.s[t + 1, c])
        y[t + 1, column] = net.h[t, c] * (y[t + 1, u.n_blocks + block] if u.has_output_gates else 1.0)


@backward.register(Net)
def _backward(net: Any, ids: Any, n_steps: Any, first: Any) -> None:
    u, y, n_rows = net.units, net.y, n_steps - first
    net.d_w_output[:] = 0
    if not lstm1997.are_cut_off(net.memory):
        add_product(y[first + 1 : n_steps + 1, u.n_gates :].T, net.logits[:n_rows], net.d_w_output)
    net.dy[:first] = 0
    product_with_rows(net.logits[:n_rows], net.w_output, net.dy[first:n_steps])
    _through_time(net, n_steps)
    net.d_w_input[:] = 0
    for t in range(n_steps):
        for j in range(net.w_input.shape[1]):
            net.d_w_input[ids[t], j] += net.dnet[t, j]
    if net.w_hidden.shape[0] > 0:
        net.d_w_hidden[:] = 0
        add_product(y[:n_steps].T, net.dnet[:n_steps], net.d_w_hidden)
    add_direct_gradient(net, ids, n_steps, first)


@function
def _through_time(net: Any, n_steps: Any) -> None:
    """Write the errors of all net inputs; those of activations of the step before count as 0 if not `full`."""
    u, y, later, dnet = net.units, net.y, net.later, net.dnet
    net.ds[:] = 0
    later[:] = 0
    dnet[n_steps] = 0
    for t in range(n_steps - 1, -1, -1):
        if net.full and net.w_hidden.shape[0] > 0:
            row_product_with_rows(dnet, t + 1, net.w_hidden, later, 0)
        for j in range(u.n_gates):
            dnet[t, j] = later[0, j]
        for c in range(u.n_cells):
            block, column = c // u.block_size, u.n_gates + c
            dy = net.dy[t, c] + later[0, column]
            y_out = 1.0
            if u.has_output_gates:
                y_out = y[t + 1, u.n_blocks + block]
                dnet[t, u.n_blocks + block] += dy * net.h[t, c]
            net.ds[c] += dy * y_out * slope(u.h, net.h[t, c])  # the factor from state to state is 1
            dnet[t, block] += net.ds[c] * net.g[t, c]
            dnet[t, column] = net.ds[c] * y[t + 1, block] * slope(u.g, net.g[t, c])
        for j in range(u.n_gates):
            dnet[t, j] *= slope(u.f, y[t + 1, j])
