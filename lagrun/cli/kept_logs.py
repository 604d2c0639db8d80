"""Undoes Hydra's set-up of Python's logs at the end of a command; other logs go on during the command and after it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, NamedTuple

from hydra.core import utils

from lagrun.cli.hydra_guard import replaced
from lagrun.cli.hydra_internals import basic_launcher, hydra_application

#: Where Hydra sets up logs.
CONFIGURED_BY = (utils, hydra_application, basic_launcher)


class _Logger(NamedTuple):
    """How a logger is set up; the defaults are those of a new one."""

    level: int = logging.NOTSET
    handlers: tuple[logging.Handler, ...] = ()
    propagate: bool = True
    disabled: bool = False


@contextmanager
def kept_logs() -> Iterator[None]:
    """Undo at the end what Hydra has set up in the body."""
    before: dict[str, _Logger] = {}

    def remembering(configure: Any) -> Any:
        def configure_log(*arguments: Any, **named: Any) -> None:
            found = _loggers()
            with _others_open():
                configure(*arguments, **named)
            for name, now in _loggers().items():
                if now != found.get(name, _Logger()):
                    before.setdefault(name, found.get(name, _Logger()))

        return configure_log

    with ExitStack() as stack:
        for module in CONFIGURED_BY:
            stack.enter_context(replaced(module, "configure_log", remembering))
        try:
            yield
        finally:
            for name, found in before.items():
                _set(logging.getLogger(name), found)


@contextmanager
def _others_open() -> Iterator[None]:
    """Hide the existing handlers: a new configuration of `logging` would close all handlers that it finds."""
    known: list[Any] = vars(logging)["_handlerList"]
    named: Any = vars(logging)["_handlers"]
    before, names = known[:], dict(named)
    known.clear()
    named.clear()
    try:
        yield
    finally:
        known[:] = before + known
        named.update(names)


def _set(logger: logging.Logger, found: _Logger) -> None:
    for handler in set(logger.handlers) - set(found.handlers):
        handler.close()
    logger.setLevel(found.level)
    logger.handlers[:] = found.handlers
    logger.propagate, logger.disabled = found.propagate, found.disabled


def _loggers() -> dict[str, _Logger]:
    others = logging.root.manager.loggerDict.items()
    every = {"root": logging.root} | {name: each for name, each in others if isinstance(each, logging.Logger)}
    return {
        name: _Logger(each.level, tuple(each.handlers), each.propagate, each.disabled) for name, each in every.items()
    }
