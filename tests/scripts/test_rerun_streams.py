"""Our runs with the random numbers of a published re-run, beside its own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lagrun.training.streams import generator
from scripts import rerun_streams
from scripts.agreement import run
from scripts.artefacts import RESULTS
from scripts.rerun_draws import cell_of
from scripts.rerun_p50 import THEIRS
from scripts.rerun_streams import ENGINES, Nudged, compared

SEED = 3


def test_nudged_weights_are_off_by_their_last_bits() -> None:
    model = Nudged(**vars(cell_of("random").model))
    as_drawn, *others = model.init([generator(SEED, "init") for _ in range(3)], 51, 51, "float64").flat
    assert (as_drawn == cell_of("random").model.init([generator(SEED, "init")], 51, 51, "float64").flat[0]).all()
    for weights in others:
        np.testing.assert_array_equal(abs(weights - as_drawn) > 0, as_drawn != 0)
        np.testing.assert_allclose(weights, as_drawn, rtol=2.3e-16, atol=0)
    assert (others[0] != others[1]).any()


def test_times_of_seeds_are_put_beside_theirs(tmp_path: Path) -> None:
    runs = pd.DataFrame(
        {
            "keys": "random",
            "engine": "numpy",
            "seed": range(30),
            "theirs": [600.0] * 9 + [np.inf] * 21,
            "ours": [600.0] * 8 + [np.inf, 1400.0] + [np.inf] * 20,
        }
    )
    runs.to_csv(tmp_path / rerun_streams.RUNS, index=False)
    assert compared(tmp_path).to_numpy().tolist() == [
        [
            *("random", "numpy", "9/10, 600 (600-600)", "9/10, 600 (600-1,400)"),
            *("9/30, 600 (600-600)", "9/30, 600 (600-1,400)", "28/30", "8: 600, -; 9: -, 1,400"),
        ]
    ]
    shown = rerun_streams.by_seed(runs)
    assert shown.iloc[8:10].to_numpy().tolist() == [["8", "600", "-"], ["9", "-", "1,400"]]


def test_kept_times_of_theirs_are_those_typed() -> None:
    for (keys, _), runs in pd.read_csv(RESULTS / rerun_streams.RUNS).groupby(["keys", "engine"]):
        assert runs["theirs"].tolist() == THEIRS[keys].tolist()


@pytest.mark.slow
@pytest.mark.parametrize(("keys", "seeds"), [("random", [0, 12]), ("alternating", [0, 5])])
def test_seeds_that_rounding_does_not_decide_are_solved_where_theirs_are(keys: str, seeds: list[int]) -> None:
    times = [result.sequences_to_solve for result in run(cell_of(keys), ENGINES["numpy"], seeds)]
    assert times == THEIRS[keys][seeds].tolist()
