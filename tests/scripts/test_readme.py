"""Every command of README.md and CONTRIBUTING.md is accepted as it stands; `test_command` tries those that train."""

import argparse
import os
import re
import shlex
import sys
import tomllib
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from lagrun.__main__ import main
from lagrun.cli.subcommands import COMMANDS, asked
from lagrun.config.paths import CONF

ROOT = CONF.parent
TEXT = "\n".join((ROOT / name).read_text() for name in ("README.md", "CONTRIBUTING.md"))

#: Lines of indented blocks, and what is quoted within lines, that begin as a command does.
BLOCKS = re.findall(r"^ {4}(?:\$ )?(.*)", TEXT, re.M)
QUOTED = [" ".join(text.split()) for text in re.findall(r"`([^`]+)`", re.sub(r"(?s)```.*?```", "", TEXT))]
BEGINS = re.compile(r"(python -m|lagrun|scripts/\w+|pip|source)(\s|$)")
TYPED = sorted({text for text in [*BLOCKS, *QUOTED] if BEGINS.match(text)})

EXTRAS = set(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"])


class ParsedError(Exception):
    """A command has read its arguments, and would go to work."""


@pytest.fixture
def only_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    parse = argparse.ArgumentParser.parse_args

    def and_stop(parser: argparse.ArgumentParser, *arguments: Any) -> None:
        parse(parser, *arguments)
        raise ParsedError

    monkeypatch.setattr(argparse.ArgumentParser, "parse_args", and_stop)


def words_of(line: str) -> list[str]:
    return shlex.split(re.sub(r"<(\w+)>", r"\1", line), comments=True)


def test_the_page_has_commands_of_every_kind() -> None:
    firsts = {tuple(words_of(line)[:2]) for line in TYPED}
    assert {("python", "-m"), ("lagrun", "list"), ("pip", "install"), ("source", ".venv/bin/activate")} <= firsts
    assert {word for word, *_ in firsts} >= {"scripts/run", "scripts/test", "scripts/setup"}
    assert len(TYPED) > 30


@pytest.mark.parametrize("line", TYPED)
def test_a_command_is_accepted_as_typed(line: str, only_parsed: None, monkeypatch: pytest.MonkeyPatch) -> None:
    first, *rest = words_of(line)
    if first == "source":
        assert rest == [".venv/bin/activate"]
    elif first == "pip":
        assert rest[0] == "install"
        ((_, extras),) = re.findall(r"^(\.|lagrun)(?:\[([\w,]+)\])?$", rest[1])
        assert set(filter(None, extras.split(","))) <= EXTRAS
    elif first.startswith("scripts/"):
        assert os.access(ROOT / first, os.X_OK)
        assert first != "scripts/setup" or set(rest) <= EXTRAS
    elif first == "lagrun":
        _accepted(rest, monkeypatch)
    elif rest[1].startswith("scripts."):
        _script_accepts(rest[1], rest[2:], monkeypatch)
    else:
        module, _, name = rest[1].partition(".")
        assert module == "lagrun"
        _accepted([name, *rest[2:]] if name else rest[2:], monkeypatch)


def _accepted(arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Check the arguments of a command; `test_command.test_the_readme_s_commands_are_known` does it for training."""
    if name := asked(arguments):
        assert name in COMMANDS
        if find_spec(f"lagrun.{name}"):
            monkeypatch.setattr(sys, "argv", ["lagrun", *arguments])
            with pytest.raises(ParsedError):
                main()


def _script_accepts(module: str, arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    spec = find_spec(module)
    assert spec
    if spec.submodule_search_locations:  # a package, of which Python runs this
        module = f"{module}.__main__"
        spec = find_spec(module)
        assert spec
    assert spec.origin
    if "parse_args" not in Path(spec.origin).read_text():
        assert arguments == []
        return
    monkeypatch.setattr(sys, "argv", [module, *arguments])
    with pytest.raises(ParsedError):
        import_module(module).main()
