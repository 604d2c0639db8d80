"""Which runs train together, and in which order: cells are cut into pieces so that no worker is idle for long.

The duration of a run is unknown, as it ends when it is solved. Its duration with the whole budget is known roughly, and
is used here. A block costs as much as its runs plus a fixed amount (`Work.overhead`), so small blocks waste time, and a
large block at the end leaves the other workers idle. Nothing here can change a result.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heapreplace
from itertools import pairwise
from math import ceil, inf
from typing import NamedTuple

from lagrun.training.memory_limits import LARGEST_BLOCK

#: About how many blocks a worker gets, where blocks have no overhead.
FINE = 16

#: A cut must make the whole sweep shorter by this factor: costs are not known more precisely.
WORTHWHILE = 0.98


@dataclass(frozen=True)
class Work:
    """A cell as an amount of work.

    Attributes
    ----------
    n_runs : int
        Number of runs, at least one.
    cost : float
        Cost of one run, above 0; in any unit, if it is the same for all cells.
    overhead : float
        Fixed cost of a block, in units of one run's cost; 0 if it saves nothing to train runs together.
    largest : int
        Most runs of a block.
    """

    n_runs: int
    cost: float
    overhead: float
    largest: int = LARGEST_BLOCK


class Piece(NamedTuple):
    """Some runs of a cell, which are to train together.

    Attributes
    ----------
    cost : float
        Cost of all its runs and the overhead, in the unit of `Work.cost`.
    cell : int
        Index of the cell.
    runs : range
        Indices of its runs.
    """

    cost: float
    cell: int
    runs: range


def cut(cells: Sequence[Work], n_workers: int, block_size: int | None = None) -> list[Piece]:
    """Cut cells into pieces.

    Parameters
    ----------
    cells : sequence of Work
        At least one.
    n_workers : int
        Number of workers; each takes the next piece as soon as it has finished one.
    block_size : int, optional
        Largest number of runs in a piece, instead of as many as suit the work and as `Work.largest` allows.

    Returns
    -------
    list of Piece
        Costliest first, each cell in pieces of about equal size. There is a piece for every worker, if there are as
        many runs.
    """
    if block_size is not None:
        return _pieces(cells, [ceil(work.n_runs / block_size) for work in cells])
    fine = sum(work.n_runs * work.cost for work in cells if not work.overhead) / (FINE * n_workers)
    return _balanced(cells, n_workers, [ceil(work.n_runs / _largest(work, fine)) for work in cells])


def _largest(work: Work, fine: float) -> int:
    """Bound the size of a cell's pieces; those without overhead should cost `fine`."""
    return work.largest if work.overhead else min(work.largest, max(1, int(fine / work.cost)))


def _balanced(cells: Sequence[Work], n_workers: int, n_pieces: list[int]) -> list[Piece]:
    """Cut costly pieces while that makes the sweep shorter; try several cuts ahead, as one alone may not help."""
    best, shortest, n_in_vain = _pieces(cells, n_pieces), inf, 0
    while n_in_vain <= n_workers:
        pieces = _pieces(cells, n_pieces)
        time = _makespan(pieces, n_workers)
        if len(pieces) <= n_workers or time < WORTHWHILE * shortest:
            best, shortest, n_in_vain = pieces, time, 0
        everyone_busy = time * WORTHWHILE * n_workers <= sum(piece.cost for piece in pieces)
        costliest = next((piece for piece in pieces if len(piece.runs) > 1), None)
        if costliest is None or (everyone_busy and len(pieces) >= n_workers):
            break
        n_pieces[costliest.cell] += 1
        n_in_vain += 1
    return best


def _pieces(cells: Sequence[Work], n_pieces: Sequence[int]) -> list[Piece]:
    """Cut each cell into its number of pieces, and put the costliest first."""
    pieces = []
    for index, (work, n) in enumerate(zip(cells, n_pieces, strict=True)):
        ends = [work.n_runs * i // n for i in range(n + 1)]
        for start, end in pairwise(ends):
            pieces.append(Piece(work.cost * (end - start + work.overhead), index, range(start, end)))
    return sorted(pieces, key=lambda piece: -piece.cost)  # a stable sort: equal ones stay in the order of the sweep


def _makespan(pieces: Sequence[Piece], n_workers: int) -> float:
    """Time until all pieces are done, if each worker takes the next piece as soon as it is free."""
    busy_until = [0.0] * n_workers
    for piece in pieces:
        heapreplace(busy_until, busy_until[0] + piece.cost)
    return max(busy_until)
