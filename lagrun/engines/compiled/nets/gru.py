"""The gated recurrent units of `lagrun.models.gru`; names and equation numbers are that file's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from lagrun.engines.compiled.aligned import zeros
from lagrun.engines.compiled.arithmetic import exp, logistic
from lagrun.engines.compiled.dispatch import backward, forward
from lagrun.engines.compiled.losses import net_inputs
from lagrun.engines.compiled.matrices import add_product, add_row_product, product_with_rows, row_product_with_rows
from lagrun.interfaces.params import Params

if TYPE_CHECKING:
    from lagrun.models.gru import GRU


class Net(NamedTuple):
    """Weights and gradients (``d_...``), and buffers for T steps.

    The recurrent weights of gates and candidate are copied apart, because they multiply different vectors.
    """

    w_input: np.ndarray  # (V, 3H)
    w_hidden: np.ndarray  # (H, 3H)
    b: np.ndarray  # (3H,)
    w_output: np.ndarray  # (H, K)
    d_w_input: np.ndarray
    d_w_hidden: np.ndarray
    d_b: np.ndarray
    d_w_output: np.ndarray
    w_zr: np.ndarray  # (H, 2H), copy of the gates' columns of w_hidden
    w_g: np.ndarray  # (H, H), copy of the candidate's
    d_w_zr: np.ndarray
    d_w_g: np.ndarray
    zr: np.ndarray  # (T, 2H), update and reset gates
    g: np.ndarray  # (T, H)
    h: np.ndarray  # (T + 1, H), from h(0)
    r_h: np.ndarray  # (T, H), r(t) * h(t-1)
    dh: np.ndarray  # (T, H), through the outputs alone
    dnet_zr: np.ndarray  # (T, 2H)
    dnet_g: np.ndarray  # (T, H)
    later: np.ndarray  # (1, H), of h(t), through the step after
    d_r_h: np.ndarray  # (1, H)
    logits: np.ndarray  # see `net_inputs`
    n_outputs: int


def net(model: GRU, params: Params, grads: Params, n_steps: int) -> Net:
    """Make the net of one seed, the only one of `params`, with room for `n_steps`."""
    n, k, dtype, t = model.hidden_size, params["W_hidden_output"].shape[2], params.flat.dtype, n_steps
    names = ("W_input_gates", "W_hidden_gates", "b_gates", "W_hidden_output")
    shapes = [(n, 2 * n), (n, n)] * 2 + [(t, 2 * n), (t, n), (t + 1, n), (t, n), (t, n), (t, 2 * n), (t, n)]
    return Net(
        *(params[name][0] for name in names),
        *(grads[name][0] for name in names),
        *(zeros(shape, dtype) for shape in [*shapes, (1, n), (1, n)]),
        logits=net_inputs(n_steps, k, dtype),
        n_outputs=k,
    )


@forward.register(Net)
def _forward(net: Any, ids: Any, n_steps: Any, first: Any) -> None:
    n, zr, g, h = net.w_hidden.shape[0], net.zr, net.g, net.h
    for i in range(n):
        for j in range(2 * n):
            net.w_zr[i, j] = net.w_hidden[i, j]
        for j in range(n):
            net.w_g[i, j] = net.w_hidden[i, 2 * n + j]
    for t in range(n_steps):
        symbol = ids[t]
        for j in range(2 * n):
            zr[t, j] = net.w_input[symbol, j] + net.b[j]
        add_row_product(h, t, net.w_zr, zr, t)
        for j in range(2 * n):
            zr[t, j] = logistic(zr[t, j])  # (1), (2)
        for j in range(n):
            net.r_h[t, j] = zr[t, n + j] * h[t, j]
        for j in range(n):
            g[t, j] = net.w_input[symbol, 2 * n + j] + net.b[2 * n + j]
        add_row_product(net.r_h, t, net.w_g, g, t)
        for j in range(n):
            g[t, j] = 2 / (1 + exp(-2 * g[t, j])) - 1  # (3)
        for j in range(n):
            h[t + 1, j] = zr[t, j] * h[t, j] + (1 - zr[t, j]) * g[t, j]  # (4)
    net.logits[: n_steps - first] = 0
    add_product(h[first + 1 : n_steps + 1], net.w_output, net.logits)  # (5)


@backward.register(Net)
def _backward(net: Any, ids: Any, n_steps: Any, first: Any) -> None:
    n, zr, g, h, n_rows = net.w_hidden.shape[0], net.zr, net.g, net.h, n_steps - first
    dnet_zr, dnet_g, later, d_r_h = net.dnet_zr, net.dnet_g, net.later, net.d_r_h
    net.d_w_output[:] = 0
    add_product(h[first + 1 : n_steps + 1].T, net.logits[:n_rows], net.d_w_output)
    net.dh[:first] = 0
    product_with_rows(net.logits[:n_rows], net.w_output, net.dh[first:n_steps])
    later[:] = 0
    net.d_w_input[:] = 0
    net.d_b[:] = 0
    for t in range(n_steps - 1, -1, -1):
        for j in range(n):
            net.dh[t, j] += later[0, j]
        for j in range(n):
            dnet_g[t, j] = net.dh[t, j] * (1 - zr[t, j]) * (1 - g[t, j] * g[t, j])
        row_product_with_rows(dnet_g, t, net.w_g, d_r_h, 0)
        for j in range(n):
            dnet_zr[t, j] = net.dh[t, j] * (h[t, j] - g[t, j]) * zr[t, j] * (1 - zr[t, j])
        for j in range(n):
            dnet_zr[t, n + j] = d_r_h[0, j] * h[t, j] * zr[t, n + j] * (1 - zr[t, n + j])
        row_product_with_rows(dnet_zr, t, net.w_zr, later, 0)
        for j in range(n):
            later[0, j] += net.dh[t, j] * zr[t, j] + d_r_h[0, j] * zr[t, n + j]
        symbol = ids[t]
        for j in range(2 * n):
            net.d_w_input[symbol, j] += dnet_zr[t, j]
            net.d_b[j] += dnet_zr[t, j]
        for j in range(n):
            net.d_w_input[symbol, 2 * n + j] += dnet_g[t, j]
            net.d_b[2 * n + j] += dnet_g[t, j]
    net.d_w_zr[:] = 0
    net.d_w_g[:] = 0
    add_product(h[:n_steps].T, dnet_zr[:n_steps], net.d_w_zr)
    add_product(net.r_h[:n_steps].T, dnet_g[:n_steps], net.d_w_g)
    for i in range(n):
        for j in range(2 * n):
            net.d_w_hidden[i, j] = net.d_w_zr[i, j]
        for j in range(n):
            net.d_w_hidden[i, 2 * n + j] = net.d_w_g[i, j]
