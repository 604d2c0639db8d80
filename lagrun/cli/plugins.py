"""Tells Hydra of lagrun's plugins."""

from __future__ import annotations

import importlib

from hydra.core.plugins import Plugins

#: Where they are, see `lagrun.config.paths.PLUGINS`, and what they are called.
MODULE, NAMES = "hydra_plugins.lagrun_plugin", ("LagrunSearchPath", "LagrunLauncher", "LagrunSweeper")


def register_plugins() -> None:
    """Register them where Hydra has looked for plugins before they could be found, as in a notebook that uses it."""
    known = Plugins.instance()
    if MODULE not in {found.__module__ for found in known.discover()}:
        module = importlib.import_module(MODULE)
        for name in NAMES:
            known.register(getattr(module, name))
