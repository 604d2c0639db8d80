"""Any configuration either trains, or is refused in one line that names a key of it."""

import copy
import subprocess
import sys
from dataclasses import replace
from functools import cache
from itertools import islice
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from omegaconf import OmegaConf

from lagrun.checks import ConfigError, one_line
from lagrun.config.paths import CONF
from lagrun.interfaces.run_result import RunResult
from lagrun.training.admission import build
from lagrun.training.loop import train
from scripts.fuzz import Ended, _wrong, in_process, names
from scripts.fuzz_lines import GROUPS, LARGEST, OPTIONS, SIZES, Line, lines
from tests.helpers import compose_config


@cache
def whole() -> dict[str, Any]:
    """The usual configuration, small."""
    small = ("budget=2", "task.p=5", "evaluation.n_sequences=2", "evaluation.curve_n_sequences=2")
    content = OmegaConf.to_container(compose_config(*small), resolve=True)
    assert isinstance(content, dict)
    return content


@cache
def variant(group: str, option: str) -> dict[str, Any]:
    content = OmegaConf.to_container(OmegaConf.load(CONF / group / f"{option}.yaml"), resolve=True)
    assert isinstance(content, dict)
    return {name: min(value, LARGEST) if name in SIZES else value for name, value in content.items()}


names_of_keys = st.one_of(
    st.text(max_size=8), st.sampled_from(["p", "seed", "model", "_target_", "hiden_size", "x.y", "a=b"])
)
plain_values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 9),
    st.integers(min_value=2**62),
    st.integers(max_value=-(2**62)),
    st.floats(),
    st.sampled_from([0.0, -0.0, 0.5, 1.0, 5e-324, 1e-300, 1e300, 1.7e308]),
    st.text(max_size=8),
    st.sampled_from(["", "???", "null", "nan", "1e400", "7", "1e3", "random", "end", "step", "float32", "os.system"]),
    st.binary(max_size=3),
)
values = st.recursive(
    plain_values,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names_of_keys, inner, max_size=3),
    max_leaves=4,
)


@st.composite
def configurations(draw: st.DrawFn) -> tuple[dict[str, Any], list[str]]:
    """The usual configuration with other variants, and some keys changed; and the keys that were changed."""
    content = copy.deepcopy(whole())
    for group in draw(st.lists(st.sampled_from(GROUPS), max_size=2, unique=True)):
        content[group] = dict(
            variant(group, draw(st.sampled_from([name for name in OPTIONS[group] if name != "compiled"])))
        )
    changed = []
    for _ in range(draw(st.integers(0, 2))):
        kind = draw(st.sampled_from(["top", "nested", "nested", "nested", "new", "gone"]))
        group = draw(st.sampled_from(sorted(content)))
        node = content[group] if isinstance(content[group], dict) and kind != "top" else content
        if not node:
            continue
        key = draw(names_of_keys) if kind == "new" else draw(st.sampled_from(sorted(node, key=str)))
        value = draw(values)
        if kind == "gone":
            node.pop(key)
        elif not (key in SIZES and isinstance(value, int) and LARGEST < value < 2**63):
            node[key] = value
        changed.append(str(key))
    return content, changed


@settings(max_examples=150, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
@given(configurations())
@pytest.mark.filterwarnings("ignore")
def test_any_configuration_trains_or_is_refused_by_name(drawn: tuple[dict[str, Any], list[str]]) -> None:
    content, changed = drawn
    try:
        cell = build(OmegaConf.create(content))
    except ConfigError as error:
        message = str(error)
        assert "\n" not in message
        assert message.isprintable()
        known = [one_line(key) for key in changed]
        assert any(key in message for key in [*known, "model=", "engine="])  # what does not go together names groups
        return
    ended: list[RunResult] = []
    with np.errstate(all="ignore"):
        train(replace(cell, budget=2), [0], ended.append)
    assert len(ended) == 1
    assert ended[0].outcome in ("solved", "budget", "diverged")


@pytest.mark.slow
def test_lines_are_the_same_for_the_same_seed_and_vary() -> None:
    first = [line.arguments for line in islice(lines(3), 20)]
    assert first == [line.arguments for line in islice(lines(3), 20)]
    assert len({tuple(arguments) for arguments in first}) > 16
    assert first[:5] != [line.arguments for line in islice(lines(4), 5)]


@pytest.mark.parametrize(
    ("ended", "inside", "outside", "wrong"),
    [
        (Ended(2, "", "lagrun: task.p=x: must be an integer\n", 0), [], ["a", "a/b", "a/b/c"], ""),
        (Ended(0, "", "", 0), ["outputs/result.json"], ["a", "a/b", "a/b/c"], ""),
        (Ended(0, "", "", 0), [], ["a", "a/b", "a/b/c"], "neither"),
        (Ended(1, "", "", 0), [], ["a", "a/b", "a/b/c"], "status 1"),
        (Ended(2, "", "lagrun: bad\n", 0), [], ["a", "a/b", "a/b/c"], "without naming"),
        (Ended(2, "", "task.p=x\n", 0), ["outputs"], ["a", "a/b", "a/b/c"], "and wrote"),
        (Ended(2, "", "task.p=x\nmore\n", 0), [], ["a", "a/b", "a/b/c"], "more than one line"),
        (Ended(0, "", "", 0), ["result.json"], ["a", "a/b", "a/b/c", "a/x"], "outside"),
        (Ended(None, "", "Traceback", 0), [], ["a", "a/b", "a/b/c"], "raised"),
        (Ended(None, "", "", 0), [], ["a", "a/b", "a/b/c"], "took more than"),
        (Ended(1, "", "Traceback (most recent call last)", 0), [], ["a", "a/b", "a/b/c"], "traceback"),
        (Ended(0, "", "noise\n", 0), ["result.json"], ["a", "a/b", "a/b/c"], "said something"),
    ],
)
def test_the_judge_sees_what_is_wrong(ended: Ended, inside: list[str], outside: list[str], wrong: str) -> None:
    found = _wrong(Line(["task.p=x"], ["task.p=x"]), ended, inside, outside)
    assert found == "" if not wrong else wrong in found


def test_a_message_names_what_was_typed() -> None:
    line = Line(["budget=2", "+task.p@x=${nope}", "seed=\x1b1"], ["+task.p@x=${nope}", "seed=\x1b1"])
    assert names(line, "task.p: wrong")
    assert names(line, "key nope not found")
    assert names(line, "seed=\\x1b1: wrong")
    assert not names(line, "budget=2: wrong")


def test_in_process_a_traceback_is_seen(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("lagrun.cli.command.arrange", lambda typed: 1 / 0)
    ended = in_process(["budget=2"])
    assert ended.status is None
    assert "ZeroDivisionError" in ended.err


@pytest.mark.slow
def test_random_command_lines() -> None:
    words = [sys.executable, "-m", "scripts.fuzz", "--n", "300", "--processes", "10", "--seed", "1"]
    done = subprocess.run(words, cwd=CONF.parent, capture_output=True, text=True, timeout=1200)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "tried 300" in done.stdout
    assert "tried 10" in done.stdout
