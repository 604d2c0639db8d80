"""The forget-gate LSTM of `lagrun.models.lstm`; names and equation numbers are that file's."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from lagrun.engines.compiled.aligned import zeros
from lagrun.engines.compiled.arithmetic import exp
from lagrun.engines.compiled.dispatch import backward, forward
from lagrun.engines.compiled.losses import net_inputs
from lagrun.engines.compiled.matrices import add_product, add_row_product, product_with_rows, row_product_with_rows
from lagrun.interfaces.params import Params
from lagrun.models.lstm import LSTM


class Net(NamedTuple):
    """Weights and gradients (``d_...``), and buffers for T steps; without biases of outputs, ``b_output`` is empty."""

    w_input: np.ndarray  # (V, 4H)
    w_hidden: np.ndarray  # (H, 4H)
    b: np.ndarray  # (4H,)
    w_output: np.ndarray  # (H, K)
    b_output: np.ndarray  # (K,)
    d_w_input: np.ndarray
    d_w_hidden: np.ndarray
    d_b: np.ndarray
    d_w_output: np.ndarray
    d_b_output: np.ndarray
    gates: np.ndarray  # (T, 4H): o, i, f, g
    c: np.ndarray  # (T + 1, H), from c(0)
    tanh_c: np.ndarray  # (T, H)
    h: np.ndarray  # (T + 1, H), from h(0)
    dh: np.ndarray  # (T, H), through the outputs alone
    dz: np.ndarray  # (T, 4H)
    recurrent: np.ndarray  # (1, H), dh(t) through z(t+1)
    dc: np.ndarray  # (H,)
    slope: np.ndarray  # (4H,): sigmoid is amplitude / (1 + exp(slope z)) - offset, and so is tanh
    amplitude: np.ndarray
    offset: np.ndarray
    logits: np.ndarray  # see `net_inputs`
    n_outputs: int
    full: bool


def net(model: LSTM, params: Params, grads: Params, n_steps: int) -> Net:
    """Make the net of one seed, the only one of `params`, with room for `n_steps`."""
    h, k, dtype = model.hidden_size, params["W_hidden_output"].shape[2], params.flat.dtype
    t = n_steps
    sizes = ((t, 4 * h), (t + 1, h), (t, h), (t + 1, h), (t, h), (t, 4 * h), (1, h), h)
    is_tanh = np.arange(4 * h) >= 3 * h
    return Net(
        *_arrays(params),
        *_arrays(grads),
        *(zeros(size, dtype) for size in sizes),
        slope=np.where(is_tanh, -2, -1).astype(dtype),
        amplitude=np.where(is_tanh, 2, 1).astype(dtype),
        offset=np.where(is_tanh, 1, 0).astype(dtype),
        logits=net_inputs(n_steps, k, dtype),
        n_outputs=k,
        full=model.gradient == "full",
    )


def _arrays(params: Params) -> list[np.ndarray]:
    found = [params[name][0] for name in ("W_input_gates", "W_hidden_gates", "b_gates", "W_hidden_output")]
    return [*found, params["b_output"][0] if "b_output" in params else np.zeros(0, params.flat.dtype)]


@forward.register(Net)
def _forward(net: Any, ids: Any, n_steps: Any, first: Any) -> None:
    n, gates, c, tanh_c = net.w_hidden.shape[0], net.gates, net.c, net.tanh_c
    for t in range(n_steps):
        symbol = ids[t]
        for j in range(4 * n):
            gates[t, j] = net.w_input[symbol, j] + net.b[j]
        add_row_product(net.h, t, net.w_hidden, gates, t)
        for j in range(4 * n):
            gates[t, j] = net.amplitude[j] / (1 + exp(net.slope[j] * gates[t, j])) - net.offset[j]
        for j in range(n):
            c[t + 1, j] = gates[t, n + j] * gates[t, 3 * n + j] + gates[t, 2 * n + j] * c[t, j]  # (1)
        for j in range(n):
            tanh_c[t, j] = 2 / (1 + exp(-2 * c[t + 1, j])) - 1
        for j in range(n):
            net.h[t + 1, j] = gates[t, j] * tanh_c[t, j]  # (2)
    net.logits[: n_steps - first] = 0
    for row in range(n_steps - first):
        for k in range(net.b_output.shape[0]):
            net.logits[row, k] += net.b_output[k]
    add_product(net.h[first + 1 : n_steps + 1], net.w_output, net.logits)  # (3)


@backward.register(Net)
def _backward(net: Any, ids: Any, n_steps: Any, first: Any) -> None:
    n = net.w_hidden.shape[0]
    net.d_w_output[:] = 0
    add_product(net.h[first + 1 : n_steps + 1].T, net.logits[: n_steps - first], net.d_w_output)
    net.d_b_output[:] = 0
    for row in range(n_steps - first):
        for k in range(net.d_b_output.shape[0]):
            net.d_b_output[k] += net.logits[row, k]
    net.dh[:first] = 0
    product_with_rows(net.logits[: n_steps - first], net.w_output, net.dh[first:n_steps])
    net.recurrent[:] = 0
    net.dc[:] = 0
    net.d_w_input[:] = 0
    net.d_b[:] = 0
    gates, c, tanh_c, dz = net.gates, net.c, net.tanh_c, net.dz
    for t in range(n_steps - 1, -1, -1):
        for j in range(n):
            o, i, f, g = gates[t, j], gates[t, n + j], gates[t, 2 * n + j], gates[t, 3 * n + j]
            dh = net.dh[t, j] + net.recurrent[0, j]
            dc = net.dc[j] + dh * o * (1 - tanh_c[t, j] * tanh_c[t, j])
            dz[t, j] = dh * tanh_c[t, j] * o * (1 - o)
            dz[t, n + j] = dc * g * i * (1 - i)
            dz[t, 2 * n + j] = dc * c[t, j] * f * (1 - f)
            dz[t, 3 * n + j] = dc * i * (1 - g * g)
            net.dc[j] = dc * f
        if net.full:
            row_product_with_rows(dz, t, net.w_hidden, net.recurrent, 0)
        symbol = ids[t]
        for j in range(4 * n):
            net.d_w_input[symbol, j] += dz[t, j]
            net.d_b[j] += dz[t, j]
    net.d_w_hidden[:] = 0
    add_product(net.h[:n_steps].T, net.dz[:n_steps], net.d_w_hidden)
