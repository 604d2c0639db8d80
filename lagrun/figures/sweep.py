"""All figures of a sweep."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from lagrun.figures import ecdf, heat_map, lag, learning_curves, strip
from lagrun.figures.drawing import Drawing


@dataclass(frozen=True)
class Kind:
    """One sort of figure.

    Attributes
    ----------
    draw : callable
        Of the sweep's folder and the frame of its runs; None where the figure does not apply.
    needs : str
        What there must be, to say so.
    """

    draw: Callable[[Path, pd.DataFrame], Drawing | None]
    needs: str


#: Sorts of figures by their names, in the order in which they are shown.
KINDS: Mapping[str, Kind] = {
    ecdf.NAME: Kind(lambda folder, runs: ecdf.ecdf(runs), ecdf.NEEDS),
    strip.NAME: Kind(lambda folder, runs: strip.strip(runs), strip.NEEDS),
    learning_curves.NAME: Kind(learning_curves.learning_curves, learning_curves.NEEDS),
    lag.NAME: Kind(lambda folder, runs: lag.lag(runs), lag.NEEDS),
    heat_map.NAME: Kind(lambda folder, runs: heat_map.heat_map(runs), heat_map.NEEDS),
}


def sweep_figures(folder: Path, runs: pd.DataFrame) -> list[Drawing]:
    """Draw all figures that make sense for a sweep.

    Parameters
    ----------
    folder : Path
        Of the sweep.
    runs : pandas.DataFrame
        From `lagrun.frame.frame` of the folder.

    Returns
    -------
    list of Drawing
        In the order of `KINDS`; empty where no run has ended.
    """
    return [drawing for drawing in drawn(folder, runs, list(KINDS)).values() if drawing]


def drawn(
    folder: Path, runs: pd.DataFrame, names: Sequence[str], keys: Sequence[str] = ()
) -> dict[str, Drawing | None]:
    """Draw some sorts of figures; None for those that do not apply.

    Parameters
    ----------
    folder : Path
        Of the sweep.
    runs : pandas.DataFrame
        From `lagrun.frame.frame` of the folder.
    names : sequence of str
        Of `KINDS`.
    keys : sequence of str
        Those of the heat map, see `lagrun.figures.heat_map.heat_map`.

    Returns
    -------
    dict
        Name to drawing.

    Raises
    ------
    ConfigError
        If the keys are wrong.
    """
    return {
        name: heat_map.heat_map(runs, keys) if name == heat_map.NAME else KINDS[name].draw(folder, runs)
        for name in names
    }
