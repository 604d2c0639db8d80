"""How far the compiled engine and the numpy engine agree: weights along the way, and when runs are solved.

    python -m scripts.agreement [--seeds 10]

Both engines do the same sums in different orders. So weights differ in their last bits after the first update. Whether
the difference grows depends on the training.
"""

from __future__ import annotations

import argparse
import os
import platform
import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from hydra import compose, initialize_config_dir
from threadpoolctl import threadpool_limits

from lagrun.config.paths import CONF
from lagrun.engines.compiled import Compiled
from lagrun.engines.numpy import Numpy
from lagrun.interfaces.engine import Engine
from lagrun.interfaces.experiment import Experiment
from lagrun.interfaces.run_result import RunResult
from lagrun.training.admission import build
from lagrun.training.loop import train

BASIC = ("hydra/launcher=basic", "hydra/sweeper=basic", "evaluation.n_sequences=1", "evaluation.curve_n_sequences=1")

#: Training sequences after which weights are compared.
CHECKPOINTS = (10, 50, 200, 1000)

#: Configurations, and the budget within which runs are to be solved.
CASES: dict[str, tuple[tuple[str, ...], int]] = {
    "lstm, p=100": ((), 3000),
    "gru, p=20": (("model=gru", "task.p=20"), 2000),
    "rtrl_p4, sync, rate 10": (("+experiment=rtrl_p4", "model.timing=sync", "optimiser.learning_rate=10"), 100_000),
    "bptt_p100": (("+experiment=bptt_p100",), 1000),
    "paper_2a": (("+experiment=paper_2a",), 5000),
    "paper_2b": (("+experiment=paper_2b",), 10_000),
    "paper_2c, q=p=50": (("+experiment=paper_2c",), 40_000),
    "chunker_p100_1992, p=10": (("+experiment=chunker_p100_1992", "task.p=10"), 5000),
}


def run(cell: Experiment, engine: Engine, seeds: Sequence[int]) -> list[RunResult]:
    """Train a block; results in the order of `seeds`."""
    found: dict[int, RunResult] = {}
    with threadpool_limits(1), np.errstate(all="ignore"):
        train(replace(cell, engine=engine), seeds, lambda result: found.update({result.seed: result}))
    return [found[seed] for seed in seeds]


def distance(cell: Experiment, n_sequences: int, seeds: Sequence[int]) -> float:
    """Largest relative difference of weights after so many sequences; median over seeds."""
    short = replace(cell, budget=n_sequences)
    pairs = zip(run(short, Compiled(), seeds), run(short, Numpy(), seeds), strict=True)
    distances = [np.abs(a.params.flat - b.params.flat).max() / np.abs(b.params.flat).max() for a, b in pairs]
    return float(np.median(distances))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=10)
    seeds = range(parser.parse_args().seeds)
    machine = f"{platform.machine()}, {os.cpu_count()} cores, numpy {np.__version__}"
    print(f"{time.strftime('%F')}, {machine}, {len(seeds)} seeds")
    print(f"| | {' | '.join(map(str, CHECKPOINTS))} | solved at the same sequence | solved at all |")
    print("| --- " * (len(CHECKPOINTS) + 3) + "|")
    for name, (overrides, budget) in CASES.items():
        with initialize_config_dir(str(CONF), version_base="1.3"):
            cell = build(compose("config", [*BASIC, *overrides, f"budget={budget}"]))
        distances = [f"{distance(cell, n, seeds):.0e}" for n in CHECKPOINTS]
        ours, theirs = run(cell, Compiled(), seeds), run(cell, Numpy(), seeds)
        solved = [(a.sequences_to_solve, b.sequences_to_solve) for a, b in zip(ours, theirs, strict=True)]
        same = sum(a == b is not None for a, b in solved)
        counts = [sum(one[engine] is not None for one in solved) for engine in (0, 1)]
        print(f"| {name} | {' | '.join(distances)} | {same} | {counts[0]} and {counts[1]} |", flush=True)


if __name__ == "__main__":
    main()
