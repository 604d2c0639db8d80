"""The self-recurrent net of `lagrun.models.elman_net`, and its back-propagation through time, `lagrun.models.elman`.

Names and equation numbers are those of these files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from lagrun.engines.compiled.aligned import zeros
from lagrun.engines.compiled.dispatch import backward, forward
from lagrun.engines.compiled.jit import function
from lagrun.engines.compiled.losses import net_inputs
from lagrun.engines.compiled.matrices import add_product, add_row_product, product_with_rows, row_product_with_rows
from lagrun.engines.compiled.squashers import Squash, slope, squash, squash_of
from lagrun.interfaces.params import Params
from lagrun.numerics.activations import SQUASHERS

if TYPE_CHECKING:
    from lagrun.models.elman import Elman


class Net(NamedTuple):
    """Weights and gradients (``d_...``), and buffers for T steps; without direct connections, ``w_direct`` is empty."""

    w_input: np.ndarray  # (V, H)
    w_hidden: np.ndarray  # (H, H)
    w_output: np.ndarray  # (H, K)
    w_direct: np.ndarray  # (V, K)
    d_w_input: np.ndarray
    d_w_hidden: np.ndarray
    d_w_output: np.ndarray
    d_w_direct: np.ndarray
    h: np.ndarray  # (T + 1, H), from h(0)
    dh: np.ndarray  # (T + 1, H), through the outputs alone
    dnet: np.ndarray  # (T + 1, H), the last row 0
    logits: np.ndarray  # see `net_inputs`
    n_outputs: int
    seen: int  # outputs of step t (from 0) see row t + seen of h
    f: Squash


def net(model: Elman, params: Params, grads: Params, n_steps: int) -> Net:
    """Make the net of one seed, the only one of `params`, with room for `n_steps`."""
    h, k, dtype = model.hidden_size, params["W_hidden_output"].shape[2], params.flat.dtype
    return Net(
        *arrays(params),
        *arrays(grads),
        *(zeros((n_steps + 1, h), dtype) for _ in range(3)),
        logits=net_inputs(n_steps, k, dtype),
        n_outputs=k,
        seen=int(model.timing == "layered"),
        f=squash_of(SQUASHERS[model.squash]),
    )


def arrays(params: Params, prefix: str = "") -> list[np.ndarray]:
    """The four arrays of a net's only seed, whose names begin with `prefix`."""
    found = [params[prefix + name][0] for name in ("W_input_hidden", "W_hidden_hidden", "W_hidden_output")]
    direct = params.get(prefix + "W_input_output")
    return [*found, np.zeros((0, found[2].shape[1]), params.flat.dtype) if direct is None else direct[0]]


@forward.register(Net)
def run(net: Any, ids: Any, n_steps: Any, first: Any) -> None:
    """Equations (1) and (2)."""
    h, n = net.h, net.w_hidden.shape[0]
    for t in range(n_steps):
        for j in range(n):
            h[t + 1, j] = net.w_input[ids[t], j]
        add_row_product(h, t, net.w_hidden, h, t + 1)
        for j in range(n):
            h[t + 1, j] = squash(net.f, h[t + 1, j])
    show_direct(net, ids, n_steps, first)
    add_product(h[first + net.seen : n_steps + net.seen], net.w_output, net.logits)


@backward.register(Net)
def _backward(net: Any, ids: Any, n_steps: Any, first: Any) -> None:
    n, n_rows, h, dnet = net.w_hidden.shape[0], n_steps - first, net.h, net.dnet
    net.d_w_output[:] = 0
    add_product(h[first + net.seen : n_steps + net.seen].T, net.logits[:n_rows], net.d_w_output)
    net.dh[: n_steps + 1] = 0
    product_with_rows(net.logits[:n_rows], net.w_output, net.dh[first + net.seen : n_steps + net.seen])
    dnet[n_steps] = 0
    for t in range(n_steps - 1, -1, -1):
        row_product_with_rows(dnet, t + 1, net.w_hidden, dnet, t)  # (3)
        for j in range(n):
            dnet[t, j] = slope(net.f, h[t + 1, j]) * (net.dh[t + 1, j] + dnet[t, j])  # (4)
    net.d_w_hidden[:] = 0
    add_product(h[:n_steps].T, dnet[:n_steps], net.d_w_hidden)
    net.d_w_input[:] = 0
    for t in range(n_steps):
        for j in range(n):
            net.d_w_input[ids[t], j] += dnet[t, j]
    add_direct_gradient(net, ids, n_steps, first)


@function
def show_direct(net: Any, ids: Any, n_steps: Any, first: Any) -> None:
    """Begin the outputs' net inputs with what comes directly from the input symbols."""
    if net.w_direct.shape[0] == 0:
        net.logits[: n_steps - first] = 0
        return
    for t in range(first, n_steps):
        row, shown = net.w_direct[ids[t]], net.logits[t - first]  # to vectorise: see `rtrl.add_hidden_gradient`
        for k in range(net.n_outputs):
            shown[k] = row[k]


@function
def add_direct_gradient(net: Any, ids: Any, n_steps: Any, first: Any) -> None:
    """Write the gradient of the direct connections."""
    net.d_w_direct[:] = 0
    if net.w_direct.shape[0] > 0:
        for t in range(first, n_steps):
            row, error = net.d_w_direct[ids[t]], net.logits[t - first]
            for k in range(net.n_outputs):
                row[k] += error[k]
