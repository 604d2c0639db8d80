"""Arrays that start where a core reads them fastest.

That is at the start of a cache line, because a vector that lies across two lines costs double. And it is not the same
place of a memory page as that of another array in use: if a read and a recent write are at the same place of their
pages, the core takes the read to be of what is being written, and waits.
"""

from __future__ import annotations

from math import prod

import numpy as np

#: Bytes of a cache line, and of a memory page.
LINE, PAGE = 64, 4096

#: What is left of one piece of memory from which short arrays are cut, one after the other.
_left = np.zeros(0, np.uint8)


def zeros(shape: int | tuple[int, ...], dtype: np.dtype, place: int = 0) -> np.ndarray:
    """Allocate zeros.

    Parameters
    ----------
    shape, dtype
        As for `numpy.zeros`.
    place : int
        Quarter of a memory page in which a long array starts; arrays that a loop reads or writes side by side need
        different quarters.
    """
    global _left
    n_bytes = int(prod(np.atleast_1d(shape))) * np.dtype(dtype).itemsize
    if n_bytes <= PAGE // 4:
        if len(_left) < n_bytes + LINE:
            _left = _at(np.zeros(17 * PAGE, np.uint8), 0)
        memory, _left = _left, _left[-(-n_bytes // LINE) * LINE :]
    else:
        memory = _at(np.zeros(n_bytes + PAGE, np.uint8), place * PAGE // 4)
    return memory[:n_bytes].view(dtype).reshape(shape)


def _at(memory: np.ndarray, place: int) -> np.ndarray:
    """The part of some memory that starts at this place of a page."""
    return memory[(place - memory.ctypes.data) % PAGE :]
