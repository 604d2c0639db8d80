"""All figures of a sweep."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from lagrun.analysis.frame import frame
from lagrun.figures import ecdf, heat_map, lag, learning_curves, strip
from lagrun.figures.asked import Asked
from lagrun.figures.drawing import Drawing
from lagrun.storage.stored_sweep import StoredSweep


@dataclass(frozen=True)
class Kind:
    """One sort of figure.

    Attributes
    ----------
    draw : callable
        Takes the sweep's folder, the frame of its runs and the keys asked for. Returns None if the figure does not
        apply.
    needs : str
        What the figure needs, for a message.
    """

    draw: Callable[[Path | StoredSweep, pd.DataFrame, Asked], Drawing | None]
    needs: str


#: Sorts of figures by their names, in the order in which they are shown.
KINDS: Mapping[str, Kind] = {
    ecdf.NAME: Kind(lambda folder, runs, asked: ecdf.ecdf(runs), ecdf.NEEDS),
    strip.NAME: Kind(lambda folder, runs, asked: strip.strip(runs), strip.NEEDS),
    learning_curves.NAME: Kind(
        lambda folder, runs, asked: learning_curves.learning_curves(folder, runs), learning_curves.NEEDS
    ),
    lag.NAME: Kind(lambda folder, runs, asked: lag.lag(runs, asked.lag), lag.NEEDS),
    heat_map.NAME: Kind(lambda folder, runs, asked: heat_map.heat_map(runs, asked.keys), heat_map.NEEDS),
}

#: No keys are asked for: figures choose them.
NOTHING = Asked()


def sweep_figures(folder: str | Path | StoredSweep, runs: pd.DataFrame | None = None) -> list[Drawing]:
    """Draw all figures that make sense for a sweep.

    Parameters
    ----------
    folder : str or Path
        Of the sweep.
    runs : pandas.DataFrame, optional
        From `lagrun.read_runs` of the folder, some rows of it, say; by default all of its runs.

    Returns
    -------
    list of Drawing
        In the order of `KINDS`; empty where no run has ended. Each has a ``name``, a matplotlib ``figure``, a
        ``caption`` and an ``alt`` text, and is shown by notebooks as it is.

    Examples
    --------
    >>> import lagrun
    >>> [drawing.name for drawing in lagrun.sweep_figures("outputs/two_lags")]
    ['ecdf', 'strip', 'learning_curves', 'lag']
    """
    folder = Path(folder) if isinstance(folder, str) else folder
    runs = frame(folder) if runs is None else runs
    return [drawing for drawing in drawn(folder, runs, list(KINDS)).values() if drawing]


def drawn(
    folder: Path | StoredSweep, runs: pd.DataFrame, names: Sequence[str], asked: Asked = NOTHING
) -> dict[str, Drawing | None]:
    """Draw some sorts of figures; None for those that do not apply.

    Parameters
    ----------
    folder : Path
        Of the sweep.
    runs : pandas.DataFrame
        From `lagrun.analysis.frame.frame` of the folder.
    names : sequence of str
        Of `KINDS`.
    asked : Asked
        Keys of the heat map and of the lag.

    Returns
    -------
    dict
        Name to drawing.

    Raises
    ------
    ConfigError
        If the keys are wrong.
    """
    return {name: KINDS[name].draw(folder, runs, asked) for name in names}
