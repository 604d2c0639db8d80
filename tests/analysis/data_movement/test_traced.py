"""Traced arrays: which values a plain loop reads, in which order, against numpy going through arrays of numbers."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lagrun.analysis.data_movement.recorder import Recorder
from lagrun.analysis.data_movement.traced import Traced, UntraceableError
from lagrun.models.elman_reference import ElmanReference
from lagrun.models.gru_reference import GRUReference
from lagrun.models.lstm_reference import LSTMReference
from lagrun.numerics.activations import LOGISTIC
from tests.helpers import traced_depths
from tests.plain_numbers import Program


def check_against_numbers(program: Callable[..., list[Any]], *arguments: np.ndarray) -> Recorder:
    """A function that returns a list of arrays: the same values, and the same depths as of arrays of numbers."""
    recorder, numbers = Recorder(), Program()
    put: list[Any] = [Traced.put(argument, recorder) for argument in reversed(arguments)][::-1]
    traced, looped = program(*put), program(*numbers.put(*arguments))
    for mine, plain, numbered in zip(traced, program(*arguments), looped, strict=True):
        assert mine.values.tobytes() == plain.tobytes()
        values = [getattr(number, "value", number) for number in numbered.ravel()]
        np.testing.assert_allclose(values, plain.ravel(), rtol=1e-12)
        recorder.give_back(mine.ids)
    found = traced_depths(recorder)
    assert found == numbers.depths(*looped)
    assert recorder.n_reads == len(found) > 0
    return recorder


def best(x: Any, axis: Any, builtin: Any) -> Any:
    """Largest or smallest elements of the last axis; of numbers, as Python's own function finds them."""
    if x.dtype != object:
        return getattr(np, builtin.__name__)(x, axis=axis)
    return np.array([builtin(row) for row in x] if axis == -1 else builtin(x.ravel()), object)


def where_positive(x: Any, other: Any) -> Any:
    """Elements of `x` that are, else of `other`; of numbers, all are compared before the first is chosen."""
    if x.dtype != object:
        return np.where(x > 0, x, other)
    compared = [each > 0 for each in x]
    return np.array([a if found else b for found, a, b in zip(compared, x, other, strict=True)], object)


#: Of a square matrix, a vector, and both as they are after the operations before.
OPERATIONS: list[Callable[[Any, Any], tuple[Any, Any]]] = [
    lambda w, x: (w, w @ x),
    lambda w, x: (w, x @ w.T),
    lambda w, x: (w @ w, x),
    lambda w, x: (np.outer(x, x) + w, x),
    lambda w, x: (w * x, x * x),
    lambda w, x: (w - 0.5, 1 - x**2),
    lambda w, x: (np.zeros_like(w) + np.zeros_like(w) * 2 + w, np.tanh(-x)),
    lambda w, x: (w, w.sum(-1) + w[0]),
    lambda w, x: (w, x / (1 + np.sqrt(np.abs(x).sum()))),
    lambda w, x: (w, np.concatenate([x[1:], x[:1]]) * best(w, None, max)),
    lambda w, x: (w, best(w, -1, max) - best(w, -1, min)),
    lambda w, x: (w, x + best(np.stack([np.zeros_like(x), x], axis=-1), -1, max)),
    lambda w, x: (w, where_positive(x, w[0])),
    lambda w, x: (w, x * 2 if max(x[0], x[-1]) > x[0] or not x[0] < 0 else x),
    lambda w, x: (w, np.zeros_like(x) @ w + x),
]


@settings(max_examples=40)
@given(st.integers(1, 3), st.lists(st.sampled_from(OPERATIONS), min_size=1, max_size=5), st.booleans())
@example(2, OPERATIONS, True)
def test_programs_against_numbers(n: int, operations: list[Any], returns_all: bool) -> None:
    def program(w: Any, x: Any) -> list[Any]:
        for operation in operations:
            w, x = operation(w, x)
        return [w, x + 1] if returns_all else [x + 1]

    rng = np.random.default_rng(n)
    check_against_numbers(program, rng.normal(size=(n, n)), rng.normal(size=n))


