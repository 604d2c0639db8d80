"""Depths of reads in the stack, and what they cost: against the definition word for word, and its authors' figures."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lagrun.analysis.data_movement.lru import byte_distance, stack_depths
from lagrun.analysis.data_movement.recorder import Recorder
from lagrun.analysis.data_movement.traced import Traced
from tests.helpers import traced_depths
from tests.plain_numbers import Instruction, depths, distance


@st.composite
def programs(draw: st.DrawFn) -> tuple[list[Instruction], set[int]]:
    """Inputs, and instructions that read one or two values and yield another or none; the values returned."""
    found = [Instruction((), 1)]
    n_values = 1
    for n_reads, yields in draw(st.lists(st.tuples(st.sampled_from([0, 1, 2, 2]), st.booleans()), max_size=40)):
        reads = tuple(draw(st.integers(1, n_values)) for _ in range(n_reads))
        n_values += yields or not n_reads
        found.append(Instruction(reads, n_values if yields or not n_reads else None))
    return found, draw(st.sets(st.integers(1, n_values)))


def touches(program: list[Instruction]) -> np.ndarray:
    """As `stack_depths` wants them."""
    events: list[int] = []
    for reads, result in program:
        events += [*reads[:1], *(-value for value in reads[1:])]
        events += [result] if result else []
    return np.array(events, np.int32)


@given(programs())
def test_depths_against_a_list(of: tuple[list[Instruction], set[int]]) -> None:
    program, returned = of
    found = stack_depths(touches(program), np.array(sorted(returned), np.int32))
    assert found.tolist() == depths(program, returned)


@given(st.lists(st.integers(1, 3000), max_size=20), st.sampled_from([1, 2, 4, 8]))
def test_distance_byte_by_byte(found: list[int], word: int) -> None:
    assert byte_distance(np.array(found, int), word) == distance(found, word)


def found_depths(program: Callable[..., Any], *arguments: np.ndarray) -> list[int]:
    """Of a function of traced arrays, the first of which lies on top."""
    recorder = Recorder()
    traced: list[Any] = [Traced.put(argument, recorder) for argument in reversed(arguments)][::-1]
    recorder.give_back(program(*traced).ids)
    return traced_depths(recorder)


#: Costs of N x N matrices and vectors of N, an element a byte: y = A x, y = x A, C = A B.
PUBLISHED = {2: (26, 25, 57), 4: (157, 150, 720), 8: (896, 832, 8_867), 16: (5_354, 4_688, 109_783)}


@pytest.mark.parametrize("n", PUBLISHED)
def test_published_costs_of_products(n: int) -> None:
    matrix, vector = np.ones((n, n)), np.ones(n)
    found = (
        found_depths(lambda a, x: a @ x, matrix, vector),
        found_depths(lambda a, x: x @ a, matrix, vector),
        found_depths(lambda a, b: a @ b, matrix, matrix),
    )
    assert tuple(byte_distance(np.array(each), 1) for each in found) == PUBLISHED[n]


def test_published_costs_of_sums() -> None:
    # Python's sum starts with 0, a constant: 0 + the first product reads that product.
    dot = found_depths(lambda a, b: sum(x * y for x, y in zip(a, b, strict=True)), np.ones(2), np.ones(2))
    assert byte_distance(np.array(dot), 1) == 12
    # From the top a b c: a at 1, b at 2; both are gone when the sum is read at 1, and c at 2.
    scalar = np.ones(())
    added = found_depths(lambda a, b, c: (a + b) + c, scalar, scalar, scalar)
    assert added == [1, 2, 1, 2]
    assert byte_distance(np.array(added), 1) == 6


def test_worked_matrix_vector_product() -> None:
    # From the top: W11 W10 W01 W00 x1 x0. W @ x is y0 = W00 x0 + W01 x1, then y1 = W10 x0 + W11 x1.
    #   p = W00 x0: at 4 and 6. W00 is gone; from the top: p x0 W11 W10 W01 x1.
    #   q = W01 x1: at 5 and 6. W01 is gone: q x1 p x0 W11 W10.
    #   y0 = p + q: at 3 and 1. Both are gone: y0 x1 x0 W11 W10.
    #   r = W10 x0: at 5 and 3. Both are gone: r y0 x1 W11.
    #   s = W11 x1: at 4 and 3. Both are gone: s r y0.
    #   y1 = r + s: at 2 and 1.
    found = found_depths(lambda w, x: w @ x, np.arange(4.0).reshape(2, 2), np.arange(2.0))
    assert found == [4, 6, 5, 6, 3, 1, 5, 3, 4, 3, 2, 1]
    assert byte_distance(np.array(found), 1) == 26
    # Two bytes: W00's are at 7 and 8, x0's at 11 and 12: 3 + 3 and 4 + 4.
    assert byte_distance(np.array(found[:2]), 2) == 14


@pytest.mark.slow
def test_depths_of_a_long_trace() -> None:
    # Cyclic reads of n values, each time at depth n; in the last round, one after the other leaves.
    n, rounds = 1000, 2000
    events = np.tile(np.arange(1, n + 1, dtype=np.int32), rounds + 1)
    found = stack_depths(events, np.zeros(0, np.int32))
    assert (found[:-n] == n).all()
    assert (found[-n:] == np.arange(n, 0, -1)).all()
