"""Graphs of what needs what: circles, levels, and arrows that say nothing new."""

from __future__ import annotations

from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter

Graph = Mapping[str, set[str]]


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
