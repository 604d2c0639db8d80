"""Make and compare the golden files: what a few seeds of every model yield, float64, numpy engine.

    python -m scripts.golden                     make files that are missing, or whose settings differ from the script's
    python -m scripts.golden --again [MODEL ...] make it anew, after a change that is meant to change results
    python -m scripts.golden --compare [FOLDER]  how far other kernels and engines are from the files, as a table; also
                                                 another numpy, by pip install --no-deps --target FOLDER numpy==...
    python -m scripts.golden --print MODEL ...   what would be written, as JSON

tests/golden/<model>.json has a run a seed and case, see `scripts.golden_cases`, and the fingerprint of where it was
made; tests/golden/draws.json has random numbers, which are the same everywhere.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from lagrun.checks import ConfigError
from lagrun.storage.provenance import fingerprint, provenance
from scripts.golden_cases import cases, draws, models, runs

FOLDER = Path(__file__).parent.parent / "tests" / "golden"
DRAWS = FOLDER / "draws.json"
COMMAND = "python -m scripts.golden"

#: Largest difference of a loss from the golden one on any machine, relative to the golden one.
TOLERANCE = 1e-9


def path(model: str) -> Path:
    """Where a model's golden file is."""
    return FOLDER / f"{model}.json"


def made(model: str) -> dict[str, Any]:
    """Train all cases of a model, here and now."""
    found = {name: {"overrides": " ".join(case), "runs": runs(case)} for name, case in cases(model).items()}
    return {"fingerprint": fingerprint(provenance()), "cases": found}


def up_to_date(model: str) -> bool:
    """Tell whether a model's file exists and has the cases of the script."""
    if not path(model).exists():
        return False
    stored = {name: case["overrides"] for name, case in json.loads(path(model).read_text())["cases"].items()}
    return stored == {name: " ".join(case) for name, case in cases(model).items()}


def difference(ours: Mapping[str, Any], golden: Mapping[str, Any]) -> float:
    """Largest relative difference of a loss of one run from the golden one; infinite if there are not as many."""
    a, b = (np.array(run["losses"], dtype=float) for run in (ours, golden))
    if len(a) != len(b):
        return np.inf
    unequal = (a != b) & ~(np.isnan(a) & np.isnan(b))
    with np.errstate(all="ignore"):
        relative = np.abs(a[unequal] - b[unequal]) / np.abs(b[unequal])
    return float(np.nan_to_num(relative, nan=np.inf, posinf=np.inf).max(initial=0.0))


def other_kernels() -> dict[str, dict[str, str]]:
    """Environments in which numpy, BLAS and the C library choose other code for the same CPU: name to variables."""
    above_baseline = np.show_config("dicts")["SIMD Extensions"].get("found", [])
    avx512 = [name for name in above_baseline if name.startswith(("AVX512", "X86_V4"))]
    none = {"NPY_DISABLE_CPU_FEATURES": " ".join(above_baseline)}
    return {
        "numpy without AVX-512": {"NPY_DISABLE_CPU_FEATURES": " ".join(avx512)},
        "numpy's baseline": none,
        "OpenBLAS as for Haswell": {"OPENBLAS_CORETYPE": "Haswell"},
        "OpenBLAS as for Nehalem": {"OPENBLAS_CORETYPE": "Nehalem"},
        "all as for a CPU of 2008": {
            **none,
            "OPENBLAS_CORETYPE": "Nehalem",
            "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-FMA,-FMA4,-AVX2",
        },
    }


