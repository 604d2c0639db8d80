"""The quick version of the paper's tables: a part of the whole, and honest beside what is published."""

import pytest

from lagrun.planning.published import read_label
from scripts import quick
from scripts.quick import QUICK, Quick, Rows


@pytest.mark.parametrize("sweep", QUICK)
def test_a_quick_row_is_one_of_the_sweep_with_its_budget_unless_nothing_solved_is_published(sweep: str) -> None:
    cells = quick.content(sweep)["hydra"]["sweeper"]["cells"]
    kept = [row for row in quick.rows(sweep) if QUICK[sweep].has(row)]
    for row, cell in zip(kept, cells, strict=True):
        assert read_label({key: cell.pop(key) for key in ("name", "published")}, "cell") == row.label
        if cell != row.settings:
            assert row.label.published is None or row.label.published.solved == 0
            assert int(cell["budget"]) < int(row.settings.get("budget", 5_000_000))
            assert cell | {"budget": None} == row.settings | {"budget": None}


@pytest.mark.parametrize("sweep", QUICK)
def test_every_rule_of_a_quick_version_is_about_some_of_its_rows(sweep: str) -> None:
    of_sweep = quick.rows(sweep)
    for some in (*QUICK[sweep].without, *(smaller for smaller, _ in QUICK[sweep].smaller)):
        about = {row.label.name for row in of_sweep if some.has(row)}
        assert about
        assert set(some.names) <= about


def test_what_is_left_out_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    assert quick.left_out("rerun") == []
    rules = (Rows(("LSTM as printed",)), Rows(("LSTM",), {"task.q": ("1000",), "task.p": ("500", "50")}))
    monkeypatch.setitem(QUICK, "table3", Quick("0", rules))
    assert quick.left_out("table3") == [
        "LSTM with task.q=1000 task.p=500,50 (2 of 9 rows)",
        "LSTM as printed (2 of 2 rows)",
    ]
