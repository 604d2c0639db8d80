"""Inject every fault that docs/reliability.md promises to survive, and write its table: what was tried, what survived.

    python -m scripts.reliability --output docs/reliability.md

The faults are those of the tests; a row counts their cases, by the name of the test.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

from lagrun.storage.provenance import provenance

ROOT = Path(__file__).parent.parent
#: Between these lines of the page stands the table.
BEGIN, END = "<!-- faults: written by scripts/reliability.py -->\n", "<!-- end of faults -->\n"


class Row(NamedTuple):
    """A fault, what is promised where it happens, the file and the tests that inject it."""

    fault: str
    promise: str
    file: str
    tests: tuple[str, ...]


ROWS = (
    Row(
        "an interrupted sweep, the same command again",
        "only what is missing is run; the rest stays byte for byte",
        "test_resume",
        ("what_is_missing_is_made_up_for", "a_finished_sweep_only", "resume_recalls", "other_launchers", "a_dry_run"),
    ),
    Row(
        "more seeds, a larger budget",
        "only new seeds and censored runs are trained; same bits as in one go",
        "test_resume",
        ("more_seeds_extend", "a_larger_budget_continues", "a_budget_raised_step_by_step", "a_single_run_is_resumed"),
    ),
    Row(
        "another configuration in an old folder",
        "refused; the keys are named, nothing is touched",
        "test_resume",
        ("any_other_change_is_refused", "a_cell_that_is_left_out"),
    ),
    Row(
        "failed runs",
        "kept, and run again with `execution.retry_failed=true`",
        "test_resume",
        ("failed_runs_are_kept",),
    ),
    Row(
        "a stop between two stored states",
        "goes on from the last one, in any company, bit for bit",
        "test_checkpoint",
        ("",),
    ),
    Row(
        "SIGKILL of a worker",
        "its block is run again; nothing else stops",
        "test_processes",
        ("a_killed_worker",),
    ),
    Row(
        "SIGKILL of the parent, or of everything",
        "no process is left after 2 s; resumed bit for bit",
        "test_processes",
        ("a_killed_parent",),
    ),
    Row(
        "SIGINT, SIGTERM",
        "ends within 2 s with the table so far and status 130 or 143",
        "test_processes",
        ("a_command_that_is_asked_to_end", "a_single_run_that_is_asked"),
    ),
    Row(
        "two commands in one folder",
        "the second ends with status 3",
        "test_processes",
        ("two_commands_at_once",),
    ),
    Row(
        "a run that raises, exits, kills its worker or hangs",
        "only that run is failed, with the reason",
        "test_pool",
        ("only_the_guilty_run",),
    ),
    Row(
        "`execution.run_timeout_seconds` as typed",
        "the run that hangs is failed, the others end",
        "test_processes",
        ("a_run_that_hangs",),
    ),
    Row(
        "stopped and continued: all processes, or a worker",
        "no run is failed for the time",
        "test_running_time",
        ("",),
    ),
    Row(
        "no `/dev/shm`, too few files, threads or processes, workers that end at once, no `pgrep`",
        "fewer workers or none do the work, and a line says why; no process is left",
        "test_workers",
        ("where_not_all", "time_limit", "died_of", "die_while", "given_nothing", "leaves_no", "ended_where", "too_few"),
    ),
    Row(
        "a thread, a daemonic process",
        "works, without workers where there may be none",
        "test_workers",
        ("another_thread", "daemonic"),
    ),
    Row(
        "a working directory that is gone, or whose name is no UTF-8",
        "refused in a line; works",
        "test_working_directories",
        ("",),
    ),
    Row(
        "half-written, changed, missing or foreign results, curves, weights",
        "set aside and run again, and said so",
        "test_faults",
        ("what_is_damaged_is_set_aside", "a_missing_result"),
    ),
    Row(
        "damaged or foreign states, a damaged plan",
        "the run starts over; the plan is made anew",
        "test_faults",
        ("a_damaged_state", "another_run_s_state", "a_damaged_plan", "a_plan_of_another_version"),
    ),
    Row("files of others in the folder", "left alone", "test_faults", ("what_is_not_ours",)),
    Row(
        "a disk that is full (a real small one, too) or read-only",
        "one line, status 1 or 2; what is finished is whole and kept",
        "test_faults",
        ("a_full_disk", "a_small_disk", "a_read_only_disk"),
    ),
    Row(
        "a folder that is deleted during the sweep",
        "what ends later is stored; the same command makes up for the rest",
        "test_faults",
        ("a_folder_that_is_deleted",),
    ),
    Row(
        "spaces, quotes, unicode, `=`, `/` in names, very long overrides",
        "work",
        "test_faults",
        ("folders_of_any_name", "any_overrides_make", "very_long_overrides"),
    ),
    Row("a clock that goes backwards", "no effect", "test_faults", ("a_clock_that",)),
    Row(
        "power failure between two writes",
        "files are fsynced under another name, then renamed; the result comes last",
        "test_faults",
        ("results_are_on_the_disk",),
    ),
    Row(
        "NaN and Inf, wrong shapes, what cannot be pickled, warnings, seeds up to 2**128",
        "diverged, failed with the reason, or logged; neighbours keep their bits",
        "test_faulty_runs",
        ("",),
    ),
    Row(
        "too little memory",
        "refused with the figure before anything is allocated; blocks are cut to fit",
        "test_memory",
        ("refused", "fit", "named"),
    ),
    Row(
        "code that is not trusted, pickles in the place of results",
        "never imported, never run",
        "test_trust",
        ("",),
    ),
    Row(
        "bad input",
        "one line that names the key, status 2, nothing written",
        "test_command",
        ("bad_input_is_one_line", "a_list_without_m", "one_bad_cell", "an_unknown_sweep"),
    ),
)


class Case(NamedTuple):
    """A case of a test: its file, its name, and whether it passed, failed or was skipped."""

    file: str
    name: str
    outcome: str


def file_of(row: Row) -> Path:
    """Find the file of a row's tests, in whatever folder of tests/ it lies."""
    (file,) = (ROOT / "tests").rglob(f"{row.file}.py")
    return file


