"""lagrun: config-driven sweeps of the long-time-lag benchmark of Hochreiter & Schmidhuber (1997), Experiment 2.

The names of ``lagrun.__all__`` are what may be used from Python, see docs/python.md. Each is imported when it is first
used: reading results loads neither Hydra nor the trainer.

Examples
--------
>>> import lagrun
>>> experiment = lagrun.compose("task.p=4", "model.hidden_size=4", "budget=20")
>>> [result.outcome for result in lagrun.train(experiment, range(2))]
['budget', 'budget']
"""

import sys

TYPE_CHECKING = False  # type checkers take it for true; importing typing would take longer than all of this
if TYPE_CHECKING:
    from lagrun.analysis.compared import compare_cells
    from lagrun.analysis.reading import read_runs
    from lagrun.analysis.stored_run import StoredRun, read_run
    from lagrun.analysis.summary import summarise
    from lagrun.checks import ConfigError, FieldError, check
    from lagrun.cli.in_python import compose, sweep
    from lagrun.figures.sweep import sweep_figures
    from lagrun.interfaces.batch import Batch
    from lagrun.interfaces.criterion import Criterion
    from lagrun.interfaces.engine import Engine
    from lagrun.interfaces.experiment import Experiment
    from lagrun.interfaces.loss import Loss
    from lagrun.interfaces.model import BackwardModel, Model, StepModel
    from lagrun.interfaces.optimiser import Optimiser
    from lagrun.interfaces.params import Params
    from lagrun.interfaces.run_result import RunResult
    from lagrun.interfaces.task import Task
    from lagrun.planning.session import RunsFailedError
    from lagrun.report.write import write_report
    from lagrun.storage.files import StorageError
    from lagrun.storage.lock import FolderLockedError
    from lagrun.training.in_memory import train

    __version__: str

__all__ = [
    "BackwardModel",
    "Batch",
    "ConfigError",
    "Criterion",
    "Engine",
    "Experiment",
    "FieldError",
    "FolderLockedError",
    "Loss",
    "Model",
    "Optimiser",
    "Params",
    "RunResult",
    "RunsFailedError",
    "StepModel",
    "StorageError",
    "StoredRun",
    "Task",
    "__version__",
    "check",
    "compare_cells",
    "compose",
    "read_run",
    "read_runs",
    "summarise",
    "sweep",
    "sweep_figures",
    "train",
    "write_report",
]

#: The module of each name; a test compares this with the imports above, which type checkers read.
_WHERE = {
    "analysis.compared": "compare_cells",
    "analysis.reading": "read_runs",
    "analysis.stored_run": "StoredRun read_run",
    "analysis.summary": "summarise",
    "checks": "ConfigError FieldError check",
    "cli.in_python": "compose sweep",
    "figures.sweep": "sweep_figures",
    "interfaces.batch": "Batch",
    "interfaces.criterion": "Criterion",
    "interfaces.engine": "Engine",
    "interfaces.experiment": "Experiment",
    "interfaces.loss": "Loss",
    "interfaces.model": "BackwardModel Model StepModel",
    "interfaces.optimiser": "Optimiser",
    "interfaces.params": "Params",
    "interfaces.run_result": "RunResult",
    "interfaces.task": "Task",
    "planning.session": "RunsFailedError",
    "report.write": "write_report",
    "storage.files": "StorageError",
    "storage.lock": "FolderLockedError",
    "training.in_memory": "train",
}
_MODULES = {name: f"lagrun.{module}" for module, names in _WHERE.items() for name in names.split()}


if not TYPE_CHECKING:  # or type checkers would take any name for one of lagrun's

    def __getattr__(name):
        if name == "__version__":
            found = _version()
        elif name in _MODULES:
            from importlib import import_module

            found = getattr(import_module(_MODULES[name]), name)
        else:
            raise AttributeError(f"module 'lagrun' has no attribute {name!r}")
        globals()[name] = found
        return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version  # which takes a while

    try:
        return version("lagrun")
    except PackageNotFoundError:  # a checkout that was never installed
        return "0+unknown"


if sys.argv[:1] == ["-m"]:  # Python is about to run a module
    from lagrun.cli.subcommands import refuse_other_modules

    refuse_other_modules()
