"""A folder that was used before: what is finished stays as it is, what is missing is made up for, bit for bit."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from lagrun.storage import files
from tests.conftest import Command
from tests.helpers import files_below
from tests.resumed import TINY, Sweep, content, results, rows, run_of

SWEEP = (*TINY, "budget=40", "hydra.sweep.dir=sweep", "-m")


@pytest.fixture
def sweep(command: Command) -> Sweep:
    """Run the sweep of this file, with more arguments."""
    return lambda *more: command(*SWEEP, *more)


def test_the_nets_of_this_file_are_a_fair_mixture(sweep: Sweep) -> None:
    assert sweep("seed=0-11").status == 0
    outcomes = {found["outcome"] for found in rows(Path("sweep")).values()}
    assert outcomes == {"solved", "budget"}


def test_what_is_missing_is_made_up_for_and_the_rest_is_kept(sweep: Sweep) -> None:
    assert sweep("seed=0-5").status == 0
    whole = rows(Path("sweep"))
    (run_of(2) / files.RESULT).unlink()
    for path in sorted(run_of(4).rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    kept = content(Path("sweep"))
    status, out, err = sweep("seed=0-5")
    assert (status, err) == (0, "lagrun: 4 of 6 runs are finished and kept\n")
    assert "/6" in out
    assert rows(Path("sweep")) == whole
    after = content(Path("sweep"))
    assert {name: after[name] for name in kept} == kept


def test_a_finished_sweep_only_shows_its_table(sweep: Sweep, monkeypatch: pytest.MonkeyPatch) -> None:
    first = sweep("seed=0-2")
    kept = content(Path("sweep"))
    monkeypatch.setattr("lagrun.execution.pool.run_blocks", None)  # whoever calls it fails
    again = sweep("seed=0-2")
    assert (again.status, again.out) == (0, first.out)
    assert content(Path("sweep")) == kept


def test_more_seeds_extend_a_sweep_and_fewer_leave_it_as_it_is(sweep: Sweep) -> None:
    sweep("seed=1,2")
    kept = content(Path("sweep"))
    assert sweep("seed=0-4").status == 0
    assert {seed for seed, _ in rows(Path("sweep"))} == set(range(5))
    after = content(Path("sweep"))
    assert {name: after[name] for name in kept} == kept
    (run_of(3) / files.RESULT).unlink()
    status, out, _ = sweep("seed=1")
    assert status == 0
    assert "/5" in out
    assert len(results()) == 5


@pytest.mark.parametrize("engine", ["numpy", pytest.param("reference", marks=pytest.mark.slow)])
def test_a_larger_budget_continues_the_censored_runs_alone(sweep: Sweep, command: Command, engine: str) -> None:
    sweep("seed=0-11", f"engine={engine}")
    before, kept = rows(Path("sweep")), content(Path("sweep"))
    censored = {key for key, found in before.items() if found["outcome"] == "budget"}
    status, out, err = sweep("seed=0-11", f"engine={engine}", "budget=120")
    assert (status, err) == (0, f"lagrun: {12 - len(censored)} of 12 runs are finished and kept\n")
    assert sum("/12" in line for line in out.splitlines()) == 1
    assert len(pd.read_csv("sweep/summary.csv")) == 1
    assert pd.read_csv("sweep/summary.csv")["budget"].tolist() == [120]
    after, bytes_after = rows(Path("sweep")), content(Path("sweep"))
    assert {key: after[key] for key in set(before) - censored} == {key: before[key] for key in set(before) - censored}
    finished = [str(run_of(seed)) + "/" for seed, _ in set(before) - censored]
    assert len([name for name in kept if name.startswith(tuple(finished))]) >= 6 * len(finished)
    for name, text in kept.items():
        if name.startswith(tuple(finished)):
            assert bytes_after[name] == text
    command(*SWEEP, "seed=0-11", f"engine={engine}", "budget=120", "hydra.sweep.dir=never_interrupted")
    assert rows(Path("never_interrupted")) == after
    logs = [(run_of(seed) / "lagrun.log").read_text() for seed, _ in censored]
    assert all("goes on after 40 sequences" in log for log in logs)


@pytest.mark.slow
def test_a_budget_raised_step_by_step_over_several_cells(sweep: Sweep, command: Command) -> None:
    for budget in (20, 40, 100):
        assert sweep("task.p=4,5", "seed=0-3", f"budget={budget}").status == 0
    command(*SWEEP, "task.p=4,5", "seed=0-3", "budget=100", "hydra.sweep.dir=at_once")
    assert rows(Path("sweep")) == rows(Path("at_once"))
    assert "{'budget': 20}" not in (Path("sweep") / files.SWEEP).read_text()
    assert sum(path.name == "result.json" for path in Path("sweep").rglob("result.json")) == 8


@pytest.mark.slow
def test_budgets_are_raised_whatever_their_order(sweep: Sweep) -> None:
    assert sweep("seed=0-5", "budget=20,40").status == 0
    assert sweep("seed=0-5", "budget=60,30").status == 0
    runs = pd.read_csv("sweep/runs.csv")
    assert runs["budget"].tolist() == [60] * 6 + [30] * 6
    assert (runs["sequences_seen"] == runs["sequences_to_solve"].fillna(runs["budget"])).all()
    assert set(runs["outcome"]) == {"solved", "budget"}


CHANGED = [
    (("task.p=5",), "task.p=5 (there 4)"),
    (("optimiser.learning_rate=0.1",), "optimiser.learning_rate=0.1 (there 0.05)"),
    (("dtype=float32", "updates=sequence"), "dtype=float32 (there float64)"),
    (("evaluation.n_sequences=5",), "evaluation.n_sequences=5 (there 4)"),
    (("budget=39",), "budget=39 (there 40); a budget can only be raised"),
    (("task.p=4,5",), "without the cell"),
    (("optimiser=sgd",), "optimiser._target_=lagrun.optimisers.sgd"),
]


@pytest.mark.parametrize(
    ("changed", "named"),
    [pytest.param(*case, marks=pytest.mark.slow if number % 2 else ()) for number, case in enumerate(CHANGED)],
)
def test_any_other_change_is_refused_by_name(changed: tuple[str, ...], named: str, sweep: Sweep) -> None:
    sweep("seed=0")
    kept = content(Path("sweep")) | {"plan": Path("sweep", files.SWEEP).read_bytes()}
    status, out, err = sweep("seed=0,1", *changed)
    assert (status, out) == (2, "")
    assert err.count("\n") == 1
    assert named in err
    assert "hydra.sweep.dir=sweep" in err
    assert content(Path("sweep")) | {"plan": Path("sweep", files.SWEEP).read_bytes()} == kept


@pytest.mark.slow
def test_a_cell_that_is_left_out_is_missed(sweep: Sweep) -> None:
    sweep("seed=0", "task.p=4,5")
    status, _, err = sweep("seed=0", "task.p=5")
    assert status == 2
    assert "also has the cell" in err
    assert "task.p=4" in err


def test_what_cannot_change_a_result_may_change(sweep: Sweep) -> None:
    sweep("seed=0-2")
    (run_of(1) / files.RESULT).unlink()
    assert (
        sweep(
            "seed=0-2", "execution.block_size=1", "optimiser.learning_rate=5e-2", "seed=0-2"[:0] or "dtype=float64"
        ).status
        == 0
    )
    assert len(results()) == 3


@pytest.mark.parametrize(
    "typed",
    [r"'a\b'", *(pytest.param(name, marks=pytest.mark.slow) for name in (r"'a\\b'", r"'it\'s'", "'a,b'")), r"'x\${y}'"],
)
def test_a_folder_of_any_name_is_resumed_in_its_place(typed: str, sweep: Sweep, command: Command) -> None:
    sweep("seed=0,1", f"hydra.sweep.dir={typed}")
    (folder,) = Path().iterdir()
    whole = rows(folder)
    (run_of(1, str(folder)) / files.RESULT).unlink()
    status, _, err = command(f"resume={folder}")
    assert (status, err) == (0, "lagrun: 1 of 2 runs are finished and kept\n")
    assert list(Path().iterdir()) == [folder]
    assert rows(folder) == whole


@pytest.mark.slow
@pytest.mark.parametrize("more", [pytest.param((), marks=pytest.mark.slow), ("execution.block_size=1",)])
def test_resume_recalls_what_was_typed(sweep: Sweep, command: Command, more: tuple[str, ...]) -> None:
    sweep("seed=0-3")
    whole = rows(Path("sweep"))
    (run_of(1) / files.RESULT).unlink()
    assert command("resume=sweep", *more).status == 0
    assert rows(Path("sweep")) == whole
    assert command("resume=sweep", "seed=0-5", "budget=60").status == 0
    assert command("resume=sweep").status == 0
    assert len(results()) == 6
    status, _, err = command("resume=sweep", "task.p=5")
    assert status == 2
    assert "task.p=5 (there 4)" in err


def test_a_run_of_a_sweep_is_resumed_with_its_sweep(sweep: Sweep, command: Command) -> None:
    sweep("seed=0")
    status, _, err = command(f"resume={run_of(0)}")
    assert (status, err.count("\n")) == (2, 1)
    assert "resume the sweep's folder" in err


@pytest.mark.parametrize(("argument", "named"), [("resume=nowhere", "nowhere"), ("resume=", "resume=")])
def test_nothing_to_resume(argument: str, named: str, command: Command, tmp_path: Path) -> None:
    status, out, err = command(argument)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert named in err
    assert files_below(tmp_path) == set()


@pytest.mark.slow
def test_failed_runs_are_kept_unless_they_are_to_be_retried(
    sweep: Sweep, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lagrun.models.elman import Elman

    sound = Elman.init
    sweep("seed=0-3", "hydra.sweep.dir=sound")

    def fail(self: Elman, rngs: Any, *rest: Any) -> Any:
        if len(rngs) > 1 or rngs[0].bit_generator.seed_seq.entropy == 2:
            raise RuntimeError("no luck")
        return sound(self, rngs, *rest)

    monkeypatch.setattr(Elman, "init", fail)
    status, out, err = sweep("seed=0-3")
    assert status == 1
    assert "failed: sweep/" in out
    assert "1 failed" in err
    assert "resume=sweep execution.retry_failed=true" in err
    kept = content(Path("sweep"))
    monkeypatch.setattr(Elman, "init", sound)
    status, _, err = sweep("seed=0-3")
    assert status == 1
    assert err.startswith("lagrun: 3 of 4 runs are finished and kept; 1 failed before, and execution.retry_failed=true")
    assert content(Path("sweep")) == kept
    assert sweep("seed=0-3", "execution.retry_failed=true").status == 0
    assert rows(Path("sweep")) == rows(Path("sound"))
    monkeypatch.setattr(Elman, "init", fail)
    assert json.loads((run_of(2) / "result-2.json").read_text())["outcome"] == "failed"
    (run_of(2) / files.RESULT).unlink()
    assert command("resume=sweep", "execution.retry_failed=true").status == 1
    assert "1 failed before" in command("resume=sweep").err  # it is not retried because it was once


def test_a_dry_run_lists_what_is_left_and_touches_nothing(sweep: Sweep, tmp_path: Path) -> None:
    sweep("seed=0-3")
    (run_of(1) / files.RESULT).unlink()
    before = {name: (tmp_path / name).read_bytes() for name in files_below(tmp_path)}
    assert "1 runs, seed=1" in sweep("seed=0-3", "execution.dry_run=true").out
    assert {name: (tmp_path / name).read_bytes() for name in files_below(tmp_path)} == before


@pytest.mark.slow
def test_other_launchers_resume_too(sweep: Sweep, command: Command) -> None:
    sweep("seed=0-4", "budget=120", "hydra.sweep.dir=at_once")
    sweep("seed=0-2", "hydra/launcher=basic")
    (run_of(1) / files.RESULT).unlink()
    kept = content(Path("sweep"))
    done = {str(path.parent) for path in results() if json.loads(path.read_text())["outcome"] == "solved"}
    assert sweep("seed=0-4", "budget=120", "hydra/launcher=basic").status == 0
    assert rows(Path("sweep")) == rows(Path("at_once"))
    for name, text in kept.items():
        if str(Path(name).parent) in done:
            assert Path(name).read_bytes() == text


def test_a_single_run_is_resumed_in_its_folder(command: Command) -> None:
    run = (*TINY, "seed=3", "hydra.run.dir=run")
    command(*TINY, "seed=3", "budget=120", "hydra.run.dir=whole")
    assert command(*run, "budget=10").status == 0
    kept = {name: (Path("run") / name).read_bytes() for name in files_below(Path("run"))}
    status, out, _ = command(*run, "budget=10")
    assert status == 0
    assert "not solved within its budget of 10" in out
    assert {name: (Path("run") / name).read_bytes() for name in files_below(Path("run"))} == kept
    assert command("resume=run", "budget=120").status == 0
    assert rows(Path("run")) == rows(Path("whole"))
    for more, named in (
        (("seed=4",), "seed=4 (there 3)"),
        (("task.p=5",), "task.p=5 (there 4)"),
        (("budget=9",), "raised"),
    ):
        status, _, err = command("resume=run", *more)
        assert (status, err.count("\n")) == (2, 1)
        assert named in err


@pytest.mark.slow
def test_states_in_between_are_stored_and_gone_on_from(
    sweep: Sweep, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that is interrupted after its state was stored goes on from there, in whatever company."""
    sweep("seed=0-5", "budget=300", "criterion.window=200", "hydra.sweep.dir=whole")
    saved: list[int] = []
    from lagrun.storage import run_folder

    write = run_folder.save

    def stop(block: Any, run: Any, checkpoint: Any) -> None:
        write(block, run, checkpoint)
        saved.append(checkpoint.sequence)
        if saved.count(100) == 4:  # some seeds have a newer state than others
            raise KeyboardInterrupt

    monkeypatch.setattr(run_folder, "save", stop)
    more = ("budget=300", "criterion.window=200", "execution.checkpoint_every=50")
    assert sweep("seed=0-5", *more).status == 130
    assert results() == []
    assert sorted(set(saved)) == [50, 100]
    monkeypatch.setattr(run_folder, "save", write)
    assert sweep("seed=0-5", *more, "execution.block_size=4").status == 0
    assert rows(Path("sweep")) == rows(Path("whole"))
    logs = "".join((run_of(seed) / "lagrun.log").read_text() for seed in range(6))
    assert logs.count("goes on after 100 sequences") == 4
    assert logs.count("goes on after 50 sequences") == 2


