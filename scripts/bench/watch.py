"""Measure what visible work costs: CPU time of training that is shown, divided by that of training alone.

Shown are counters, a line that moves on a terminal, what the sweep's folder tells, and partial curves. Curves are
written every second, ten times as often as in a sweep. CPU times are noisy on a busy machine. So three parts are also
measured alone: a look at the clock, the counters, and one writing of curves.

python -m scripts.bench.watch
"""

from __future__ import annotations

import io
import math
import tempfile
import time
from contextlib import redirect_stderr
from pathlib import Path

import numpy as np
from hydra import compose, initialize_config_dir

from lagrun.config.paths import CONF
from lagrun.execution.counters import Counts, adder, counters, reader
from lagrun.execution.progress import shown
from lagrun.execution.progress_words import Speed, run_in_words
from lagrun.interfaces.experiment import Experiment
from lagrun.interfaces.run_result import CURVE_COLUMNS, SoFar
from lagrun.storage.partial import read_partial, write_partial
from lagrun.training.admission import build
from lagrun.training.loop import train
from lagrun.training.showing import Showing
from lagrun.training.training_block import Lockstep

ROUNDS = 11

#: Between two writings of partial curves.
SECONDS = 1.0

#: Engine, overrides, seeds side by side, training sequences.
CASES = (
    ("numpy", "model=lstm task.p=100", 30, 60),
    ("numpy", "model=lstm task.p=100", 1, 300),
    ("numpy", "model=elman task.p=4", 1, 5_000),
    ("compiled", "model=lstm task.p=100", 1, 3_000),
    ("compiled", "model=elman task.p=4", 1, 400_000),
)


class _Terminal(io.StringIO):
    """Standard error that passes for a terminal."""

    def isatty(self) -> bool:
        """Say so."""
        return True


def cell_of(engine: str, overrides: str, n_sequences: int) -> Experiment:
    """A cell that is never solved."""
    never = f"engine={engine} budget={n_sequences} criterion.threshold=1.0 optimiser.learning_rate=1e-9"
    basic = "hydra/launcher=basic hydra/sweeper=basic"
    with initialize_config_dir(str(CONF), version_base="1.3"):
        return build(compose("config", f"{overrides} {never} {basic}".split()))


def alone(cell: Experiment, n_seeds: int) -> float:
    """CPU seconds of training that nobody sees."""
    start = time.process_time()
    train(cell, range(n_seeds), lambda result: None)
    return time.process_time() - start


def visible(cell: Experiment, n_seeds: int) -> float:
    """CPU seconds of training that is shown in full, as on a terminal."""
    with tempfile.TemporaryDirectory() as name, counters([n_seeds * cell.budget]) as path, redirect_stderr(_Terminal()):
        assert path is not None
        folder = Path(name)
        for seed in range(n_seeds):
            (folder / str(seed)).mkdir()

        def words(counts: Counts, speed: Speed) -> list[str]:
            so_far = read_partial(folder / "0")
            return run_in_words(counts, speed, cell.budget, so_far.rolling if so_far else math.nan)

        def show(seed: int, so_far: SoFar) -> None:
            write_partial(folder / str(seed), cell.budget, so_far)

        start, add = time.process_time(), adder(path, 0)
        with shown(reader(path, np.ones(1)), words, folder, is_sweep=True):
            train(
                cell,
                range(n_seeds),
                lambda result: None,
                lambda n: add(0, 0, 0, n, -n),
                showing=Showing(show, SECONDS),
            )
        return time.process_time() - start


def parts(n_seeds: int) -> tuple[float, float]:
    """CPU seconds of a look that is not due, and of one at which a block's curves are written."""
    cell = cell_of("numpy", "model=lstm task.p=100", 1_000_000)
    block = Lockstep(cell, range(n_seeds))
    point = (123456.0, *np.random.default_rng(0).random(len(CURVE_COLUMNS) - 1).tolist())
    block.curves = [[point] * len(cell.evaluation.curve_points(cell.budget)) for _ in range(n_seeds)]
    with tempfile.TemporaryDirectory() as name:

        def show(seed: int, so_far: SoFar) -> None:
            write_partial(Path(name), cell.budget, so_far)

        found = []
        for every_seconds, n in ((math.inf, 100_000), (0, 1)):
            times = []
            for _ in range(ROUNDS):
                showing, start = Showing(show, every_seconds), time.process_time()
                for _ in range(n):
                    showing.look(block, 123_456)
                times.append((time.process_time() - start) / n)
            found.append(float(np.median(times)))
    return found[0], found[1]


def counting() -> float:
    """CPU seconds of adding to the counters."""
    with counters([1]) as path:
        add, start = adder(path, 0), time.process_time()
        for _ in range(100_000):
            add(0, 0, 0, 30, -30)
        return (time.process_time() - start) / 100_000


def main() -> None:
    """Print a line a case."""
    look, writing = parts(30)
    print(f"a look at the clock: {look * 1e6:.2f} us; counters: {counting() * 1e6:.2f} us; ", end="")
    print(f"the curves of 30 runs: {writing * 1e3:.1f} ms", flush=True)
    for engine, overrides, n_seeds, n_sequences in CASES:
        alone(cell_of(engine, overrides, 50), n_seeds)  # compiled, and in the caches
        cell = cell_of(engine, overrides, n_sequences)
        rounds = [(alone(cell, n_seeds), visible(cell, n_seeds)) for _ in range(ROUNDS)]
        without, with_it = np.transpose(rounds)
        case = f"engine={engine} {overrides}, {n_seeds} seeds, {n_sequences:,} sequences, {np.median(without):.1f} s"
        low, ratio, high = np.quantile(with_it / without, [0.25, 0.5, 0.75])
        said = f"{ratio:.3f} times as long (quartiles {low:.3f}-{high:.3f})"
        print(f"{case}: {said}", flush=True)


if __name__ == "__main__":
    main()
