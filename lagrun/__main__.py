"""The command: ``python -m lagrun model=lstm task.p=100 -m seed=0-29``.

Exit status: 0 if every run ended solved, at its budget or diverged; 1 if any failed or was lost; 2 if the configuration
is wrong; 3 if the folder is in use; 130 after Ctrl-C, 143 after SIGTERM.
"""

from __future__ import annotations

import sys

from lagrun import streams
from lagrun.interrupts import exit_status, interruptible


def main() -> int:
    """Run the command line in ``sys.argv`` and return the exit status."""
    return streams.run(_command)


def _command() -> int:
    try:
        with interruptible():
            from lagrun.command import command  # takes a while, in which it may be interrupted

            return command()
    except KeyboardInterrupt as interrupt:
        print("lagrun: interrupted", file=sys.stderr)
        # Where a text was being executed, as dataclasses do, Python has noted that SIGINT is to end it; this clears it.
        exec("")
        return exit_status(interrupt)


if __name__ == "__main__":
    sys.exit(main())
