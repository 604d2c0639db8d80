"""Arrays that start where a core reads them fastest."""

from __future__ import annotations

from math import prod

import numpy as np

#: Bytes of a cache line, and of a memory page.
LINE, PAGE = 64, 4096


def zeros(shape: int | tuple[int, ...], dtype: np.dtype, place: int = 0) -> np.ndarray:
    """Allocate zeros at the start of a cache line, so that no vector lies across two.

    Parameters
    ----------
    shape, dtype
        As for `numpy.zeros`.
    place : int
        Quarter of a memory page in which the array starts. Long arrays that a loop goes through side by side should
        not start at the same place: a core takes a read for one of a write in progress if both have the same place in
        their pages.
    """
    n_bytes = prod(np.atleast_1d(shape)) * np.dtype(dtype).itemsize
    memory = np.zeros(int(n_bytes) + PAGE, np.uint8)
    wanted = place * PAGE // 4 if n_bytes > PAGE else -memory.ctypes.data % LINE + memory.ctypes.data
    start = (wanted - memory.ctypes.data) % PAGE
    return memory[start : start + n_bytes].view(dtype).reshape(shape)