def run_tests(arguments: Sequence[str]) -> list[Case]:
    """Run the tests of all rows, slow ones included."""
    files = [str(file_of(row)) for row in {row.file: row for row in ROWS}.values()]
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        words = ["-q", "-m", "slow or not slow", "-k", "not random_kills", f"--junitxml={report}", *arguments, *files]
        subprocess.run([sys.executable, "-m", "pytest", *words], cwd=ROOT, check=False)
        found = ElementTree.parse(report).iter("testcase")
        return [_case(node) for node in found]


def _case(node: ElementTree.Element) -> Case:
    kinds = {child.tag for child in node}
    outcome = "skipped" if "skipped" in kinds else "failed" if kinds & {"failure", "error"} else "passed"
    return Case(node.attrib["classname"].split(".")[-1], node.attrib["name"].removeprefix("test_"), outcome)


def table(cases: Sequence[Case]) -> str:
    """Write the rows as Markdown, with the cases that were tried and survived."""
    lines = ["| fault | promise | test | tried / survived |", "| --- | --- | --- | --- |"]
    for row in ROWS:
        mine = [case for case in cases if case.file == row.file and any(text in case.name for text in row.tests)]
        tried = [case for case in mine if case.outcome != "skipped"]
        if not tried:
            raise ValueError(f"no test was run for: {row.fault}")
        survived = sum(case.outcome == "passed" for case in tried)
        names = ", ".join(f"`{text}`" for text in row.tests if text)
        where = f"`{row.file}`" + (f": {names}" if names else "")
        lines.append(f"| {row.fault} | {row.promise} | {where} | {len(tried)} / {survived} |")
    return "\n".join(lines) + "\n"


def main() -> int:
    """Run the tests and write the page's table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, help="page with the lines between which the table stands")
    options, rest = parser.parse_known_args()
    began, made_with = time.monotonic(), provenance()
    cases = run_tests(rest)
    seconds = time.monotonic() - began
    head = f"{date.today()}, {made_with['n_cpus']} cores, {made_with['cpu']}, {seconds:.0f} s."
    text = f"{head} Cases of the tests that were run; what needs root or another system is skipped.\n\n{table(cases)}"
    print(text)
    if options.output:
        page = options.output.read_text()
        before, _, rest_of_page = page.partition(BEGIN)
        options.output.write_text(f"{before}{BEGIN}\n{text}\n{END}{rest_of_page.partition(END)[2]}")
    return int(any(case.outcome == "failed" for case in cases))


if __name__ == "__main__":
    sys.exit(main())
