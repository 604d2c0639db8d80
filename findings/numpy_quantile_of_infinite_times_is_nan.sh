#!/usr/bin/env bash
# numpy's quantile at 1/2 is NaN where its median is infinite; pandas and numba each side with the other.
#
# numpy 2.4.6, pandas 3.1.1, numba 0.68.1. Times of runs, infinite where a run was not solved: 1, inf, inf, inf.
#   numpy.median inf, numpy.quantile(0.5) nan: to interpolate, it subtracts infinity from infinity.
#   pandas: Series.median inf, but the "50%" of Series.describe nan.
#   numba: the same numpy.quantile, compiled, is inf; so is numpy's own with method="inverted_cdf".
# Seen: numpy inf nan, pandas inf nan, numba inf inf; two infinite times: numpy inf nan, pandas inf nan, numba inf inf.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet numpy==2.4.6 pandas==3.1.1 numba==0.68.1
cd "$folder"
venv/bin/python - << 'PYTHON'
import warnings
from math import inf, isnan

import numba
import numpy as np
import pandas as pd

warnings.simplefilter("ignore", RuntimeWarning)


@numba.njit
def compiled(times):
    return np.median(times), np.quantile(times, 0.5)


for times in (np.array([1, inf, inf, inf]), np.array([inf, inf])):
    series = pd.Series(times)
    found = {
        "numpy": (np.median(times), np.quantile(times, 0.5)),
        "pandas": (series.median(), series.describe()["50%"]),
        "numba": compiled(times),
    }
    print(times, {name: tuple(map(float, values)) for name, values in found.items()})
    assert all(median == inf for median, _ in found.values())
    assert [isnan(quantile) for _, quantile in found.values()] == [True, True, False]
    assert found["numba"][1] == inf
    assert np.quantile(times, 0.5, method="inverted_cdf") == inf
PYTHON
