"""What every criterion promises, see `lagrun.interfaces.criterion`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lagrun.interfaces.criterion import BatchedCriterion, Confirming, Criterion
from lagrun.testing.asserting import require, require_same

#: Seeds, and training sequences of each; the share of right predictions rises over them.
N_SEEDS, N_SEQUENCES = 4, 600


@dataclass
class _Nets:
    """Frozen nets that pass or fail by their seed and by how long they have trained."""

    seeds: np.ndarray
    sequence: int = 0

    def passes(self, threshold: float, place: str, n_sequences: int) -> np.ndarray:
        """Nets of larger seeds pass later."""
        return self.sequence >= 120 * (self.seeds + 1)

    def accuracy(self, n_sequences: int, which: np.ndarray) -> np.ndarray:
        """All right once `passes` is true, else all wrong."""
        return np.where(self.sequence >= 120 * (self.seeds[which] + 1), 1.0, 0.0)


def check_criterion(criterion: Criterion) -> None:
    """Check a criterion; AssertionError in words for its author."""
    name = type(criterion).__name__
    shares = np.linspace(0.4, 1.4, N_SEQUENCES)[:, None]
    right = np.random.default_rng(0).random((N_SEQUENCES, N_SEEDS)) < shares
    for key, array in criterion.init(N_SEEDS).items():
        is_fine = isinstance(array, np.ndarray) and array.ndim > 0 and len(array) == N_SEEDS
        require(is_fine, f"{name}.init: {key!r} must be an array whose first axis is the seeds")
    together = _solved(criterion, right, np.arange(N_SEEDS))
    for s in range(N_SEEDS):
        alone = _solved(criterion, right[:, s : s + 1], np.array([s]))
        require_same(alone[:, 0], together[:, s], f"{name}.update: a seed's answer depends on the seeds beside it")
    if isinstance(criterion, BatchedCriterion):
        for s in range(N_SEEDS):
            first = np.flatnonzero(together[:, s]) + 1
            found = _solved_by_several(criterion, right[:, s], s)
            words = f"{name}.update_several: solved after {found}, by update after {first[:1].tolist() or None}"
            require([found] == (first[:1].tolist() or [None]), words)


def _solved(criterion: Criterion, right: np.ndarray, seeds: np.ndarray) -> np.ndarray:
    """Answers after each sequence, shape (N_SEQUENCES, S)."""
    name, state, nets = type(criterion).__name__, criterion.init(len(seeds)), _Nets(seeds)
    answers = []
    for nets.sequence, row in enumerate(right, 1):
        answer = criterion.update(state, nets.sequence, row.copy(), nets)
        is_fine = answer.shape == (len(seeds),) and answer.dtype == bool
        require(is_fine, f"{name}.update: must return an array of bool, of shape (seeds,)")
        rolling = criterion.rolling_accuracy(state, nets.sequence)
        is_fine = rolling.shape == (len(seeds),) and bool(((rolling >= 0) & (rolling <= 1)).all())
        require(is_fine, f"{name}.rolling_accuracy: must be shares in [0, 1], of shape (seeds,)")
        answers.append(answer.copy())
    return np.array(answers)


def _solved_by_several(criterion: BatchedCriterion, right: np.ndarray, seed: int) -> int | None:
    """After how many sequences a seed is solved, if it is judged several sequences at a time, as an engine does."""
    assert hasattr(criterion, "init")
    state, nets, done, pause = criterion.init(1), _Nets(np.array([seed])), 0, criterion.pause()
    while done < len(right):
        n = min(7, len(right) - done)
        if pause:  # the sequence at which nets are tested is the last of a call
            n = min(n, pause.every - done % pause.every)
        nets.sequence = done + n
        n_taken, solved = criterion.update_several(state, done, right[done : done + n].copy(), nets)
        done = nets.sequence = done + n_taken
        if solved and isinstance(criterion, Confirming):
            solved = bool(criterion.confirmed(np.ones(1, bool), nets)[0])
        if solved:
            return done
    return None
