"""Arrays that look like numpy's to a plain loop, and record what is computed with them.

Arithmetic is done by numpy, so that all values are those of the loop without tracing. Each call of a ufunc counts as a
loop over its result in C order. Slices, copies, joins and assignments only name values: they cost nothing. What cannot
be followed raises `UntraceableError`; it is never left out in silence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from lagrun.analysis.data_movement.recorder import CONSTANT, Recorder

#: Elementwise functions that are one multiplication.
MULTIPLICATIONS = (np.multiply, np.square)

#: What carries out numpy's calls: `arithmetic` puts its ``ufunc`` here, `functions` its ``function``.
HANDLERS: dict[str, Callable[..., Any]] = {}


class UntraceableError(Exception):
    """A program does something to traced arrays that cannot be followed."""


class Traced(NDArrayOperatorsMixin):
    """An array, and the numbers of its values.

    Parameters
    ----------
    values : np.ndarray or scalar
        What numpy would have.
    ids : np.ndarray or scalar
        Numbers of the values, of the same shape; see `lagrun.analysis.data_movement.recorder`.
    recorder : Recorder
        Where what happens is written down.
    """

    def __init__(self, values: Any, ids: Any, recorder: Recorder) -> None:
        self.values, self.ids, self.recorder = np.asarray(values), np.asarray(ids), recorder

    @classmethod
    def put(cls, values: np.ndarray, recorder: Recorder) -> Traced:
        """Copy an input of the program; its elements are put on top of the stack in C order, the last one topmost."""
        return cls(values.copy(), recorder.put(values.shape), recorder)

    @classmethod
    def constant(cls, values: np.ndarray, recorder: Recorder) -> Traced:
        """Wrap an array of constants."""
        return cls(values, recorder.constants(values.shape), recorder)

    shape = property(lambda self: self.values.shape)
    dtype = property(lambda self: self.values.dtype)
    ndim = property(lambda self: self.values.ndim)
    size = property(lambda self: self.values.size)

    @property
    def T(self) -> Traced:  # noqa: N802 (numpy's name)
        """The array with its axes reversed."""
        return self._moved(lambda array: array.T)

    def __len__(self) -> int:
        return len(self.values)

    def __iter__(self) -> Iterator[Traced]:
        return (self[i] for i in range(len(self)))

    def __getitem__(self, key: Any) -> Traced:
        key = without_ids(key)
        return self._moved(lambda array: array[key])

    def __setitem__(self, key: Any, new: Any) -> None:
        key = without_ids(key)
        self.values[key] = without_ids(new)
        if self.recorder.is_on:
            self.ids[key] = ids_of(new)

    def __pow__(self, exponent: Any) -> Any:
        return np.square(self) if isinstance(exponent, int | float) and exponent == 2 else np.power(self, exponent)

    def __bool__(self) -> bool:
        """A decision by a comparison, which is read."""
        check_compared(self)
        self.recorder.decide(self.ids)
        return bool(self.values)

    def __int__(self) -> int:
        raise UntraceableError("int(x): a traced number becomes a plain one")

    def __float__(self) -> float:
        raise UntraceableError("float(x): a traced number becomes a plain one; instead of math's functions use numpy's")

    def __repr__(self) -> str:
        return f"Traced({self.values!r})"

    def __array__(self, *_: Any, **__: Any) -> np.ndarray:
        raise UntraceableError(
            "a traced array becomes a plain one; arrays that are assigned to must be made by np.zeros_like(x) or"
            " np.zeros(n, like=x), and lists of arrays joined by np.stack"
        )

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **settings: Any) -> Any:
        return HANDLERS["ufunc"](self.recorder, ufunc, method, inputs, settings)

    def __array_function__(self, function: Callable[..., Any], types: Any, args: Any, settings: Any) -> Any:
        return HANDLERS["function"](self.recorder, function, args, settings)

    def reshape(self, *shape: Any) -> Traced:
        """As numpy's; a view where numpy has one."""
        return self._moved(lambda array: array.reshape(*shape))

    def ravel(self) -> Traced:
        """As numpy's."""
        return self._moved(lambda array: array.ravel())

    def transpose(self, *axes: Any) -> Traced:
        """As numpy's."""
        return self._moved(lambda array: array.transpose(*axes))

    def copy(self) -> Traced:
        """New names for the same values."""
        return self._moved(lambda array: array.copy())

    def astype(self, dtype: Any) -> Traced:
        """New names for the same values, in another type."""
        return Traced(self.values.astype(dtype), self.ids.copy(), self.recorder)

    def sum(self, axis: Any = None, keepdims: bool = False) -> Any:
        """As numpy's."""
        return self._reduced(np.add, axis, keepdims)

    def min(self, axis: Any = None, keepdims: bool = False) -> Any:
        """As numpy's."""
        return self._reduced(np.minimum, axis, keepdims)

    def max(self, axis: Any = None, keepdims: bool = False) -> Any:
        """As numpy's."""
        return self._reduced(np.maximum, axis, keepdims)

    def _reduced(self, ufunc: np.ufunc, axis: Any, keepdims: bool) -> Any:
        array: Any = self  # which numpy's types do not know
        return ufunc.reduce(array, axis=axis, keepdims=keepdims)

    def _moved(self, move: Callable[[np.ndarray], Any]) -> Traced:
        return Traced(move(self.values), move(self.ids), self.recorder)


def check_compared(value: Any) -> None:
    """Raise `UntraceableError` if a decision uses a number, not a comparison: nothing has read the number yet."""
    if isinstance(value, Traced) and value.dtype != bool:
        raise UntraceableError("a decision by a number; compare it, as in x != 0")


def without_ids(value: Any) -> Any:
    """The plain array of a traced one, also inside of lists and tuples; all else as it is."""
    if isinstance(value, list | tuple):
        return type(value)(map(without_ids, value))
    return value.values if isinstance(value, Traced) else value


def ids_of(value: Any) -> Any:
    """Numbers of the values of an array; of plain arrays, which are constants, an array without memory."""
    return value.ids if isinstance(value, Traced) else np.broadcast_to(CONSTANT, np.shape(value))
