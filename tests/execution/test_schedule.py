"""How cells are cut into blocks, apart from what a block is."""

from heapq import heapreplace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lagrun.execution.schedule import Piece, Work, cut
from lagrun.training.memory_limits import LARGEST_BLOCK

LOCKSTEP = st.sampled_from([8.0, 40.0])
COSTS = st.integers(1, 10**9).map(float)


def cells(overheads: st.SearchStrategy[float], largest: int = LARGEST_BLOCK) -> st.SearchStrategy[list[Work]]:
    """Cells, some of which may have blocks of `largest` at least, the others of `LARGEST_BLOCK`."""
    bounds = st.just(LARGEST_BLOCK) | st.integers(largest, LARGEST_BLOCK)
    return st.lists(st.builds(Work, st.integers(1, 200), COSTS, overheads, bounds), min_size=1, max_size=12)


ANY_CELLS = cells(LOCKSTEP | st.just(0.0), 1)
WORKERS = st.integers(1, 64)
SIZES = st.none() | st.integers(1, 300)
UNHURRIED = settings(deadline=None)


def sizes(pieces: list[Piece], cell: int = 0) -> list[int]:
    return [len(piece.runs) for piece in pieces if piece.cell == cell]


def wall(pieces: list[Piece], n_workers: int) -> float:
    busy_until = [0.0] * n_workers
    for piece in pieces:
        heapreplace(busy_until, busy_until[0] + piece.cost)
    return max(busy_until)


def whole(work: list[Work]) -> list[Piece]:
    """As few pieces as may be."""
    return cut(work, 1, LARGEST_BLOCK)


@UNHURRIED
@given(ANY_CELLS, WORKERS, SIZES)
def test_every_run_is_in_one_piece_of_its_own_cell(work: list[Work], n_workers: int, block_size: int | None) -> None:
    pieces = cut(work, n_workers, block_size)
    found = sorted((piece.cell, run) for piece in pieces for run in piece.runs)
    assert found == [(cell, run) for cell, part in enumerate(work) for run in range(part.n_runs)]
    assert all(piece.runs for piece in pieces)


@UNHURRIED
@given(ANY_CELLS, WORKERS, SIZES)
def test_pieces_are_bounded_and_the_costliest_come_first(
    work: list[Work], n_workers: int, block_size: int | None
) -> None:
    pieces = cut(work, n_workers, block_size)
    assert all(len(piece.runs) <= (block_size or work[piece.cell].largest) for piece in pieces)
    assert [piece.cost for piece in pieces] == sorted((piece.cost for piece in pieces), reverse=True)
    for cell, part in enumerate(work):
        assert max(sizes(pieces, cell)) - min(sizes(pieces, cell)) <= 1
        for piece in pieces:
            if piece.cell == cell:
                assert piece.cost == part.cost * (len(piece.runs) + part.overhead)


@UNHURRIED
@given(ANY_CELLS, WORKERS)
def test_there_is_a_piece_for_every_worker_if_there_are_as_many_runs(work: list[Work], n_workers: int) -> None:
    assert len(cut(work, n_workers)) >= min(n_workers, sum(part.n_runs for part in work))


@UNHURRIED
@given(cells(LOCKSTEP), WORKERS)
def test_cutting_never_makes_a_sweep_longer_once_all_workers_have_a_piece(work: list[Work], n_workers: int) -> None:
    if len(whole(work)) >= n_workers:
        assert wall(cut(work, n_workers), n_workers) <= wall(whole(work), n_workers) * (1 + 1e-12)


@UNHURRIED
@given(cells(st.just(0.0)), WORKERS)
def test_without_overhead_workers_end_together(work: list[Work], n_workers: int) -> None:
    """None waits longer than one piece takes, and no piece of several runs is a large part of a worker's share."""
    pieces = cut(work, n_workers)
    share = sum(piece.cost for piece in pieces) / n_workers
    assert wall(pieces, n_workers) <= share + pieces[0].cost
    assert all(piece.cost <= share / 8 for piece in pieces if len(piece.runs) > 1)


@UNHURRIED
@given(cells(LOCKSTEP))
def test_a_single_worker_gets_the_largest_blocks(work: list[Work]) -> None:
    assert cut(work, 1) == whole(work)


@pytest.mark.parametrize(
    ("n_cells", "n_runs", "n_workers", "expected"),
    [
        (1, 30, 1, [30]),
        (1, 30, 2, [15, 15]),
        (1, 2, 2, [1, 1]),
        (1, 1, 4, [1]),
        (1, 70, 2, [18, 18, 17, 17]),
        (2, 30, 2, [30, 30]),
        (7, 30, 2, [30] * 6 + [15, 15]),
        (200, 1, 2, [1] * 200),
        (63, 30, 64, [30] * 62 + [15, 15]),
    ],
)
def test_equal_cells(n_cells: int, n_runs: int, n_workers: int, expected: list[int]) -> None:
    pieces = cut([Work(n_runs, 1.0, 8.0)] * n_cells, n_workers)
    assert [len(piece.runs) for piece in pieces] == expected


def test_a_cell_that_outweighs_all_others_is_cut_for_all_workers() -> None:
    pieces = cut([Work(30, 1.0, 8.0), Work(30, 1000.0, 8.0), Work(30, 2.0, 8.0)], 2)
    assert [(piece.cell, len(piece.runs)) for piece in pieces] == [(1, 15), (1, 15), (2, 30), (0, 30)]


def test_a_block_size_is_obeyed_even_if_workers_are_idle() -> None:
    assert sizes(cut([Work(30, 1.0, 8.0)], 8, 20)) == [15, 15]
    assert sizes(cut([Work(30, 1.0, 0.0)], 1, 30)) == [30]


def test_no_block_is_larger_than_its_cell_allows() -> None:
    pieces = cut([Work(30, 1.0, 8.0, largest=4), Work(30, 1.0, 8.0), Work(30, 1.0, 0.0, largest=1)], 1)
    assert [sizes(pieces, cell) for cell in (0, 1, 2)] == [[4, 4, 4, 4, 4, 4, 3, 3], [30], [1] * 30]
