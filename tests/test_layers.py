"""Who may import whom: every import of the package, those for types alone and those inside functions included."""

import pytest

from scripts.rooms import between_rooms, circles, imports, levels

OPTIONS = ("tasks", "models", "losses", "loss_weightings", "optimisers", "criteria")

#: What each room may import, beside what those rooms may.
ALLOWED: dict[str, tuple[str, ...]] = {
    "lagrun": ("commands",),
    "checks": (),
    "interrupts": (),
    "text": ("checks",),
    "interfaces": ("checks", "text", "interrupts"),
    "numerics": ("interfaces",),
    **dict.fromkeys(OPTIONS, ("numerics",)),
    "engines": OPTIONS,
    "training": ("engines", "config"),
    "config": ("interfaces",),
    "storage": ("config",),
    "planning": ("training", "storage"),
    "execution": ("planning",),
    "testing": ("training",),
    "analysis": ("training", "storage"),
    "figures": ("analysis",),
    "report": ("figures",),
    "watching": ("execution", "figures"),
    "cli": ("report", "watching"),
    "commands": ("cli",),
}

#: What is never imported, though the table would allow it: from modules that begin so, modules that begin so.
NEVER = (
    *((f"analysis.{name}", ("training", "config.build")) for name in ("frame", "summary", "tables", "comparison")),
    ("training", ("storage",)),
    ("planning", ("analysis",)),
)

GRAPH = imports()


def inside(room: str) -> str:
    """The room of the table that a room is in: losses may import each other, and the engines their parts."""
    return room.split("/")[0]


def closure(room: str) -> set[str]:
    return {room}.union(*(closure(other) for other in ALLOWED[room]))


def begins(module: str, start: str) -> bool:
    return f"{module}.".startswith(f"lagrun.{start}.")


@pytest.mark.parametrize(("room", "imported"), between_rooms(GRAPH).items())
def test_a_room_imports_only_what_stands_below_it(room: str, imported: set[str]) -> None:
    siblings = set(OPTIONS) if room in OPTIONS else set()
    assert {inside(other) for other in imported} <= closure(inside(room)) | siblings


@pytest.mark.parametrize(("start", "never"), NEVER)
def test_some_imports_are_never_made(start: str, never: tuple[str, ...]) -> None:
    importing = [module for module in GRAPH if begins(module, start)]
    assert importing
    found = {(module, name) for module in importing for name in GRAPH[module] for other in never if begins(name, other)}
    assert not found


def test_only_one_file_knows_the_private_parts_of_hydra() -> None:
    from scripts.rooms import modules

    using = [name for name, path in modules().items() if "hydra._internal" in path.read_text(encoding="utf-8")]
    assert using == ["lagrun.cli.hydra_internals"]


def test_there_is_no_circle_and_few_levels() -> None:
    rooms = between_rooms(GRAPH)
    assert not circles(GRAPH)
    assert not circles(rooms)
    assert len(rooms) <= 30
    assert max(levels(rooms).values()) <= 12