#: Two hidden units, three symbols.
NETS: dict[str, tuple[Any, dict[str, tuple[int, ...]]]] = {
    "lstm": (
        LSTMReference(truncated=False),
        {"W_input_gates": (3, 8), "W_hidden_gates": (2, 8), "b_gates": (8,), "W_hidden_output": (2, 3)},
    ),
    "gru": (
        GRUReference(),
        {"W_input_gates": (3, 6), "W_hidden_gates": (2, 6), "b_gates": (6,), "W_hidden_output": (2, 3)},
    ),
    "elman": (
        ElmanReference(LOGISTIC, "layered", None),
        {"W_input_hidden": (3, 2), "W_hidden_hidden": (2, 2), "W_hidden_output": (2, 3), "W_input_output": (3, 3)},
    ),
}


@pytest.mark.parametrize("name", NETS)
def test_plain_loops_of_nets_against_numbers(name: str) -> None:
    net, shapes = NETS[name]

    def learn(inputs: Any, dlogits: Any, *arrays: Any) -> list[Any]:
        weights = dict(zip(shapes, arrays, strict=True))
        logits, tape = net.forward(weights, inputs)
        grads = net.grads(weights, tape, logits - dlogits)
        return [weights[key] - 0.1 * grads[key] for key in weights]

    rng = np.random.default_rng(0)
    arrays = [rng.normal(size=shape) for shape in [(4, 3), (4, 3), *shapes.values()]]
    check_against_numbers(learn, *arrays)


def test_moves_cost_nothing_and_keep_the_values() -> None:
    recorder = Recorder()
    w = Traced.put(np.arange(6.0).reshape(2, 3), recorder)  # numbers 1 to 6
    copy: Any = np.stack([w[1], np.zeros(3), *np.split(w.T.ravel().reshape(2, 3), 2)[0]])
    copy[0, 1:] = w[[1, 0], [0, 0]]
    copy[2] = 0.0
    picked = np.where(copy.values > 2, copy, np.hstack([w, w])[0, :3])
    assert copy.ids.tolist() == [[4, 4, 1], [0, 0, 0], [0, 0, 0]]
    assert picked.ids.tolist() == [[4, 4, 3], [1, 2, 3], [1, 2, 3]]
    assert recorder.n_reads == recorder.multiplications == 0


def test_writing_in_place_makes_new_values_under_every_name() -> None:
    recorder = Recorder()
    w: Any = Traced.put(np.arange(4.0), recorder)
    view = w[1:].reshape(3, 1)
    view *= 2
    np.exp(w[:1], out=w[:1])
    recorder.give_back(w.ids)
    assert w.ids.tolist() == [8, 5, 6, 7]
    assert w.values.tolist() == [1.0, 2.0, 4.0, 6.0]
    # From the top 4 3 2 1: 2 at 3, and gone. Then 5 4 3 1: 3 at 3. Then 6 5 4 1: 4 at 3. Then 7 6 5 1: 1 at 4.
    assert traced_depths(recorder) == [3, 3, 3, 4]


def test_what_constants_yield_is_constant() -> None:
    recorder = Recorder()
    x: Any = Traced.put(np.ones(2), recorder)
    zeros: Any = np.zeros_like(x)
    again = (zeros + 1) * zeros - zeros @ np.ones(2)
    assert again.ids.tolist() == [0, 0]
    assert (again.max() + zeros.sum()).ids.tolist() == 0
    assert recorder.n_reads == 0
    assert (again + x).ids.tolist() == [3, 4]
    assert recorder.n_reads == 2
    assert recorder.multiplications == 2 + 2


