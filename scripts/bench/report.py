"""What the benchmark writes: Markdown tables, CSV files, and the machine they hold for."""

from __future__ import annotations

import csv
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from lagrun.storage.provenance import provenance
from scripts.bench.cases import COMPILED, JAX, LSTM, NUMPY, PLAIN
from scripts.bench.measure import Measurement
from scripts.bench.roofline import Roofline, lstm_work

Rows = Sequence[Sequence[str]]


def machine() -> dict[str, str]:
    """Describe processor, libraries, date and commit."""
    found = provenance()
    blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    changed = "-changed" if found["git_dirty"] else ""
    return {
        "cpu": found["cpu"],
        "cores": str(found["n_cpus"]),
        "python": found["python"],
        "numpy": np.__version__,
        "blas": f"{blas['name']} {blas['version']}",
        **{package: _version(package) for package in ("numba", "torch", "jax")},
        "date": time.strftime("%Y-%m-%d"),
        "commit": (found["git_commit"] or "")[:10] + changed,
    }


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def machine_line(about: dict[str, str]) -> str:
    """Say the same in one sentence."""
    names = ("python", "numpy", "numba", "torch", "jax")
    libraries = ", ".join(f"{name} {about[name]}" for name in names if about[name])
    return f"{about['date']}, one core of {about['cores']}, {about['cpu']}; {libraries}, {about['blas']}."


def speed_rows(measurements: Iterable[Measurement], about: dict[str, str]) -> list[dict[str, Any]]:
    """One row a candidate, for `write_csv`."""
    rows = []
    for measured in measurements:
        candidate, rates, ratios = measured.candidate, measured.rates, measured.times_plain
        rows.append(
            {
                "case": candidate.case,
                "p": candidate.p,
                "dtype": candidate.dtype,
                "engine": candidate.engine,
                "n_seeds": candidate.n_seeds,
                "rounds": len(rates),
                **{f"sequences_per_second_{name}": f"{value:.6g}" for name, value in _spread(rates)},
                "microseconds_a_sequence": f"{1e6 / np.median(rates):.6g}",
                **{f"times_plain_{name}": f"{value:.4g}" for name, value in _spread(ratios)},
                **about,
            }
        )
    return rows


def _spread(values: np.ndarray) -> list[tuple[str, float]]:
    return [("median", float(np.median(values))), ("min", float(values.min())), ("max", float(values.max()))]


