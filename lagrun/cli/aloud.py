"""Whether a sweep prints its tables: a command does, a function that returns them does not."""

from __future__ import annotations

from contextvars import ContextVar

#: Of the command or the function that is running.
ALOUD: ContextVar[bool] = ContextVar("lagrun_aloud", default=True)
