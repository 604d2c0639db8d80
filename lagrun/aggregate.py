"""The tables of a folder's runs, printed and written.

    python -m lagrun.aggregate outputs/<sweep>
    python -m lagrun.aggregate outputs/<sweep> outputs/<another> --output FOLDER

reads what is stored beside each result, never today's YAML. With ``--cost``, the tables have columns of costs. Several
folders are read as one, see `lagrun.analysis.pooled`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from lagrun.analysis.frame import check_folder
from lagrun.analysis.summary import summarise
from lagrun.analysis.sweep_tables import report, report_pooled
from lagrun.checks import ConfigError, one_line
from lagrun.cli import standard_streams
from lagrun.config.trust import trusted_modules
from lagrun.storage import files
from lagrun.storage.stored_sweep import StoredSweep


def main(argv: Sequence[str] | None = None) -> int:
    """Aggregate a folder again, from the command line."""
    parser = argparse.ArgumentParser(prog="python -m lagrun.aggregate", description="Summarise the runs of a sweep.")
    parser.add_argument(
        "folders", nargs="+", type=Path, metavar="FOLDER", help="a sweep's, such as outputs/<sweep>; several are pooled"
    )
    parser.add_argument(
        "--output",
        type=Path,
        metavar="FOLDER",
        help="where to write the tables (default: the sweep's; several: nowhere)",
    )
    parser.add_argument(
        "--cost", action="store_true", help="add weights, multiply-adds and data movement (seconds a cell)"
    )
    parser.add_argument(
        "--trust", nargs="+", default=[], metavar="PACKAGE", help="packages whose classes --cost may run"
    )
    arguments = parser.parse_args(argv)
    try:
        trusted = trusted_modules(list(arguments.trust))
        if len(arguments.folders) == 1 and not arguments.output:
            _again(arguments.folders[0], trusted if arguments.cost else None)
        elif arguments.cost:
            raise ConfigError("--cost: goes with one folder, which keeps the costs, and without --output")
        else:
            report_pooled(arguments.folders, arguments.output)
    except (ConfigError, files.StorageError) as error:
        print(f"lagrun.aggregate: {one_line(str(error))}", file=sys.stderr)
        return 2
    return 0


def _again(folder: Path, trusted_with_costs: Sequence[str] | None) -> None:
    """Aggregate one folder; with costs, if trusted packages are given, whose classes may be run to compute them."""
    check_folder(folder)
    stored, costs = StoredSweep(folder), None
    if trusted_with_costs is not None:
        from lagrun.analysis.cost_columns import CostColumns  # which most tables do without

        costs = CostColumns(stored, trusted_with_costs)
    if report(stored, costs.summarise if costs else summarise).empty:
        raise ConfigError(f"{folder}: holds no runs")
    for note in costs.notes if costs else []:
        print(note)
    if costs:
        costs.keep()


if __name__ == "__main__":
    sys.exit(standard_streams.run(main))
