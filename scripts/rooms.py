"""The rooms of lagrun, from its imports: who imports whom, how many levels there are, and a picture for CONTRIBUTING.

    python -m scripts.rooms [--output docs/rooms.svg]

Every import counts: those for types alone, and those inside functions.
"""

from __future__ import annotations

import argparse
import ast
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).parent.parent

#: Modules at the top of the package that are rooms of their own; all others there are commands.
LEAVES = ("checks", "text", "interrupts")

Graph = Mapping[str, set[str]]


def modules(root: Path = ROOT) -> dict[str, Path]:
    """Dotted names of all modules of the package below `root`, and their files."""
    found = {}
    for path in sorted((root / "lagrun").rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports(root: Path = ROOT) -> dict[str, set[str]]:
    """Which modules of the package each of them imports, wherever in its file."""
    known = modules(root)
    return {name: _imported(path, known) - {name, "lagrun"} for name, path in known.items()}


def _imported(path: Path, known: Mapping[str, Path]) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            inner = {f"{node.module}.{alias.name}" for alias in node.names}
            names |= {name if name in known else node.module for name in inner}
    return names & set(known)


def room_of(module: str) -> str:
    """Name the room of a module: its folder, or the leaf or the commands at the top of the package."""
    parts = module.split(".")[1:]
    if not parts or parts[0] in LEAVES:
        return parts[0] if parts else "lagrun"
    is_command = len(parts) == 1 and not (ROOT / "lagrun" / parts[0]).is_dir()
    if is_command or parts[-1] == "__main__" or parts[0] == "_plugins":
        return "commands"
    folders = parts if (ROOT / "lagrun" / Path(*parts)).is_dir() else parts[:-1]
    return "/".join(folders)


def between_rooms(graph: Graph) -> dict[str, set[str]]:
    """The same between rooms."""
    rooms: dict[str, set[str]] = defaultdict(set)
    for module, imported in graph.items():
        rooms[room_of(module)] |= {room_of(name) for name in imported} - {room_of(module)}
    return dict(rooms)


def circles(graph: Graph) -> list[list[str]]:
    """One circle of imports, or none."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return [error.args[1]]
    return []


def levels(graph: Graph) -> dict[str, int]:
    """How far each node is above what imports nothing; a graph with circles has no levels."""
    found: dict[str, int] = {}
    for name in TopologicalSorter(graph).static_order():
        found[name] = 1 + max((found[below] for below in graph.get(name, ())), default=0)
    return found


def without_shortcuts(graph: Graph) -> dict[str, set[str]]:
    """Leave out arrows that a chain of others says, too."""

    def reached(start: str) -> set[str]:
        below = graph.get(start, set())
        return below.union(*(reached(name) for name in below))

    return {
        name: {to for to in below if to not in set().union(*(reached(other) for other in below if other != to))}
        for name, below in graph.items()
    }


def draw(graph: Graph, path: Path) -> None:
    """Draw rooms in rows by level, with an arrow to each that they need."""
    from matplotlib.figure import Figure

    rows: dict[int, list[str]] = defaultdict(list)
    for name, level in levels(graph).items():
        rows[level].append(name)
    places = {
        name: ((i + 1) / (len(names) + 1), level)
        for level, names in rows.items()
        for i, name in enumerate(sorted(names))
    }
    figure = Figure(figsize=(9, 0.7 * len(rows) + 0.5), layout="constrained")
    axes = figure.add_subplot()
    axes.set_axis_off()
    axes.set(xlim=(0, 1), ylim=(0.5, len(rows) + 0.5))
    for name, below in without_shortcuts(graph).items():
        for other in below:
            axes.annotate(
                "",
                places[other],
                places[name],
                arrowprops={"arrowstyle": "->", "color": "0.6", "shrinkA": 9, "shrinkB": 9},
            )
    for name, (x, y) in places.items():
        axes.text(x, y, name, ha="center", va="center", bbox={"boxstyle": "round", "fc": "white", "ec": "0.3"})
    figure.savefig(path, metadata={"Date": None})


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the counts, and draw the picture if a file is named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, help="where to draw the rooms, such as docs/rooms.svg")
    given = parser.parse_args(arguments)
    graph = imports()
    if found := circles(graph):
        print("circle: " + " -> ".join(found[0]))
        return 1
    rooms = between_rooms(graph)
    if between := circles(rooms):
        print("circle of rooms: " + " -> ".join(between[0]))
        return 1
    n_arrows = sum(map(len, rooms.values()))
    print(
        f"{len(graph)} modules, {len(rooms)} rooms, {max(levels(rooms).values())} levels, {n_arrows} arrows, no circle"
    )
    if given.output:
        draw(rooms, given.output)
    return 0


if __name__ == "__main__":
    sys.exit(main())
