"""Captions of figures: the settings of their cells, and how many runs are missing."""

from __future__ import annotations

from lagrun.analysis.cells import with_outcome
from lagrun.figures.captions import setting
from lagrun.figures.ecdf import ecdf
from lagrun.figures.lag import lag
from lagrun.figures.strip import strip
from tests.figures.frames import frame_of


def test_a_caption_is_without_keys_that_the_task_has_not():
    runs = frame_of([({"task.p": 5, "task.q": None}, [10, 20]), ({"task.p": 5, "task.q": 9.0}, ["failed"])])
    assert "Task noise_free, p = 5; criterion rolling_accuracy; budget" in ecdf(runs).caption


def test_a_criterion_whose_name_is_not_known_has_no_settings_without_it():
    runs = frame_of([({"task.p": 5, "criterion": None, "criterion.check_every": 100}, [10, 20])])
    assert "Task noise_free, p = 5; budget 1,000" in ecdf(runs).caption
    assert "criterion rolling_accuracy (checked every 100); " in ecdf(runs.assign(criterion="rolling_accuracy")).caption


def test_a_caption_counts_what_is_missing_of_its_own_cells():
    alone = {"task.p": 7, "optimiser.r": 9}
    runs = frame_of(
        [
            ({"task.p": 5, "optimiser.r": 1}, [10, "failed"]),
            ({"task.p": 6, "optimiser.r": 1}, [10, 20, 30]),
            (alone, [10, "failed", "unfinished"]),
            ({"task.p": 8, "optimiser.r": 8}, ["failed"] * 3),
        ]
    )
    few, all_of_them = lag(runs).caption, strip(runs).caption
    empty = "1 further cell is not shown, for want of a run that ended."
    assert few.endswith(f"N=1 to 3 runs a cell. 1 failed or unfinished run is left out. {empty}")
    assert all_of_them.endswith(f"N=1 to 3 runs a cell. 3 failed or unfinished runs are left out. {empty}")
    two_empty = frame_of([(alone, [10]), *(({"task.p": p, "optimiser.r": p}, ["failed"]) for p in (1, 2))])
    (cell,) = with_outcome(two_empty)
    assert setting([cell], two_empty).endswith("N=1 run. 2 further cells are not shown, for want of a run that ended.")
