"""Registers lagrun's plugins with Hydra."""

from __future__ import annotations

import importlib

from hydra.core.plugins import Plugins

#: Where they are, see `lagrun.config.paths.PLUGINS`, and what they are called.
MODULE, NAMES = "hydra_plugins.lagrun_plugin", ("LagrunSearchPath", "LagrunLauncher", "LagrunSweeper")


def register_plugins() -> None:
    """Register the plugins if Hydra's search for plugins came too early for them, as in a notebook that uses Hydra."""
    known = Plugins.instance()
    if MODULE not in {found.__module__ for found in known.discover()}:
        module = importlib.import_module(MODULE)
        for name in NAMES:
            known.register(getattr(module, name))
