"""Provenance is plain data, and its fingerprint is that of the kernels that decide a weight's last bits."""

import json
import os
import subprocess
import sys
from typing import Any

import numpy as np

from lagrun.storage.provenance import fingerprint, provenance

PRINT = "import json; from lagrun.storage.provenance import *; print(json.dumps(fingerprint(provenance())))"


def elsewhere(code: str = PRINT, **environment: str) -> dict[str, Any]:
    """The fingerprint that another process has."""
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, **environment}, capture_output=True, text=True, check=True
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_provenance_is_plain_data_and_names_what_decides_bits() -> None:
    made_with = provenance()
    assert json.loads(json.dumps(made_with)) == made_with
    found = fingerprint(made_with)
    assert found["numpy"] == np.__version__
    assert all(found.values())
    assert len(found["blas"]) == 1


def test_the_fingerprint_is_the_same_in_another_process_whatever_is_loaded_there() -> None:
    ours = fingerprint(provenance())
    assert elsewhere() == ours
    others = "import contextlib\nfor name in ('scipy.linalg', 'torch'):\n with contextlib.suppress(ImportError):\n"
    assert elsewhere(f"{others}  __import__(name)\n{PRINT}") == ours


def test_other_kernels_have_another_fingerprint() -> None:
    ours = fingerprint(provenance())
    if "openblas" in ours["blas"][0] and ours["machine"] == "x86_64":
        other = "Nehalem" if "Nehalem" not in ours["blas"][0] else "Haswell"
        theirs = elsewhere(OPENBLAS_CORETYPE=other)
        assert theirs == {**ours, "blas": theirs["blas"]} != ours
    above_baseline = np.show_config("dicts")["SIMD Extensions"].get("found", [])
    if above_baseline:
        theirs = elsewhere(NPY_DISABLE_CPU_FEATURES=" ".join(above_baseline))
        assert theirs == {**ours, "simd": theirs["simd"]} != ours
