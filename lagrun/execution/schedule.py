"""Which runs train together, and in which order: cells as amounts of work, cut so that no worker is idle for long.

How long a run takes is not known, as it ends when it is solved; what it would take if it used its whole budget is known
roughly, and is what counts here. A block costs as much as its runs and some more (`Work.overhead`), so small blocks
waste time, and a large one at the end leaves the other workers idle. Nothing here can change a result.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heapreplace
from itertools import pairwise
from math import ceil, inf
from typing import NamedTuple

from lagrun.training.memory_limits import LARGEST_BLOCK

#: Blocks a worker gets, about, where blocks have no overhead.
FINE = 16

#: A cut must make the whole sweep shorter by this factor: costs are not known better.
WORTHWHILE = 0.98


@dataclass(frozen=True)
class Work:
    """A cell as an amount of work.

    Attributes
    ----------
    n_runs : int
        Runs, at least one.
    cost : float
        Of one run, in any unit, the same for all cells; above 0.
    overhead : float
        What a block costs beside its runs, in runs; 0 if runs gain nothing from each other's company.
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
        Of all together, in the unit of `Work.cost`.
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
        How many share the pieces, each taking the next as soon as it has done one.
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
    """Cut costly pieces while that makes the sweep shorter; look ahead, as one cut alone may be of no use."""
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
    """Time until all is done, if every worker takes the next piece as soon as it has done one."""
    busy_until = [0.0] * n_workers
    for piece in pieces:
        heapreplace(busy_until, busy_until[0] + piece.cost)
    return max(busy_until)
