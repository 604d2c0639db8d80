"""A line of a terminal holds what fits, and a shorter one leaves nothing of a longer one."""

from hypothesis import given
from hypothesis import strategies as st

from lagrun.execution.terminal_line import TerminalLine, fitting
from tests.execution.screen import screen


@given(st.lists(st.text("abc", min_size=1, max_size=9), min_size=1, max_size=6), st.integers(1, 40))
def test_of_what_does_not_fit_the_first_and_the_last_stay_longest(parts: list[str], n_columns: int) -> None:
    text = fitting(parts, n_columns)
    assert len(text) <= n_columns
    kept = text.split(", ")
    if len(", ".join(parts)) <= n_columns:
        assert kept == parts
    elif len(parts) > 1 and len(f"{parts[0]}, {parts[-1]}") <= n_columns:
        assert kept[0] == parts[0]
        assert kept[-1] == parts[-1]
        assert kept[:-1] == parts[: len(kept) - 1]


@given(st.lists(st.text("abc", min_size=1, max_size=30), min_size=1, max_size=5))
def test_a_shorter_line_leaves_nothing_of_a_longer_one(texts: list[str]) -> None:
    written: list[str] = []
    line = TerminalLine()
    line._write = written.append  # type: ignore[method-assign]
    for text in texts:
        line.show([text])
        assert screen("".join(written)) == text
    line.clear()
    assert screen("".join(written)) == ""
