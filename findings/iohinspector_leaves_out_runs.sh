#!/usr/bin/env bash
# iohinspector's load() leaves out whole runs: those that begin where the run before them ended.
#
# iohinspector 0.0.8, on what ioh 0.4.2 writes. By default load() keeps the rows of each run at which it improved, but
# tells that by the difference from the row before, which for a run's first row is the last of another run. A run that
# is solved at once after a run that was solved has no row. Evaluations after the last improvement are dropped too, and
# with them what a run spent. The overview lists all runs; load(monotonic=False) has all rows.
# Seen: OneMax in 4 bits, best values 4, 4, 4, 2 in 2, 3, 1, 3 evaluations: rows of runs 1 and 4 alone, 1 of 3 of run 4.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet iohinspector==0.0.8 ioh==0.4.2
cd "$folder"
venv/bin/python - << 'PYTHON'
import ioh
import iohinspector

logger = ioh.logger.Analyzer(root=".", folder_name="data", algorithm_name="a", triggers=[ioh.logger.trigger.ALWAYS])
problem = ioh.get_problem("OneMax", instance=1, dimension=4, problem_class=ioh.ProblemClass.PBO)
problem.attach_logger(logger)
RUNS = [[1, 4], [4, 3, 4], [4], [2, 1, 0]]  # bits that are set
for run in RUNS:
    for n in run:
        problem([1] * n + [0] * (4 - n))
    problem.reset()
logger.close()

manager = iohinspector.DataManager()
manager.add_folder("data")
print(manager.overview.select("run_id", "evals", "best_y"))
assert manager.overview["evals"].to_list() == [len(run) for run in RUNS]
assert manager.overview["best_y"].to_list() == [max(run) for run in RUNS]


def rows(**options):
    return list(manager.load(**options).select("run_id", "evaluations", "raw_y").iter_rows())


print(rows())
assert rows() == [(1, 1, 1), (1, 2, 4), (4, 1, 2)]
assert rows(monotonic=False) == [(r, i, n) for r, run in enumerate(RUNS, 1) for i, n in enumerate(run, 1)]
PYTHON
