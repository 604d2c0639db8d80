"""The command: ``python -m lagrun model=lstm task.p=100 -m seed=0-29``, or ``lagrun`` instead of ``python -m lagrun``.

Beside training, it is the commands of `lagrun.cli.subcommands`, ``--help`` and ``--version``.

Exit status: 0 if every run ended solved, at its budget or diverged; 1 if any failed or was lost; 2 if the configuration
is wrong; 3 if the folder is in use; 130 after Ctrl-C, 143 after SIGTERM.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from lagrun.cli import standard_streams
from lagrun.cli.hydra_version import UnsupportedHydraError
from lagrun.interrupts import exit_status, interruptible

#: How many threads OpenBLAS begins with.
THREADS = "OPENBLAS_NUM_THREADS"

HELP, VERSION = ("--help", "-h"), ("--version", "-V")


def main() -> int:
    """Run the command line in ``sys.argv`` and return the exit status."""
    if "numpy" in sys.modules or THREADS in os.environ:
        return standard_streams.run(_command)
    os.environ[THREADS] = "1"  # if no more threads can be started, OpenBLAS ends the process as Ctrl-C does
    try:
        return standard_streams.run(_command)
    finally:
        os.environ.pop(THREADS, None)


def _dispatch(typed: list[str]) -> int:
    """Run what is asked for; each part is imported only then, as it takes a while."""
    from lagrun import __version__
    from lagrun.cli import subcommands

    if not {*VERSION}.isdisjoint(typed) and not subcommands.asked(typed):
        print(f"lagrun {__version__}")
        return 0
    try:
        Path.cwd()
    except FileNotFoundError:
        print("lagrun: the working directory does not exist any more; change to one that does", file=sys.stderr)
        return 2
    if name := subcommands.asked(typed):
        return subcommands.run(name, typed[1:])
    if typed in ([word] for word in HELP):  # with more words, Hydra shows what these make of the configuration
        from lagrun.cli.help_page import page

        print(page())
        return 0
    from lagrun.cli.command import command

    return command()


def _command() -> int:
    try:
        with interruptible():
            return _dispatch(sys.argv[1:])
    except KeyboardInterrupt as interrupt:
        print("lagrun: interrupted", file=sys.stderr)
        # If SIGINT came during an exec of text, as in dataclasses, Python would end itself by SIGINT; this clears that.
        exec("")
        return exit_status(interrupt)
    except UnsupportedHydraError as error:
        print(f"lagrun: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
