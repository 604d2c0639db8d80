"""Training sequences a second of one core: the lockstep numpy engine beside the plain loop.

    python -m scripts.bench [--p 100] [--seeds 1 8 30] [--rounds 7]

Forget-gate LSTM, H = 16, float64, whole training sequences (sample, forward, loss, backward, clip, Adam). CPU time,
candidates interleaved in one process, medians over rounds with minimum and maximum.
"""

from __future__ import annotations

import argparse
import os
import platform
import time
from dataclasses import replace

import numpy as np
from hydra import compose, initialize_config_dir
from threadpoolctl import threadpool_limits

from lagrun.cell import Cell
from lagrun.config import build
from lagrun.engines.reference import Reference
from lagrun.paths import CONF
from lagrun.train import train

BASIC = ("hydra/launcher=basic", "hydra/sweeper=basic")


def rate(cell: Cell, n_seeds: int) -> float:
    """Train a block; sequences a second of CPU time, without the start of the block and the test at its end."""
    stamps: list[float] = []
    train(cell, range(n_seeds), lambda result: None, lambda n_sequences: stamps.append(time.process_time()))
    return n_seeds * (len(stamps) - 2) / (stamps[-2] - stamps[0])


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--p", type=int, default=100)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 8, 30])
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    quiet = ("criterion.window=100000", "evaluation.n_sequences=1", "evaluation.curve_every=100000")
    with initialize_config_dir(str(CONF), version_base="1.3"):
        cell = build(compose("config", [*BASIC, *quiet, f"task.p={options.p}", "budget=60"]))
    candidates = [("plain loop, S=1", replace(cell, engine=Reference(), budget=30), 1)]
    candidates += [(f"numpy, S={n}", cell, n) for n in options.seeds]
    rounds = []
    with threadpool_limits(1):
        for _ in range(options.rounds + 1):
            rounds.append([rate(cell, n) for _, cell, n in candidates])
    measured = np.array(rounds[1:])  # the first round warms up
    ratios = measured / measured[:, :1]
    print(f"p={options.p}, {platform.machine()}, {os.cpu_count()} cores, numpy {np.__version__}, {time.strftime('%F')}")
    print("| engine | sequences/s [min-max] | times the plain loop |\n| --- | --- | --- |")
    for (name, _, _), column, ratio in zip(candidates, measured.T, ratios.T, strict=True):
        spread = f"{np.median(column):,.0f} [{column.min():,.0f}-{column.max():,.0f}]"
        print(f"| {name} | {spread} | {np.median(ratio):.1f} |")


if __name__ == "__main__":
    main()
