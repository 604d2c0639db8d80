"""What a result was made with: code, library versions, machine."""

from __future__ import annotations

import os
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_info

import lagrun

PACKAGES = ("numpy", "hydra-core", "omegaconf", "joblib", "threadpoolctl")


def provenance() -> dict[str, Any]:
    """Describe code, libraries and machine, for storage beside results."""
    blas = [f"{info['internal_api']} {info['version']} {info.get('architecture', '')}" for info in threadpool_info()]
    return {
        "lagrun": lagrun.__version__,
        **_git(Path(lagrun.__file__).parent),
        "python": platform.python_version(),
        "packages": {name: _version(name) for name in PACKAGES},
        "blas": sorted(set(blas)),
        "platform": platform.platform(),
        "machine": platform.machine(),
        "cpu": _cpu(),
        "n_cpus": os.cpu_count(),
        "host": platform.node(),
    }


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


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor()
