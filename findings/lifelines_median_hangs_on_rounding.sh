#!/usr/bin/env bash
# Which of the two times in the middle lifelines calls the median depends on N, by the rounding of a product.
#
# lifelines 0.30.3. N runs are solved at 1, 2, ..., N. The curve is a product of shares, and the median the first time
# at which it is 1/2 or less. At the time N/2 it is 1/2 but for rounding: a little over it for N = 6, 8, 14, 18 and 20,
# where the median is N/2 + 1; for all other even N to 30 it is N/2. If the later half is censored instead, the same N
# have an infinite median, and the others N/2: 10 of 20 solved is no median, 8 of 16 is one.
# Seen: all solved, the later of two at N = [6, 8, 14, 18, 20]; half solved, infinite at N = [6, 8, 14, 18, 20].
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet lifelines==0.30.3
cd "$folder"
venv/bin/python -W ignore - << 'PYTHON'
import numpy as np
from lifelines import KaplanMeierFitter

late, infinite = [], []
for n in range(2, 31, 2):
    times, half = np.arange(1.0, n + 1), n // 2
    whole = KaplanMeierFitter().fit(times, np.ones(n))
    assert whole.median_survival_time_ in (half, half + 1)
    if whole.median_survival_time_ == half + 1:
        late.append(n)
        assert 0.5 < whole.predict(half) < 0.5 + 1e-15
    censored = KaplanMeierFitter().fit(np.minimum(times, half + 1), times <= half)
    assert censored.median_survival_time_ in (half, np.inf)
    if np.isinf(censored.median_survival_time_):
        infinite.append(n)
print(f"all solved, the later of two at N = {late}; half solved, infinite at N = {infinite}")
assert late == infinite == [6, 8, 14, 18, 20]
PYTHON
