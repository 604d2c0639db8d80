"""Restores what a command changes in its process, so that a notebook or a script may run several commands."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from hydra.core.singleton import Singleton
from hydra.core.utils import JobRuntime
from hydra.version import VersionBase

from lagrun.cli.hydra_internals import BaseContainer

#: Hydra's objects that belong to the one command or notebook that uses it.
OF_ONE_USE = (GlobalHydra, HydraConfig, JobRuntime, VersionBase)


@contextmanager
def unchanged(variable: str) -> Iterator[None]:
    """Begin as in a new process, and leave everything as it was before.

    That is: arguments, paths of modules, one environment variable, resolvers, and Hydra's state. Logs are restored by
    `lagrun.cli.kept_logs`.

    Parameters
    ----------
    variable : str
        Name of the environment variable.
    """
    with ExitStack() as stack:
        for part in (_lists(), _environment(variable), _resolvers(), _singletons()):
            stack.enter_context(part)
        yield


@contextmanager
def _lists() -> Iterator[None]:
    before = [(found, found[:]) for found in (sys.argv, sys.path)]
    try:
        yield
    finally:
        for found, content in before:
            found[:] = content


@contextmanager
def _environment(variable: str) -> Iterator[None]:
    before = os.environ.get(variable)
    try:
        yield
    finally:
        os.environ.pop(variable, None)
        if before is not None:
            os.environ[variable] = before


@contextmanager
def _resolvers() -> Iterator[None]:
    before = dict(BaseContainer._resolvers)
    try:
        yield
    finally:
        BaseContainer._resolvers.clear()
        BaseContainer._resolvers.update(before)


@contextmanager
def _singletons() -> Iterator[None]:
    """Put away Hydra's state, but keep plugins and stored configurations: a new search is slow and finds the same."""
    instances: dict[Any, Any] = Singleton._instances
    before = {kind: instances.pop(kind) for kind in OF_ONE_USE if kind in instances}
    try:
        yield
    finally:
        for kind in OF_ONE_USE:
            instances.pop(kind, None)
        instances.update(before)
