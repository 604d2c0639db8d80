"""A list of values by ``glob``: the options of a group whose names fit a pattern."""

import pytest
from hydra import initialize_config_dir
from hydra.core.global_hydra import GlobalHydra

from lagrun.checks import ConfigError
from lagrun.config.paths import CONF
from lagrun.planning.expand import expand
from tests.conftest import Command
from tests.helpers import options


def jobs(*arguments: str, cell: dict[str, str] | None = None) -> list[tuple[str, ...]]:
    with initialize_config_dir(str(CONF), version_base="1.3"):
        loader = GlobalHydra.instance().config_loader()
        return [job for job, _ in expand({}, [cell or {}], arguments, loader=loader)]


def test_every_option_that_fits_is_a_value() -> None:
    assert jobs("model=glob(*)") == [(f"model={name}",) for name in options("model")]
    papers = [name for name in options("experiment") if name.startswith("paper")]
    assert len(papers) > 2
    assert jobs("+experiment=glob(paper*)") == [(f"+experiment={name}",) for name in papers]
    assert jobs("model=glob([l*,g*],exclude=*1997)", "seed=0-1") == [
        (f"model={name}", f"seed={seed}") for name in ("gru", "lstm") for seed in (0, 1)
    ]
    assert jobs(cell={"task": "glob(n*)"}) == [("task=no_regularities",), ("task=noise_free",)]


def test_patterns_that_fit_nothing_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"^model=glob\(x\*\): fits no option; allowed: chunker, elman, gru, "):
        jobs("model=glob(x*)")
    with pytest.raises(ConfigError, match=r"^task\.p=glob\(\*\): glob lists options, and task\.p is no group$"):
        jobs("task.p=glob(*)")


def test_a_sweep_by_pattern(command: Command) -> None:
    status, out, err = command("-m", "task=glob(no*)", "execution.dry_run=true")
    assert (status, err) == (0, "")
    assert [line.split()[0] for line in out.splitlines()[:3]] == ["task=no_regularities", "task=noise_free", "2"]
