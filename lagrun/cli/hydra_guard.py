"""Makes Hydra obey `lagrun.config.trust` while a command runs.

A configuration is checked and marked as soon as Hydra has composed it. Callbacks, plugins and logs are made from marked
configurations only. So an unchecked configuration is never used, whichever way Hydra has loaded it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import hydra
from hydra.core import utils
from hydra.core.plugins import Plugins
from hydra.errors import ConfigCompositionException, HydraException
from hydra.plugins.config_source import ConfigSource
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from lagrun.checks import ConfigError
from lagrun.cli.hydra_internals import ConfigLoaderImpl, basic_launcher, hydra_application, hydra_callbacks
from lagrun.cli.hydra_settings import check_settings
from lagrun.cli.swept_settings import check_choices, check_swept
from lagrun.cli.trusted_settings import check_hydra
from lagrun.config.yaml_numbers import check_numbers

#: Packages with files of configuration that Hydra may look for.
SEARCHED = ("hydra", "hydra_plugins", "lagrun")

#: The flag of a checked configuration: its nodes and copies have it, and no file or override can set it.
CHECKED = "lagrun_checked"


@contextmanager
def only_trusted() -> Iterator[None]:
    """Check what Hydra composes by `lagrun.cli.trusted_settings.check_hydra`; let it search no other package.

    The files that it reads are also checked by `lagrun.config.yaml_numbers.check_numbers`, and the cells of a sweep by
    `lagrun.cli.swept_settings`.

    Raises
    ------
    ConfigError
        If this version of Hydra lacks a function that the checks replace.
    """
    held: list[tuple[Any, str, Callable[[Any], Any]]] = [
        (ConfigLoaderImpl, "load_configuration", _checking),
        (ConfigLoaderImpl, "load_sweep_config", _swept_checked),
        (ConfigSource, "__init__", _beside_packages),
        (OmegaConf, "load", _numbers_checked),
        (hydra_callbacks.Callbacks, "__init__", _of_checked("hydra.callbacks")),
        (Plugins, "_instantiate", _of_checked("hydra.launcher, hydra.sweeper")),
        *((module, "configure_log", _log_of_checked) for module in (utils, hydra_application, basic_launcher)),
    ]
    with ExitStack() as stack:
        for owner, name, guard in held:
            stack.enter_context(replaced(owner, name, guard))
        yield


def _checking(load: Any) -> Any:
    def load_and_check(self: ConfigLoaderImpl, *args: Any, **kwargs: Any) -> DictConfig:
        try:
            config: DictConfig = load(self, *args, **kwargs)
        except (HydraException, OmegaConfBaseException, ConfigError):
            raise
        except Exception as error:  # any error while Hydra composes comes from what was typed
            raise ConfigCompositionException(f"{error or type(error).__name__}") from error
        check_settings(config)
        check_hydra(config)
        check_choices(self, config)
        config._set_flag(CHECKED, True)
        return config

    return load_and_check


def _swept_checked(load: Any) -> Any:
    def load_and_check(self: ConfigLoaderImpl, master_config: DictConfig, sweep_overrides: list[str]) -> DictConfig:
        config: DictConfig = load(self, master_config, sweep_overrides)
        check_swept(master_config, config)
        return config

    return load_and_check


def _of_checked(key: str) -> Callable[[Any], Any]:
    def guard(make: Any) -> Any:
        def check_and_make(self: Any, config: Any = None) -> Any:
            _require_check(key, config)
            return make(self, config)

        return check_and_make

    return guard


def _log_of_checked(configure: Any) -> Any:
    def configure_log(log_config: Any, verbose_config: Any = False) -> None:
        _require_check("hydra.hydra_logging, hydra.job_logging", log_config)
        try:
            configure(log_config, verbose_config)
        except (ValueError, TypeError, AttributeError, KeyError) as error:
            raise ConfigError(
                f"hydra.hydra_logging, hydra.job_logging: {error}: {error.__cause__ or 'see logging.config.dictConfig'}"
            ) from None

    return configure_log


def _require_check(key: str, config: Any) -> None:
    """Refuse what is neither a checked configuration nor a part of one."""
    if config is not None and not (OmegaConf.is_config(config) and config._get_flag(CHECKED)):
        raise ConfigError(f"{key}: from a configuration that was not checked for what it trusts; nothing of it was run")


def _beside_packages(make: Any) -> Any:
    def check_and_make(self: ConfigSource, provider: str, path: str) -> None:
        package = path.removeprefix("pkg://").replace("/", ".")
        if path.startswith("pkg://") and package.split(".")[0] not in SEARCHED:
            raise ConfigError(f"{path}: searching a package would import it; name its folder instead, as file:///...")
        make(self, provider, path)

    return check_and_make


def _numbers_checked(load: Any) -> Any:
    def check_and_load(file: Any) -> Any:
        if hasattr(file, "seekable") and file.seekable():
            check_numbers(str(file.read()), str(getattr(file, "name", "configuration")))
            file.seek(0)
        return load(file)

    return staticmethod(check_and_load)


@contextmanager
def replaced(owner: Any, name: str, guard: Callable[[Any], Any]) -> Iterator[None]:
    """Wrap a function of Hydra by `guard` during the body; ConfigError if there is none of that name."""
    if name not in vars(owner):
        raise ConfigError(
            f"hydra-core {hydra.__version__}: has no {owner.__name__}.{name}, where lagrun holds it to what is trusted"
        )
    before = vars(owner)[name]
    setattr(owner, name, guard(before))
    try:
        yield
    finally:
        setattr(owner, name, before)
