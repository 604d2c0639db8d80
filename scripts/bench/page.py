"""How large the report of a sweep is, and how long it takes to write, open, sort and filter it.

    python -m scripts.bench.page outputs/<sweep> [--rounds 5]

Size, CPU time of ``python -m lagrun.report``, and times in the system's Chromium: medians over rounds, with minimum and
maximum. Needs the extra ``test`` and Debian's chromium and chromium-driver.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from statistics import median

from scripts import chromium

#: Steps in a page: what is done, and what is true once it is done. Each leaves the page to the next.
STEPS = {
    "sorted": ("head('CPU').click()", "head('CPU').hasAttribute('aria-sort')"),
    "filtered": ("type('Filter Seed', '0')", "rows().every((row) => row.cells[2].textContent === '0')"),
    "filter removed": ("type('Filter Seed', '')", "rows().some((row) => row.cells[2].textContent !== '0')"),
    "a run opened": ("find('button').click()", "document.querySelector('.curve .plot').children.length > 0"),
    "all rows shown": (
        "const all = document.querySelector('.dt-length select'); all.value = '-1';"
        " all.dispatchEvent(new Event('change', { bubbles: true }))",
        "rows().length >= arguments[0]",
    ),
}

#: Does a step, and calls back with the milliseconds until it is done and drawn.
TIMED = """
const done = arguments[arguments.length - 1], table = document.querySelector("table.runs");
const find = (selector) => table.querySelector(selector);
const rows = () => [...table.tBodies[0].rows].filter((row) => row.cells.length > 1);
const head = (text) => [...table.tHead.rows[0].cells].find((cell) => cell.textContent.startsWith(text));
const type = (label, text) => {{
  const input = find(`[aria-label="${{label}}"]`);
  input.value = text;
  input.dispatchEvent(new Event("input", {{ bubbles: true }}));
}};
const start = performance.now();
{action};
const wait = () => ({condition}) ? requestAnimationFrame(() => done(performance.now() - start)) : setTimeout(wait, 1);
wait();
"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    if chromium.missing():
        parser.error(f"no {' and no '.join(chromium.missing())}: {chromium.INSTALL}")
    with tempfile.TemporaryDirectory() as scratch:
        page = Path(scratch) / "report.html"
        print_times("written, CPU", [write(arguments.folder, page) for _ in range(arguments.rounds)])
        print(f"{page.stat().st_size / 1e6:.2f} MB")
        for name, times in browse(page, arguments.rounds).items():
            print_times(name, times)


def write(folder: Path, page: Path) -> float:
    """CPU seconds of writing a report."""

    def spent() -> float:
        usage = getrusage(RUSAGE_CHILDREN)
        return usage.ru_utime + usage.ru_stime

    before = spent()
    command = [sys.executable, "-m", "lagrun.report", str(folder), "--output", str(page)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return spent() - before


def browse(page: Path, rounds: int) -> dict[str, list[float]]:
    """Seconds of each step, a list with an entry a round."""
    driver = chromium.start()
    try:
        driver.set_script_timeout(60)
        times: dict[str, list[float]] = {}
        for _ in range(rounds):
            start = time.perf_counter()
            driver.get(page.as_uri())
            wait(lambda: driver.execute_script("return document.querySelectorAll('.dt-container').length === 2"))
            times.setdefault("opened", []).append(time.perf_counter() - start)
            info = driver.execute_script("return document.querySelector('.dt-info').textContent")
            n_runs = int(info.split(" of ")[1].split()[0].replace(",", ""))  # 1 to 25 of 1,000 entries
            for name, (action, condition) in STEPS.items():
                script = TIMED.format(action=action, condition=condition)
                times.setdefault(name, []).append(driver.execute_async_script(script, n_runs) / 1000)
        return times
    finally:
        driver.quit()


def wait(is_so: Callable[[], bool]) -> None:
    """Wait until something is so."""
    while not is_so():
        time.sleep(0.005)


def print_times(name: str, times: list[float]) -> None:
    """Print median, minimum and maximum of seconds."""
    print(f"{name}: {median(times):.3f} s ({min(times):.3f}-{max(times):.3f})")


if __name__ == "__main__":
    main()
