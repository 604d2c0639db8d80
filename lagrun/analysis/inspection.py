"""What a finished run's net does with held-out sequences: the numbers that its pictures show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from lagrun.analysis.stored_run import StoredRun
from lagrun.interfaces import Batch, Named
from lagrun.interfaces.experiment import Experiment
from lagrun.interfaces.params import Params
from lagrun.interfaces.plain_loop import Traced, Traces
from lagrun.training.held_out import HeldOut

#: Limit for the number of output values held at once, and of one-hot input values given to a plain loop.
MOST_OUTPUTS, MOST_INPUTS = 2_000_000, 50_000_000

#: Share of right predictions from which on a step counts as learnt.
LEARNT = 0.95


@dataclass(frozen=True)
class Steps:
    """How the net does at each step, over the held-out sequences.

    Attributes
    ----------
    number : np.ndarray of int, shape (n,)
        Steps at which the task defines an error, from 1. If only the last step has one and lengths vary, it is 0.
    right : np.ndarray, shape (n,)
        Share of right predictions at each (largest output).
    loss : np.ndarray, shape (n,)
        Mean unweighted error at each.
    largest_error : np.ndarray, shape (n,)
        Largest absolute error of any output in any sequence at each.
    last_targets : np.ndarray of int, shape (k,)
        Outputs that are right at the last step of some sequence, in order.
    n_of_target, right_of_target : np.ndarray, shape (k,)
        How many sequences have each, and the share of right last predictions among them.
    largest_error_of_target : np.ndarray, shape (k,)
        Largest absolute error of any output at the last step among them.
    """

    number: np.ndarray
    right: np.ndarray
    loss: np.ndarray
    largest_error: np.ndarray
    last_targets: np.ndarray
    n_of_target: np.ndarray
    right_of_target: np.ndarray
    largest_error_of_target: np.ndarray

    @property
    def last_right(self) -> float:
        """Share of sequences whose last prediction is right."""
        return float((self.n_of_target * self.right_of_target).sum() / self.n_of_target.sum())

    @property
    def guessing(self) -> float:
        """Share that would be right if the answer was always the most frequent one."""
        return float(self.n_of_target.max() / self.n_of_target.sum())


class Inspection:
    """Measures a finished run; each number is computed when it is first asked for.

    Parameters
    ----------
    run : StoredRun
        Its final weights must be finite.
    """

    def __init__(self, run: StoredRun) -> None:
        self.run = run

    @cached_property
    def held_out(self) -> HeldOut:
        """The run's own held-out sequences."""
        return HeldOut.draw(self.run.experiment.task, self.run.seed, self.run.experiment.evaluation.n_sequences)

    @cached_property
    def pair(self) -> Batch | None:
        """Two held-out sequences whose last targets differ, in the order of these; None if all end alike."""
        sequences = self.held_out.sequences
        targets = sequences.targets[sequences.last]
        others = np.flatnonzero(targets != targets[0])
        return sequences[sorted((0, int(others[0])), key=lambda i: int(targets[i]))] if len(others) else None

    @cached_property
    def names(self) -> list[str]:
        """The last targets of the `pair`, by name."""
        assert self.pair is not None
        return [output_name(self.run.experiment, int(target)) for target in self.pair.targets[self.pair.last]]

    @cached_property
    def key_step(self) -> int:
        """The first step, from 0, at which the inputs of the `pair` differ."""
        assert self.pair is not None
        first, second = self.pair.ids[:, : int(self.pair.lengths.min())]
        differing = np.flatnonzero(first != second)
        return int(differing[0]) if len(differing) else int(self.pair.lengths.min()) - 1

    @cached_property
    def are_keys(self) -> bool:
        """Whether both sequences show, at the `key_step`, the symbol that they end with: it is then called the key."""
        assert self.pair is not None
        task = self.run.experiment.task
        shown = [int(symbol) for symbol in self.pair.ids[:, self.key_step]]
        return isinstance(task, Named) and [task.input_name(symbol) for symbol in shown] == self.names

    @cached_property
    def traces(self) -> tuple[Traces, Traces] | None:
        """The net's inner values over the `pair`; None without a pair, if the model has none, or for long sequences."""
        cell = self.run.experiment
        plain = cell.model.reference() if hasattr(cell.model, "reference") else None
        if self.pair is None or not isinstance(plain, Traced):
            return None
        if int(self.pair.lengths.max()) * cell.task.n_inputs > MOST_INPUTS:
            return None
        weights = {name: self.run.params[name][0] for name in self.run.params}
        found = []
        for ids, length in zip(self.pair.ids, self.pair.lengths, strict=True):
            inputs = np.zeros((length, cell.task.n_inputs), self.run.params.flat.dtype)
            inputs[np.arange(length), ids[:length]] = 1
            found.append(plain.traces(weights, plain.forward(weights, inputs)[1]))  # type: ignore[attr-defined]
        return found[0], found[1]

    @cached_property
    def divergence(self) -> np.ndarray:
        """How far each unit's first kind of state differs after the last steps of the two sequences, shape (n,)."""
        assert self.traces is not None
        first, second = (next(iter(traces.states.values()))[-1] for traces in self.traces)
        return np.abs(first - second)

    @cached_property
    def unit(self) -> int:
        """The unit, from 0, with the largest `divergence`."""
        return int(self.divergence.argmax())

    @cached_property
    def outputs(self) -> np.ndarray:
        """Activations of the outputs at the last step of both sequences of the `pair`, shape (2, K)."""
        assert self.pair is not None
        return last_outputs(self.run.experiment, self.run.params, self.pair)

    @cached_property
    def intake(self) -> tuple[str, np.ndarray, np.ndarray] | None:
        """How much each unit takes in at the `key_step`, and at the other steps of the `pair`.

        Returns
        -------
        name : str
            What is measured: a gate, or how far the state moves in a step.
        at_key : np.ndarray, shape (2, n)
            In both sequences.
        elsewhere : np.ndarray, shape (m, n)
            At each other step.
        """
        if self.traces is None or self.pair is None or self.pair.lengths.max() == 1:
            return None
        at_key, elsewhere, name = [], [], ""
        for traces in self.traces:
            name, values = _taken_in(traces)
            at_key.append(values[self.key_step])
            elsewhere.append(np.delete(values, self.key_step, axis=0))
        return name, np.array(at_key), np.concatenate(elsewhere)

    @cached_property
    def steps(self) -> Steps:
        """The net's accuracy and error at each step, over the held-out sequences."""
        sequences, counts = self.held_out.sequences, self.held_out.counts
        right, losses, errors = _judged(self.run.experiment, self.run.params, sequences)
        scored = sequences.scored
        shown = np.flatnonzero((scored * counts[:, None]).sum(0))
        weights = (scored * counts[:, None])[:, shown]
        targets, last = sequences.targets[sequences.last], right[sequences.last]
        last_errors = errors[sequences.last]
        kinds = np.unique(targets)
        n_of = np.array([counts[targets == kind].sum() for kind in kinds])
        return Steps(
            number=np.array([0]) if sequences.only_at_end else shown + 1,
            right=(right[:, shown] * weights).sum(0) / weights.sum(0),
            loss=np.where(weights > 0, losses[:, shown] * weights, 0).sum(0) / weights.sum(0),
            largest_error=np.where(scored, errors, 0)[:, shown].max(0),
            last_targets=kinds,
            n_of_target=n_of,
            right_of_target=np.array([(last * counts)[targets == kind].sum() for kind in kinds]) / n_of,
            largest_error_of_target=np.array([last_errors[targets == kind].max() for kind in kinds]),
        )


