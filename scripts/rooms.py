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
from pathlib import Path

from scripts.graphs import Graph, circles, levels
from scripts.rooms_picture import picture

ROOT = Path(__file__).parent.parent

#: Modules at the top of the package that are rooms of their own; all others there are commands.
LEAVES = ("checks", "text", "interrupts")

#: Rooms of options, drawn as one.
OPTIONS = ("tasks", "models", "losses", "loss_weightings", "optimisers", "criteria")


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


def box_of(room: str) -> str:
    """Name the box in which a room is drawn."""
    outer = room.split("/")[0]
    return "options" if outer in OPTIONS else "leaves" if outer in LEAVES else outer


def boxes(rooms: Graph) -> tuple[dict[str, set[str]], dict[str, list[str]]]:
    """Fold rooms into boxes: what each box imports, and what is named in it."""
    graph: dict[str, set[str]] = defaultdict(set)
    inside: dict[str, list[str]] = defaultdict(list)
    for room in sorted(rooms):
        box = box_of(room)
        graph[box] |= {box_of(other) for other in rooms[room]} - {box}
        if room != box:
            inside[box].append(room.removeprefix(f"{box}/"))
    return dict(graph), dict(inside)


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
        given.output.write_text(picture(*boxes(rooms)), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
