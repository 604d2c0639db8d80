"""What one training sequence costs: the table of docs/costs.md.

python -m scripts.costs
"""

from __future__ import annotations

import multiprocessing
import resource
import time

from hydra import compose, initialize_config_dir

from lagrun.analysis.data_movement.cost_of import Cost, NoCostError, cost_of
from lagrun.analysis.tables import number, rounded
from lagrun.config.build import plain
from lagrun.config.paths import CONF

BASIC = ("hydra/launcher=basic", "hydra/sweeper=basic")

#: Every model with the defaults, one update a sequence by Adam with clipping, and with the paper's recipe for it.
RECIPES = (
    ("model=lstm",),
    ("model=gru",),
    ("model=elman",),
    ("model=rtrl",),
    ("model=lstm1997",),
    ("model=chunker", "loss=squared_error"),
    ("+experiment=bptt_p100",),
    ("+experiment=rtrl_p4",),
    ("+experiment=paper_2a",),
    ("+experiment=paper_2a", "updates=sequence"),
    ("+experiment=chunker_p100",),
)
LAGS = (10, 100)

HEAD = ("recipe", "p", "multiply-adds", "reads", "ByteDMD", "a byte", "CPU s", "GB")


def main() -> None:
    """Print the table."""
    print(f"| {' | '.join(HEAD)} |\n|{' --- |' * len(HEAD)}")
    for recipe in RECIPES:
        for p in LAGS:
            with multiprocessing.get_context("spawn").Pool(1) as fresh:  # whose peak of memory is this recipe's
                cells = fresh.apply(_row, ([*recipe, f"task.p={p}"],))
            print(f"| `{' '.join(recipe)}` | {p} | {' | '.join(cells)} |", flush=True)


def _row(overrides: list[str]) -> list[str]:
    """Columns from the third on."""
    with initialize_config_dir(str(CONF), version_base="1.3"):
        config = plain(compose("config", [*BASIC, *overrides]))
    began = time.process_time()
    try:
        cost = cost_of(config)
    except NoCostError as reason:
        return [str(reason)]
    seconds, gigabytes = time.process_time() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    figures = [number(cost.multiply_adds), number(cost.n_reads), rounded(cost.bytedmd), _a_byte(cost)]
    return [*figures, f"{seconds:.1f}", f"{gigabytes:.1f}"]


def _a_byte(cost: Cost) -> str:
    return f"{cost.bytedmd / (cost.word * cost.n_reads):.1f}" if cost.bytedmd and cost.n_reads else ""


if __name__ == "__main__":
    main()
