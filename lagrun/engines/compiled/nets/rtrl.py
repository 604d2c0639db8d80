"""Real-time recurrent learning of `lagrun.models.rtrl`; equation numbers are that file's."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from lagrun.engines.compiled.aligned import zeros
from lagrun.engines.compiled.dispatch import add_step_gradient, begin, forward, step
from lagrun.engines.compiled.jit import function
from lagrun.engines.compiled.losses import net_inputs
from lagrun.engines.compiled.matrices import row_product_with_rows
from lagrun.engines.compiled.nets.elman import arrays, run
from lagrun.engines.compiled.squashers import Squash, slope, squash, squash_of
from lagrun.interfaces.params import Params
from lagrun.numerics.activations import SQUASHERS

if TYPE_CHECKING:
    from lagrun.models.rtrl import RTRL


class Places(NamedTuple):
    """Where a net's weights begin in flat storage: those into hidden units, and those into outputs; -1: there are none.

    Weights into hidden units are together, in the order of the sensitivities.
    """

    hidden: int
    output: int
    direct: int


class Net(NamedTuple):
    """Weights, and what is carried along: hidden states and sensitivities of this step and the one before.

    The two rows change places at each step; ``memory`` tells which is this step's.
    """

    w_input: np.ndarray  # (V, H)
    w_hidden: np.ndarray  # (H, H)
    w_output: np.ndarray  # (H, K)
    w_direct: np.ndarray  # (V, K), or empty
    h: np.ndarray  # (T + 1, H), of a whole sequence
    states: np.ndarray  # (2, H)
    p: np.ndarray  # (2, H, M)
    memory: np.ndarray  # p, flat, and the row of p and states that is this step's
    dh: np.ndarray  # (1, H)
    places: Places
    logits: np.ndarray  # see `net_inputs`
    n_outputs: int
    seen: int  # 1: outputs see this step's hidden state, 0: that of the step before
    reset: bool
    f: Squash


def net(model: RTRL, params: Params, grads: Params, n_steps: int) -> Net:
    """Make the net of one seed, the only one of `params`, with room for `n_steps`."""
    h, dtype = model.hidden_size, params.flat.dtype
    k, n_inputs = params["W_hidden_output"].shape[2], params["W_input_hidden"].shape[1]
    p_shape = (2, h, (n_inputs + h) * h)
    memory = zeros(int(np.prod(p_shape)) + 1, dtype)
    return Net(
        *arrays(params),
        h=zeros((n_steps + 1, h), dtype),
        states=zeros((2, h), dtype),
        p=memory[:-1].reshape(p_shape),
        memory=memory,
        dh=zeros((1, h), dtype),
        places=places_of(params),
        logits=net_inputs(n_steps, k, dtype),
        n_outputs=k,
        seen=int(model.timing == "layered"),
        reset=model.sensitivities == "reset",
        f=squash_of(SQUASHERS[model.squash]),
    )


def places_of(params: Params, prefix: str = "") -> Places:
    """Find the weights of the net whose names begin with `prefix`."""
    names = ("W_input_hidden", "W_hidden_output", "W_input_output")
    return Places(*(place_of(params, prefix + name) for name in names))


def place_of(params: Params, name: str) -> int:
    """Find where an array begins in flat storage; -1 if there is none."""
    before = list(params.shapes)[: list(params.shapes).index(name)] if name in params else None
    return -1 if before is None else sum(prod(params.shapes[other]) for other in before)


@forward.register(Net)
def _forward(net: Any, ids: Any, n_steps: Any, first: Any) -> None:
    run(net, ids, n_steps, first)


@begin.register(Net)
def _begin(net: Any) -> None:
    net.states[:] = 0
    if net.reset:
        net.memory[:] = 0


@step.register(Net)
def _step(net: Any, symbol: Any) -> None:
    old = int(net.memory[-1])
    new = 1 - old
    advance(net.f, net.w_input, net.w_hidden, net.states, net.p, old, symbol)
    net.memory[-1] = new
    show(net, new if net.seen else old, symbol)


@add_step_gradient.register(Net)
def _add_step_gradient(net: Any, symbol: Any, target: Any, factor: Any, into: Any, measured: Any) -> Any:
    new = int(net.memory[-1])
    row_product_with_rows(net.logits, 0, net.w_output, net.dh, 0)
    row = new if net.seen else 1 - new
    add_output_gradient(net.states, row, net.logits, net.n_outputs, net.places, symbol, factor, into)
    add_hidden_gradient(net.dh, net.p, row, net.places, factor, into)
    if not measured:
        return 0.0
    direct = net.places.direct >= 0
    return output_squares(net.states, row, net.logits, net.n_outputs, direct) + hidden_squares(net.dh, net.p, row)


@function
def advance(f: Any, w_input: Any, w_hidden: Any, states: Any, p: Any, old: Any, symbol: Any) -> None:
    """Advance from row `old` of states and sensitivities to the other one, equation (1)."""
    n_inputs, n = w_input.shape
    new = 1 - old
    for j in range(n):
        x = w_input[symbol, j]
        for k in range(n):
            x += states[old, k] * w_hidden[k, j]
        states[new, j] = squash(f, x)
    for j in range(n):
        g = slope(f, states[new, j])
        factor = g * w_hidden[0, j]
        for m in range(p.shape[2]):
            p[new, j, m] = factor * p[old, 0, m]
        for k in range(1, n):
            factor = g * w_hidden[k, j]
            for m in range(p.shape[2]):
                p[new, j, m] += factor * p[old, k, m]
        p[new, j, symbol * n + j] += g
        for k in range(n):
            p[new, j, (n_inputs + k) * n + j] += g * states[old, k]


@function
def add_hidden_gradient(dh: Any, p: Any, row: Any, places: Any, factor: Any, into: Any) -> None:
    """Add `factor` times the gradient of the weights into hidden units, equation (2), to `into`."""
    n = p.shape[2]
    weights = into[places.hidden : places.hidden + n]  # with a possibly negative index, loops are not vectorised
    for j in range(p.shape[1]):
        error = factor * dh[0, j]
        for m in range(n):
            weights[m] += error * p[row, j, m]


@function
def hidden_squares(dh: Any, p: Any, row: Any) -> Any:
    """Sum of squares of that gradient."""
    squares = 0.0
    for m in range(p.shape[2]):
        gradient = 0.0
        for j in range(p.shape[1]):
            gradient += dh[0, j] * p[row, j, m]
        squares += gradient * gradient
    return squares


@function
def add_output_gradient(
    states: Any, row: Any, dnet: Any, n_outputs: Any, places: Any, symbol: Any, factor: Any, into: Any
) -> None:
    """Add `factor` times the gradient of the weights into outputs to `into`."""
    for j in range(states.shape[1]):
        h, start = factor * states[row, j], places.output + j * n_outputs
        weights = into[start : start + n_outputs]
        for k in range(n_outputs):
            weights[k] += h * dnet[0, k]
    if places.direct >= 0:
        start = places.direct + symbol * n_outputs
        weights = into[start : start + n_outputs]
        for k in range(n_outputs):
            weights[k] += factor * dnet[0, k]


@function
def output_squares(states: Any, row: Any, dnet: Any, n_outputs: Any, direct: Any) -> Any:
    """Sum of squares of that gradient."""
    of_outputs, of_inputs = 0.0, 1.0 if direct else 0.0
    for k in range(n_outputs):
        of_outputs += dnet[0, k] * dnet[0, k]
    for j in range(states.shape[1]):
        of_inputs += states[row, j] * states[row, j]
    return of_outputs * of_inputs


@function
def show(net: Any, row: Any, symbol: Any) -> None:
    """Write the outputs' net inputs, given which row of the hidden states they see."""
    for j in range(net.states.shape[1]):
        h = net.states[row, j]
        if j > 0:
            for k in range(net.n_outputs):
                net.logits[0, k] += h * net.w_output[j, k]
        elif net.places.direct >= 0:
            for k in range(net.n_outputs):
                net.logits[0, k] = net.w_direct[symbol, k] + h * net.w_output[j, k]
        else:
            for k in range(net.n_outputs):
                net.logits[0, k] = h * net.w_output[j, k]
