"""What cells are called."""

from __future__ import annotations

from lagrun.analysis.cell_titles import label, telling, titles


def test_only_what_differs_tells_cells_apart():
    cells = [{"model": "lstm", "task.p": 50, "rate": 0.1}, {"model": "lstm", "task.p": 100, "rate": 0.1}]
    assert telling(cells) == ["task.p"]
    assert titles(cells) == ["p=50", "p=100"]


def test_a_name_stands_before_what_else_differs():
    cells = [{"name": "RTRL", "task.p": 4}, {"name": "RTRL", "task.p": 10}, {"name": "LSTM", "task.p": 10}]
    assert titles(cells) == ["RTRL, p=4", "RTRL, p=10", "LSTM, p=10"]


def test_a_missing_value_is_left_out_and_a_single_cell_has_all_its_keys():
    assert label({"task.p": 4, "task.q": float("nan")}, ["task.p", "task.q"]) == "p=4"
    assert titles([{"model": "lstm", "task.p": 4}]) == ["model=lstm, p=4"]


def test_titles_are_without_what_a_name_or_the_other_keys_tell():
    cells = [
        {"name": "SGD", "task.p": 5, "optimiser": "sgd", "rate": 1.0, "budget": 20},
        {"name": "SGD", "task.p": 5, "optimiser": "sgd", "rate": 2.0, "budget": 20},
        {"name": "Adam", "task.p": 9, "optimiser": "adam", "rate": 0.5, "budget": 10},
    ]
    assert titles(cells) == ["SGD, p=5, rate=1", "SGD, p=5, rate=2", "Adam, p=9, rate=0.5"]
    assert titles(cells[:2]) == ["rate=1", "rate=2"]  # a name that all have tells nothing
    assert titles([{"p": 5, "budget": 10}, {"p": 5, "budget": 20}]) == ["budget=10", "budget=20"]


def test_values_are_compared_by_what_they_are_and_shown_in_as_many_digits_as_that_takes():
    cells = [{"p": 4, "rate": rate, "q": float("nan")} for rate in (0.01234561, 0.01234562, 0.5)]
    assert telling(cells) == ["rate"]
    assert titles(cells) == ["rate=0.01234561", "rate=0.01234562", "rate=0.5"]
    assert telling([{"a": True}, {"a": 1}]) == ["a"]
    assert telling([{"a": None}, {"a": float("nan")}]) == []
    assert telling([{"a": 1}, {"a": 1.0}]) == []
