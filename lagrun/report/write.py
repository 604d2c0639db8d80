"""A sweep as one HTML page that can be sent to somebody: tables, figures, every run with its curve, and their origin.

    python -m lagrun.report outputs/<sweep>
    python -m lagrun.report outputs/<sweep> --no-pictures    # of chosen runs, which take up to half a minute
    python -m lagrun.report outputs/<sweep> outputs/<another> --output FILE    # read as one, see lagrun.analysis.pooled

reads what is stored beside each result, never today's YAML. Needs the packages of the extra ``report``.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from lagrun.analysis.frame import check_folder, frame_of
from lagrun.analysis.pooled import ROOT, needs_output, pooled_runs
from lagrun.checks import ConfigError, one_line
from lagrun.cli import standard_streams
from lagrun.config.trust import trusted_modules
from lagrun.report.assets import check_installed
from lagrun.storage import files
from lagrun.storage.found_runs import found_runs
from lagrun.storage.stored_sweep import StoredSweep

#: The page, in the sweep's folder.
PAGE = "report.html"


def write_report(folder: Path | Sequence[Path], output: Path | None = None, trusted: Sequence[str] | None = ()) -> Path:
    """Write the report of a folder's runs.

    Parameters
    ----------
    folder : Path or sequence of Path
        A sweep's folder, a run's, or another that holds run folders; several are read as one, see
        `lagrun.analysis.pooled`.
    output : Path, optional
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
        If a folder holds no runs, a package is missing, or nothing tells where to write.
    StorageError
        If the page cannot be written.
    """
    check_installed()
    from lagrun.figures.look import Look, using
    from lagrun.figures.sweep import sweep_figures
    from lagrun.report.content import gather
    from lagrun.report.html import page

    folders = [folder] if isinstance(folder, Path) else list(folder)
    pooled = folders if len(folders) > 1 else []
    if pooled and output is None:
        raise needs_output(pooled)
    stored = StoredSweep(ROOT if pooled else folders[0])
    found = pooled_runs(pooled) if pooled else found_runs(stored)
    runs = frame_of(found.runs)
    if runs.empty:
        raise ConfigError(f"{stored.folder}: holds no runs")
    output = output or stored.folder / PAGE
    with using(Look(captions=False)):  # the page has them beside
        figures = sweep_figures(stored, runs)
    text = page(gather(stored, runs, figures, output, found.contradictions, trusted, pooled))
    with files.storing(output.parent):
        output.parent.mkdir(parents=True, exist_ok=True)
        files.write_atomically(output, readable(text).encode())
    return output


def readable(text: str) -> str:
    """Show what of a file's name is no UTF-8 as a replacement character: no page and no terminal could have it."""
    return text.encode(errors="surrogateescape").decode(errors="replace")


def main(argv: Sequence[str] | None = None) -> int:
    """Write a report, from the command line."""
    parser = argparse.ArgumentParser(prog="python -m lagrun.report", description="Write a sweep as one HTML page.")
    parser.add_argument(
        "folders", nargs="+", type=Path, metavar="FOLDER", help="a sweep's, such as outputs/<sweep>; several are pooled"
    )
    parser.add_argument("--output", type=Path, metavar="FILE", help=f"the page (default: {PAGE} in the folder)")
    parser.add_argument("--no-pictures", action="store_true", help="no pictures of chosen runs, which is faster")
    parser.add_argument(
        "--trust", nargs="+", default=[], metavar="PACKAGE", help="packages whose classes these pictures may run"
    )
    arguments = parser.parse_args(argv)
    try:
        for folder in arguments.folders:
            check_folder(folder)
        if arguments.output and arguments.output.is_dir():
            raise ConfigError(f"--output {arguments.output}: is a folder; name a file")
        trusted = None if arguments.no_pictures else trusted_modules(list(arguments.trust))
        print(readable(str(write_report(arguments.folders, arguments.output, trusted))))
    except (ConfigError, files.StorageError) as error:
        print(f"lagrun.report: {one_line(str(error))}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(standard_streams.run(main))
