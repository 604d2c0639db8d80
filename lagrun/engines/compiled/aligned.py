"""Arrays that start where a core reads them fastest.

That is at the start of a cache line, because vectors that lie across two lines cost double; and not at the same place
of a memory page as another array in use: a core takes a read for one of a write in progress if both are at the same
place.
"""

from __future__ import annotations

from math import prod

import numpy as np

#: Bytes of a cache line, and of a memory page.
LINE, PAGE = 64, 4096

#: Short arrays are cut from one piece of memory, one after the other: what is left of it.
_left = np.zeros(0, np.uint8)


def zeros(shape: int | tuple[int, ...], dtype: np.dtype, place: int = 0) -> np.ndarray:
    """Allocate zeros.

    Parameters
    ----------
    shape, dtype
        As for `numpy.zeros`.
    place : int
        Quarter of a memory page in which a long array starts; long arrays that a loop goes through side by side need
        different ones.
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
