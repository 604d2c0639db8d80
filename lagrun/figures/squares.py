"""Cells of a sweep as squares over two keys, in one table or several."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Any

import numpy as np

from lagrun.analysis.cells import MeasuredCell
from lagrun.analysis.values import identified
from lagrun.figures.asked import is_number
from lagrun.figures.drawing import add_caption, caption_height, new_figure
from lagrun.figures.fitting import fitted, width_of
from lagrun.figures.panels import grid

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.cm import ScalarMappable
    from matplotlib.figure import Figure

#: Share of solved runs above which a square is so dark that its text is white.
DARK = 0.55

#: Inches: least width and height of a square, most width for the sake of a label below it; wanted lines of that label.
SQUARE, WIDE, LINES = (0.72, 0.45), 1.5, 3

#: Inches: most width of all tables side by side, least width of a figure, least height of all squares.
MOST_WIDTH, LEAST_WIDTH, LEAST_HEIGHT = 9.0, 6.0, 1.7

#: Size of letters in points; inches: height of a line, most width of labels at the left, room beside and below squares.
SIZE, LINE, LEFT, BESIDE, BELOW = 9, 0.155, 1.8, 1.6, 0.4

#: Inches: distance between tables, most height of the colour bar.
BETWEEN, BAR = 0.3, 3.5

#: Values of a key along an axis, in the form in which they are compared, to their texts.
Values = Mapping[Hashable, str]


@dataclass(frozen=True)
class Table:
    """Cells of which no two have both values alike.

    Attributes
    ----------
    title : str
        What tells this table from the others.
    cells : list of MeasuredCell
    keys : tuple of str
        The key across and the key upwards.
    across, upwards : mapping
        Their values in these cells.
    """

    title: str
    cells: list[MeasuredCell]
    keys: tuple[str, str]
    across: Values
    upwards: Values

    @property
    def n_squares(self) -> int:
        """Squares, whether there is a cell or not."""
        return len(self.across) * len(self.upwards)

    def place(self, cell: MeasuredCell) -> tuple[int, int]:
        """Column and row of a cell."""
        both = zip(self.keys, (self.across, self.upwards), strict=True)
        column, row = (list(values).index(identified(cell.keys[key])) for key, values in both)
        return column, row

    def shares(self) -> np.ndarray:
        """Shares of solved runs, shape (values upwards, values across); NaN where no run ended or no cell is."""
        found = np.full((len(self.upwards), len(self.across)), np.nan)
        for cell in self.cells:
            column, row = self.place(cell)
            found[row, column] = len(cell.solved) / len(cell.sequences) if len(cell.sequences) else np.nan
        return found


def table_of(title: str, cells: Sequence[MeasuredCell], x: str, y: str) -> Table:
    """Make a table of the values that cells have of two keys."""
    return Table(title, list(cells), (x, y), values_of(cells, x), values_of(cells, y))


def values_of(cells: Sequence[MeasuredCell], key: str) -> Values:
    """Values of a key, and their texts: ascending where they are numbers, else in the order of the cells."""
    values = {identified(cell.keys[key]): cell.keys[key] for cell in cells}
    texts = {identified(cell.keys[key]): cell.texts[key] for cell in cells}
    numbers = [each for each, value in values.items() if is_number(value)]
    order = sorted(numbers, key=lambda each: float(values[each])) + [each for each in values if each not in numbers]
    return {each: texts[each] or "none" for each in order}


@dataclass(frozen=True)
class _Layout:
    """Layout of tables: sizes in inches, and number of squares in each row and column of tables."""

    n_rows: int
    n_columns: int
    widths: list[int]
    heights: list[int]
    wide: float
    high: float
    left: float
    same_x: bool
    same_y: bool
    titles: list[str]

    def size(self, below: float, caption: str) -> tuple[float, float]:
        """Width and height of the figure in inches; `below` is the height of the labels below a table."""
        width = sum(self.widths) * self.wide + self.n_columns * BETWEEN + BESIDE
        width = max(LEAST_WIDTH, width + self.left * (1 if self.same_y else self.n_columns))
        height = self.squares_height + below * (1 if self.same_x else self.n_rows) + BELOW
        height += self.n_rows * max(text.count("\n") + 1.5 for text in self.titles) * LINE
        return width, height + caption_height(width, caption)

    @property
    def squares_height(self) -> float:
        """Height of all rows of squares, in inches."""
        return sum(self.heights) * self.high


def draw(tables: Sequence[Table], names: Sequence[str], caption: str) -> Figure:
    """Draw tables of squares, as large as their labels need; within `lagrun.figures.drawing.styled`."""
    layout = _layout(tables)
    labels = [_below(text, layout.wide) for table in tables for text in table.across.values()]
    figure = new_figure(*layout.size((max(text.count("\n") for text in labels) + 1.5) * LINE, caption))
    n_rows, n_columns = layout.n_rows, layout.n_columns
    places = figure.add_gridspec(n_rows, n_columns, width_ratios=layout.widths, height_ratios=layout.heights)
    drawn = []
    for i, table in enumerate(tables):
        row, column = divmod(i, n_columns)
        axes = figure.add_subplot(places[row, column])
        mesh = _draw(axes, table, layout.wide)
        axes.set(xlim=(0, layout.widths[column]), ylim=(0, layout.heights[row]))
        axes.set_title(layout.titles[i], loc="left", fontsize=SIZE, y=len(table.upwards) / layout.heights[row])
        is_last = i + n_columns >= len(tables)
        axes.tick_params(labelbottom=is_last or not layout.same_x, labelleft=column == 0 or not layout.same_y)
        if is_last:
            axes.set_xlabel(names[0])
        drawn.append(axes)
    shrink = min(1, BAR / layout.squares_height)
    bar = figure.colorbar(mesh, ax=drawn, label="share of runs solved", aspect=18, shrink=shrink)
    bar.outline.set_visible(False)
    figure.supylabel(names[1], fontsize=10)
    add_caption(figure, caption)
    return figure


def _layout(tables: Sequence[Table]) -> _Layout:
    """Distribute tables over rows and columns, with squares as large as labels need."""
    same_x = len({tuple(table.across) for table in tables}) == 1
    same_y = len({tuple(table.upwards) for table in tables}) == 1
    wide, labels = _square_width(tables), [_left(text) for table in tables for text in table.upwards.values()]
    left = max(width_of(line, SIZE) for text in labels for line in text.split("\n")) + 0.1
    panel = wide * max(len(table.across) for table in tables) + BETWEEN + left * (not same_y)
    n_rows, n_columns = grid(len(tables), max(1, int(MOST_WIDTH / panel)))
    widths = [max(len(table.across) for table in tables[i::n_columns]) for i in range(n_columns)]
    heights = [max(len(table.upwards) for table in tables[i : i + n_columns]) for i in range(0, len(tables), n_columns)]
    n_lines = max(text.count("\n") + 1 for text in labels)
    high = max(SQUARE[1], n_lines * LINE + 0.1, LEAST_HEIGHT / sum(heights))
    rooms = [wide * each + 0.5 * BETWEEN for each in widths]
    titles = [fitted(table.title, rooms[i % n_columns], SIZE) for i, table in enumerate(tables)]
    return _Layout(n_rows, n_columns, widths, heights, wide, high, left, same_x, same_y, titles)


def _left(text: str) -> str:
    """A label at the left of a square."""
    return fitted(text, LEFT, SIZE)


def _below(text: str, wide: float) -> str:
    """A label below a square, as wide as that."""
    return fitted(text, wide - 0.1, SIZE)


def _square_width(tables: Sequence[Table]) -> float:
    """Width in inches of a square with room for its count, and for the label below it in a few lines."""
    labels = [text for table in tables for text in table.across.values()]
    counts = [cell.count for table in tables for cell in table.cells]
    words = max(width_of(word, SIZE) for text in labels for word in text.split() or [""])
    lines = max(width_of(text, SIZE) for text in labels) / LINES * 1.2
    wanted = min(WIDE, ceil(10 * (max(words, lines) + 0.1)) / 10)
    return max(SQUARE[0], wanted, max(width_of(text, SIZE) for text in counts) + 0.15)


def _draw(axes: Axes, table: Table, wide: float) -> ScalarMappable:
    """One table."""
    from matplotlib.patches import Rectangle

    found = table.shares()
    nowhere: dict[str, Any] = {"facecolor": "#eeeeee", "hatch": "///", "edgecolor": "#bbbbbb", "lw": 0, "zorder": 0}
    axes.add_patch(Rectangle((0, 0), len(table.across), len(table.upwards), **nowhere))
    mesh = axes.pcolormesh(np.ma.masked_invalid(found), cmap="Blues", vmin=0, vmax=1, edgecolors="white", linewidth=2)
    for cell in table.cells:
        column, row = table.place(cell)
        if not len(cell.sequences):
            axes.add_patch(Rectangle((column, row), 1, 1, facecolor="#eeeeee", edgecolor="white", linewidth=2))
        text = cell.count if len(cell.sequences) else "0 ended"
        colour = "white" if found[row, column] > DARK else "black"
        axes.text(column + 0.5, row + 0.5, text, ha="center", va="center", fontsize=SIZE, color=colour)
    for axis, texts in (
        (axes.xaxis, [_below(text, wide) for text in table.across.values()]),
        (axes.yaxis, [_left(text) for text in table.upwards.values()]),
    ):
        axis.set_ticks(np.arange(len(texts)) + 0.5, texts, fontsize=SIZE)
    axes.tick_params(length=0)
    axes.grid(visible=False)
    for spine in axes.spines.values():
        spine.set_visible(False)
    return mesh
