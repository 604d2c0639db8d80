"""Put a published re-run of task 2a beside ours: do the results differ, and what is each difference of the nets worth.

    python -m scripts.rerun_p50    # print the tables

They are made of docs/results/rerun_p50, and `scripts.reproduction` writes them into docs/reproduction.md. The re-run's
numbers are those that it publishes, and those of its program, run on 2026-11-30: its summary is the published one. The
program is not part of this repository. It draws other random numbers, so only shares and distributions can agree.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from hydra import compose, initialize_config_dir

from lagrun.analysis.frame import NAME
from lagrun.analysis.statistics import pairs, solved_only, wilson
from lagrun.analysis.summary import sequences_and_spent
from lagrun.analysis.tables import MEDIAN_OF_SOLVED, SOLVED, markdown, number, share_text
from lagrun.config.paths import CONF
from lagrun.training.admission import build
from lagrun.training.streams import generator
from scripts.artefacts import RESULTS, read_runs

SWEEP = "rerun_p50"
KEYS, BIAS, BLOCKS = "task.keys", "model.readout_bias", "model.orthogonal"
AS_PUBLISHED = "as published"
BUDGET = 8_000

#: Sequences to solve of its seeds 0-29, infinity where unsolved; the first ten of each row are the row it publishes.
#: Rounding decides two, see docs/reproduction.md: these are of numpy's AVX2 code and OpenBLAS's kernels for Haswell.
_TIMES = {
    "random": "600 1000 inf inf 600 1800 inf 6200 1600 inf inf 600 400 inf 600 "
    "600 inf 2400 inf 1600 400 inf inf 600 600 400 inf 800 800 600",
    "alternating": "400 400 400 400 400 600 600 600 600 400 400 400 400 400 400 "
    "400 600 600 400 600 600 400 400 400 400 400 600 400 400 400",
}
THEIRS = {keys: np.array(times.split(), float) for keys, times in _TIMES.items()}
N_PUBLISHED = 10

#: Our seeds that are put beside theirs.
SEEDS = (range(10), range(30), range(100, 300))


def against(results: Path = RESULTS) -> pd.DataFrame:
    """Put both published rows beside ours, as text.

    Parameters
    ----------
    results : Path
        The folder that has the sweep's.

    Returns
    -------
    pandas.DataFrame
        A row a set of our seeds: solved runs, and median and range over them, theirs and ours; p-values of Boschloo's
        test and of the log-rank test, against their 30 seeds.
    """
    runs = read_runs(results / SWEEP)
    rows = []
    for keys, theirs in THEIRS.items():
        for seeds in SEEDS:
            ours = _times(runs[(runs[NAME] == AS_PUBLISHED) & (runs[KEYS] == keys) & runs["seed"].isin(seeds)])
            k = len(solved_only(ours))
            rows.append(
                {
                    "keys": keys,
                    "theirs, 0-9": of_solved(theirs[:N_PUBLISHED]),
                    "theirs, 0-29": of_solved(theirs),
                    "our seeds": f"{seeds[0]}-{seeds[-1]}",
                    SOLVED: share_text(k, len(ours), wilson(k, len(ours))),
                    MEDIAN_OF_SOLVED: _spread(ours),
                    "solved: p": _p(pairs.success_p(len(solved_only(theirs)), len(theirs), k, len(ours))),
                    "time: p": _p(pairs.time_test(theirs, ours, BUDGET)[1]),
                }
            )
    return pd.DataFrame(rows)


def in_short(results: Path = RESULTS) -> pd.DataFrame:
    """The published rows, and ours of their presets with the seeds 0-29, as text."""
    shown = against(results)
    shown = shown[shown["our seeds"] == "0-29"]
    return pd.DataFrame(
        {
            "": [f"`+experiment={SWEEP}_{keys}`" for keys in shown["keys"]],
            "published": shown["theirs, 0-9"],
            SOLVED: shown[SOLVED],
            MEDIAN_OF_SOLVED: shown[MEDIAN_OF_SOLVED],
        }
    )


def nets(results: Path = RESULTS) -> pd.DataFrame:
    """Put the nets of the sweep side by side, as text.

    Parameters
    ----------
    results : Path
        The folder that has the sweep's.

    Returns
    -------
    pandas.DataFrame
        A row a net and order of the keys: number of weights, mean trace of the initial orthogonal blocks over all
        seeds, solved runs, median and range over them; p-values against the row as published, adjusted by Holm's method
        over all rows.
    """
    runs = read_runs(results / SWEEP)
    rows, tests = [], []
    for (name, keys), cell in runs.groupby([NAME, KEYS], sort=False):
        first, ours = cell.iloc[0], _times(cell)
        published = _times(runs[(runs[NAME] == AS_PUBLISHED) & (runs[KEYS] == keys)])
        k, n_weights_and_trace = len(solved_only(ours)), _net(bool(first[BIAS]), str(first[BLOCKS]), cell["seed"])
        tests.append([np.nan] * 2 if name == AS_PUBLISHED else _tests(published, ours))
        rows.append(
            {
                "": name,
                "keys": keys,
                **n_weights_and_trace,
                SOLVED: share_text(k, len(ours), wilson(k, len(ours))),
                MEDIAN_OF_SOLVED: _spread(ours),
            }
        )
    adjusted = [pairs.holm(column) for column in np.array(tests, float).T]
    of_tests = {name: list(map(_p, p)) for name, p in zip(("solved: p", "time: p"), adjusted, strict=True)}
    return pd.DataFrame(rows).assign(**of_tests)


def _tests(a: np.ndarray, b: np.ndarray) -> list[float]:
    k_a, k_b = len(solved_only(a)), len(solved_only(b))
    return [pairs.success_p(k_a, len(a), k_b, len(b)), pairs.time_test(a, b, BUDGET)[1]]


def _net(bias: bool, blocks: str, seeds: Sequence[int]) -> dict[str, str]:
    """Number of weights, and mean trace of the four orthogonal blocks, of initial nets."""
    overrides = ["hydra/launcher=basic", "hydra/sweeper=basic", "+experiment=rerun_p50_random"]
    with initialize_config_dir(str(CONF), version_base="1.3"):
        cell = build(compose("config", [*overrides, f"{BIAS}={bias}", f"{BLOCKS}={blocks}"]))
    rngs = [generator(int(seed), "init") for seed in seeds]
    params = cell.model.init(rngs, cell.task.n_inputs, cell.task.n_outputs, cell.dtype)
    w = params["W_hidden_gates"]
    traces = np.einsum("shgh->sg", w.reshape(len(w), w.shape[1], 4, w.shape[1])) / cell.model.recurrent_scale
    return {"weights": number(params.n_weights), "mean trace": f"{traces.mean():.2f}"}


def _times(runs: pd.DataFrame) -> np.ndarray:
    return sequences_and_spent(runs)[0]


def of_solved(times: np.ndarray) -> str:
    """Solved runs of all, and median and range over them."""
    return f"{len(solved_only(times))}/{len(times)}, {_spread(times)}"


def _spread(times: np.ndarray) -> str:
    solved = solved_only(times)
    return f"{number(np.median(solved))} ({number(solved.min())}-{number(solved.max())})" if len(solved) else ""


def _p(value: float) -> str:
    return "" if np.isnan(value) else f"{value:.2g}"


def main() -> None:
    """Print the tables."""
    print(f"{markdown(against())}\n{markdown(nets())}", end="")


if __name__ == "__main__":
    main()
