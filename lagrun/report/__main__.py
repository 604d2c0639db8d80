"""A sweep as one HTML page that can be sent to somebody: tables, figures, every run with its curve, and their origin.

    python -m lagrun.report outputs/<sweep>
    python -m lagrun.report outputs/<sweep> --no-pictures    # of chosen runs, which take up to half a minute
    python -m lagrun.report outputs/<sweep> outputs/<another> --output FILE    # read as one, see lagrun.analysis.pooled

reads what is stored beside each result, never today's YAML. Needs the packages of the extra ``report``.
"""

from __future__ import annotations

import argparse
import gc
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from lagrun.analysis.frame import check_folder
from lagrun.checks import ConfigError, one_line
from lagrun.cli import standard_streams
from lagrun.config.trust import trusted_modules
from lagrun.report.write import PAGE, readable, write_report
from lagrun.storage import files


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
        with _without_collector():
            page = write_report(arguments.folders, arguments.output, trusted)
        print(readable(str(page)))
    except (ConfigError, files.StorageError) as error:
        print(f"lagrun.report: {one_line(str(error))}", file=sys.stderr)
        return 2
    return 0


@contextmanager
def _without_collector() -> Iterator[None]:
    """Disable garbage collection, which would take a tenth of the time of this short command."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


if __name__ == "__main__":
    sys.exit(standard_streams.run(main))
