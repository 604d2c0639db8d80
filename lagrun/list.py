"""What there is: sweeps, presets, options of each group, and what has been trained.

    python -m lagrun.list                       # all of it
    python -m lagrun.list sweeps                # or presets, options, outputs
    python -m lagrun.list outputs FOLDER        # sweeps and runs below another folder than outputs/

In a terminal, texts are broken between words; in a pipe, each has one line. Outputs are counted at a glance, see
`lagrun.storage.past_outputs`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

from lagrun.checks import ConfigError, one_line
from lagrun.cli import standard_streams
from lagrun.cli.columns import aligned, amount, described, width, wrapped
from lagrun.cli.described import first_sentence
from lagrun.cli.help_page import defaults
from lagrun.config.paths import CONF, SWEEPS
from lagrun.storage.typed_command import typed

#: Where runs go unless something else is said.
OUTPUTS = Path("outputs")

#: The group of presets, which has no default.
PRESETS = "experiment"

HEADINGS = ("begun", "folder", "runs", "solved", "failed", "size", "state", "command")


def main(argv: Sequence[str] | None = None) -> int:
    """List, from the command line."""
    parser = argparse.ArgumentParser(prog="lagrun list", description="List what there is.")
    parser.add_argument("what", nargs="?", metavar="WHAT", help=f"one of {', '.join(SECTIONS)}; default: all of them")
    parser.add_argument(
        "folder", nargs="?", type=Path, default=OUTPUTS, metavar="FOLDER", help="where outputs are (default: outputs)"
    )
    arguments = parser.parse_args(argv)
    what, folder = arguments.what, arguments.folder
    try:
        if what is not None and what not in SECTIONS:
            raise ConfigError(f"{what}: must be one of {', '.join(SECTIONS)}")
        if folder != OUTPUTS and what != "outputs":
            raise ConfigError(f"{folder}: only outputs are listed of a folder: lagrun list outputs {folder}")
        if folder != OUTPUTS and not folder.is_dir():
            raise ConfigError(f"{folder}: no such folder")
        for name in [what] if what else SECTIONS:
            for line in SECTIONS[name](folder):
                print(line)
    except ConfigError as error:
        print(f"lagrun.list: {one_line(str(error))}", file=sys.stderr)
        return 2
    return 0


def _sweeps(folder: Path) -> Iterator[str]:
    yield from wrapped("sweeps: python -m lagrun -cn NAME", width())
    yield from _files(SWEEPS)
    yield ""


def _presets(folder: Path) -> Iterator[str]:
    yield from wrapped("presets: python -m lagrun +experiment=NAME", width())
    yield from _files(CONF / PRESETS)
    yield ""


def _options(folder: Path) -> Iterator[str]:
    yield from wrapped("options: python -m lagrun GROUP=OPTION; (*) unless another is named", width())
    for group, chosen in defaults().items():
        yield f" {group}"
        yield from _files(CONF / group, chosen)
    yield ""


def _files(folder: Path, chosen: str = "") -> Iterator[str]:
    """Names and descriptions of the files of a folder."""
    files = sorted(folder.glob("*.yaml"))
    pairs = [(f"{path.stem}{' (*)' if path.stem == chosen else ''}", first_sentence(path)) for path in files]
    return described(pairs, width())


def _outputs(folder: Path) -> Iterator[str]:
    from lagrun.storage.past_outputs import outputs, read  # only this list needs it

    found = sorted((read(path) for path in outputs(folder)), key=lambda output: output.begun or 0.0)
    yield f"outputs: {len(found)} in {one_line(str(folder))}"
    rows = [
        (
            "" if output.begun is None else f"{datetime.fromtimestamp(output.begun):%Y-%m-%d %H:%M}",
            one_line(str(output.folder)),
            f"{output.n_done}/{'?' if output.n_planned is None else output.n_planned}",
            str(output.n_solved),
            str(output.n_failed),
            amount(output.n_bytes),
            one_line(output.state),
            "?" if output.command is None else typed(output.command),
        )
        for output in found
    ]
    lines = aligned([HEADINGS, *rows])
    if max(map(len, lines)) <= width():
        yield from lines if rows else []
        return
    for begun, path, runs, solved, failed, n_bytes, state, command in rows:
        yield path
        facts = (begun, f"{runs} runs, {solved} solved, {failed} failed", n_bytes, state)
        yield from wrapped(", ".join(filter(None, facts)), width(), "  ")
        yield from wrapped(command, width(), "  ")


SECTIONS: dict[str, Callable[[Path], Iterator[str]]] = {
    "sweeps": _sweeps,
    "presets": _presets,
    "options": _options,
    "outputs": _outputs,
}


if __name__ == "__main__":
    sys.exit(standard_streams.run(main))