def output_name(cell: Experiment, unit: int) -> str:
    """Name an output unit."""
    return cell.task.output_name(unit) if isinstance(cell.task, Named) else f"output {unit}"


def last_outputs(cell: Experiment, params: Params, batch: Batch) -> np.ndarray:
    """Activations of the outputs at the last step of sequences, under the weights in one row; shape (N, K)."""
    rows = params.take(np.zeros(len(batch.ids), int))
    logits, _ = cell.model.forward(rows, batch)
    return cell.loss.outputs(logits)[batch.last]


def outputs_over_time(cell: Experiment, params: Params, batch: Batch) -> np.ndarray:
    """`last_outputs` under the weights of each row, shape (n, N, K)."""
    return np.array([last_outputs(cell, params.take(np.array([row])), batch) for row in range(params.n_seeds)])


def shown_outputs(outputs: np.ndarray, targets: Sequence[int], n_others: int) -> list[int]:
    """Outputs to draw as bars of their own: the right ones, and the largest of the others over all rows."""
    largest = outputs.reshape(-1, outputs.shape[-1]).max(0)
    others = [int(unit) for unit in np.argsort(-largest, kind="stable") if unit not in targets]
    return [*targets, *others[:n_others]]


def _taken_in(traces: Traces) -> tuple[str, np.ndarray]:
    for name, values in traces.taken_in.items():
        return name, values
    name, values = next(iter(traces.states.items()))
    return f"change of the {name}", np.abs(np.diff(values, axis=0, prepend=0))


def _judged(cell: Experiment, params: Params, sequences: Batch) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Whether each prediction is right, its loss, and its largest absolute error of an output, each of shape (N, O).

    Works on a few sequences at a time.
    """
    n, n_with_outputs = sequences.targets.shape
    width = max(1, min(32, MOST_OUTPUTS // (n_with_outputs * cell.task.n_outputs)))
    right, losses, errors = (np.zeros((n, n_with_outputs), kind) for kind in (bool, float, float))
    for start in range(0, n, width):
        batch = sequences[start : start + width]
        logits, _ = cell.model.forward(params.take(np.zeros(len(batch.ids), int)), batch)
        right[start : start + width] = logits.argmax(-1) == batch.targets
        outputs = np.array(cell.loss.outputs(logits.copy()))  # a loss may write into what it is given
        at_target = batch.targets[..., None]
        np.put_along_axis(outputs, at_target, np.take_along_axis(outputs, at_target, -1) - 1, -1)
        errors[start : start + width] = np.abs(outputs).max(-1)
        losses[start : start + width] = cell.loss(logits, batch.targets, np.ones(batch.targets.shape, logits.dtype))[0]
    return right, losses, errors
