"""The work of one training sequence of the LSTM, and the time of its parts alone on this machine.

Nothing that trains this net by these kernels can be faster than their sum: the small matrix products (as if steps did
not wait for each other), the exponentials, and the root and division of every weight's update. All the rest (look-ups,
products of elements, moving memory, calls) is left out, as if it were hidden behind these.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

#: Bytes of an array that stays in the first-level cache beside its result.
IN_CACHE = 16_384

#: Steps of which products are taken together, so that logits stay in the second-level cache.
STEPS_TOGETHER = 100

#: CPU seconds of a loop, and loops of which the fastest counts.
LOOP_SECONDS, LOOPS = 0.002, 25


@dataclass(frozen=True)
class Work:
    """Of one training sequence.

    Attributes
    ----------
    product_flops, element_flops : int
        Additions and multiplications in matrix products, and elsewhere in forward and backward pass.
    n_tanh, n_exp, n_log : int
        Elements.
    n_weights : int
        Weights, all of which are updated.
    update_flops : int
        Operations of clipping and Adam; among them a root and a division a weight.
    """

    product_flops: int
    element_flops: int
    n_tanh: int
    n_exp: int
    n_log: int
    n_weights: int
    update_flops: int

    @property
    def flops(self) -> int:
        """All but exponentials."""
        return self.product_flops + self.element_flops + self.update_flops


def lstm_work(n_steps: int, n_hidden: int, n_inputs: int, n_outputs: int) -> Work:
    """Count the work of a forget-gate LSTM with softmax outputs at every step; equations as in `lagrun.models.lstm`.

    Notes
    -----
    With T steps, H cells, V inputs, K outputs, per step:

    - products: H x 4H three times (forward, backward, gradient) and H x K three times (the same),
      2 (12 H^2 + 3 H K) flops;
    - elements forward: 8 H for look-up and bias, 6 H for three sigmoids made of tanh, 4 H for (1) and (2);
    - elements backward: 10 H for dh and dc, 13 H for the gates and c(t-1), 4 H for the bias;
    - softmax and its gradient: 2 K + 4;
    - tanh: 4 H gates and H cells; exp: K; log: 1.

    P = 4 H (V + H + 1) + H K weights; clipping takes 3 flops a weight (2 for the norm), Adam 10: m 2, v 3, root,
    epsilon, division, rate, subtraction.
    """
    t, h, k = n_steps, n_hidden, n_outputs
    n_weights = 4 * h * (n_inputs + h + 1) + h * k
    return Work(
        product_flops=t * 2 * (12 * h * h + 3 * h * k),
        element_flops=t * (18 * h + 27 * h + 2 * k + 4),
        n_tanh=t * 5 * h,
        n_exp=t * k,
        n_log=t,
        n_weights=n_weights,
        update_flops=13 * n_weights,
    )


@dataclass(frozen=True)
class Roofline:
    """Time of the parts of one sequence, in microseconds."""

    p: int
    dtype: str
    products: float
    exponentials: float
    update: float

    @property
    def total(self) -> float:
        """Time of all parts, one after the other."""
        return self.products + self.exponentials + self.update


def lstm_roofline(p: int, n_hidden: int, dtype: str) -> Roofline:
    """Measure the parts of task 2a at lag `p`: T = p steps, V = K = p + 1 symbols."""
    work = lstm_work(p, n_hidden, p + 1, p + 1)
    with threadpool_limits(1):
        steps = min(p, STEPS_TOGETHER)
        shapes = _product_shapes(steps, n_hidden, p + 1)
        products = p / steps * sum(_product_seconds(*shape, dtype) for shape in shapes)
        tanh, exp, log, sqrt = (_element_seconds(f, dtype) for f in (np.tanh, np.exp, np.log, np.sqrt))
        divide = _element_seconds(lambda x, out: np.divide(x, x, out=out), dtype)
    exponentials = work.n_tanh * tanh + work.n_exp * exp + work.n_log * log
    return Roofline(p, dtype, 1e6 * products, 1e6 * exponentials, 1e6 * work.n_weights * (sqrt + divide))


def _product_shapes(t: int, h: int, k: int) -> list[tuple[int, int, int]]:
    """Rows, inner dimension and columns of every matrix product of a sequence."""
    return [(t, h, 4 * h), (t, 4 * h, h), (h, t, 4 * h), (t, h, k), (t, k, h), (h, t, k)]


def _product_seconds(rows: int, inner: int, columns: int, dtype: str) -> float:
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(rows, inner)).astype(dtype), rng.normal(size=(inner, columns)).astype(dtype)
    out = np.empty((rows, columns), dtype)
    return fastest(lambda: np.matmul(a, b, out=out))


def _element_seconds(function: Callable[..., object], dtype: str) -> float:
    x = np.random.default_rng(0).uniform(0.5, 2.0, IN_CACHE // np.dtype(dtype).itemsize).astype(dtype)
    out = np.empty_like(x)
    return fastest(lambda: function(x, out=out)) / len(x)


def fastest(call: Callable[[], object]) -> float:
    """CPU seconds of one call, in the fastest of several loops."""
    n, seconds = 1, 0.0
    while seconds < LOOP_SECONDS:
        n *= 2
        seconds = _loop(call, n)
    return min(_loop(call, n) for _ in range(LOOPS)) / n


def _loop(call: Callable[[], object], n: int) -> float:
    start = time.process_time()
    for _ in range(n):
        call()
    return time.process_time() - start
