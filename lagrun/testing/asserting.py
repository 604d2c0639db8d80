"""Assertions that tell the author of a class, in words, which promise it breaks."""

from __future__ import annotations

from typing import Any

import numpy as np


def require(ok: Any, words: str) -> None:
    """Raise AssertionError with these words unless `ok`."""
    if not ok:
        raise AssertionError(words)


def require_same(found: np.ndarray, expected: np.ndarray, words: str) -> None:
    """Raise AssertionError, with the first differences, unless two arrays are bit-identical; NaN equals NaN."""
    np.testing.assert_array_equal(found, expected, err_msg=words)


def require_close(found: np.ndarray, expected: np.ndarray, words: str, rtol: float, atol: float) -> None:
    """Raise AssertionError, with the largest differences, unless two arrays agree to some relative and absolute error.

    Parameters
    ----------
    found, expected : np.ndarray
        Arrays of one shape.
    words : str
        What is wrong if they do not agree.
    rtol, atol : float
        They may differ by ``atol + rtol * abs(expected)``.
    """
    np.testing.assert_allclose(found, expected, rtol=rtol, atol=atol, err_msg=words)
