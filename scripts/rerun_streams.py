"""Train a published re-run's own nets on its own sequences: are they solved where its program solves them.

    python -m scripts.rerun_streams            # 30 seeds of each row by two engines; print the tables
    python -m scripts.rerun_streams --write    # also into docs/results/

The presets `rerun_p50_*` have the re-run's net and training, but lagrun's random numbers. Here initial weights and keys
are those of `scripts.rerun_draws`. All else is the presets'. To see what rounding alone changes, nets are trained whose
initial weights differ in their last bits.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from math import inf
from pathlib import Path

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from lagrun.analysis.tables import markdown, number
from lagrun.engines.compiled import Compiled
from lagrun.engines.numpy import Numpy
from lagrun.interfaces.params import Params
from lagrun.storage.provenance import provenance
from lagrun.training.loop import train
from scripts.agreement import run
from scripts.artefacts import RESULTS
from scripts.rerun_draws import TheirNet, cell_of
from scripts.rerun_p50 import THEIRS, of_solved

#: The files of the results: a row a run, and the same to be read.
RUNS, READ = "rerun_streams.csv", "rerun_streams.md"

ENGINES = {"numpy": Numpy(), "compiled": Compiled()}
SEEDS = range(30)

#: Nets a seed whose initial weights differ in their last bits, and the seeds: all of one row, and of the other the one
#: that the re-run's own program solves or not by the BLAS kernels that it is run with.
N_NUDGED = 20
NUDGED = (*(("alternating", seed) for seed in SEEDS), ("random", 18))


def measure(seeds: Sequence[int] = SEEDS) -> pd.DataFrame:
    """Train both rows by every engine.

    Returns
    -------
    pandas.DataFrame
        A row a run: keys, engine, seed; sequences to solve, theirs and ours, infinite where unsolved.
    """
    rows = []
    for keys, theirs in THEIRS.items():
        for engine, made in ENGINES.items():
            for seed, result in zip(seeds, run(cell_of(keys), made, seeds), strict=True):
                times = {"theirs": theirs[seed], "ours": float(result.sequences_to_solve or inf)}
                rows.append({"keys": keys, "engine": engine, "seed": seed, **times})
    return pd.DataFrame(rows)


class Nudged(TheirNet):
    """The re-run's net, each weight but the first net's up or down by its last bit."""

    def init(self, rngs: Sequence[np.random.Generator], n_inputs: int, n_outputs: int, dtype: str) -> Params:
        """Draw initial weights, and nudge them; see `TheirNet.init`."""
        params = super().init(rngs, n_inputs, n_outputs, dtype)
        for s, weights in enumerate(params.flat[1:], 1):
            towards = np.random.default_rng(s).choice([-inf, inf], weights.shape)
            weights[:] = np.where(weights == 0, 0, np.nextafter(weights, towards))
        return params


def nudged(keys: str, seed: int) -> Counter[float]:
    """Count the times at which nets of one seed are solved that differ in the last bits of their initial weights."""
    cell, times = cell_of(keys), Counter[float]()
    cell = replace(cell, model=Nudged(**vars(cell.model)), engine=ENGINES["numpy"])
    with threadpool_limits(1):
        train(cell, [seed] * N_NUDGED, lambda result: times.update([float(result.sequences_to_solve or inf)]))
    return times


def compared(results: Path = RESULTS) -> pd.DataFrame:
    """Count, of the runs that the repository keeps, where ours are solved as theirs are.

    Parameters
    ----------
    results : Path
        The folder that has them.

    Returns
    -------
    pandas.DataFrame
        A row a row of the re-run and engine, as text: solved runs of the seeds 0-9 and 0-29 with median and range over
        them; seeds that are solved at the same sequence or not at all in both; and the others, theirs and ours.
    """
    rows = []
    for (keys, engine), runs in pd.read_csv(results / RUNS).groupby(["keys", "engine"], sort=False):
        others = runs[runs["theirs"] != runs["ours"]]
        rows.append(
            {
                "keys": keys,
                "engine": engine,
                "theirs, 0-9": of_solved(runs["theirs"][:10]),
                "ours, 0-9": of_solved(runs["ours"][:10]),
                "theirs, 0-29": of_solved(runs["theirs"]),
                "ours, 0-29": of_solved(runs["ours"]),
                "the same": f"{len(runs) - len(others)}/{len(runs)}",
                "seeds that differ": "; ".join(
                    f"{run.seed}: {_at(run.theirs)}, {_at(run.ours)}" for run in others.itertuples()
                ),
            }
        )
    return pd.DataFrame(rows)


def by_seed(runs: pd.DataFrame) -> pd.DataFrame:
    """Put the times of every seed side by side, as text: theirs, and ours by each engine."""
    columns: dict[str, list[str]] = {}
    for (keys, engine), cell in runs.groupby(["keys", "engine"], sort=False):
        columns[f"{keys}: theirs"] = list(map(_at, cell["theirs"]))
        columns[f"{keys}: {engine}"] = list(map(_at, cell["ours"]))
    return pd.DataFrame({"seed": runs["seed"].unique().astype(str), **columns})


def nudges(cases: Sequence[tuple[str, int]] = NUDGED) -> pd.DataFrame:
    """List, as text, the seeds whose nets are not all solved at the same time when nudged, see `nudged`."""
    counted = {case: nudged(*case) for case in cases}
    return pd.DataFrame(
        [
            {"keys": keys, "seed": str(seed), "theirs": _at(THEIRS[keys][seed])}
            | {"nudged": ", ".join(f"{_at(at)} x{n}" for at, n in sorted(times.items()))}
            for (keys, seed), times in counted.items()
            if len(times) > 1
        ]
    )


def _at(sequences: float) -> str:
    return "-" if sequences == inf else number(sequences)


def main() -> None:
    """Print the tables, and write them if the command line says so."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="also write the runs to docs/results/")
    is_kept = parser.parse_args().write
    start = time.process_time()
    runs = measure()
    decided_by_bits = nudges()
    seconds = time.process_time() - start
    machine = "{n_cpus} cores, {cpu}".format(**provenance())
    text = f"""# rerun_streams

    python -m scripts.rerun_streams --write

Training sequences until a seed was solved, - for never within the budget; "theirs" by the re-run's own program, the
others by lagrun's engines with its initial weights and its training sequences.

{markdown(by_seed(runs))}
Of {N_NUDGED} nets a seed that differ in the last bits of their initial weights (all seeds with alternating keys, seed
18 with random ones; numpy engine), these are not all solved at one time:

{markdown(decided_by_bits)}
{time.strftime("%Y-%m-%d")}, {machine}, numpy {np.__version__}: {seconds:,.0f} s CPU.
Written by `python -m scripts.rerun_streams --write`.
"""
    print(text, end="")
    if is_kept:
        runs.to_csv(RESULTS / RUNS, index=False)
        (RESULTS / READ).write_text(text)


if __name__ == "__main__":
    main()
