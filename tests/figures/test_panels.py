"""How many cells share the panels of a figure, and what stands on their axes."""

from __future__ import annotations

import pytest

from lagrun.analysis.cells import measured_cells, with_outcome
from lagrun.figures.axes import log_ticks, short_number
from lagrun.figures.beside import spread
from lagrun.figures.panels import MOST_LINES, grid, panels
from lagrun.figures.strip import strip
from lagrun.figures.unsolved import to_draw
from tests.figures.frames import frame_of


def test_many_cells_are_shared_out_between_panels_by_what_they_have_in_common():
    keys = [{"name": n, "task.p": p, "optimiser.r": r} for n in ("A", "B") for p in (1, 2) for r in (1, 2, 3)]
    found = panels(measured_cells(frame_of([(each, [10]) for each in keys])))
    assert [panel.title for panel in found] == ["A, p=1", "A, p=2", "B, p=1", "B, p=2"]
    assert found[0].labels == ["r=1", "r=2", "r=3"]
    drawn = [cell.keys for panel in found for cell in panel.cells]
    assert [{key: of_cell[key] for key in keys[0]} for of_cell in drawn] == keys
    lonely = panels(measured_cells(frame_of([({"task.p": p, "task.q": p}, [10]) for p in range(1, 10)])))
    assert [len(panel.cells) for panel in lonely] == [3, 3, 3]
    assert [panel.title[:2] for panel in lonely] == ["(1", "(2", "(3"]
    assert max(len(panel.cells) for panel in lonely) <= MOST_LINES
    assert [grid(n, 3) for n in (1, 4, 7)] == [(1, 1), (2, 2), (3, 3)]


def test_cells_that_nothing_else_puts_together_share_panels_with_those_of_their_model_and_task():
    kinds = [("lstm", "2a")] * 5 + [("lstm", "2b")] * 3 + [("rtrl", "2a")] * 2
    cells = [{"name": f"n{i}", "model": m, "task": t, "task.p": 9} for i, (m, t) in enumerate(kinds)]
    found = panels(measured_cells(frame_of([(keys, [10]) for keys in cells])))
    assert [panel.title.replace("\N{NO-BREAK SPACE}", " ") for panel in found] == [
        *("lstm, 2a (1 of 2)", "lstm, 2a (2 of 2)", "lstm, 2b", "rtrl, 2a"),
    ]
    assert [panel.labels for panel in found] == [["n0", "n1"], ["n2", "n3", "n4"], ["n5", "n6", "n7"], ["n8", "n9"]]


def test_where_most_of_many_cells_are_unsolved_they_are_named_instead():
    keys = [{"task.p": p, "task.k": k} for k in "ab" for p in range(12)]
    runs = frame_of([(each, [10, 20] if each["task.k"] == "a" else ["budget"] * 2) for each in keys])
    drawn, said = to_draw(with_outcome(runs))
    assert {cell.keys["task.k"] for cell in drawn} == {"a"}
    assert said == "Not drawn: the 12 cells of which no run was solved, which are all those with k=b. "
    drawing = strip(runs)
    assert len(drawing.figure.axes[0].get_yticks()) == 12
    assert said in drawing.caption
    few = to_draw(with_outcome(runs[runs["task.p"] < 10]))
    assert (len(few[0]), few[1]) == (20, "")
    mixed = runs.assign(outcome="budget", sequences_to_solve=None)
    assert len(to_draw(with_outcome(mixed))[0]) == 24  # nothing at all was solved
    named = frame_of([({"task.p": p}, [10] if p % 2 else ["budget"]) for p in range(22)])
    assert "no run was solved, p=0; p=2; p=4; " in to_draw(with_outcome(named))[1]


def test_ticks_are_numbers_a_reader_knows():
    assert log_ticks(1, 1e6) == [1, 10, 100, 1000, 10_000, 100_000, 1e6]
    assert log_ticks(300, 5000) == [500, 1000, 2000, 5000]
    assert log_ticks(900, 1040) == [900, 950, 1000]
    assert all(len(log_ticks(low, low * factor)) >= 2 for low in (0.7, 33, 9999) for factor in (1.3, 2, 9, 1e4, 1e9))
    assert list(map(short_number, (0.5, 20, 500, 5000, 12_500, 2e5, 5e6))) == [
        *("0.5", "20", "500", "5k", "12.5k", "200k", "5M"),
    ]


def test_labels_move_apart_but_stay_within_the_axes():
    found = spread([1.0, 1.0, 0.1, 0.0], [0.1, 0.1, 0.1, 0.1])
    assert found == pytest.approx([0.95, 0.85, 0.15, 0.05])
    assert spread([0.5, 0.2], [0.1, 0.1]) == pytest.approx([0.5, 0.2])