def elsewhere(names: Sequence[str], environment: Mapping[str, str]) -> dict[str, Any]:
    """What `made` returns for models in a process with other environment variables."""
    done = subprocess.run(
        [sys.executable, "-m", "scripts.golden", "--print", *names],
        env={**os.environ, **environment},
        cwd=FOLDER.parent.parent,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def by_engine(engine: str, model: str) -> dict[str, Any]:
    """What `made` returns, by another engine, with only those cases that it knows."""
    found = {}
    for name, case in cases(model).items():
        try:
            found[name] = {"runs": runs(case, engine)}
        except ConfigError:
            continue
    return {"cases": found}


def compared(found: Mapping[str, Any], model: str) -> tuple[float, int, int, int]:
    """Largest difference from the golden losses, and of how many runs outcome and length, and all bits, are equal."""
    golden = json.loads(path(model).read_text())["cases"]
    pairs = [
        (run, golden[name]["runs"][seed]) for name, case in found["cases"].items() for seed, run in case["runs"].items()
    ]
    ends = sum(all(a[key] == b[key] for key in ("outcome", "sequences_seen")) for a, b in pairs)
    bits = sum(a["weights_sha256"] == b["weights_sha256"] for a, b in pairs)
    return max((difference(a, b) for a, b in pairs), default=np.nan), ends, bits, len(pairs)


def compare(other_numpys: Sequence[str]) -> None:
    """Print the table of docs/reliability.md, also for other versions of numpy in folders of their own."""
    ways: dict[str, Callable[[], dict[str, Any]]] = {"here": lambda: {name: made(name) for name in models()}}
    for name, environment in other_kernels().items():
        ways[name] = lambda environment=environment: elsewhere(models(), environment)  # type: ignore[misc]
    for folder in other_numpys:
        paths = os.pathsep.join([str(Path(folder).resolve()), os.environ.get("PYTHONPATH", "")])
        ways[f"numpy in {Path(folder).name}"] = lambda paths=paths: elsewhere(models(), {"PYTHONPATH": paths})  # type: ignore[misc]
    for engine in ("reference", "compiled"):
        ways[f"engine={engine}"] = lambda engine=engine: {name: by_engine(engine, name) for name in models()}  # type: ignore[misc]
    made_with = provenance()
    print(f"{time.strftime('%F')}, {made_with['cpu']} ({made_with['cpu_family']}), ", end="")
    print(f"numpy {np.__version__}, {', '.join(made_with['blas'])}, {made_with['libc']}\n")
    print("| |", " | ".join(models()), "| same outcome and length | same bits |")
    print("| --- " * (len(models()) + 3) + "|")
    for name, way in ways.items():
        found = way()
        rows = [compared(found[model], model) for model in models()]
        ends, bits, n = (sum(row[k] for row in rows) for k in (1, 2, 3))
        print(f"| {name} |", " | ".join(f"{row[0]:.0e}" for row in rows), f"| {ends}/{n} | {bits}/{n} |", flush=True)


def write(model: str) -> None:
    """Write a model's golden file, a line a run."""
    found = made(model)
    lines = ['{"fingerprint": ' + json.dumps(found["fingerprint"]) + ',\n "cases": {']
    for name, case in found["cases"].items():
        entries = [f"   {json.dumps(s)}: {json.dumps(r, allow_nan=False)}" for s, r in case["runs"].items()]
        head = f'  {json.dumps(name)}: {{"overrides": {json.dumps(case["overrides"])}, "runs": {{\n'
        lines.append(head + ",\n".join(entries) + "}}" + ("," if name != list(found["cases"])[-1] else "}}"))
    path(model).write_text("\n".join(lines) + "\n")
    print(f"{path(model)}: {len(found['cases'])} cases")


def main() -> None:
    """Do what the arguments say."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--again", nargs="*", metavar="MODEL", choices=models())
    what.add_argument("--compare", nargs="*", metavar="FOLDER")
    what.add_argument("--print", nargs="+", metavar="MODEL", choices=models())
    arguments = parser.parse_args()
    if arguments.compare is not None:
        compare(arguments.compare)
    elif arguments.print:
        print(json.dumps({name: made(name) for name in arguments.print}, allow_nan=False))
    else:
        again = arguments.again
        chosen = [name for name in models() if not up_to_date(name)] if again is None else again or models()
        for name in chosen:
            write(name)
        if again == [] or not DRAWS.exists():
            entries = [f" {json.dumps(name)}: {json.dumps(drawn)}" for name, drawn in draws().items()]
            DRAWS.write_text("{\n" + ",\n".join(entries) + "\n}\n")
            print(DRAWS)


if __name__ == "__main__":
    main()
