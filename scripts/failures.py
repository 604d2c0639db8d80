"""Look into nets that did not learn, beside nets that did: the evidence of docs/reproduction.md.

    python -m scripts.failures outputs/reproduce

Reads the runs of the sweeps ``departures``, ``table3`` and ``chunkers`` in that folder and writes
docs/results/failures.csv, a row a run and measure. `scripts.reproduce` does so, too.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from lagrun.analysis.frame import NAME, frame
from lagrun.analysis.stored_run import StoredRun, read_run
from lagrun.interfaces import Batch
from lagrun.interfaces.experiment import Experiment
from lagrun.interfaces.params import Params
from lagrun.interfaces.run_result import COUNTED
from lagrun.numerics.activations import LOGISTIC
from lagrun.training.streams import generator
from scripts.artefacts import RESULTS

#: The file of the measures.
FAILURES = "failures.csv"

#: Held-out sequences of a run, as many as the paper's criterion has; how many of them side by side.
N_SEQUENCES, WIDTH = 10_000, 500

Measures = dict[str, float]


def state_at_the_end(run: StoredRun) -> Measures:
    """Measure what is left of the key in an LSTM's state after two sequences that differ in nothing else.

    Returns
    -------
    dict
        The cell's state at the end, mean of both sequences; the difference between the two; and the outputs of the
        right and of the wrong key at the last step, of the sequence where these are worse.
    """
    cell = run.experiment
    keys = _one_of_each_key(_held_out(run)).ids[:, 0]
    batch = _held_out(run)[[0, 0]]
    batch.ids[:, 0] = batch.targets[:, -1] = keys
    ends = _states_at_the_end(cell, run.params, batch)[:, 0]
    outputs = cell.loss.outputs(cell.model.forward(run.params.take(np.zeros(2, int)), batch)[0])[batch.last]
    return {
        "state at the end": float(ends.mean()),
        "difference by key": float(abs(ends[0] - ends[1])),
        "output of the right key": float(outputs[[0, 1], keys].min()),
        "output of the wrong key": float(outputs[[0, 1], keys[::-1]].max()),
    }


def drift(run: StoredRun) -> Measures:
    """Measure how a net for task 2c does on sequences that differ in their distractors, and where its states go.

    Returns
    -------
    dict
        - Share of sequences whose larger key output is the wrong one.
        - Share of sequences with an error that the criterion does not allow.
        - Separation of the keys. Take d = (net input of x - net input of y): the difference of its means over sequences
          with x and with y, in standard deviations within a key.
        - Largest absolute state of any cell at the end of two sequences, by the initial weights and by the final ones.
    """
    cell, batch = run.experiment, _held_out(run)
    logits = []
    for start in range(0, N_SEQUENCES, WIDTH):
        part = batch[np.arange(start, start + WIDTH)]
        logits.append(cell.model.forward(run.params.take(np.zeros(WIDTH, int)), part)[0][part.last])
    net, targets = np.concatenate(logits), batch.targets[batch.last]
    errors = np.abs(np.eye(net.shape[1])[targets] - cell.loss.outputs(net[:, None].copy())[:, 0])
    difference = net[:, 0] - net[:, 1]
    first, second = difference[targets == 0], difference[targets == 1]
    initial = cell.model.init([generator(run.seed, "init")], cell.task.n_inputs, cell.task.n_outputs, cell.dtype)
    two = _one_of_each_key(batch)
    return {
        "wrong": float((net.argmax(1) != targets).mean()),
        "error too large": float(1 - (errors.max(1) < cell.criterion.threshold).mean()),
        "separation of keys": float((first.mean() - second.mean()) / np.sqrt((first.var() + second.var()) / 2)),
        "initial state at the end": float(np.abs(_states_at_the_end(cell, initial, two)).max()),
        "state at the end": float(np.abs(_states_at_the_end(cell, run.params, two)).max()),
    }


def memory_of_the_chunker(run: StoredRun) -> Measures:
    """Measure what an automatiser could learn of its chunker on task 2a.

    Returns
    -------
    dict
        The difference between the chunker's hidden activations after one key and after the other; and how many steps
        of a sequence surprise the automatiser.
    """
    cell, batch = run.experiment, _one_of_each_key(_held_out(run))
    hidden = LOGISTIC(run.params["chunker_W_input_hidden"][0, batch.ids[:, 0], 0])
    outputs = cell.loss.outputs(cell.model.forward(run.params.take(np.zeros(2, int)), batch)[0])
    errors = np.abs(np.eye(outputs.shape[-1])[batch.targets] - outputs).max(-1)
    return {
        "difference by key": float(abs(hidden[0] - hidden[1])),
        "surprises": float((errors > cell.model.theta).sum(1).mean()),
    }


def _held_out(run: StoredRun) -> Batch:
    return run.experiment.task.sample(generator(run.seed, "evaluation"), 0, N_SEQUENCES)


def _one_of_each_key(batch: Batch) -> Batch:
    """The first sequence of each last target, in the order of these."""
    targets = batch.targets[batch.last]
    return batch[[int(np.argmax(targets == target)) for target in np.unique(targets)]]


def _states_at_the_end(cell: Experiment, params: Params, batch: Batch) -> np.ndarray:
    """Internal states of a 1997 LSTM after each sequence, shape (sequences, cells)."""
    plain, weights = cell.model.reference(), {name: params[name][0] for name in params}
    ends = []
    for ids, length in zip(batch.ids, batch.lengths, strict=True):
        inputs = np.eye(cell.task.n_inputs)[ids[:length]]
        ends.append(plain.traces(weights, plain.forward(weights, inputs)[1]).states["internal state"][-1])
    return np.array(ends)


#: Sweep, names of its cells, what to measure.
MEASURED: tuple[tuple[str, tuple[str, ...], Callable[[StoredRun], Measures]], ...] = (
    ("departures", ("2a as printed", "paper_2a", "2b as printed", "paper_2b"), state_at_the_end),
    ("table3", ("LSTM as printed", "LSTM"), drift),
    ("chunkers", ("CH 1997", "CH 1992", "CH indirect", "CH indirect, sync"), memory_of_the_chunker),
)


#: What has to be there.
SWEEPS = tuple(sweep for sweep, _, _ in MEASURED)


def measure(folder: Path) -> Iterator[Mapping[str, object]]:
    """Measure the runs of a folder of sweeps that have an outcome and finite weights; yield rows."""
    for sweep, names, look in MEASURED:
        runs = frame(folder / sweep)
        cells = runs[runs[NAME].isin(names) & runs["outcome"].isin(COUNTED)]
        if look is drift:  # only the rows that the printed net has, too
            cells = cells[cells["task.p"].isin((50, 100)) & (cells["task.p"] == cells["task.q"])]
        for row in cells.itertuples():
            run = read_run(folder / sweep / str(row.folder))
            if not run.is_finite:
                continue
            about = {"about": look.__name__, NAME: row.name, "p": run.experiment.task.p, "seed": run.seed}
            for name, value in look(run).items():
                yield {**about, "outcome": run.result["outcome"], "measure": name, "value": f"{value:.4g}"}


def write(folder: Path, results: Path) -> None:
    """Write the measures of a folder of sweeps into a folder of results."""
    pd.DataFrame(measure(folder)).to_csv(results / FAILURES, index=False)


def main() -> None:
    """Write the measures that the repository keeps."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="that holds the sweeps' folders, such as outputs/reproduce")
    write(parser.parse_args().folder, RESULTS)


if __name__ == "__main__":
    main()
