"""All private names of Hydra and OmegaConf that lagrun uses.

Importing it raises `UnsupportedHydraError` for versions of Hydra with which lagrun was not tried.
"""

from __future__ import annotations

import hydra

from lagrun.cli.hydra_version import check_version

check_version(hydra.__version__)

from hydra._internal import callbacks as hydra_callbacks
from hydra._internal import hydra as hydra_application
from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra._internal.core_plugins import basic_launcher
from hydra._internal.utils import create_config_search_path, get_args_parser
from omegaconf.basecontainer import BaseContainer

__all__ = [
    "BaseContainer",
    "ConfigLoaderImpl",
    "basic_launcher",
    "create_config_search_path",
    "get_args_parser",
    "hydra_application",
    "hydra_callbacks",
]
