#!/usr/bin/env bash
# A program that is started with `python -m`, catches KeyboardInterrupt and ends with a status of its own is killed by
# SIGINT all the same, if the interrupt came while Python executed a text: exec() notes "unhandled" before anyone can
# handle it. dataclasses and namedtuple execute texts, so it happens while modules are imported. Another exec() before
# the end clears the note. CPython 3.11.7, 3.12.1 and 3.13.0 (2026-12-01); started as `python file.py` it does not happen.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat > interrupted.py <<'END'
import sys

try:
    exec("raise KeyboardInterrupt")
except KeyboardInterrupt:
    pass
if "clear" in sys.argv:
    exec("")
sys.exit(7)
END
status() { python3 -c 'import subprocess, sys; print(subprocess.run([sys.executable, *sys.argv[1:]]).returncode)' "$@"; }
python3 --version
found="-m: $(status -m interrupted), -m and another exec: $(status -m interrupted clear), file: $(status interrupted.py)"
echo "$found"
[ "$found" = "-m: -2, -m and another exec: 7, file: 7" ]
