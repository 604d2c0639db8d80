#!/usr/bin/env bash
# DuckDB reads a CSV column of `inf` as dates.
#
# duckdb 2.0.1. A column of numbers in which only `inf` occurs, or `inf` and nothing, becomes a DATE, and Python gets
# datetime.date(9999, 12, 31). With a number after 30,000 rows of `inf` the file is refused: "Could not convert string
# "2" to 'DATE'". With a number nearer, the column is text. `inf` is no number to the type detection, though a cast to
# DOUBLE takes it; a full scan (sample_size = -1) changes nothing. Without DATE among auto_type_candidates it is DOUBLE.
# Seen: [('inf', DATE), ('mixed', VARCHAR), ('n', BIGINT)] and [('inf', DOUBLE), ('mixed', DOUBLE), ('n', BIGINT)].
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet duckdb==2.0.1
cd "$folder"
venv/bin/python - << 'PYTHON'
import datetime
from pathlib import Path

import duckdb

Path("few.csv").write_text("inf,mixed,n\ninf,inf,1\n,2.5,2\ninf,inf,3\n")
Path("many.csv").write_text("x\n" + "inf\n" * 30_000 + "2\n")


def types(options: str) -> list[tuple[str, str]]:
    read = duckdb.sql(f"from read_csv('few.csv'{options})")
    found = list(zip(read.columns, map(str, read.types), strict=True))
    print(found, read.fetchall())
    return found


guessed = [("inf", "DATE"), ("mixed", "VARCHAR"), ("n", "BIGINT")]
assert types("") == guessed
assert types(", sample_size = -1") == guessed
last = datetime.date(9999, 12, 31)
assert duckdb.sql("select inf from 'few.csv'").fetchall() == [(last,), (None,), (last,)]
assert duckdb.sql("select 'inf'::double").fetchall() == [(float("inf"),)]
named = [("inf", "DOUBLE"), ("mixed", "DOUBLE"), ("n", "BIGINT")]
assert types(", auto_type_candidates = ['BIGINT', 'DOUBLE', 'VARCHAR']") == named
try:
    duckdb.sql("from 'many.csv'").fetchall()
except duckdb.ConversionException as error:
    print(str(error).splitlines()[2])
    assert "Could not convert string \"2\" to 'DATE'" in str(error)
else:
    raise AssertionError("read")
PYTHON