def test_what_cannot_be_followed_is_refused() -> None:
    recorder = Recorder()
    x: Any = Traced.put(np.ones(3), recorder)
    hidden = np.zeros(3)
    with pytest.raises(UntraceableError, match="zeros_like"):
        hidden[1:] = x[1:]
    with pytest.raises(UntraceableError, match="plain array"):
        hidden += x
    with pytest.raises(UntraceableError, match="stack"):
        np.array([x, x])
    with pytest.raises(UntraceableError, match="cumsum"):
        np.cumsum(x)
    with pytest.raises(UntraceableError, match=r"add\.accumulate"):
        np.add.accumulate(x)
    with pytest.raises(UntraceableError, match="no `where`"):
        np.add(x, x, where=np.zeros(3, bool))
    with pytest.raises(UntraceableError, match="no `initial`"):
        np.maximum.reduce(x, initial=0.0)
    with pytest.raises(UntraceableError, match=r"float\(x\)"):
        float(x[0]) * float(x[1])
    with pytest.raises(UntraceableError, match="numpy's"):
        math.tanh(x[2])
    with pytest.raises(UntraceableError, match=r"int\(x\)"):
        int(x[0])
    with pytest.raises(UntraceableError, match="compare it"):
        _ = 1 if x[0] else 2
    with pytest.raises(UntraceableError, match="compare it"):
        np.where(x, x, 0.0)
    with pytest.raises(UntraceableError, match="only of vectors"):
        np.linalg.norm(x.reshape(1, 3))
    with pytest.raises(UntraceableError, match="orders 1, 2 and inf"):
        np.linalg.norm(x, 3)
    assert recorder.n_reads == 0


def test_a_decision_reads_what_is_compared_and_then_the_comparison() -> None:
    recorder = Recorder()
    x: Any = Traced.put(np.arange(3.0), recorder)
    assert x[2] > 1
    assert x[0] == 0
    recorder.give_back(x.ids)
    # From the top 3 2 1: 3 at 1; the comparison at 1, and gone. Then 3 2 1 again: 1 at 3, its comparison at 1.
    assert traced_depths(recorder) == [1, 1, 3, 1]
    np.where(x > 1, x, 0.0)
    assert recorder.n_reads == 4 + 3 + 3


def test_the_largest_element_is_compared_with_those_before() -> None:
    recorder = Recorder()
    x: Any = Traced.put(np.array([2.0, 1.0, 3.0]), recorder)
    largest, smallest = x.max(), x.min()
    assert (largest.ids.tolist(), smallest.ids.tolist()) == (3, 2)
    recorder.give_back(x.ids)
    # From the top 3 2 1: 2 at 2 against 1 at 3, their comparison at 1. Then 1 2 3: 3 at 3 against 1 at 1, and 1. Then
    # 1 3 2: 2 at 3 against 1 at 1, and 1. Then 1 2 3: 3 at 3 against 2 at 2, and 1.
    assert traced_depths(recorder) == [2, 3, 1, 3, 1, 1, 3, 1, 1, 3, 2, 1]
    assert np.maximum(x, 2.5).ids.tolist() == [0, 0, 3]
    assert np.minimum.reduce(x.reshape(1, 3), axis=1).ids.tolist() == [2]
    assert recorder.multiplications == 0


def test_norms_take_their_steps() -> None:
    recorder = Recorder()
    x: Any = Traced.put(np.array([3.0, -4.0]), recorder)
    found, n_multiplications, n_reads = [], [], []
    for order in (None, 2, 1, np.inf):
        found.append(np.linalg.norm(x, order).values.tolist())
        n_multiplications.append(recorder.multiplications)
        n_reads.append(recorder.n_reads)
    assert found == [5.0, 5.0, 7.0, 4.0]
    assert n_multiplications == [2, 4, 4, 4]
    # Two squares, their sum, its root; two absolute values, and their sum, or comparison, read once more.
    assert np.diff([0, *n_reads]).tolist() == [5, 5, 4, 5]


@pytest.mark.parametrize("axis", [(1, 0), (0, 1), None])
def test_sums_over_several_axes_read_in_c_order(axis: Any) -> None:
    recorder = Recorder()
    x: Any = Traced.put(np.arange(6.0).reshape(2, 3), recorder)
    assert np.sum(x, axis=axis).values == 15
    # From the top 6 5 4 3 2 1: 1 at 6, 2 at 5, both gone. Then the sum, at 1, and the lowest of 5, 4, 3, 2.
    assert traced_depths(recorder) == [6, 5, 1, 5, 1, 4, 1, 3, 1, 2]
