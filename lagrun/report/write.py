"""Writes the HTML report of a folder of runs, or of several that are read as one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lagrun.analysis.frame import frame_of
from lagrun.analysis.pooled import PooledSweep, needs_output, pooled_runs
from lagrun.checks import ConfigError
from lagrun.report.assets import check_installed
from lagrun.storage import files
from lagrun.storage.found_runs import found_runs
from lagrun.storage.stored_sweep import StoredSweep

#: The page, in the sweep's folder.
PAGE = "report.html"


def write_report(
    folder: str | Path | Sequence[str | Path], output: str | Path | None = None, trusted: Sequence[str] | None = ()
) -> Path:
    """Write the report of a folder's runs.

    Parameters
    ----------
    folder : str, Path, or sequence of them
        A sweep's folder, a run's, or another that holds run folders; several are read as one, see
        `lagrun.analysis.pooled`.
    output : str or Path, optional
        The page; in the folder, as `PAGE`, if not given. Its links to runs start there.
    trusted : sequence of str, optional
        Packages beside lagrun whose classes may be run to draw pictures of chosen runs; None for no such pictures.

    Returns
    -------
    Path
        The page.

    Raises
    ------
    ConfigError
        If a folder holds no runs, a package is missing, or several folders are given without `output`.
    StorageError
        If the page cannot be written.

    Examples
    --------
    >>> import lagrun
    >>> lagrun.write_report("outputs/small", trusted=None).name
    'report.html'
    """
    check_installed()
    from lagrun.figures.look import Look, using
    from lagrun.figures.sweep import sweep_figures
    from lagrun.report.content import gather
    from lagrun.report.html import page

    folders = [Path(folder)] if isinstance(folder, str | Path) else list(map(Path, folder))
    if len(folders) > 1 and output is None:
        raise needs_output(folders)
    stored = StoredSweep(folders[0]) if len(folders) == 1 else PooledSweep(folders)
    found = pooled_runs(stored) if isinstance(stored, PooledSweep) else found_runs(stored)
    runs = frame_of(found.runs)
    if runs.empty:
        raise ConfigError(f"{stored.folder}: holds no runs")
    output = Path(output) if output else stored.folder / PAGE
    with using(Look(captions=False)):  # the page has captions beside the figures
        figures = sweep_figures(stored, runs)
    text = page(gather(stored, runs, figures, output, found.contradictions, trusted))
    with files.storage_errors(output.parent):
        output.parent.mkdir(parents=True, exist_ok=True)
        files.write_atomically(output, readable(text).encode())
    return output


def readable(text: str) -> str:
    """Replace the parts of a file's name that are not UTF-8, as no page and no terminal could show them."""
    return text.encode(errors="surrogateescape").decode(errors="replace")
