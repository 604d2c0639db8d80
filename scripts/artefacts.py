"""The small artefacts of a sweep that the repository keeps: its runs as one table, the summary made of them, figures.

::

    runs.csv       a row a run, without classes. Keys with one value in the whole sweep are left out, unless the tables
                   need them
    summary.csv    as `lagrun.aggregate` writes it, made of runs.csv alone
    summary.md
    made.json      command, commits, dates, machine, engine, libraries, wall and CPU time
    *.png          figures, unless the sweep has more cells than anyone looks at

Some cells of a sweep may be run again alone, for example with a larger budget. The rows of the others then stay.

    python -m scripts.artefacts                # draw all figures again of what docs/results/ keeps
    python -m scripts.artefacts table2 rerun   # those of some sweeps
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from lagrun.analysis.frame import NAME, frame
from lagrun.analysis.summary import ALWAYS, grouped, summarise
from lagrun.analysis.tables import CHECK_EVERY, caption, markdown, table
from lagrun.config.paths import CONF
from lagrun.config.variants import GROUPS, TARGET
from lagrun.figures import learning_curves
from lagrun.figures.drawing import content
from lagrun.figures.sweep import KINDS, drawn
from lagrun.storage import files
from scripts.small_png import small

RUNS, MADE = "runs.csv", "made.json"

#: Where the repository keeps them, a folder a sweep.
RESULTS = CONF.parent / "docs" / "results"

#: Most cells that are drawn.
MOST_DRAWN = 100

#: Keys that are kept though they may be the same in all cells.
KEPT = (*ALWAYS, "engine", "criterion", "criterion.threshold", "criterion.window", CHECK_EVERY)


def collect(folder: Path, target: Path, command: str, wall_seconds: float, is_part: bool = False) -> None:
    """Write the artefacts of a sweep.

    Parameters
    ----------
    folder : Path
        The sweep's.
    target : Path
        Where they go, which is made if need be.
    command : str
        What runs the sweep.
    wall_seconds : float
        How long that took.
    is_part : bool
        Whether the folder has only some cells of a sweep, whose others `target` has. Learning curves are then not
        drawn, as curves are in the folders of runs.
    """
    target.mkdir(parents=True, exist_ok=True)
    runs = frame(folder)
    made = {"command": command, **_made_with(folder, runs), "wall_seconds": round(wall_seconds)}
    if is_part:
        runs = among(runs, read_runs(target))
        made = _joined(json.loads((target / MADE).read_text()), made)
    made["cpu_seconds"] = round(float(runs["cpu_seconds"].sum()))
    files.write_json(target / MADE, made)
    kept = [name for name in map(str, runs) if name in KEPT or not (_is_common(runs, name) or name.endswith(TARGET))]
    runs[kept].to_csv(target / RUNS, index=False)
    for name, text in aggregated(target).items():
        (target / name).write_text(text)
    for outdated in target.glob("*.png"):
        outdated.unlink()
    _draw(target, folder, runs, [name for name in KINDS if not (is_part and name == learning_curves.NAME)])


def draw_again(target: Path) -> None:
    """Draw the figures of the runs that `collect` wrote; not learning curves, as curves are in the folders of runs."""
    _draw(target, target, read_runs(target), [name for name in KINDS if name != learning_curves.NAME])


def _draw(target: Path, folder: Path, runs: pd.DataFrame, kinds: Sequence[str]) -> None:
    """Write figures, unless there are too many cells, and remove those that do not apply."""
    is_drawn = len(grouped(runs)[1]) <= MOST_DRAWN
    for name, drawing in drawn(folder, runs, kinds if is_drawn else []).items():
        if drawing:
            (target / drawing.file).write_bytes(small(content(drawing, "png")))
        else:
            (target / f"{name}.png").unlink(missing_ok=True)


def among(runs: pd.DataFrame, others: pd.DataFrame) -> pd.DataFrame:
    """Put the runs of some cells of a sweep among `others`, in the places of the same cells with any budget."""
    told = [name for name in others if name == NAME or name in (*GROUPS, "updates", "dtype") or "." in name]
    others, runs = others.astype(object), runs.astype(object)

    def cells(rows: pd.DataFrame) -> dict[tuple[Any, ...], list[Any]]:
        found: dict[tuple[Any, ...], list[Any]] = {}
        for row, values in zip(rows.to_numpy(), rows[told].to_numpy(), strict=True):
            found.setdefault(tuple(None if pd.isna(value) else value for value in values), []).append(row)
        return found

    both = cells(others) | cells(runs.reindex(columns=others.columns))
    return pd.DataFrame([row for cell in both.values() for row in cell], columns=list(others)).infer_objects()


def read_runs(target: Path) -> pd.DataFrame:
    """Read the runs that `collect` wrote, as a frame for `lagrun.analysis.summary.summarise`."""
    return pd.read_csv(target / RUNS)


def aggregated(target: Path) -> dict[str, str]:
    """Make the tables of the runs that `collect` wrote: name of the file to its text."""
    runs = read_runs(target)
    summary = summarise(runs)
    shown = f"{markdown(table(summary))}\n{caption(runs)}\n"
    return {"summary.csv": summary.to_csv(index=False), "summary.md": shown}


def _is_common(runs: pd.DataFrame, name: str) -> bool:
    """Tell whether a column is a key of the configuration that has one value in the whole sweep."""
    return (name in GROUPS or "." in name) and runs[name].nunique(dropna=False) == 1


def _made_with(folder: Path, runs: pd.DataFrame) -> dict[str, Any]:
    """What all runs of a sweep were made with; lists where that differs."""
    found: dict[str, set[Any]] = {}
    for run in runs["folder"]:
        if not (result := files.read_result(folder / run)):
            continue
        made = result["provenance"]
        facts = {name: made[name] for name in ("git_commit", "git_dirty", "python", "cpu", "n_cpus")}
        facts |= {name: made["packages"][name] for name in ("numpy", "numba")}
        for name, value in facts.items():
            found.setdefault(name, set()).add(value)
    days = sorted(
        {_day(folder / run / files.RESULT) for run in runs["folder"] if (folder / run / files.RESULT).exists()}
    )
    engines = sorted(runs["engine"].dropna().unique())
    listed = {
        name: sorted(map(str, values)) if len(values) > 1 else next(iter(values)) for name, values in found.items()
    }
    return {"engine": engines[0] if len(engines) == 1 else engines, "dates": [days[0], days[-1]], **listed}


def _joined(before: dict[str, Any], now: dict[str, Any]) -> dict[str, Any]:
    """What the cells of a sweep were made with that were run at two times; lists where that differs."""
    joined = {name: value if before[name] == value else _both(before[name], value) for name, value in now.items()}
    days = sorted(before["dates"] + now["dates"])
    return {**joined, "dates": [days[0], days[-1]]}


def _both(*values: Any) -> list[Any]:
    listed = (item for value in values for item in (value if isinstance(value, list) else [value]))
    return list(dict.fromkeys(listed))


def _day(path: Path) -> str:
    """Day on which a file was written."""
    return pd.Timestamp(path.stat().st_mtime, unit="s").strftime("%Y-%m-%d")


def main() -> None:
    """Draw the figures of the sweeps that the command line names, or of all."""
    kept = sorted(path.parent.name for path in RESULTS.glob(f"*/{RUNS}"))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sweeps", nargs="*", choices=[[], *kept], metavar="SWEEP", help=f"of {', '.join(kept)}")
    for name in parser.parse_args().sweeps or kept:
        draw_again(RESULTS / name)


if __name__ == "__main__":
    main()
