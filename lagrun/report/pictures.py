"""Pictures of chosen runs for the report, as `lagrun.picture` draws them, limited in number and time."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from lagrun.analysis.inspection import Inspection
from lagrun.analysis.representative import Chosen, representatives
from lagrun.analysis.stored_run import run_of
from lagrun.checks import ConfigError, one_line
from lagrun.figures import gates, last_step, states, steps
from lagrun.figures.drawing import Drawing
from lagrun.figures.look import Look, using
from lagrun.figures.run_parts import WORDS
from lagrun.report.configurations import ReportedCell
from lagrun.storage import files
from lagrun.storage.stored_sweep import StoredSweep

#: Most pictures in a report, and seconds of CPU time after which no further picture is begun.
MOST_PICTURES, MOST_SECONDS = 18, 30

#: Which runs have pictures.
BEST_MEDIAN_WORST, MEDIAN = "The best, the median and the worst run of each cell", "The median run of each cell"

#: Sorts of pictures, the first ones if there is no room for all; a function returns None if a run has no such picture.
SORTS: Mapping[str, Callable[[Inspection], Drawing | None]] = {
    "steps": steps.draw,
    "states": lambda inspection: None if inspection.traces is None else states.draw(inspection),
    "last_step": lambda inspection: None if inspection.pair is None else last_step.draw(inspection),
    "gates": lambda inspection: (
        None if inspection.traces is None or not inspection.traces[0].gates else gates.draw(inspection)
    ),
}


@dataclass(frozen=True)
class PicturedRun:
    """A run that stands for its cell.

    Attributes
    ----------
    words : str
        Why it was chosen, and how it ended.
    drawings : list of Drawing
        Without captions below them.
    """

    words: str
    drawings: list[Drawing]


@dataclass(frozen=True)
class Pictures:
    """Pictures of runs.

    Attributes
    ----------
    which : str
        Which runs have some, in words.
    cells : dict
        These runs, by the titles of their cells.
    notes : list of str
        Which of these runs have no pictures, and why.
    """

    which: str = BEST_MEDIAN_WORST
    cells: Mapping[str, Sequence[PicturedRun]] = field(default_factory=dict)
    notes: Sequence[str] = field(default_factory=list)


def pictures(
    stored: StoredSweep, runs: pd.DataFrame, cells: Sequence[ReportedCell], trusted: Sequence[str] = ()
) -> Pictures:
    """Draw pictures of the best, the median and the worst run of each cell, or of the median runs of many cells.

    Parameters
    ----------
    stored : StoredSweep
        The sweep.
    runs : pandas.DataFrame
        From `lagrun.analysis.frame.frame`.
    cells : sequence of ReportedCell
        Its cells.
    trusted : sequence of str
        Packages beside lagrun whose classes stored configurations may name.
    """
    of_cell = [(cell.title, _with_weights(stored, representatives(runs.loc[list(cell.rows)]))) for cell in cells]
    chosen = [(title, run) for title, found in of_cell for run in found]
    which, notes = BEST_MEDIAN_WORST, []
    if len(chosen) > MOST_PICTURES:
        which, chosen = MEDIAN, [(title, run) for title, run in chosen if "median" in run.why]
    if len(chosen) > MOST_PICTURES:
        notes.append(f"The first {MOST_PICTURES} of {len(chosen)} cells are shown.")
        chosen = chosen[:MOST_PICTURES]
    sorts = list(SORTS)[: max(1, MOST_PICTURES // max(1, len(chosen)))]
    start = time.process_time()
    drawn: dict[str, list[PicturedRun]] = {}
    for number, (title, run) in enumerate(chosen):
        if time.process_time() - start > MOST_SECONDS:
            notes.append(f"{len(chosen) - number} more runs have no pictures here, as these took {MOST_SECONDS} s.")
            break
        try:
            found = _drawings(stored, run, sorts, trusted)
        except Exception as error:  # the report is written even if a picture fails
            known = isinstance(error, ConfigError | files.StorageError)
            notes.append(one_line(str(error) if known else f"{run.folder}: {type(error).__name__}: {error}"))
        else:
            drawn.setdefault(title, []).append(PicturedRun(_in_words(run), found))
    return Pictures(which, drawn, list(dict.fromkeys(notes)))


def _with_weights(stored: StoredSweep, chosen: Sequence[Chosen]) -> list[Chosen]:
    """The chosen runs whose result says that weights are stored."""
    results = [(run, stored.examine(run.folder)[0]) for run in chosen]
    return [run for run, result in results if result and files.PARAMS in result[files.FILES]]


def _in_words(run: Chosen) -> str:
    why = f"{run.why[0].upper()}{run.why[1:]}"
    return f"{why}: seed {run.seed}, {WORDS[run.outcome]} {run.sequences:,} sequences"


def _drawings(stored: StoredSweep, run: Chosen, sorts: Sequence[str], trusted: Sequence[str]) -> list[Drawing]:
    with using(Look(captions=False)), np.errstate(all="ignore"):
        read = run_of(stored, run.folder, trusted, with_snapshots=False)
        if not read.is_finite:
            raise ConfigError(f"{run.folder}: not all weights are finite")
        inspection = Inspection(read)
        return [drawing for sort in sorts if (drawing := SORTS[sort](inspection))]