def write_csv(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    """Write rows that have the same keys."""
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def roofline_rows(rooflines: Iterable[Roofline], about: dict[str, str]) -> list[dict[str, Any]]:
    """One row a lag and dtype, for `write_csv`."""
    return [
        {name: f"{value:.6g}" if isinstance(value, float) else value for name, value in asdict(roofline).items()}
        | {"total": f"{roofline.total:.6g}"}
        | about
        for roofline in rooflines
    ]


def markdown(header: Sequence[str], rows: Rows) -> str:
    """Lay out a table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def shown(measured: Measurement | None) -> list[str]:
    """Two cells: rate with its spread, and the median of its multiples of the plain loop's."""
    if measured is None:
        return ["", ""]
    rates = measured.rates
    spread = f"{np.median(rates):,.0f} [{rates.min():,.0f}-{rates.max():,.0f}]"
    return [spread, f"{np.median(measured.times_plain):,.1f}"]


def lstm_table(measurements: Sequence[Measurement], p: int) -> str:
    """Everyone on the LSTM at one lag, a pair of columns a dtype."""
    at_p = [m for m in measurements if (m.candidate.case, m.candidate.p) == (LSTM, p)]
    dtypes = list(dict.fromkeys(m.candidate.dtype for m in at_p))
    found = {(m.candidate.engine, m.candidate.n_seeds, m.candidate.dtype): m for m in at_p}
    header = ["trained by", "S"]
    for dtype in dtypes:
        header += [f"{dtype}, sequences/s [min-max]", "times plain"]
    rows = []
    for engine, n_seeds in dict.fromkeys((engine, n_seeds) for engine, n_seeds, _ in found):
        cells = [shown(found.get((engine, n_seeds, dtype))) for dtype in dtypes]
        rows.append([engine, str(n_seeds), *(text for pair in cells for text in pair)])
    return markdown(header, rows)


def case_table(measurements: Sequence[Measurement]) -> str:
    """The engines on the other nets."""
    of_cases = [m for m in measurements if m.candidate.case != LSTM]
    found = {(m.candidate.case, m.candidate.dtype, m.candidate.engine): m for m in of_cases}
    n_seeds = {m.candidate.engine: m.candidate.n_seeds for m in of_cases}
    engines = [engine for engine in (PLAIN, NUMPY, COMPILED) if engine in n_seeds]
    header = ["case", "dtype"]
    for engine in engines:
        header += [f"{engine}, S={n_seeds[engine]}", "times plain"][: 1 if engine == PLAIN else 2]
    rows = []
    for case, dtype in dict.fromkeys((case, dtype) for case, dtype, _ in found):
        cells = [shown(found.get((case, dtype, engine)))[: 1 if engine == PLAIN else 2] for engine in engines]
        rows.append([case, dtype, *(text for pair in cells for text in pair)])
    return markdown(header, rows)


def best(measurements: Iterable[Measurement], engines: Sequence[str], p: int, dtype: str) -> Measurement | None:
    """Whichever of some engines, and of their numbers of seeds, was fastest on the LSTM; None if none was measured."""
    wanted = [
        m
        for m in measurements
        if (m.candidate.case, m.candidate.p, m.candidate.dtype) == (LSTM, p, dtype) and m.candidate.engine in engines
    ]
    return max(wanted, key=lambda m: float(np.median(m.rates)), default=None)


def lag_table(measurements: Sequence[Measurement], dtype: str) -> str:
    """Microseconds a sequence of everyone's best number of seeds, a column a lag."""
    lstm = [m.candidate for m in measurements if m.candidate.case == LSTM]
    lags = sorted({candidate.p for candidate in lstm})
    rows = []
    for engine in dict.fromkeys(candidate.engine for candidate in lstm):
        cells = []
        for p in lags:
            measured = best(measurements, [engine], p, dtype)
            cells.append(f"{1e6 / np.median(measured.rates):,.0f} (S={measured.candidate.n_seeds})" if measured else "")
        rows.append([engine, *cells])
    return markdown([f"{dtype}, microseconds a sequence", *(f"p={p}" for p in lags)], rows)


def roofline_table(rooflines: Sequence[Roofline], measurements: Sequence[Measurement]) -> str:
    """Time of the parts alone, and its share of what each engine takes."""
    header = ["p", "dtype", "products", "exponentials", "Adam", "sum, microseconds"]
    groups = {"engine=numpy": [NUMPY], "engine=compiled": [COMPILED], "best JAX": JAX}
    rows = []
    for roofline in rooflines:
        shares = []
        for engines in groups.values():
            measured = best(measurements, engines, roofline.p, roofline.dtype)
            shares.append(f"{1e-4 * roofline.total * np.median(measured.rates):.0f}%" if measured else "")
        parts = (roofline.products, roofline.exponentials, roofline.update, roofline.total)
        rows.append([str(roofline.p), roofline.dtype, *(f"{part:,.1f}" for part in parts), *shares])
    return markdown([*header, *(f"{name} reaches" for name in groups)], rows)


def compiled_beside_jax(measurements: Sequence[Measurement], p: int, dtype: str) -> str:
    """One sentence, or nothing if either was not measured."""
    ours, theirs = best(measurements, [COMPILED], p, dtype), best(measurements, JAX, p, dtype)
    if ours is None or theirs is None:
        return ""
    ratios = ours.rates / theirs.rates
    name = f"{theirs.candidate.engine}, S={theirs.candidate.n_seeds}"
    spread = f"{np.median(ratios):.2f} [{ratios.min():.2f}-{ratios.max():.2f}]"
    return f"engine=compiled is {spread} times as fast as the best JAX ({name}) at p={p} in {dtype}."


def work_line(p: int, n_hidden: int) -> str:
    """The work of one sequence in words."""
    work = lstm_work(p, n_hidden, p + 1, p + 1)
    return (
        f"A sequence at p={p} is {work.flops:,} flops ({work.product_flops:,} in matrix products, "
        f"{work.element_flops:,} elsewhere, {work.update_flops:,} in clipping and Adam on {work.n_weights:,} weights) "
        f"and {work.n_tanh + work.n_exp + work.n_log:,} exponentials ({work.n_tanh:,} tanh, {work.n_exp:,} exp, "
        f"{work.n_log:,} log)."
    )
