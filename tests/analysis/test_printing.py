"""Tables in terminals of any width and in pipes: no value is cut, and what is left out is said."""

from __future__ import annotations

import fcntl
import os
import re
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pandas as pd
import pytest
from rich.console import Console

from lagrun.analysis.printing import LEFT_OUT_FIRST, print_table
from tests.written_sweeps import sweep


def printed(width: int, shown: pd.DataFrame) -> str:
    out = Console(width=width, highlight=False, markup=False)
    with out.capture() as capture:
        print_table(out, shown, "summary.md")
    return capture.get()


SHOWN = pd.DataFrame(
    {
        "model": ["lstm", "lstm"],
        "p": ["50", "100"],
        "solved [95%]": ["30/30 [0.89-1.00]", "27/30 [0.74-0.97]"],
        "still hold [95%]": ["29/30 [0.83-0.99]", "27/30 [0.74-0.97]"],
        "median sequences [95%]": ["1,298 [1,280-1,973]", "> 12,000"],
        "ERT [95%]": ["12,764 [10,525-21,042]", "inf [30,043-inf]"],
        "mean of solved": ["764", ""],
        "min-max of solved": ["260-2,504", ""],
    }
)


@pytest.mark.parametrize("width", range(20, 160, 7))
def test_every_value_is_whole_or_its_column_is_said_to_be_left_out(width: int) -> None:
    text = printed(width, SHOWN)
    (said,) = re.findall("Too wide for this terminal: (.*); see summary.md", text) or [""]
    for name in SHOWN:
        for value in SHOWN[name]:
            assert value in text or name in said.split(", ")
    assert "\u2026" not in text
    is_stacked = "  p  " in text and "  solved [95%]  " in text
    assert is_stacked or max(map(len, text.replace(f"Too wide for this terminal: {said}", "").splitlines())) <= width


def test_what_all_rows_have_alike_goes_first_and_then_columns_in_the_stated_order() -> None:
    assert "All rows" not in printed(200, SHOWN)
    texts = [printed(width, SHOWN) for width in range(128, 50, -1)]
    changed = [text.startswith("All rows: model=lstm\n") for text in texts]
    assert changed == sorted(changed)
    left_out = []
    for text, is_changed in zip(texts, changed, strict=True):
        (said,) = re.findall("Too wide for this terminal: (.*); see", text) or [""]
        left_out.append(said.split(", ") if said else [])
        assert is_changed or not said
    assert changed.index(True) < next(i for i, found in enumerate(left_out) if found)
    longest = max(left_out, key=len)
    assert longest == [name for name in LEFT_OUT_FIRST if name in SHOWN][: len(longest)]
    assert len(longest) == 4
    assert all(found == longest[: len(found)] for found in left_out)


def test_a_table_that_has_nothing_to_leave_out_is_stacked() -> None:
    text = printed(20, pd.DataFrame({"cell": ["1", "2"], "solved": ["a" * 30, "b" * 30]}))
    assert text == f"\n  cell     1\n  solved   {'a' * 30}\n\n  cell     2\n  solved   {'b' * 30}\n\n"


def in_a_terminal(width: int, *command: str) -> str:
    """What a command prints in a terminal of a width."""
    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, width, 0, 0))
    environment = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
    environment |= {"TERM": "dumb"}
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment) as child:
        os.close(theirs)
        found = b""
        while True:
            try:
                if not (more := os.read(ours, 65536)):
                    break
            except OSError:  # how Linux says that the other end is closed
                break
            found += more
        assert child.wait() == 0
    os.close(ours)
    return found.decode().replace("\r\n", "\n")


@pytest.mark.parametrize("width", [80, *(pytest.param(width, marks=pytest.mark.slow) for width in (60, 100, 120))])
def test_the_command_shows_whole_values_in_a_terminal_and_all_of_them_in_a_pipe(width: int, tmp_path: Path) -> None:
    folder = sweep(tmp_path, {p: [1200 + p, 1300, *range(10, 70, 10), "budget"] for p in (5, 6)})
    command = [sys.executable, "-m", "lagrun.aggregate", str(folder)]
    piped = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    shown = in_a_terminal(width, *command)
    assert "Too wide" not in piped
    rows = [line.split("|")[1:-1] for line in (folder / "summary.md").read_text().splitlines() if "/9" in line]
    assert len(rows) == 2
    left_out = re.findall("Too wide for this terminal: (.*); see summary.md", shown)
    n_missing = 0
    for row in rows:
        assert all(value.strip() in piped for value in row)
        n_missing = max(n_missing, sum(value.strip() not in shown for value in row))
    assert n_missing <= (len(left_out[0].split(", ")) if left_out else 0)
    assert "\u2026" not in shown
