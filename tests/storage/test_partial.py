"""The learning curve of a run that has not ended comes back as it was, or thinned evenly."""

import math
import time
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lagrun.interfaces.run_result import CURVE_COLUMNS, SoFar
from lagrun.storage.partial import MOST_POINTS, PARTIAL, read_partial, thinned, write_partial


def test_a_partial_curve_comes_back_as_it_was(tmp_path: Path) -> None:
    point = (5.0, 0.25, *(math.inf, math.nan), 1.5, 2.0, 1e300)
    write_partial(tmp_path, 40, SoFar(7, math.nan, [point], 3.5))
    found = read_partial(tmp_path)
    assert found is not None
    assert (found.sequence, found.budget, found.per_second) == (7, 40, 3.5)
    assert math.isnan(found.rolling)
    assert found.curve.shape == (1, len(CURVE_COLUMNS))
    np.testing.assert_array_equal(found.curve[0], [5, 0.25, math.nan, math.nan, 1.5, 2, 1e300])
    assert abs(found.written - time.time()) < 60
    for junk in (b"", b"{}", b"[1]", b'{"schema_version": 2, "sequence": null}', b"\xff"):
        (tmp_path / PARTIAL).write_bytes(junk)
        assert read_partial(tmp_path) is None
    write_partial(tmp_path / "nowhere", 40, SoFar(7, 0.5, [point], 3.5))  # a disk that takes nothing ends no run
    assert not (tmp_path / "nowhere").exists()


@given(st.integers(0, 3 * MOST_POINTS))
def test_a_long_curve_is_thinned_evenly_and_keeps_its_latest_point(n: int) -> None:
    kept = [int(point[0]) for point in thinned([(float(i),) for i in range(n)])]
    assert len(kept) <= MOST_POINTS
    assert kept[-1:] == list(range(n))[-1:]
    assert len(set(np.diff(kept))) <= 1
    assert len(kept) >= min(n, MOST_POINTS // 2)
