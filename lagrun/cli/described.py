"""Descriptions from comments of YAML files: of the file in its first lines, of a key behind its value."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

#: A line of a directive of Hydra's, which is no description.
DIRECTIVE = "# @"


class Key(NamedTuple):
    """A key of a file: its value as it is written there, and what the comment behind it says."""

    value: str
    comment: str


def first_sentence(path: Path) -> str:
    """The first sentence of the comment that a file begins with, on one line; empty if there is none."""
    lines = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            break
        if not line.startswith(DIRECTIVE):
            lines.append(line.lstrip("# "))
    text = " ".join(lines)
    end = re.search(r"(?<!al)\.(?=\s+[A-Z0-9\"])", text)
    return text[: end.end()] if end else text


def keys(path: Path) -> dict[str, Key]:
    """The keys of a file of plain values in nested groups, such as ``execution.n_jobs``."""
    found: dict[str, Key] = {}
    parents: list[tuple[int, str]] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        match = re.match(r"( *)(\w+):(?:\s+([^#]*?))??(?:\s+# (.*))?$", line)
        if not match:
            continue
        depth = len(match[1])
        parents = [parent for parent in parents if parent[0] < depth]
        parents.append((depth, match[2]))
        if match[3]:
            found[".".join(name for _, name in parents)] = Key(match[3], match[4] or "")
    return found