@pytest.mark.slow
def test_single_runs_and_sweeps_keep_out_of_each_other_s_folders(sweep: Sweep, command: Command) -> None:
    sweep("seed=0")
    for folder in (run_of(0), Path("sweep"), Path("sweep", "mine")):
        status, out, err = command(*TINY, "budget=40", f"hydra.run.dir='{folder}'")
        assert (status, out, err.count("\n")) == (2, "", 1)
        assert "belongs to a sweep" in err
    command(*TINY, "budget=8", "hydra.run.dir=run")
    status, out, err = sweep("seed=0", "hydra.sweep.dir=run")
    assert (status, out, err) == (2, "", "lagrun: hydra.sweep.dir=run: holds a single run; name a new folder\n")


@pytest.mark.parametrize(
    "text",
    [*(pytest.param(text, marks=pytest.mark.slow) for text in ("", "- 1")), "model: {_target_: lag", "seed: 3"],
)
def test_a_damaged_configuration_beside_a_single_run_does_no_harm(text: str, command: Command) -> None:
    run = (*TINY, "budget=8", "hydra.run.dir=run")
    assert command(*run, "seed=3").status == 0
    kept = (Path("run") / files.RESULT).read_bytes()
    (Path("run") / ".hydra" / "config.yaml").write_text(text)
    status, _, err = command(*run, "seed=4")
    assert status == 2
    assert "seed=4 (there 3)" in err
    assert command(*run, "seed=3").status == 0
    assert (Path("run") / files.RESULT).read_bytes() == kept
    (Path("run") / files.RESULT).unlink()
    assert command(*run, "seed=3").status == 0
