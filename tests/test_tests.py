"""Tests lie in folders named as the rooms, in files that are short and say what holds, and share their helpers."""

import ast
from collections import defaultdict
from pathlib import Path, PurePosixPath

from scripts.rooms import imports, room_of

TESTS = Path(__file__).parent
FILES = {path.relative_to(TESTS).as_posix(): path.read_text(encoding="utf-8") for path in sorted(TESTS.rglob("*.py"))}
TREES = {name: ast.parse(text) for name, text in FILES.items()}
MOST_LINES = 350

#: Folders of tests beside those of the rooms: what is tested of ``scripts``.
OTHERS = {"scripts"}


def body_of(node: ast.stmt) -> list[ast.stmt]:
    """Statements of a function or class without its docstring; none of other statements."""
    if not isinstance(node, ast.FunctionDef | ast.ClassDef):
        return []
    return node.body[1:] if ast.get_docstring(node) is not None else node.body


def test_each_folder_is_named_as_a_room() -> None:
    folders = {str(PurePosixPath(name).parent) for name in FILES} - {"."}
    assert folders - OTHERS <= {room_of(module) for module in imports()}


def test_no_file_is_long() -> None:
    lengths = {name: len(text.splitlines()) for name, text in FILES.items()}
    assert {name: length for name, length in lengths.items() if length > MOST_LINES} == {}


def test_each_file_says_in_a_sentence_what_holds() -> None:
    said = {name: ast.get_docstring(tree) or "" for name, tree in TREES.items() if not name.endswith("__init__.py")}
    assert [name for name, text in said.items() if not text.endswith(".")] == []


def test_no_helper_is_written_twice() -> None:
    """Functions and classes of two statements or more."""
    places = defaultdict(list)
    for name, tree in TREES.items():
        for node in tree.body:
            if len(body_of(node)) > 1:
                places["\n".join(map(ast.unparse, body_of(node)))].append(name)
    assert [names for names in places.values() if len(names) > 1] == []
