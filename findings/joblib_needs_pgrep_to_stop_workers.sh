#!/usr/bin/env bash
# joblib's timeout leaves its workers running where the system has neither the program pgrep nor the package psutil.
#
# joblib 1.6.0 (loky 3.6.0). To kill a worker, it looks for the worker's children with pgrep; if that cannot be started, it
# warns, and falls back to a method that its process class does not have. The thread that manages the workers dies of
# the AttributeError, and Parallel raises TimeoutError as if all was well. Slim container images have no pgrep; the same
# happens where a limit on processes keeps pgrep from being started. With pgrep, or psutil, the workers are killed.
# Seen: a call that was to be given up after 1 s still wrote its file after 5 s without pgrep, and did not with it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet joblib==1.6.0
cd "$folder"
cat > late.py << 'PYTHON'
import sys
import time
from pathlib import Path

from joblib import Parallel, delayed


def late(name):
    time.sleep(5)
    Path(name).touch()


if __name__ == "__main__":
    Parallel(n_jobs=2)(delayed(time.sleep)(0.1) for _ in range(2))  # both workers are there
    try:
        Parallel(n_jobs=2, timeout=1)(delayed(late)(f"{sys.argv[1]}-{i}") for i in range(2))
    except Exception as error:
        print(sys.argv[1], type(error).__name__)
    time.sleep(6)
PYTHON
command -v pgrep > /dev/null || { echo "this script needs pgrep"; exit 1; }
venv/bin/python late.py with
PATH="$folder" venv/bin/python late.py without 2> errors
grep -q "AttributeError: 'Popen' object has no attribute 'kill'" errors
found=$(ls | grep -E '^with(out)?-' | paste -sd ' ')
echo "written after the timeout: $found"
[ "$found" = "without-0 without-1" ]
