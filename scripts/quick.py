"""A small version of the sweeps that `scripts.reproduce` runs: few trials, and not all rows.

A row has fewer trials than in the whole sweep, but the same budget: beside a published 20/20, a smaller one would show
a share that nobody measured. Where the paper reports no solved trial, the budget may be smaller. Rows that take more
than minutes are left out, and `left_out` says which.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from omegaconf import OmegaConf

from lagrun.config.paths import SWEEPS
from lagrun.planning.expand import expand
from lagrun.planning.published import Label


class Row(NamedTuple):
    """A cell of a sweep with one value a key, as the sweep file writes them, and its label."""

    settings: dict[str, str]
    label: Label


class Rows(NamedTuple):
    """Some rows of a sweep: those of some names (none: all) whose keys have one of some values."""

    names: tuple[str, ...] = ()
    where: Mapping[str, tuple[str, ...]] = {}

    def has(self, row: Row) -> bool:
        """Tell whether a row is one of these."""
        is_named = not self.names or row.label.name in self.names
        return is_named and all(row.settings.get(key) in values for key, values in self.where.items())


class Quick(NamedTuple):
    """What makes a quick version of a sweep: its seeds, the rows that it has not, and those with a smaller budget."""

    seeds: str
    without: tuple[Rows, ...] = ()
    smaller: tuple[tuple[Rows, int], ...] = ()

    def has(self, row: Row) -> bool:
        """Tell whether the quick version has a row."""
        return not any(rows.has(row) for rows in self.without)

    def budget(self, row: Row) -> dict[str, str]:
        """The budget of a row, if it is smaller than in the whole sweep."""
        return next(({"budget": str(budget)} for rows, budget in self.smaller if rows.has(row)), {})


_FAILS_2B = ("RTRL", "BPTT", "CH", "RTRL, error at the end", "BPTT, error at the end")

#: In this order: the first compile most.
QUICK = {
    "task2b": Quick("0-1", smaller=((Rows(_FAILS_2B), 20_000),)),
    "readings": Quick("0", without=(Rows(("2a", "RTRL")),)),
    "table3": Quick(
        "0",
        without=(
            Rows(("LSTM init 0.2",), {"task.p": ("1000",)}),
            Rows(("LSTM as printed",), {"task.p": ("100",)}),
        ),
    ),
    "rerun": Quick("0-1"),
    "rerun_p50": Quick("0-1"),
    "optimisers": Quick("0", without=(Rows(where={"loss_weighting": ("uniform",)}),)),
    "finalists": Quick("100"),
    "departures": Quick("0", without=(Rows(("2c as printed, constant on the gates",)),)),
    "chunkers": Quick("0", without=(Rows(("CH 1992", "CH indirect", "CH indirect, sync"), {"task.p": ("100",)}),)),
    "table2": Quick(
        "0-1",
        without=(Rows(("CH",)),),
        smaller=(
            (Rows(("RTRL",), {"task.p": ("10",)}), 500_000),
            (Rows(("RTRL", "BPTT"), {"task.p": ("100",)}), 20_000),
        ),
    ),
}


def read(sweep: str) -> dict[str, Any]:
    """Read a sweep file."""
    whole = OmegaConf.to_container(OmegaConf.load(SWEEPS / f"{sweep}.yaml"))
    assert isinstance(whole, dict)
    return whole


@cache
def rows(sweep: str) -> tuple[Row, ...]:
    """All rows of a whole sweep."""
    sweeper = read(sweep)["hydra"]["sweeper"]
    params = {key: value for key, value in sweeper["params"].items() if key != "seed"}
    jobs = expand(params, sweeper["cells"], ())
    return tuple(Row(dict(override.split("=", 1) for override in job), label) for job, label in jobs)


def content(sweep: str) -> dict[str, Any]:
    """What the sweep file of a quick version holds."""
    whole, quick = read(sweep), QUICK[sweep]
    cells = [{**row.settings, **quick.budget(row), **_written(row.label)} for row in rows(sweep) if quick.has(row)]
    whole["hydra"]["sweeper"] |= {"params": {"seed": quick.seeds}, "cells": cells}
    return whole


def write(sweep: str, folder: Path) -> str:
    """Write the sweep file of a quick version into a folder, and return its name for ``-cn``."""
    folder.mkdir(parents=True, exist_ok=True)
    OmegaConf.save(OmegaConf.create(content(sweep)), folder / f"quick_{sweep}.yaml")
    return f"quick_{sweep}"


def _written(label: Label) -> dict[str, Any]:
    """A label as sweep files have it."""
    published = (
        {key: value for key, value in asdict(label.published).items() if value is not None} if label.published else None
    )
    return {"name": label.name, "published": published}


def left_out(sweep: str) -> list[str]:
    """Say which rows of a sweep its quick version has not: name, and the values of the keys in which those differ."""
    whole, quick = rows(sweep), QUICK[sweep]
    texts = []
    for name in dict.fromkeys(row.label.name for row in whole):
        named = [row for row in whole if row.label.name == name]
        without = [row for row in named if not quick.has(row)]
        every, those = _values(named), _values(without)
        only = " ".join(f"{key}={','.join(those[key])}" for key in those if those[key] != every[key])
        if without:
            texts.append(f"{name}{f' with {only}' if only else ''} ({len(without)} of {len(named)} rows)")
    return texts


def _values(some: Iterable[Row]) -> dict[str, list[str]]:
    """The values that keys have in some rows."""
    keys = dict.fromkeys(key for row in some for key in row.settings)
    return {key: list(dict.fromkeys(row.settings[key] for row in some if key in row.settings)) for key in keys}
