"""What `lagrun clean` removes, and above all what it does not."""

import io
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock

from lagrun import aggregate, clean, plot
from lagrun.report import __main__ as main_of_report
from lagrun.storage import files
from lagrun.storage.lock import LOCK
from lagrun.storage.removable import check_removable
from tests.conftest import Command
from tests.helpers import files_below
from tests.small_commands import SMALL
from tests.written_sweeps import sweep


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    found = sweep(tmp_path / "outputs" / "s", {5: [100, 200], 6: [300]})
    sweep(tmp_path / "outputs" / "other", {5: [100]})
    return found


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def everything(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob("*")}


@pytest.mark.parametrize(
    "mains", [(), pytest.param((aggregate.main, plot.main, main_of_report.main), marks=pytest.mark.slow)]
)
def test_all_that_lagrun_writes_into_a_sweep_can_be_removed(
    mains: tuple[Callable[[list[str]], int], ...], command: Command, tmp_path: Path
) -> None:
    assert command(*SMALL, "snapshots=2", "-m", "seed=0,1", "hydra.sweep.dir=outputs/s").status == 0
    assert command(*SMALL, "seed=1", "hydra.run.dir=outputs/run").status == 0
    folder = Path("outputs/s")
    for main in mains:
        assert main([str(folder)]) == 0
    (folder / "sweep.json.damaged-1").touch()
    shutil.copytree(next(folder.glob("*/seed=1")), folder / "task.p=6" / "seed=1.damaged-1")
    status, out, err = command("clean", "outputs/s", "outputs/run", "outputs/s/", "--yes")
    assert (status, err) == (0, "")
    assert "outputs/s: runs ended: 2, " in out
    assert "outputs/run: runs ended: 1, " in out
    assert "together: runs ended: 3, " in out
    assert everything(tmp_path) == {"outputs"}


def test_what_lies_in_another_folder_that_is_named_goes_with_it(folder: Path, command: Command) -> None:
    status, out, err = command("clean", "outputs/s/p=5/seed=0", "outputs/s", "--yes")
    assert (status, err) == (0, "")
    assert out.splitlines()[1:] == ["removed: outputs/s"]
    assert not folder.exists()


def test_a_run_of_a_sweep_alone(folder: Path, command: Command) -> None:
    assert command("clean", "outputs/s/p=5/seed=1", "--yes").status == 0
    assert {path.parent.name for path in folder.rglob(files.RESULT)} == {"seed=0"}
    assert (folder / files.SWEEP).exists()


@pytest.mark.parametrize(
    ("answer", "status"), [("y\n", 0), ("yes\n", 0), ("n\n", 1), ("\n", 1), ("", 1), ("yesno\n", 1)]
)
def test_on_a_terminal_it_says_what_and_asks(
    answer: str, status: int, folder: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", Terminal(answer))
    done = command("clean", "outputs/s")
    assert done.status == status
    assert done.out.startswith("outputs/s: runs ended: 3, ")
    assert "Remove them for good? [y/N] " in done.out
    assert folder.exists() == (status == 1)
    assert ("nothing was removed" in done.out) == (status == 1)


def test_without_a_terminal_it_does_not_ask(folder: Path, command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    status, out, err = command("clean", "outputs/s")
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert "say --yes" in err
    assert folder.exists()


def foreign(folder: Path) -> str:
    (folder / "p=5" / "seed=0" / "notes.txt").touch()
    return "holds p=5/seed=0/notes.txt, which lagrun has not written"


def linked(folder: Path) -> str:
    (folder / "p=7").symlink_to(folder.parent / "other")
    return "holds p=7, which"


def linked_file(folder: Path) -> str:
    (folder / "p=5" / "seed=0" / files.PARAMS).symlink_to(folder / files.SWEEP)
    return "holds p=5/seed=0/params.npz, which"


def inner_folder(folder: Path) -> str:
    (folder / "figures" / "mine.png").mkdir(parents=True)
    return "holds figures/mine.png, which"


def another_sweep(folder: Path) -> str:
    sweep(folder / "t", {5: [100]})
    return "holds t/sweep.json, which"


@pytest.mark.parametrize(
    "change", [foreign, linked, linked_file, inner_folder, another_sweep], ids=lambda change: change.__name__
)
def test_a_folder_with_something_of_others_stays_and_so_do_all(change: object, folder: Path, command: Command) -> None:
    assert callable(change)
    said = change(folder)
    before = everything(folder.parent)
    status, out, err = command("clean", "outputs/other", "outputs/s", "--yes")
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert said in err
    assert everything(folder.parent) == before


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("/", "neither"),
        ("outputs", "is neither a sweep's folder nor a run's; name what it holds, such as outputs/s"),
        ("outputs/s/p=5", "neither"),
        ("nowhere", "no such folder"),
        ("outputs/s/sweep.json", "is a file"),
        ("link", "is a link"),
        ("link/", "is a link"),
        (".", "neither"),
    ],
)
def test_what_is_no_sweep_s_or_run_s_folder_stays(name: str, said: str, folder: Path, command: Command) -> None:
    Path("link").symlink_to(folder)
    before = everything(folder.parent)
    if name == "/":  # without looking at all that is below it
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("lagrun.storage.removable.outputs", lambda root: iter(()))
            status, out, err = command("clean", name, "--yes")
    else:
        status, out, err = command("clean", name, "--yes")
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert said in err
    assert everything(folder.parent) == before


def test_the_folder_one_is_in_stays(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder / "p=5")
    with pytest.raises(Exception, match="leave it first"):
        check_removable(folder)


@pytest.mark.parametrize(("locked", "named"), [("s", "s"), ("s", "s/p=5/seed=0"), ("other", "s")])
def test_a_folder_in_use_stays(locked: str, named: str, folder: Path, command: Command) -> None:
    with FileLock(folder.parent / locked / LOCK):
        before = files_below(folder) - {LOCK}
        status, _, err = command("clean", f"outputs/{named}", "--yes")
        if locked == "other":
            assert status == 0
            return
        assert (status, err) == (
            3,
            f"lagrun.clean: outputs/{named}: another process of lagrun is running in this folder\n",
        )
        assert {name for name in files_below(folder) if not name.endswith(LOCK)} == before


def test_what_an_interrupted_removal_leaves_can_be_removed(
    folder: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "multirun.yaml").touch()
    (folder / ".hydra").mkdir()
    for n in range(1, 20):
        calls = iter(range(n))

        def remove_some(path: Path, real: object = clean._remove, calls: object = calls) -> None:
            assert callable(real)
            next(calls)  # type: ignore[call-overload]
            real(path)

        with monkeypatch.context() as patch:
            patch.setattr("lagrun.clean._remove", remove_some)
            try:
                clean.remove(folder)
            except StopIteration:
                check_removable(folder)
            else:
                break
    assert not folder.exists()
    assert n > 2


def test_a_disk_that_refuses_is_one_line(folder: Path, command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("shutil.rmtree", refuse)
    status, _, err = command("clean", "outputs/s", "--yes")
    assert (status, err) == (1, f"lagrun.clean: {Path('outputs/s/p=5')}: cannot be removed (Permission denied)\n")
    assert os.path.lexists(folder)
