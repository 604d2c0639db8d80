"""The two nets of `lagrun.models.chunker`, automatiser A and chunker C; names are that file's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from lagrun.engines.compiled.aligned import zeros
from lagrun.engines.compiled.arithmetic import logistic
from lagrun.engines.compiled.dispatch import add_step_gradient, begin, forward, step
from lagrun.engines.compiled.jit import function
from lagrun.engines.compiled.losses import net_inputs
from lagrun.engines.compiled.matrices import row_product_with_rows
from lagrun.engines.compiled.nets.elman import arrays, run
from lagrun.engines.compiled.nets.rtrl import (
    Places,
    add_hidden_gradient,
    add_output_gradient,
    advance,
    hidden_squares,
    output_squares,
    place_of,
    places_of,
    show,
)
from lagrun.engines.compiled.squashers import Squash, squash_of
from lagrun.interfaces.params import Params
from lagrun.numerics.activations import LOGISTIC

if TYPE_CHECKING:
    from lagrun.models.chunker import Chunker


class C(NamedTuple):
    """The chunker; fields as in `rtrl.Net`. Its outputs always see this step's hidden state."""

    w_input: np.ndarray
    w_hidden: np.ndarray
    w_output: np.ndarray
    w_direct: np.ndarray
    states: np.ndarray
    p: np.ndarray
    dh: np.ndarray
    logits: np.ndarray
    n_outputs: int
    places: Places


class Net(NamedTuple):
    """The automatiser, with fields as in `rtrl.Net`; its extra outputs q; and the chunker."""

    w_input: np.ndarray
    w_hidden: np.ndarray
    w_output: np.ndarray
    w_direct: np.ndarray
    w_state: np.ndarray  # (H, N), from hidden units to q
    w_input_state: np.ndarray  # (V, N), from the input to q
    h: np.ndarray  # (T + 1, H), of a whole sequence
    states: np.ndarray
    p: np.ndarray
    dh: np.ndarray
    dh_state: np.ndarray  # (1, H), through q
    q: np.ndarray  # (1, N), then the gradient of its net inputs
    predicted: np.ndarray  # (1, N), what C's state is, as far as q predicts it
    logits: np.ndarray
    n_outputs: int
    places: Places
    state_places: Places
    seen: int  # 1: outputs see this step's hidden state, 0: that of the step before
    f: Squash
    c: C
    memory: np.ndarray  # C's states and sensitivities, and the numbers below
    numbers: np.ndarray
    q_has_outputs: bool
    theta: float
    is_euclidean: bool
    reset: bool


#: Numbers that are carried along: rows of this step in A's and C's states, whether the symbol that comes is a surprise,
#: that symbol, C's last input, and whether there was a sequence before.
_ROW, _ROW_OF_C, _SURPRISED, _NEXT, _LAST, _HAS_BEGUN, _N_NUMBERS = range(7)


def net(model: Chunker, params: Params, grads: Params, n_steps: int) -> Net:
    """Make the nets of one seed, the only one of `params`, with room for `n_steps`."""
    from lagrun.models.chunker import CHUNKER

    h, dtype, n_inputs = model.hidden_size, params.flat.dtype, params["W_input_hidden"].shape[1]
    k, n_state = params["W_hidden_output"].shape[2], params["W_hidden_state"].shape[2]
    p_shape = (2, h, (n_inputs + h) * h)
    memory = zeros(2 * h + int(np.prod(p_shape)) + _N_NUMBERS, dtype)
    chunker = C(
        *arrays(params, CHUNKER),
        states=memory[: 2 * h].reshape(2, h),
        p=memory[2 * h : -_N_NUMBERS].reshape(p_shape),
        dh=zeros((1, h), dtype),
        logits=net_inputs(0, k, dtype),
        n_outputs=k,
        places=places_of(params, CHUNKER),
    )
    return Net(
        *arrays(params),
        *(params["W_hidden_state"][0], params["W_input_state"][0]),
        h=zeros((n_steps + 1, h), dtype),
        states=zeros((2, h), dtype),
        p=zeros(p_shape, dtype),
        dh=zeros((1, h), dtype),
        dh_state=zeros((1, h), dtype),
        q=zeros((1, n_state), dtype),
        predicted=zeros((1, n_state), dtype),
        logits=net_inputs(n_steps, k, dtype),
        n_outputs=k,
        places=places_of(params),
        state_places=Places(-1, place_of(params, "W_hidden_state"), place_of(params, "W_input_state")),
        seen=int(model.timing == "layered"),
        f=squash_of(LOGISTIC),
        c=chunker,
        memory=memory,
        numbers=memory[-_N_NUMBERS:],
        q_has_outputs=model.predict == "hidden_and_outputs",
        theta=model.theta,
        is_euclidean=model.theta_norm == "euclidean",
        reset=model.reset_chunker,
    )


