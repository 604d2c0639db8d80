"""What is written down while traced arrays are computed with: multiplications, and which value is touched when.

A value is what an instruction yields, or one of the program's inputs; it has a number, from 1, and never changes. An
element of an array is a name for a value, and 0 stands for constants of the program, which cost nothing to read.
"""

from __future__ import annotations

from math import prod

import numpy as np

#: Reads above which a trace is given up.
MAX_READS = 20_000_000

#: Of values; a trace that is given up ends far below 2**31.
ID = np.int32

CONSTANT = ID(0)


class Recorder:
    """Counts multiplications and reads, and writes down the touches of values.

    Parameters
    ----------
    max_reads : int
        Reads of values above which touches are no longer written down; 0 to only count multiplications.

    Attributes
    ----------
    multiplications : int
        So far.
    n_reads : int
        Reads written down.
    """

    def __init__(self, max_reads: int = MAX_READS) -> None:
        self.multiplications = self.n_reads = 0
        self._max_reads, self._n_values = max_reads, 0
        self._events: list[np.ndarray] | None = [] if max_reads > 0 else None

    @property
    def is_on(self) -> bool:
        """Whether touches are still written down."""
        return self._events is not None

    def events(self) -> np.ndarray | None:
        """All touches, as `lagrun.data_movement.lru.stack_depths` wants them; None if they became too many."""
        if self._events is None:
            return None
        return np.concatenate(self._events) if self._events else np.zeros(0, ID)

    def constants(self, shape: tuple[int, ...]) -> np.ndarray:
        """Number an array of constants, whose elements may be assigned to."""
        return np.zeros(shape, ID) if self.is_on else np.broadcast_to(CONSTANT, shape)

    def put(self, shape: tuple[int, ...]) -> np.ndarray:
        """Put the elements of an input of the program on top of the stack, in C order; their numbers."""
        return self._write([], shape)

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
        return self._write([np.broadcast_to(operand, shape)[..., None] for operand in operands], shape)

    def sums(self, operands: list[np.ndarray], multiplies: bool) -> np.ndarray:
        """Compute the elements of an array one after the other, in C order, each as a sum kept in a register.

        Parameters
        ----------
        operands : list of np.ndarray of int
            Numbers of the one or two factors of every term, arrays that broadcast to the shape of the result with the
            terms as a further axis, the last.
        multiplies : bool
            Whether that takes a multiplication a term.

        Returns
        -------
        np.ndarray of int
            Numbers of the result.
        """
        shape = np.broadcast_shapes(*(operand.shape for operand in operands))
        self.multiplications += multiplies * prod(shape)
        return self._write([np.broadcast_to(operand, shape) for operand in operands], shape[:-1])

    def _write(self, operands: list[np.ndarray], shape: tuple[int, ...]) -> np.ndarray:
        """Read the terms of every element of the result, shape (..., terms), and write it."""
        n_terms = operands[0].shape[-1] if operands else 0
        n_results, n_operands = prod(shape), len(operands)
        if self._events is None or self.n_reads + n_results * n_terms * n_operands > self._max_reads:
            self._events = None
            return self.constants(shape)
        new = np.arange(self._n_values + 1, self._n_values + n_results + 1, dtype=ID)
        self._n_values += n_results
        events = np.empty((n_results, n_terms * n_operands + 1), ID)
        events[:, -1] = new
        for position, operand in enumerate(operands):
            events[:, position:-1:n_operands] = operand.reshape(n_results, n_terms)
        if n_operands == 2:
            second = events[:, 1:-1:2]
            np.negative(second, out=second, where=events[:, :-1:2] != 0)  # an instruction's first where the other is 0
        touched = events.ravel()
        touched = touched[touched != 0]
        self.n_reads += len(touched) - n_results
        self._events.append(touched)
        return new.reshape(shape)
