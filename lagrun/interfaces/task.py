"""What a task is; names of axes as in `lagrun.interfaces`."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import numpy as np

from lagrun.interfaces.batch import Batch


class Task(Protocol):
    """Where sequences come from."""

    @property
    def n_inputs(self) -> int:
        """Number of input symbols, ``V``."""

    @property
    def n_outputs(self) -> int:
        """Number of output units, ``K``."""

    def sample(self, rng: np.random.Generator, first: int, n: int) -> Batch:
        """Draw sequences number `first` (from 0) to ``first + n - 1`` of one seed's stream.

        The stream must not depend on how it is cut into calls.
        """


@runtime_checkable
class KnownBatch(Protocol):
    """A task that can describe its batches without drawing one; drawing is slow if sequences are long."""

    @property
    def n_steps(self) -> int:
        """Columns of the arrays of a few hundred sequences; a typical number if lengths are random."""

    @property
    def only_at_end(self) -> bool:
        """As `Batch.only_at_end`."""

    @property
    def distinct_ids(self) -> bool:
        """As `Batch.distinct_ids`."""


@runtime_checkable
class Named(Protocol):
    """A task whose symbols have names, for pictures."""

    def input_name(self, symbol: int) -> str:
        """Name an input symbol."""

    def output_name(self, unit: int) -> str:
        """Name an output unit."""


@runtime_checkable
class FiniteTask(Protocol):
    """A task with so few sequences that all of them can be tested instead of random ones."""

    def every_sequence(self) -> Batch:
        """List the different sequences, arrays of shape (N, T)."""


def one_error_a_sequence(task: Task) -> bool:
    """Tell whether only the last step has an error: one update per step is then one update per sequence."""
    return task.sample(np.random.default_rng(0), 0, 1).only_at_end
