"""Draw a graph as SVG: a row of boxes a level, and an arrow from each box to those it needs."""

from __future__ import annotations

import textwrap
from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import combinations, permutations
from math import inf
from random import Random
from xml.sax.saxutils import escape

from scripts.graphs import Graph, levels, without_shortcuts

#: Pixels. Pages of GitHub show a picture about 800 wide.
WIDTH, BOX_WIDTH, BOX_HEIGHT, ROW_HEIGHT = 800, 220, 52, 84

#: Boxes beside each other, where no row has more.
N_COLUMNS = 3

#: Random starts of the search for a clear picture.
N_STARTS = 20

#: Letters of small print in a line, and pixels between its lines.
N_LETTERS, LINE_HEIGHT = 34, 13

#: What a line behind a box, and two lines that cross, cost beside a column of sideways way.
BEHIND, CROSSED = 100, 5

#: Half a box, in columns with some air, and in levels.
HALF_WIDTH, HALF_HEIGHT = 0.46, BOX_HEIGHT / ROW_HEIGHT / 2

Place = tuple[int, int]  # column, level
Line = tuple[Place, Place]
Middle = tuple[float, float]  # pixels


def placed(graph: Graph) -> dict[str, Place]:
    """Choose a column for each box: the clearest of the pictures that some random starts lead to."""
    rows: dict[int, list[str]] = defaultdict(list)
    for name, level in sorted(levels(graph).items()):
        rows[level].append(name)
    n_columns = max(N_COLUMNS, *map(len, rows.values()))
    found = [_improved(graph, rows, n_columns, Random(seed)) for seed in range(N_STARTS)]
    return min(found, key=lambda places: _confusion(graph, places))


def _improved(graph: Graph, rows: Mapping[int, Sequence[str]], n_columns: int, rng: Random) -> dict[str, Place]:
    """Start anywhere, and move the boxes of one row at a time until that makes nothing clearer."""
    places = {
        name: (column, level)
        for level, names in rows.items()
        for name, column in zip(names, rng.sample(range(n_columns), len(names)), strict=True)
    }
    best = inf
    while (before := _confusion(graph, places)) < best:
        best = before
        for level, names in rows.items():
            ways = permutations(range(n_columns), len(names))
            tried = [places | {name: (to, level) for name, to in zip(names, way, strict=True)} for way in ways]
            places = min(tried, key=lambda places: _confusion(graph, places))
    return places


def _confusion(graph: Graph, places: Mapping[str, Place]) -> float:
    """How hard a picture is to read."""
    lines = [(places[name], places[other]) for name in sorted(graph) for other in sorted(graph[name])]
    behind = sum(_is_behind(line, place) for line in lines for place in places.values())
    crossed = sum(_cross(*pair) for pair in combinations(lines, 2))
    return BEHIND * behind + CROSSED * crossed + sum(abs(start[0] - end[0]) for start, end in lines)


def _at(line: Line, level: float) -> float:
    """The column in which a line is at a level."""
    (x0, y0), (x1, y1) = line
    share = (y0 - HALF_HEIGHT - level) / (y0 - y1 - 2 * HALF_HEIGHT)
    return x0 + (x1 - x0) * share


def _is_behind(line: Line, place: Place) -> bool:
    """Whether a line passes behind a box."""
    column, level = place
    if not line[1][1] < level < line[0][1]:
        return False
    ends = [_at(line, level + side * HALF_HEIGHT) for side in (1, -1)]
    return min(ends) < column + HALF_WIDTH and max(ends) > column - HALF_WIDTH


def _cross(one: Line, other: Line) -> bool:
    """Whether two lines cross between the levels that both pass."""
    top, bottom = min(one[0][1], other[0][1]), max(one[1][1], other[1][1])
    if top <= bottom:
        return False
    return (_at(one, top) - _at(other, top)) * (_at(one, bottom) - _at(other, bottom)) < 0


def picture(boxes: Graph, inside: Mapping[str, Sequence[str]]) -> str:
    """Draw boxes as the text of an SVG file, which is the same for the same boxes.

    An arrow that a chain of others says, too, is left out.

    Parameters
    ----------
    boxes
        For each box, those it needs; without circles.
    inside
        What is named in a box, in small print.
    """
    graph = without_shortcuts(boxes)
    places = placed(graph)
    height = ROW_HEIGHT * max(level for _, level in places.values())
    width = WIDTH / max(N_COLUMNS, *(column + 1 for column, _ in places.values()))
    middles = {
        name: ((column + 0.5) * width, height - (level - 0.5) * ROW_HEIGHT) for name, (column, level) in places.items()
    }
    lines = [_line(middles[name], middles[other]) for name in sorted(graph) for other in sorted(graph[name])]
    drawn = [_box(name, inside.get(name, ()), middle) for name, middle in sorted(middles.items())]
    return "\n".join([_HEAD.format(width=WIDTH, height=height), *lines, *drawn, "</svg>", ""])


def _line(start: Middle, end: Middle) -> str:
    (x0, y0), (x1, y1) = start, end
    return f'<path d="M{x0:g} {y0 + BOX_HEIGHT / 2:g}L{x1:g} {y1 - BOX_HEIGHT / 2:g}" marker-end="url(#tip)"/>'


def _box(name: str, inside: Sequence[str], middle: Middle) -> str:
    x, y = middle
    small = textwrap.wrap(", ".join(inside), N_LETTERS)
    first = y + 5 - len(small) * LINE_HEIGHT / 2
    corner = f'x="{x - BOX_WIDTH / 2:g}" y="{y - BOX_HEIGHT / 2:g}"'
    return "\n".join(
        [
            f'<rect {corner} width="{BOX_WIDTH}" height="{BOX_HEIGHT}" rx="6"/>',
            f'<text x="{x:g}" y="{first:g}">{escape(name)}</text>',
            *(
                f'<text x="{x:g}" y="{first + 2 + n * LINE_HEIGHT:g}" class="parts">{escape(text)}</text>'
                for n, text in enumerate(small, 1)
            ),
        ]
    )


_HEAD = """\
<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">
<style>
  svg {{ background: white }}
  path {{ stroke: #777; stroke-width: 1.5; fill: none }}
  rect {{ fill: #f4f6fa; stroke: #333 }}
  text {{ font: 16px sans-serif; text-anchor: middle; fill: black }}
  .parts {{ font-size: 12px; fill: #444 }}
</style>
<marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
<path d="M0 0L8 4L0 8z" style="fill: #777; stroke: none"/></marker>"""