@forward.register(Net)
def _forward(net: Any, ids: Any, n_steps: Any, first: Any) -> None:
    run(net, ids, n_steps, first)


@function
def _read(net: Any, symbol: Any) -> None:
    """Let C read a symbol."""
    row = int(net.numbers[_ROW_OF_C])
    advance(net.f, net.c.w_input, net.c.w_hidden, net.c.states, net.c.p, row, symbol)
    net.numbers[_ROW_OF_C] = 1 - row
    net.numbers[_LAST] = symbol


@begin.register(Net)
def _begin(net: Any) -> None:
    if net.reset:
        net.memory[:] = 0
    elif net.numbers[_HAS_BEGUN] == 1 and net.numbers[_SURPRISED] == 1:
        _read(net, int(net.numbers[_NEXT]))  # the last symbol of the sequence before
    net.numbers[_HAS_BEGUN], net.numbers[_SURPRISED], net.numbers[_ROW] = 1, 1, 0
    net.states[:] = 0
    net.p[:] = 0


@step.register(Net)
def _step(net: Any, symbol: Any) -> None:
    if net.numbers[_SURPRISED] == 1:
        _read(net, symbol)
    old = int(net.numbers[_ROW])
    advance(net.f, net.w_input, net.w_hidden, net.states, net.p, old, symbol)
    net.numbers[_ROW] = 1 - old
    row = 1 - old if net.seen else old
    for i in range(net.q.shape[1]):
        net.q[0, i] = net.w_input_state[symbol, i]
    for j in range(net.states.shape[1]):
        h = net.states[row, j]
        for i in range(net.q.shape[1]):
            net.q[0, i] += h * net.w_state[j, i]
    for i in range(net.q.shape[1]):
        net.q[0, i] = logistic(net.q[0, i])
    show(net, row, symbol)


@add_step_gradient.register(Net)
def _add_step_gradient(net: Any, symbol: Any, target: Any, factor: Any, into: Any, measured: Any) -> Any:
    c, n_hidden, row_of_c = net.c, net.states.shape[1], int(net.numbers[_ROW_OF_C])
    row = int(net.numbers[_ROW]) if net.seen else 1 - int(net.numbers[_ROW])
    last = int(net.numbers[_LAST])
    is_surprise = _is_surprise(net, target)
    if is_surprise or net.q_has_outputs:
        show(c, row_of_c, last)
        for k in range(net.n_outputs):
            c.logits[0, k] = logistic(c.logits[0, k])
    for j in range(n_hidden):
        net.predicted[0, j] = c.states[row_of_c, j]
    if net.q_has_outputs:
        for k in range(net.n_outputs):
            net.predicted[0, n_hidden + k] = c.logits[0, k]
    for i in range(net.q.shape[1]):
        q = net.q[0, i]
        net.q[0, i] = (q - net.predicted[0, i]) * q * (1 - q)
    row_product_with_rows(net.logits, 0, net.w_output, net.dh, 0)
    row_product_with_rows(net.q, 0, net.w_state, net.dh_state, 0)
    for j in range(n_hidden):
        net.dh[0, j] += net.dh_state[0, j]
    add_output_gradient(net.states, row, net.logits, net.n_outputs, net.places, symbol, factor, into)
    add_output_gradient(net.states, row, net.q, net.q.shape[1], net.state_places, symbol, factor, into)
    add_hidden_gradient(net.dh, net.p, row, net.places, factor, into)
    squares = 0.0
    if measured:
        squares += output_squares(net.states, row, net.logits, net.n_outputs, True)
        squares += output_squares(net.states, row, net.q, net.q.shape[1], True)
        squares += hidden_squares(net.dh, net.p, row)

    net.numbers[_SURPRISED] = is_surprise
    net.numbers[_NEXT] = target
    if not is_surprise:
        return squares
    for k in range(net.n_outputs):
        y = c.logits[0, k]
        c.logits[0, k] = (y - (1 if k == target else 0)) * y * (1 - y)
    row_product_with_rows(c.logits, 0, c.w_output, c.dh, 0)
    add_output_gradient(c.states, row_of_c, c.logits, c.n_outputs, c.places, last, factor, into)
    add_hidden_gradient(c.dh, c.p, row_of_c, c.places, factor, into)
    if measured:
        squares += output_squares(c.states, row_of_c, c.logits, c.n_outputs, c.places.direct >= 0)
        squares += hidden_squares(c.dh, c.p, row_of_c)
    return squares


@function
def _is_surprise(net: Any, target: Any) -> Any:
    """Tell whether the norm of A's error exceeds theta."""
    outputs = net.logits[net.logits.shape[0] - 1]  # see `to_gradient`
    outputs[target] -= 1
    squares, exceeds = 0.0, False
    for k in range(net.n_outputs):
        exceeds |= abs(outputs[k]) > net.theta
        squares += outputs[k] * outputs[k]
    return squares > net.theta * net.theta if net.is_euclidean else exceeds
