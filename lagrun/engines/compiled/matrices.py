"""Products of small matrices, in blocks of four rows by four: sixteen multiply-adds then share eight loads."""

from __future__ import annotations

from typing import Any

from lagrun.engines.compiled.jit import function, routine


@routine
def add_product(a: Any, b: Any, out: Any) -> None:
    """``out += a b`` for a of shape (n, m) in any layout; of b and `out`, one may have more columns than the other."""
    (n, m), k = a.shape, min(b.shape[1], out.shape[1])
    for i in range(0, n - n % 4, 4):
        for q in range(0, m - m % 4, 4):
            a00, a01, a02, a03 = a[i, q], a[i, q + 1], a[i, q + 2], a[i, q + 3]
            a10, a11, a12, a13 = a[i + 1, q], a[i + 1, q + 1], a[i + 1, q + 2], a[i + 1, q + 3]
            a20, a21, a22, a23 = a[i + 2, q], a[i + 2, q + 1], a[i + 2, q + 2], a[i + 2, q + 3]
            a30, a31, a32, a33 = a[i + 3, q], a[i + 3, q + 1], a[i + 3, q + 2], a[i + 3, q + 3]
            for j in range(k):
                b0, b1, b2, b3 = b[q, j], b[q + 1, j], b[q + 2, j], b[q + 3, j]
                out[i, j] += a00 * b0 + a01 * b1 + a02 * b2 + a03 * b3
                out[i + 1, j] += a10 * b0 + a11 * b1 + a12 * b2 + a13 * b3
                out[i + 2, j] += a20 * b0 + a21 * b1 + a22 * b2 + a23 * b3
                out[i + 3, j] += a30 * b0 + a31 * b1 + a32 * b2 + a33 * b3
        for row in range(i, i + 4):
            for q in range(m - m % 4, m):
                for j in range(k):
                    out[row, j] += a[row, q] * b[q, j]
    for i in range(n - n % 4, n):
        add_row_product(a, i, b, out, i)


@function
def add_row_product(a: Any, row: Any, w: Any, out: Any, to: Any) -> None:
    """``out[to] += a[row] w`` for w of shape (m, k); of w and `out`, one may have more columns than the other."""
    m, k = w.shape[0], min(w.shape[1], out.shape[1])
    for q in range(0, m - m % 4, 4):
        a0, a1, a2, a3 = a[row, q], a[row, q + 1], a[row, q + 2], a[row, q + 3]
        for j in range(k):
            out[to, j] += a0 * w[q, j] + a1 * w[q + 1, j] + a2 * w[q + 2, j] + a3 * w[q + 3, j]
    for q in range(m - m % 4, m):
        for j in range(k):
            out[to, j] += a[row, q] * w[q, j]


@routine
def product_with_rows(a: Any, b: Any, out: Any) -> None:
    """``out = a b^T`` for b of shape (m, k), and the first k columns of a, shape (n, >= k); `out` has shape (n, m)."""
    n, (m, k) = a.shape[0], b.shape
    zero = out.dtype.type(0)
    for i in range(0, n - n % 4, 4):
        for q in range(0, m - m % 4, 4):
            s00 = s01 = s02 = s03 = s10 = s11 = s12 = s13 = zero
            s20 = s21 = s22 = s23 = s30 = s31 = s32 = s33 = zero
            for j in range(k):
                a0, a1, a2, a3 = a[i, j], a[i + 1, j], a[i + 2, j], a[i + 3, j]
                b0, b1, b2, b3 = b[q, j], b[q + 1, j], b[q + 2, j], b[q + 3, j]
                s00, s01, s02, s03 = s00 + a0 * b0, s01 + a0 * b1, s02 + a0 * b2, s03 + a0 * b3
                s10, s11, s12, s13 = s10 + a1 * b0, s11 + a1 * b1, s12 + a1 * b2, s13 + a1 * b3
                s20, s21, s22, s23 = s20 + a2 * b0, s21 + a2 * b1, s22 + a2 * b2, s23 + a2 * b3
                s30, s31, s32, s33 = s30 + a3 * b0, s31 + a3 * b1, s32 + a3 * b2, s33 + a3 * b3
            out[i, q], out[i, q + 1], out[i, q + 2], out[i, q + 3] = s00, s01, s02, s03
            out[i + 1, q], out[i + 1, q + 1], out[i + 1, q + 2], out[i + 1, q + 3] = s10, s11, s12, s13
            out[i + 2, q], out[i + 2, q + 1], out[i + 2, q + 2], out[i + 2, q + 3] = s20, s21, s22, s23
            out[i + 3, q], out[i + 3, q + 1], out[i + 3, q + 2], out[i + 3, q + 3] = s30, s31, s32, s33
        for row in range(i, i + 4):
            for q in range(m - m % 4, m):
                total = zero
                for j in range(k):
                    total += a[row, j] * b[q, j]
                out[row, q] = total
    for i in range(n - n % 4, n):
        row_product_with_rows(a, i, b, out, i)


@function
def row_product_with_rows(a: Any, row: Any, w: Any, out: Any, to: Any) -> None:
    """``out[to] = w a[row]`` for w of shape (m, k), and the first k columns of `a`."""
    m, k = w.shape
    zero = out.dtype.type(0)
    for q in range(0, m - m % 4, 4):
        s0 = s1 = s2 = s3 = zero
        for j in range(k):
            x = a[row, j]
            s0, s1, s2, s3 = s0 + x * w[q, j], s1 + x * w[q + 1, j], s2 + x * w[q + 2, j], s3 + x * w[q + 3, j]
        out[to, q], out[to, q + 1], out[to, q + 2], out[to, q + 3] = s0, s1, s2, s3
    for q in range(m - m % 4, m):
        total = zero
        for j in range(k):
            total += a[row, j] * w[q, j]
        out[to, q] = total
