"""Every row of the table of faults has tests, by the names that it gives them."""

import ast

import pytest

from scripts.reliability import ROWS, Row, file_of


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.fault)
def test_a_row_names_tests_that_are_there(row: Row) -> None:
    functions = ast.walk(ast.parse(file_of(row).read_text(encoding="utf-8")))
    names = [node.name for node in functions if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")]
    assert [text for text in row.tests if not any(text in name for name in names)] == []
