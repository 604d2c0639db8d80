"""Elementary functions that vectorise without a vendor's library, and give the same bits on every machine with FMA."""

from __future__ import annotations

import math
from typing import Any

import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

#: Elements that a loop over exp takes at a time: two of the widest vectors. Rows are padded to a multiple, because the
#: rest of a loop runs one element at a time.
LANES = 16

_LOG2_E = 1.4426950408889634
# ln 2 = high + low; a multiple of the high part is exact, as its last bits are 0.
_LN2_HIGH, _LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10
#: Adding it to a number rounds that to an integer, which is then in the low bits of the sum.
_ROUND = 6755399441055744.0
_LARGEST = 708.0
_LN2, _INFINITY, _NAN = math.log(2.0), math.inf, math.nan
#: Bits of sqrt(1/2), whose exponent is -1; less these, a number's exponent bits are k.
_ROOT_HALF_BITS = int(np.float64(0.5**0.5).view(np.int64))
# (exp(r) - 1 - r) / r^2 = C2 + C3 r + ... for |r| <= ln(2) / 2, interpolated at Chebyshev's points.
_C2 = 0.5000000000000003
_C3 = 0.1666666666666691
_C4 = 0.04166666666654437
_C5 = 0.008333333333034695
_C6 = 0.0013888888957768386
_C7 = 0.0001984127080120469
_C8 = 2.4801461002569166e-05
_C9 = 2.755618710620338e-06
_C10 = 2.764694540605172e-07
_C11 = 2.5511193652286832e-08


def padded(n: int) -> int:
    """Length of a row that holds `n` elements."""
    return -(-n // LANES) * LANES


@intrinsic
def _bits(context: Any, x: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], ir.IntType(64))

    return types.int64(types.float64), generate


@intrinsic
def _from_bits(context: Any, bits: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], ir.DoubleType())

    return types.float64(types.int64), generate


@numba.njit(fastmath={"contract"}, error_model="numpy")  # sums in another order would be less accurate
def exp(x: Any) -> Any:
    """Exponential function within 1.25 units in the last place.

    Arguments beyond +-708 count as +-708, and NaN stays NaN.
    """
    return _exp_within(_clamped(x))


@numba.njit(fastmath={"contract"}, error_model="numpy")
def _clamped(x: Any) -> Any:
    """Limit a number to +-708. Done before it is negated: each line is then one instruction, not three."""
    x = _LARGEST if x > _LARGEST else x
    return -_LARGEST if x < -_LARGEST else x


@numba.njit(fastmath={"contract"}, error_model="numpy")
def _exp_within(x: Any) -> Any:
    """Exponential function for +-708: 2^k exp(r) with |r| <= ln(2) / 2, and exp(r) is a polynomial."""
    shifted = x * _LOG2_E + _ROUND
    k = shifted - _ROUND
    r = (x - k * _LN2_HIGH) - k * _LN2_LOW
    y = _C11
    y = y * r + _C10
    y = y * r + _C9
    y = y * r + _C8
    y = y * r + _C7
    y = y * r + _C6
    y = y * r + _C5
    y = y * r + _C4
    y = y * r + _C3
    y = y * r + _C2
    y = y * r + 1.0
    y = y * r + 1.0
    return _from_bits(_bits(y) + (_bits(shifted) << 52))


@numba.njit(fastmath={"contract"}, error_model="numpy")
def log(x: Any) -> Any:
    """Natural logarithm of a positive finite number, except for the last bits; NaN for any other.

    With x = 2^k y, sqrt(1/2) <= y < sqrt(2), and s = (y - 1) / (y + 1), it is k log(2) + 2 (s + s^3 / 3 + s^5 / 5 ...).
    """
    if not (x > 0 and x < _INFINITY):
        return x - x + _NAN
    bits: Any = _bits(x)
    k = (bits - _ROOT_HALF_BITS) >> 52
    y = _from_bits(bits - (k << 52))
    s = (y - 1) / (y + 1)
    square = s * s
    series = 1 / 19
    series = series * square + 1 / 17
    series = series * square + 1 / 15
    series = series * square + 1 / 13
    series = series * square + 1 / 11
    series = series * square + 1 / 9
    series = series * square + 1 / 7
    series = series * square + 1 / 5
    series = series * square + 1 / 3
    series = series * square + 1
    return 2 * s * series + k * _LN2


@numba.njit(fastmath={"contract"}, error_model="numpy")
def logistic(x: Any) -> Any:
    """The logistic sigmoid, 1 / (1 + exp(-x))."""
    return 1.0 / (1.0 + _exp_within(-_clamped(x)))
