"""Records a computation with traced arrays: its multiplications, and which value is touched when.

A value is what an instruction yields, or one of the program's inputs; it has a number, from 1, and never changes. An
element of an array is a name for a value, and 0 stands for constants of the program, which cost nothing to read. What
an instruction yields from constants alone is a constant.
"""

from __future__ import annotations

from math import prod

import numpy as np

#: Reads above which a trace is given up.
MAX_READS = 40_000_000

#: Of values; a trace that is given up ends far below 2**31.
ID = np.int32

CONSTANT = ID(0)


class Recorder:
    """Counts multiplications and reads, and writes down the touches of values.

    Parameters
    ----------
    max_reads : int
        Most reads of values: above it, touches are not recorded any more; 0 to count multiplications only.

    Attributes
    ----------
    multiplications : int
        So far.
    """

    def __init__(self, max_reads: int = MAX_READS) -> None:
        self.multiplications = 0
        self._max_reads, self._n_values, self._n_touches = max_reads, 0, 0
        self._events: list[np.ndarray] | None = [] if max_reads > 0 else None
        self._returned: list[np.ndarray] = []

    @property
    def is_on(self) -> bool:
        """Whether touches are still written down."""
        return self._events is not None

    @property
    def n_reads(self) -> int:
        """Reads written down: all touches but the first of each value."""
        return self._n_touches - self._n_values

    def events(self) -> np.ndarray | None:
        """All touches, as `lagrun.analysis.data_movement.lru.stack_depths` wants them; None if they became too many."""
        if self._events is None:
            return None
        return np.concatenate(self._events) if self._events else np.zeros(0, ID)

    def returned(self) -> np.ndarray:
        """Numbers of the values that the program returns."""
        return np.concatenate([np.zeros(0, ID), *self._returned])

    def constants(self, shape: tuple[int, ...]) -> np.ndarray:
        """Number an array of constants, whose elements may be assigned to."""
        return np.zeros(shape, ID) if self.is_on else np.broadcast_to(CONSTANT, shape)

    def put(self, shape: tuple[int, ...]) -> np.ndarray:
        """Put the elements of an input of the program on top of the stack, in C order; their numbers."""
        if not self.is_on:
            return self.constants(shape)
        new = self._number(np.ones(shape, bool))
        self._write_down(new)
        return new

    def give_back(self, ids: np.ndarray) -> None:
        """Tell that the program returns an array, whose values stay in the stack to the end."""
        if self.is_on:
            self._returned.append(ids[ids != CONSTANT])

    def decide(self, ids: np.ndarray) -> None:
        """Read the elements of an array of comparisons, as each decides which way the program goes on."""
        if self._has_room(ids.size):
            self._write_down(ids)

    def each(self, operands: list[np.ndarray], shape: tuple[int, ...], multiplies: bool) -> np.ndarray:
        """Compute the elements of an array one after the other, in C order, each from one element of every operand.

        Parameters
        ----------
        operands : list of np.ndarray of int
            Numbers of one or two arrays that broadcast to `shape`, in the order read.
        shape : tuple of int
            Of the result.
        multiplies : bool
            Whether that takes a multiplication an element.

        Returns
        -------
        np.ndarray of int
            Numbers of the result.
        """
        self.multiplications += multiplies * prod(shape)
        if not self._has_room(prod(shape) * len(operands)):
            return self.constants(shape)
        read = [np.broadcast_to(operand, shape) for operand in operands]
        new = self._number(np.any([ids != CONSTANT for ids in read], axis=0))
        self._write_down(*_instruction(*read), new)
        return new

    def sums(self, operands: list[np.ndarray], multiplies: bool) -> np.ndarray:
        """Compute the elements of an array one after the other, in C order, each as a sum of terms, or a product.

        All products, and all sums but for the first term alone, are values.

        Parameters
        ----------
        operands : list of np.ndarray of int
            Numbers of the terms, or of the two factors of every term, arrays that broadcast to the shape of the result
            with the terms as a further axis, the last.
        multiplies : bool
            Whether that takes a multiplication a term.

        Returns
        -------
        np.ndarray of int
            Numbers of the result.
        """
        shape = np.broadcast_shapes(*(operand.shape for operand in operands))
        self.multiplications += multiplies * prod(shape)
        if not shape[-1] or not self._has_room(prod(shape) * 2 * len(operands)):
            return self.constants(shape[:-1])
        read = [np.broadcast_to(operand, shape) for operand in operands]
        if len(read) == 1:
            totals, addition = self._add(read[0])
            self._write_down(*addition)
        else:
            products = self._number((read[0] != CONSTANT) | (read[1] != CONSTANT))
            totals, addition = self._add(products)
            self._write_down(*_instruction(*read), products, *addition)
        return totals

    def best(self, candidates: np.ndarray, values: np.ndarray, better: np.ufunc) -> np.ndarray:
        """Choose one of the candidates for each element of an array, in C order.

        Each candidate, from the second on, is compared with the best of those before, and the comparison is read once
        more as it decides; the result is the best one under a further name.

        Parameters
        ----------
        candidates : np.ndarray of int, shape (..., n)
            Their numbers.
        values : np.ndarray, shape (..., n)
            The candidates themselves.
        better : np.ufunc
            `np.greater` or `np.less`.

        Returns
        -------
        np.ndarray of int, shape (...)
            Numbers of the results.
        """
        if not self._has_room(3 * candidates.size):
            return self.constants(candidates.shape[:-1])
        extremes = (np.maximum if better is np.greater else np.minimum).accumulate(values, axis=-1)
        replaces = np.ones(values.shape, bool)
        replaces[..., 1:] = better(values[..., 1:], extremes[..., :-1])
        chosen = np.maximum.accumulate(np.where(replaces, np.arange(values.shape[-1]), 0), axis=-1)
        best = np.take_along_axis(candidates, chosen, axis=-1)
        read = candidates[..., 1:], best[..., :-1]
        compared = self._number((read[0] != CONSTANT) | (read[1] != CONSTANT))
        self._write_down(*_instruction(*read), compared, compared)
        return best[..., -1]

    def _add(self, terms: np.ndarray) -> tuple[np.ndarray, list[np.ndarray]]:
        """Number the sums of terms, shape (..., n); the whole sums, shape (...), and what is touched for each term."""
        later = self._number(np.logical_or.accumulate(terms != CONSTANT, axis=-1)[..., 1:])
        sums = np.concatenate([terms[..., :1], later], axis=-1)
        touched = np.zeros((3, *terms.shape), ID)  # nothing for the first term, which is the first sum
        touched[:, ..., 1:] = *_instruction(sums[..., :-1], terms[..., 1:]), later
        return sums[..., -1], list(touched)

    def _has_room(self, n_reads: int) -> bool:
        """Tell whether up to so many further reads can be written down; if not, give up."""
        if self.n_reads + n_reads > self._max_reads:
            self._events = None
        return self._events is not None

    def _number(self, is_value: np.ndarray) -> np.ndarray:
        """Number new values, in C order; what is no value is a constant."""
        ids = np.zeros(is_value.shape, ID)
        n_new = int(np.count_nonzero(is_value))
        ids[is_value] = np.arange(self._n_values + 1, self._n_values + n_new + 1, dtype=ID)
        self._n_values += n_new
        return ids

    def _write_down(self, *columns: np.ndarray) -> None:
        """Append what is touched for one element after the other: its place in each of the arrays."""
        assert self._events is not None
        touched = np.stack(columns, axis=-1).ravel()
        touched = touched[touched != CONSTANT]
        self._n_touches += len(touched)
        self._events.append(touched)


def _instruction(first: np.ndarray, second: np.ndarray | None = None) -> list[np.ndarray]:
    """What instructions read; the second of two values is marked by its sign."""
    if second is None:
        return [first]
    return [first, np.where(first != CONSTANT, -second, second)]
