"""numpy's other functions on traced arrays: those that move, which cost nothing, and those that are arithmetic."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from lagrun.analysis.data_movement.recorder import Recorder
from lagrun.analysis.data_movement.traced import HANDLERS, Traced, UntraceableError, check_compared, ids_of, without_ids

#: Functions that only move the elements of their first argument, an array or a sequence of arrays.
MOVES: tuple[Callable[..., Any], ...] = (
    np.array_split,
    np.broadcast_to,
    np.concatenate,
    np.copy,
    np.expand_dims,
    np.flip,
    np.hstack,
    np.moveaxis,
    np.ravel,
    np.repeat,
    np.reshape,
    np.split,
    np.squeeze,
    np.stack,
    np.swapaxes,
    np.take,
    np.tile,
    np.transpose,
    np.vstack,
)

#: Functions that make an array of constants like another array.
CONSTANTS: tuple[Callable[..., Any], ...] = (
    np.empty,
    np.empty_like,
    np.full,
    np.full_like,
    np.ones,
    np.ones_like,
    np.zeros,
    np.zeros_like,
)

#: Functions that only ask for a shape.
QUESTIONS: tuple[Callable[..., Any], ...] = (np.ndim, np.shape, np.size)


def call(recorder: Recorder, function: Callable[..., Any], args: Sequence[Any], settings: dict[str, Any]) -> Any:
    """Call a function of numpy that is not a ufunc.

    Raises
    ------
    UntraceableError
        If no reading order is defined for it here.
    """
    if function in ARITHMETIC:
        return ARITHMETIC[function](*args, **settings)
    if function in QUESTIONS:
        return function(*without_ids(tuple(args)), **settings)
    if function in CONSTANTS:
        return Traced.constant(function(*without_ids(tuple(args)), **settings), recorder)
    if function in MOVES:
        first, *others = args
        ids = list(map(ids_of, first)) if isinstance(first, list | tuple) else ids_of(first)
        values, ids = function(without_ids(first), *others, **settings), function(ids, *others, **settings)
        if isinstance(values, list | tuple):
            return [Traced(*pair, recorder) for pair in zip(values, ids, strict=True)]
        return Traced(values, ids, recorder)
    raise UntraceableError(f"np.{getattr(function, '__name__', function)}: cannot be followed")


def _outer(a: Any, b: Any) -> Any:
    return np.multiply(a.reshape(-1, 1), b.reshape(1, -1))


def _dot(a: Any, b: Any) -> Any:
    if max(np.ndim(a), np.ndim(b)) > 2 or not (np.ndim(a) and np.ndim(b)):
        raise UntraceableError("np.dot: only of vectors and matrices")
    return np.matmul(a, b)


def _norm(x: Any, ord: float | None = None) -> Any:  # noqa: A002 (numpy's name)
    """Norm of a vector, element by element: a root of a sum of squares, a sum, or a maximum."""
    if np.ndim(x) != 1 or ord not in NORMS:
        raise UntraceableError("np.linalg.norm: only of vectors, of orders 1, 2 and inf")
    return Traced(np.linalg.norm(x.values, ord), NORMS[ord](x).ids, x.recorder)


def _euclidean(x: Any) -> Any:
    return np.sqrt((x**2).sum())


#: How the norm of a vector is computed, by its order.
NORMS: dict[float | None, Callable[[Any], Any]] = {
    None: _euclidean,
    1: lambda x: np.abs(x).sum(),
    2: _euclidean,
    np.inf: lambda x: np.abs(x).max(),
}


def _where(condition: Any, a: Any, b: Any) -> Any:
    """A choice by comparisons: these are read, the chosen values are not."""
    check_compared(condition)
    recorder = next(each.recorder for each in (condition, a, b) if isinstance(each, Traced))
    chosen, *values = map(without_ids, (condition, a, b))
    result = Traced(np.where(chosen, *values), np.where(chosen, ids_of(a), ids_of(b)), recorder)
    recorder.decide(np.broadcast_to(ids_of(condition), result.shape))
    return result


ARITHMETIC: dict[Callable[..., Any], Callable[..., Any]] = {
    np.dot: _dot,
    np.linalg.norm: _norm,
    np.max: lambda x, axis=None, keepdims=False: x.max(axis, keepdims),
    np.min: lambda x, axis=None, keepdims=False: x.min(axis, keepdims),
    np.outer: _outer,
    np.sum: lambda x, axis=None, keepdims=False: x.sum(axis, keepdims),
    np.where: _where,
}


HANDLERS["function"] = call
