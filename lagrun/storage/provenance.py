"""What a result was made with: code, library versions, machine."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_info

import lagrun

PACKAGES = ("numpy", "hydra-core", "omegaconf", "joblib", "threadpoolctl", "numba", "llvmlite")

#: Lines of /proc/cpuinfo that name a CPU's family, on x86 and on Arm.
FAMILY = ("vendor_id", "cpu family", "model", "CPU implementer", "CPU part")


def provenance() -> dict[str, Any]:
    """Describe code, libraries and machine, for storage beside results.

    Returns
    -------
    dict
        Plain data. ``blas`` is numpy's: name, version, and the kernels that it chose for this CPU; ``simd``
        the vector instructions that numpy uses here; ``libc`` the C library, for functions that numpy does not
        implement itself. ``packages`` has None for what is not installed.
    """
    return {
        "lagrun": lagrun.__version__,
        **_git(Path(lagrun.__file__).parent),
        "python": platform.python_version(),
        "packages": {name: _version(name) for name in PACKAGES},
        "blas": _blas(),
        "simd": _simd(),
        "libc": " ".join(platform.libc_ver()).strip(),
        "platform": platform.platform(),
        "machine": platform.machine(),
        "cpu": _cpu(),
        "cpu_family": _cpu_family(),
        "n_cpus": os.cpu_count(),
        "host": platform.node(),
    }


def fingerprint(made_with: Mapping[str, Any]) -> dict[str, Any]:
    """Pick out what determines the last bits of a result of the numpy engine.

    Two runs of one configuration, seed and code are bit-identical if their fingerprints are equal. For the compiled
    engine, the versions of numba and llvmlite in ``packages`` must be equal, too.

    Parameters
    ----------
    made_with : mapping
        What `provenance` returned: in this process, or as stored with a result.
    """
    names = ("machine", "cpu_family", "simd", "libc", "blas")
    return {"numpy": made_with["packages"]["numpy"], **{name: made_with[name] for name in names}}


def _git(folder: Path) -> dict[str, Any]:
    """Commit of the checkout that `folder` belongs to, and whether tracked files differ from it; None outside one."""
    if not (folder.parent / ".git").exists():
        return {"git_commit": None, "git_dirty": None}
    try:
        commit = _call(folder, "rev-parse", "HEAD")
        return {"git_commit": commit, "git_dirty": bool(_call(folder, "status", "--porcelain", "-uno"))}
    except (OSError, subprocess.SubprocessError):
        return {"git_commit": None, "git_dirty": None}


def _call(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(folder), *arguments], capture_output=True, text=True, check=True, timeout=20
    )
    return done.stdout.strip()


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _blas() -> list[str]:
    """The BLAS bundled with numpy, if there is one; PyTorch and scipy, if loaded, have others."""
    loaded = [info for info in threadpool_info() if info["user_api"] == "blas"]
    numpys = [info for info in loaded if "numpy" in Path(info["filepath"]).parent.name] or loaded
    lines = {f"{info['internal_api']} {info['version']} {info.get('architecture', '')}".strip() for info in numpys}
    built_with = np.show_config("dicts")["Build Dependencies"]["blas"]
    return sorted(lines) or [f"{built_with['name']} {built_with.get('version', '')}".strip()]  # such as Accelerate


def _simd() -> list[str]:
    found = np.show_config("dicts")["SIMD Extensions"]
    return [*found.get("baseline", []), *found.get("found", [])]


def _cpu() -> str:
    return _cpuinfo().get("model name") or platform.processor()


def _cpu_family() -> str:
    info = _cpuinfo()
    return ", ".join(f"{name} {info[name]}" for name in FAMILY if name in info) or platform.processor()


def _cpuinfo() -> dict[str, str]:
    """What Linux reports about the first CPU; empty on other systems."""
    try:
        first = Path("/proc/cpuinfo").read_text().split("\n\n", 1)[0]
    except OSError:
        return {}
    pairs = [line.split(":", 1) for line in first.splitlines() if ":" in line]
    return {name.strip(): value.strip() for name, value in pairs}
