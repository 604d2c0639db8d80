"""Measure what snapshots cost: CPU time of training with 40 of them over that without, medians of interleaved rounds.

python -m scripts.bench.snapshots
"""

from __future__ import annotations

import time

import numpy as np
from hydra import compose, initialize_config_dir

from lagrun.config.paths import CONF
from lagrun.training.admission import build
from lagrun.training.loop import train

ROUNDS = 5

#: Engine, seeds side by side, training sequences.
CASES = (("numpy", 30, 400), ("compiled", 1, 400), ("compiled", 1, 6000))


def seconds(engine: str, n_seeds: int, n_sequences: int, snapshots: int) -> float:
    """CPU seconds of training without ever being solved."""
    overrides = [
        f"engine={engine}",
        "task.p=100",
        f"budget={n_sequences}",
        "criterion.threshold=1.0",
        "optimiser.learning_rate=1e-9",
        f"snapshots={snapshots}",
        "hydra/launcher=basic",
        "hydra/sweeper=basic",
    ]
    with initialize_config_dir(str(CONF), version_base="1.3"):
        cell = build(compose("config", overrides))
    start = time.process_time()
    train(cell, list(range(n_seeds)), lambda result: None)
    return time.process_time() - start


def main() -> None:
    """Print a line a case."""
    for engine, n_seeds, n_sequences in CASES:
        seconds(engine, n_seeds, 10, 0)  # compiled, and in the caches
        rounds = [[seconds(engine, n_seeds, n_sequences, n) for n in (0, 40)] for _ in range(ROUNDS)]
        without, with_them = np.median(rounds, axis=0)
        print(f"engine={engine}, {n_seeds} seeds, {n_sequences} sequences: {with_them / without:.2f} times as long")


if __name__ == "__main__":
    main()
