"""numpy's universal functions on traced arrays: which values they read, in which order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

import numpy as np

from lagrun.analysis.data_movement.recorder import Recorder
from lagrun.analysis.data_movement.traced import (
    HANDLERS,
    MULTIPLICATIONS,
    Traced,
    UntraceableError,
    ids_of,
    without_ids,
)

#: Numbers of the two factors of every term, shape (..., terms), of the inner products that a function consists of.
Terms = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]


def _matmul(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    if a.ndim == 1:
        return (a, b) if b.ndim == 1 else _vecmat(a, b)
    return _matvec(a, b) if b.ndim == 1 else (a[..., :, None, :], b.swapaxes(-1, -2)[..., None, :, :])


def _vecmat(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return a[..., None, :], b.swapaxes(-1, -2)


def _matvec(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return a, b[..., None, :]


INNER_PRODUCTS: dict[np.ufunc, Terms] = {
    np.matmul: _matmul,
    np.vecmat: _vecmat,
    np.matvec: _matvec,
    np.vecdot: lambda a, b: (a, b),
}

#: Functions that choose one of their operands, and when a later one takes the place of an earlier one.
CHOICES = {np.maximum: np.greater, np.fmax: np.greater, np.minimum: np.less, np.fmin: np.less}


def apply(recorder: Recorder, ufunc: np.ufunc, method: str, inputs: Any, settings: dict[str, Any]) -> Any:
    """Apply a universal function.

    Parameters
    ----------
    recorder : Recorder
        What to tell of it.
    ufunc, method, inputs, settings
        As in numpy's ``__array_ufunc__``.

    Raises
    ------
    UntraceableError
        For what no reading order is defined here, and for plain arrays as `out`.
    """
    out = settings.pop("out", None)
    if settings.pop("where", True) is not True or "initial" in settings or ufunc.nin > 2 or ufunc.nout != 1:
        raise UntraceableError(f"np.{ufunc.__name__}: at most two operands, one result, no `where` and no `initial`")
    if out is not None and not isinstance(out[0], Traced):
        raise UntraceableError(
            f"np.{ufunc.__name__}: writes into a plain array; make it by np.zeros_like(x) or np.zeros(n, like=x)"
        )
    if method == "outer" and ufunc.signature is None:
        a, b = inputs
        inputs, method = (a.reshape(*a.shape, *[1] * np.ndim(b)), b), "__call__"
    if method not in ("__call__", "reduce") or (ufunc.signature and ufunc not in INNER_PRODUCTS):
        raise UntraceableError(f"np.{ufunc.__name__}.{method}: cannot be followed")
    plain = tuple(map(without_ids, inputs))
    read = [ids_of(value) for value in inputs]
    if method == "reduce":
        ids = _reduced(recorder, ufunc, read[0], plain[0], settings)
    else:
        ids = _computed(recorder, ufunc, read, plain, settings)  # before `out` may be overwritten
    if out is not None:
        settings["out"] = tuple(map(without_ids, out))
    values = getattr(ufunc, method)(*plain, **settings)
    ids = ids.reshape(np.shape(values))
    if out is None:
        return Traced(values, ids, recorder)
    if recorder.is_on:
        out[0].ids[...] = ids
    return out[0]


def _computed(recorder: Recorder, ufunc: np.ufunc, read: list[Any], plain: Sequence[Any], settings: Any) -> np.ndarray:
    """Read for one result of a call after the other."""
    if ufunc in INNER_PRODUCTS:
        if {"axes", "axis", "keepdims"} & set(settings):
            raise UntraceableError(f"np.{ufunc.__name__}: only along the last axes")
        return recorder.sums(list(INNER_PRODUCTS[ufunc](*read)), multiplies=True)
    if ufunc in CHOICES:
        ids, values = (np.stack(np.broadcast_arrays(*pair), axis=-1) for pair in (read, plain))
        return recorder.best(ids, values, CHOICES[ufunc])
    return recorder.each(read, np.broadcast_shapes(*map(np.shape, read)), ufunc in MULTIPLICATIONS)


def _reduced(recorder: Recorder, ufunc: np.ufunc, read: np.ndarray, plain: np.ndarray, settings: Any) -> np.ndarray:
    """Read along an axis, or several, for one result after the other."""
    axis = settings.get("axis", 0)
    axes = range(read.ndim) if axis is None else [one % read.ndim for one in np.atleast_1d(axis)]
    kept = [one for one in range(read.ndim) if one not in axes]
    shape = (*(read.shape[one] for one in kept), prod(read.shape[one] for one in axes))
    ids, values = (array.transpose(*kept, *sorted(axes)).reshape(shape) for array in (read, plain))
    if ufunc in CHOICES:
        return recorder.best(ids, values, CHOICES[ufunc])
    return recorder.sums([ids], ufunc in MULTIPLICATIONS)


HANDLERS["ufunc"] = apply
