"""The numbers that lagrun prints of docs/results/, beside those of independent programs.

    python -m scripts.oracles            # print what agrees, what differs as expected, and what differs otherwise
    python -m scripts.oracles --write    # also write the tables of docs/statistics.md

R is asked where it is installed, with its package survival (``apt-get install r-base-core r-cran-survival``), lifelines
and cocopp with ``pip install 'lagrun[oracles]'``. Exit status: 0, 1 if something differs that should not, 2 if no
program is installed.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from datetime import date
from importlib.metadata import version

import pandas as pd

from lagrun.analysis.tables import markdown
from lagrun.config.paths import CONF
from lagrun.storage.provenance import provenance
from scripts.oracles import HINT, R_HINT, Agreement, coco, coverage, kaplan_meier, r, reading, shares, unexpected
from scripts.oracles.cells import committed, neighbours
from scripts.reproduction import filled

DOCUMENT = CONF.parent / "docs" / "statistics.md"


def ask_all() -> tuple[list[Agreement], list[str]]:
    """Ask every program that is installed; return what they said, and what is not installed."""
    sweeps = committed().values()
    cells = [cell for sweep in sweeps for cell in sweep]
    pairs = [pair for sweep in sweeps for pair in neighbours(sweep)]
    found: list[Agreement] = []
    absent = []
    for missing, hint, ask in (
        (r.missing(), R_HINT, lambda: r.agreements(cells, pairs)),
        (kaplan_meier.missing(), HINT, lambda: kaplan_meier.agreements(cells, pairs)),
        (coco.missing(), HINT, lambda: coco.agreements(cells)),
    ):
        if missing:
            absent.append(f"{missing} is not installed: {hint}")
        else:
            found += ask()
    for program, code in reading.recipes().items():
        if missing := reading.missing(program):
            absent.append(missing)
        else:
            found.append(reading.agreement(program, code))
    return found, absent


def table(agreements: Sequence[Agreement]) -> pd.DataFrame:
    """What was compared, a row a number and program, as text."""
    return pd.DataFrame(
        {
            "": [each.what for each in agreements],
            "beside": [each.program for each in agreements],
            "the same": [str(each.n_same) for each in agreements],
            "different, as expected": [str(each.n_expected or "") for each in agreements],
            "because": [each.why if each.n_expected else "" for each in agreements],
            "otherwise": [str(len(each.unexpected)) for each in agreements],
        }
    )


def tables_of(agreements: Sequence[Agreement]) -> dict[str, Callable[[], pd.DataFrame]]:
    """The tables of the document: name to what makes it."""
    made = provenance()
    said = {name: version(name) for name in ("numpy", "scipy", "pandas")}
    machine = pd.DataFrame([{"date": str(date.today()), "cores": str(made["n_cpus"]), "CPU": made["cpu"], **said}])
    return {
        "other programs": lambda: table(agreements),
        "asked on": lambda: machine,
        "coverage": lambda: coverage.table(coverage.ranks()),
        "shares": shares.table,
    }


def main(argv: Sequence[str] | None = None) -> int:
    """Ask, print, and write."""
    parser = argparse.ArgumentParser(prog="python -m scripts.oracles", description="Ask other programs.")
    parser.add_argument("--write", action="store_true", help=f"write the tables of {DOCUMENT.name}")
    wanted = parser.parse_args(argv)
    agreements, absent = ask_all()
    for text in absent:
        print(text, file=sys.stderr)
    if not agreements:
        return 2
    print(markdown(table(agreements)))
    if wanted.write:
        DOCUMENT.write_text(filled(DOCUMENT.read_text(), tables_of(agreements)))
    wrong = unexpected(agreements)
    print("\n".join(wrong) or "nothing differs that should not")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
