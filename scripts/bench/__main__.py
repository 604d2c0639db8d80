"""Training sequences a second of one core: lagrun's engines beside each other, and beside PyTorch and JAX.

    python -m scripts.bench --quick                          # the LSTM at p = 100, each other net's preset; 3 minutes
    python -m scripts.bench --full --output docs/benchmarks  # lags, numbers of seeds, dtypes; about 12 minutes

Whole training sequences (draw, forward, loss, backward, clip, update) in CPU time of all threads, candidates
interleaved in one process, medians over rounds with minimum and maximum. With ``--output FOLDER`` the tables go to
FOLDER.md, and CSV files and figures into FOLDER. What is not installed is left out, in one line: pip install
'lagrun[bench]'.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from scripts.bench.cases import FULL, QUICK, Plan, groups
from scripts.bench.figures import cost_against_lag, throughput_against_seeds
from scripts.bench.measure import Measurement, interleave
from scripts.bench.report import (
    case_table,
    compiled_beside_jax,
    lag_table,
    lstm_table,
    machine,
    machine_line,
    roofline_rows,
    roofline_table,
    speed_rows,
    work_line,
    write_csv,
)
from scripts.bench.roofline import Roofline, lstm_roofline

#: Lag of the table that shows everyone, and cells of the LSTM in conf/.
SHOWN_LAG, N_HIDDEN = 100, 16


def measure(plan: Plan) -> tuple[list[Measurement], list[Roofline]]:
    """Measure all of a plan, telling on the way what is done."""
    measurements: list[Measurement] = []
    for group in groups(plan, _tell):
        first, _ = group[0]
        _tell(f"{first.case}, p={first.p}, {first.dtype}: {len(group)} candidates")
        measurements += interleave(group, plan.rounds, plan.seconds)
    return measurements, [lstm_roofline(p, N_HIDDEN, dtype) for dtype in plan.dtypes for p in plan.lags]


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def tables(measurements: Sequence[Measurement], rooflines: Sequence[Roofline], p: int) -> list[str]:
    """All tables, each with its heading; `p` is the lag at which everyone is shown."""
    dtypes = list(dict.fromkeys(roofline.dtype for roofline in rooflines))
    lags = {roofline.p for roofline in rooflines}
    parts = [f"## Forget-gate LSTM, {N_HIDDEN} cells, task 2a at p = {p}", lstm_table(measurements, p)]
    parts += [line for dtype in dtypes if (line := compiled_beside_jax(measurements, p, dtype))]
    if len(lags) > 1:
        parts += ["## The same at other lags, best S of each"]
        parts += [lag_table(measurements, dtype) for dtype in dtypes]
    if any(m.candidate.case != measurements[0].candidate.case for m in measurements):
        parts += ["## Other nets: presets of conf/experiment/, sequences/s [min-max]", case_table(measurements)]
    parts += ["## Share of the roofline", work_line(p, N_HIDDEN), roofline_table(rooflines, measurements)]
    return parts


def write(
    folder: Path, command: str, measurements: Sequence[Measurement], rooflines: Sequence[Roofline], p: int
) -> None:
    """Write ``folder.md``, and CSV files and figures into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    about = machine()
    write_csv(folder / "speed.csv", speed_rows(measurements, about))
    write_csv(folder / "roofline.csv", roofline_rows(rooflines, about))
    figures = []
    if throughput_against_seeds(measurements, p, folder / "throughput_against_seeds.png"):
        figures.append(f"![Throughput against seeds side by side]({folder.name}/throughput_against_seeds.png)")
    if cost_against_lag(measurements, rooflines, folder / "cost_against_lag.png"):
        figures.append(f"![Cost of a sequence against the lag]({folder.name}/cost_against_lag.png)")
    head = ["# Speed", f"    {command}", machine_line(about)]
    how = (
        "CPU time of whole training sequences, candidates interleaved in one process, medians over "
        f'{len(measurements[0].rates)} rounds [min-max]; S is the number of seeds side by side. "Times plain" is the '
        "median ratio to the plain loop (engine=reference) in the same round. The roofline is the time of the small "
        "matrix products, the exponentials and the root and division of Adam, each alone at the speed of numpy's "
        "kernels."
    )
    files = f"All numbers: [speed.csv]({folder.name}/speed.csv), [roofline.csv]({folder.name}/roofline.csv)."
    text = "\n\n".join([*head, how, *tables(measurements, rooflines, p), *figures, files])
    folder.with_suffix(".md").write_text(text + "\n")


def main(arguments: Sequence[str] | None = None, plan: Plan | None = None) -> None:
    """Measure, print, and write if asked to; `plan` replaces what the command line chooses."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--quick", action="store_true", help="the default")
    size.add_argument("--full", action="store_true")
    parser.add_argument("--rounds", type=int, help="rounds that count")
    parser.add_argument("--output", type=Path, metavar="FOLDER")
    options = parser.parse_args(arguments)
    chosen = plan or (FULL if options.full else QUICK)
    if options.rounds is not None:
        if options.rounds < 1:
            parser.error(f"--rounds {options.rounds}: must be an integer >= 1")
        chosen = replace(chosen, rounds=options.rounds)
    p = min(chosen.lags, key=lambda lag: abs(lag - SHOWN_LAG))
    measurements, rooflines = measure(chosen)
    print("\n\n".join([machine_line(machine()), *tables(measurements, rooflines, p)]))
    if options.output is not None:
        command = " ".join(["python -m scripts.bench", *(sys.argv[1:] if arguments is None else arguments)])
        write(options.output, command, measurements, rooflines, p)


if __name__ == "__main__":
    main()
