"""How speed is measured: CPU time, candidates interleaved in one process, medians over rounds with their spread."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from lagrun.interfaces.experiment import Experiment
from lagrun.training.loop import train
from lagrun.training.streams import DRAW_AHEAD
from scripts.peers.problem import Peer, Problem, Sequences

#: Steps of every seed that a peer is given at a time, in whole sequences: dispatch then costs nothing.
PEER_STEPS = 3200

#: See `Stamps`.
PATIENCE, MANY_PERIODS = 3, 20


class _EnoughError(Exception):
    """Enough was measured."""


class Stamps:
    """When training sequences were done, in CPU seconds of this process (all its threads).

    Parameters
    ----------
    seconds : float
        How long to measure, at least.
    period : int
        Sequences that are drawn in one call. Whole periods are measured, so that drawing has its share. Parts of one
        are measured where a whole one would take over `PATIENCE` times as long, or where it is small beside the rest.
    clock : callable
        The time in seconds.
    """

    def __init__(self, seconds: float, period: int = 1, clock: Callable[[], float] = time.process_time) -> None:
        self._seconds, self._period, self._clock = seconds, period, clock
        self._start: float | None = None
        self._end, self._n_sequences = 0.0, 0

    def __call__(self, n_sequences: int) -> None:
        """Take note of so many sequences since the last call; those of the first call start the clock."""
        self._end = self._clock()
        if self._start is None:
            self._start = self._end
            return
        self._n_sequences += n_sequences

    @property
    def enough(self) -> bool:
        """Whether something was measured, for long enough."""
        if self._start is None or self._n_sequences == 0:
            return False
        seconds = self._end - self._start
        whole = self._n_sequences % self._period == 0 or self._n_sequences >= MANY_PERIODS * self._period
        return seconds >= self._seconds * (1 if whole else PATIENCE)

    def rate(self) -> float:
        """Sequences a second."""
        assert self._start is not None
        return self._n_sequences / (self._end - self._start)


def rate_of_lagrun(cell: Experiment, n_seeds: int, seconds: float) -> float:
    """Train a block for so many CPU seconds; sequences a second, without the block's start and first sequences."""
    stamps = Stamps(seconds, DRAW_AHEAD * n_seeds)

    def progress(n_sequences: int) -> None:
        stamps(n_sequences)
        if stamps.enough:
            raise _EnoughError

    with np.errstate(all="ignore"), suppress(_EnoughError):
        train(cell, range(n_seeds), lambda result: None, progress)
    return stamps.rate()


class PeerRate:
    """The same for a peer, whose nets are made, and compiled, at the first call and trained on at the next ones."""

    def __init__(self, make: Callable[[Problem], Peer], cell: Experiment, n_seeds: int, n_steps: int) -> None:
        self._make, self._cell, self._n_seeds = make, cell, n_seeds
        self._n_sequences = max(1, PEER_STEPS // n_steps)
        self._peer: Peer | None = None

    def __call__(self, seconds: float) -> float:
        """Train for so many CPU seconds; sequences a second."""
        if self._peer is None:
            seeds = range(self._n_seeds)
            self._peer, self._sequences = self._make(Problem.of(self._cell, seeds)), Sequences(self._cell, seeds)
        stamps = Stamps(seconds)
        stamps(0)
        while not stamps.enough:
            batch = self._sequences.next(self._n_sequences)
            self._peer.train(batch.ids, batch.targets)
            stamps(self._n_sequences * self._n_seeds)
        return stamps.rate()


@dataclass(frozen=True)
class Candidate:
    """Something that trains.

    Attributes
    ----------
    case : str
        What is trained.
    p : int
        Its lag in steps.
    dtype : str
        ``float64`` or ``float32``.
    engine : str
        Who trains it.
    n_seeds : int
        Seeds side by side.
    """

    case: str
    p: int
    dtype: str
    engine: str
    n_seeds: int


#: Sequences a second, given the CPU seconds to measure.
Rate = Callable[[float], float]


@dataclass(frozen=True)
class Measurement:
    """What was measured of one candidate.

    Attributes
    ----------
    rates : np.ndarray, shape (rounds,)
        Sequences a second.
    times_plain : np.ndarray, shape (rounds,)
        The same as a multiple of the plain loop's rate in the same round.
    """

    candidate: Candidate
    rates: np.ndarray
    times_plain: np.ndarray


def interleave(entries: Sequence[tuple[Candidate, Rate]], rounds: int, seconds: float) -> list[Measurement]:
    """Measure candidates in turn; the first is the plain loop, and a round that is not counted warms up.

    Parameters
    ----------
    entries : sequence of (Candidate, Rate)
        Of one case and dtype.
    rounds : int
        Rounds that count.
    seconds : float
        CPU seconds of each candidate in each of them.
    """
    with threadpool_limits(1):
        for _, rate in entries:
            rate(0.0)
        measured = np.array([[rate(seconds) for _, rate in entries] for _ in range(rounds)])
    ratios = measured / measured[:, :1]
    candidates = [candidate for candidate, _ in entries]
    return [Measurement(*column) for column in zip(candidates, measured.T, ratios.T, strict=True)]
