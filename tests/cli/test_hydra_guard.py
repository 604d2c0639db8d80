"""Versions of Hydra that were not tried are refused, and nothing is made from a configuration that was not checked."""

import copy
import sys
import tomllib
from pathlib import Path
from typing import Any

import hydra
import pytest
from hydra.core import utils
from hydra.core.plugins import Plugins
from omegaconf import DictConfig, OmegaConf

from lagrun.checks import ConfigError
from lagrun.cli.hydra_guard import CHECKED, only_trusted
from lagrun.cli.hydra_internals import hydra_application, hydra_callbacks
from lagrun.cli.hydra_version import UnsupportedHydraError, bounds, check_version
from lagrun.config.paths import CONF
from tests.conftest import Command
from tests.helpers import compose_config, files_below
from tests.small_commands import QUICK


@pytest.mark.parametrize("version", ["1.3.2", "1.3.8", "1.3.10", hydra.__version__])
def test_versions_that_work(version: str) -> None:
    check_version(version)


@pytest.mark.parametrize(
    "version", ["1.4.0rc3", "1.4.0", "1.4", "1.3.1", "1.3.9rc1", "1.3.2.dev1", "1.10.0", "2.0.0", "13.2", ""]
)
def test_other_versions_are_one_line_with_the_way_out(version: str) -> None:
    with pytest.raises(UnsupportedHydraError) as error:
        check_version(version)
    assert str(error.value) == (
        f"hydra-core {version} is installed, lagrun works with >=1.3.2,<1.4: pip install 'hydra-core>=1.3.2,<1.4'"
    )


def test_the_package_asks_for_the_same_versions() -> None:
    project = tomllib.loads((CONF.parent / "pyproject.toml").read_text())["project"]
    assert f"hydra-core{bounds()}" in project["dependencies"]


def test_a_command_with_another_version_is_refused(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hydra, "__version__", "1.4.0rc3")
    for module in ("cli.command", "cli.arguments", "cli.hydra_internals"):
        monkeypatch.delitem(sys.modules, f"lagrun.{module}", raising=False)
    status, out, err = command(*QUICK)
    assert (status, out) == (2, "")
    assert err.startswith("lagrun: hydra-core 1.4.0rc3 is installed, lagrun works with ")
    assert err.count("\n") == 1
    assert files_below(tmp_path) == set()


@pytest.mark.parametrize("mode", [(), ("-m", "seed=0,1"), ("-m", "hydra/sweeper=basic", "hydra/launcher=basic")])
def test_a_configuration_that_the_check_has_not_seen_is_not_used(
    mode: tuple[str, ...], command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As with a Hydra that composes by a function of another name."""

    def compose_config(self: Any, config_name: str, overrides: list[str], run_mode: Any, **others: Any) -> DictConfig:
        config = self.config_loader._load_configuration_impl(config_name, overrides, run_mode)
        assert isinstance(config, DictConfig)
        return config

    monkeypatch.setattr(hydra_application.Hydra, "compose_config", compose_config)
    status, out, err = command(*QUICK, *mode)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert "hydra.callbacks: from a configuration that was not checked" in err
    assert files_below(tmp_path) == set()


@pytest.mark.parametrize(("owner", "name"), [(Plugins, "_instantiate"), (utils, "configure_log")])
def test_without_a_place_to_hold_it_hydra_is_not_started(
    owner: Any, name: str, command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(owner, name)
    status, out, err = command(*QUICK)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert f"{owner.__name__}.{name}" in err
    assert files_below(tmp_path) == set()


def test_only_what_was_checked_and_its_parts_and_copies_are_used() -> None:
    unseen = OmegaConf.create({"hydra": {"callbacks": {"a": {"_target_": "builtins.dict"}}, "log": {"version": 1}}})
    with only_trusted():
        config = compose_config("task.p=77")  # that no other test has composed, as those are kept
        for node in (config, config.model, copy.deepcopy(config).task):
            assert node._get_flag(CHECKED)
        for make in (hydra_callbacks.Callbacks, Plugins.instance()._instantiate, utils.configure_log):
            for node in (unseen, {"a": 1}):
                with pytest.raises(ConfigError, match="was not checked"):
                    make(node)
    assert not compose_config("task.p=78")._get_flag(CHECKED)
