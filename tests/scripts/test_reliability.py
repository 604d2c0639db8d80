"""Every row of the table of faults has tests, by the files and the names that it gives them."""

import ast

import pytest

from scripts.reliability import ROOT, ROWS, Row


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.fault)
def test_a_row_names_tests_that_are_there(row: Row) -> None:
    texts = [(ROOT / "tests" / f"{name}.py").read_text(encoding="utf-8") for name in row.files]
    functions = [node for text in texts for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)]
    names = [node.name for node in functions if node.name.startswith("test_")]
    assert [text for text in row.tests if not any(text in name for name in names)] == []
