"""COCO's post-processing, cocopp, beside ours: the expected running time, from runs written in COCO's own format."""

from __future__ import annotations

import contextlib
import io
import tempfile
import warnings
from collections.abc import Sequence
from importlib.metadata import version
from importlib.util import find_spec
from itertools import product
from pathlib import Path

import numpy as np

from scripts.oracles import Agreement, is_near
from scripts.oracles.cells import CommittedCell

#: Numbers of a function and a dimension that cocopp takes for one of its own problems: a folder holds a cell of each.
PROBLEMS = list(product(range(1, 25), (2, 3, 5, 10, 20, 40)))

#: Function values after a solution and before, and the target between them.
SOLVED, UNSOLVED, TARGET = 1e-9, 1.0, 1e-8


def missing() -> str:
    """Name what is not installed; empty if all is. cocopp needs six, which it does not declare."""
    return ", ".join(name for name in ("cocopp", "six") if not find_spec(name))


def agreements(cells: Sequence[CommittedCell]) -> list[Agreement]:
    """Compare all cells with cocopp."""
    found = Agreement("expected running time", f"cocopp {version('cocopp')}")
    for start in range(0, len(cells), len(PROBLEMS)):
        some = cells[start : start + len(PROBLEMS)]
        of_each = running_times([(cell.spent, np.isfinite(cell.sequences)) for cell in some])
        for cell, theirs in zip(some, of_each, strict=True):
            ours = float(cell.summary["ert"])
            found.add(cell.name, ours, theirs, is_near(ours, theirs, 1e-12))
    return [found]


def running_times(cells: Sequence[tuple[np.ndarray, np.ndarray]]) -> list[float]:
    """Ask cocopp for the expected running time of each cell, at most as many as there are `PROBLEMS`.

    Parameters
    ----------
    cells : sequence of (spent, solved)
        Sequences used by each run, and whether it was solved, shapes (N,).
    """
    problems = PROBLEMS[: len(cells)]
    with tempfile.TemporaryDirectory() as name, contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it looks for its archive on line, and expects 15 runs
        from cocopp.pproc import DataSetList

        for problem, cell in zip(problems, cells, strict=True):
            write(Path(name), *problem, *cell)
        loaded = {(data.funcId, data.dim): data.detERT([TARGET])[0] for data in DataSetList([name])}
    return [float(loaded[problem]) for problem in problems]


def write(folder: Path, function: int, dimension: int, spent: np.ndarray, solved: np.ndarray) -> None:
    """Write a cell's runs as those of one optimiser on one problem: an index, and the runs' data twice."""
    ends = [(int(n), SOLVED if is_solved else UNSOLVED) for n, is_solved in zip(spent, solved, strict=True)]
    head = "% f evaluations | g evaluations | best noise-free fitness - Fopt | fitness | best fitness | x1"
    lines = []
    for n, value in ends:
        begin = [f"1 0 {UNSOLVED} {UNSOLVED} {UNSOLVED} 0"] if n > 1 else []
        lines += [head, *begin, f"{n} 0 {value} {value} {value} 0"]
    data = folder / f"f{function}_DIM{dimension}"
    for suffix in (".dat", ".tdat"):
        data.with_suffix(suffix).write_text("\n".join(lines) + "\n")
    index = [
        f"suite = 'bbob', funcId = {function}, DIM = {dimension}, Precision = {TARGET}, algId = 'lagrun'",
        "% runs of one cell",
        ", ".join([f"{data.name}.dat", *(f"{run}:{n}|{value}" for run, (n, value) in enumerate(ends, 1))]),
    ]
    data.with_suffix(".info").write_text("\n".join(index) + "\n")
