"""Programs that nobody here wrote say the same of committed runs, where they are installed."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from lagrun.analysis.statistics.pairs import time_test
from scripts.oracles import Agreement, coco, coverage, is_near, kaplan_meier, r, reading, shares, unexpected
from scripts.oracles import __main__ as command
from scripts.oracles.cells import CommittedCell, CommittedPair, committed, neighbours

Cells, Pairs = Sequence[CommittedCell], Sequence[CommittedPair]
PROGRAMS: dict[str, tuple[Callable[[], str], Callable[[Cells, Pairs], list[Agreement]]]] = {
    "R": (r.missing, r.agreements),
    "lifelines": (kaplan_meier.missing, kaplan_meier.agreements),
    "cocopp": (coco.missing, lambda cells, pairs: coco.agreements(cells)),
}


@pytest.fixture(scope="module")
def sweeps() -> list[list[CommittedCell]]:
    """Cells of which all, none, some and exactly half of the runs are solved."""
    return list(committed(["table2", "task2b"]).values())


@pytest.mark.slow
@pytest.mark.parametrize("program", PROGRAMS)
def test_a_program_says_the_same_and_would_say_if_not(program: str, sweeps: list[list[CommittedCell]]) -> None:
    missing, ask = PROGRAMS[program]
    if missing():
        pytest.skip(f"{missing()} is not installed: numbers are not compared with {program}'s")
    cells, pairs = (
        [cell for sweep in sweeps for cell in sweep],
        [pair for sweep in sweeps for pair in neighbours(sweep)],
    )
    said = ask(cells, pairs)
    assert unexpected(said) == []
    assert all(each.n_same for each in said)
    if program == "R":
        assert (said[0].what, said[0].n_expected) == ("median", sum(cell.is_half_solved for cell in cells))
        assert said[0].n_expected == 1

    moved = [replace(cell, summary=cell.summary.map(a_little_more)) for cell in cells]
    said = ask(moved, [replace(pair, z=a_little_more(pair.z)) for pair in pairs])
    assert all(each.unexpected for each in said if "another method" not in each.why)


@pytest.mark.slow
@pytest.mark.parametrize("program", ["R", "lifelines"])
def test_where_all_are_solved_at_once_nobody_tells_anything(program: str) -> None:
    if missing := PROGRAMS[program][0]():
        pytest.skip(f"{missing} is not installed")
    times, solved = np.full(3, 5.0), np.ones(3, bool)
    pair = CommittedPair("", (times, times), (solved, solved), *time_test(times, times, 10))
    if program == "R":
        assert r.ask([(times, solved)], [pair]).pairs[["chisq", "p"]].isna().all(axis=None)
    else:
        assert kaplan_meier.log_rank(pair) == (0, 1)


def a_little_more(value: object) -> object:
    return value * (1 + 1e-6) if isinstance(value, float) else value


@pytest.mark.slow
@pytest.mark.parametrize("program", ["R", *reading.ROWS])
def test_recipes_read_what_was_written(program: str) -> None:
    if missing := reading.missing(program):
        pytest.skip(missing)
    read = reading.agreement(program, reading.recipes()[program])
    assert read.unexpected == []
    assert read.n_same == len(reading.NAMES) * (len(reading.SEEDS) * 3 + 4)


def test_a_careless_reader_is_found_out() -> None:
    careless = 'import pandas\nruns, summary = (pandas.read_csv(f"{name}.csv") for name in ("runs", "summary"))'
    found = reading.agreement("pandas", careless).unexpected
    assert found[0].startswith("name: 'NA', pandas ")
    assert found[0].endswith(" has ''")


def test_coverage_by_hand() -> None:
    # 10 times: fewer than 2 or more than 8 of them are below the median with 2 (1 + 10) / 1024
    assert coverage.coverage(2, 9, 10) == pytest.approx(1 - 22 / 1024)
    assert coverage.coverage(1, math.inf, 10) == pytest.approx(1023 / 1024)
    assert coverage.coverage(3, 8, 10) == pytest.approx(stats.binom.cdf(7, 10, 0.5) - stats.binom.cdf(2, 10, 0.5))
    with pytest.raises(ValueError, match="must be ranks"):
        coverage.coverage(2.5, 9, 10)
    shown = coverage.table({"ours": [(2, 9)]}, [10])
    assert shown.to_numpy().tolist() == [["ours", "0.979 (2, 9)"]]


def test_boschloo_and_fisher_counted() -> None:
    # 0/2 against 2/2: 2 (1/4)^2 by Boschloo, 2/6 by Fisher; 1 where all or none are solved; else neither is below 5%
    assert shares.p_values(2, 2)[2] == pytest.approx((1 / 8, 1 / 3))
    shown = shares.table([(2, 2)])
    assert shown.to_numpy().tolist() == [["2, 2", "9", "6", "0", "0", "0"]]


def test_near() -> None:
    assert is_near(math.nan, math.nan, 0)
    assert is_near(math.inf, math.inf, 0)
    assert not is_near(math.inf, 1e300, 1)
    assert not is_near(math.nan, 1, 1)
    assert is_near(1e6, 1e6 + 0.5, 1e-6)
    assert not is_near(1e6, 1e6 + 2, 1e-6)


@pytest.mark.parametrize(("theirs", "status"), [(1.0, 0), (2.0, 0), (3.0, 1)])
def test_exit_status(
    theirs: float, status: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    agreement = Agreement("median", "R", why="2 is as good")
    agreement.add("table2 1", 1.0, theirs, theirs == 1, theirs == 2)
    monkeypatch.setattr(command, "ask_all", lambda: ([agreement], []))
    assert command.main([]) == status
    out = capsys.readouterr().out
    assert ("median: table2 1: 1.0, R has 3.0" in out) == (status == 1)
    assert ("2 is as good" in out) == (theirs == 2)


def test_nobody_to_ask(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(command, "ask_all", lambda: ([], ["R is not installed: buy it"]))
    assert command.main([]) == 2
    assert capsys.readouterr().err == "R is not installed: buy it\n"
