"""In a real Jupyter kernel: compose, train, sweep with two workers, read, plot; an interrupt leaves no worker."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lagrun.storage import files
from scripts.soak import PATIENCE, wait_for, workers

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")]

SMALL = "'task.p=4', 'model.hidden_size=4', 'execution.n_jobs=2', 'execution.block_size=1'"

CELLS = (
    f"""
import lagrun

experiment = lagrun.compose({SMALL}, "budget=30")
results = lagrun.train(experiment, range(4))
""",
    f"""
runs = lagrun.sweep({SMALL}, "budget=30", "seed=0-3", folder="a")
assert runs["weights_sha256"].to_list() == [result.params.sha256(0) for result in results]
lagrun.summarise(lagrun.read_runs("a"))
""",
    "lagrun.sweep_figures('a')[0]",
)

LONG = f"lagrun.sweep({SMALL}, 'budget=100000000', 'seed=0-1', folder='b')"


class Kernel:
    """A kernel, and what it says of the code that it is given."""

    def __init__(self, manager: Any) -> None:
        self._manager, self._client = manager, manager.client()
        self._client.start_channels()
        self._client.wait_for_ready(timeout=60)
        self.pid = manager.provisioner.process.pid

    def begin(self, code: str) -> None:
        self._asked = self._client.execute(code)

    def interrupt(self) -> None:
        self._manager.interrupt_kernel()

    def answer(self) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """The reply to the code, and all that was shown meanwhile."""
        reply = self._client.get_shell_msg(timeout=120)["content"]
        shown = []
        while True:
            message = self._client.get_iopub_msg(timeout=60)
            if message["parent_header"].get("msg_id") != self._asked:
                continue
            if message["header"]["msg_type"] not in ("status", "execute_input"):
                shown.append(message["content"])
            elif message["content"].get("execution_state") == "idle":
                return reply, shown

    def end(self) -> None:
        self._client.stop_channels()
        self._manager.shutdown_kernel(now=True)


@pytest.fixture
def kernel(tmp_path: Path) -> Iterator[Kernel]:
    jupyter = pytest.importorskip("jupyter_client", reason="Jupyter is not installed: pip install 'lagrun[test]'")
    pytest.importorskip("ipykernel")
    manager = jupyter.KernelManager(kernel_name="python3")
    manager.start_kernel(cwd=str(tmp_path))
    found = Kernel(manager)
    yield found
    found.end()


@pytest.mark.filterwarnings("default")  # of the kernel's own packages
def test_a_notebook(kernel: Kernel, tmp_path: Path) -> None:
    kinds = []
    for code in CELLS:
        kernel.begin(code)
        reply, shown = kernel.answer()
        assert reply["status"] == "ok", reply
        assert not [each for each in shown if each.get("name") == "stdout"]
        kinds.append(sorted({kind for each in shown for kind in each.get("data", {})}))
    assert kinds == [[], ["text/html", "text/plain"], ["image/png", "text/plain"]]

    kernel.begin(LONG)
    assert wait_for(lambda: len(list((tmp_path / "b").rglob(files.STARTED))) == 2, 60)
    assert len(workers(kernel.pid)) == 2
    kernel.interrupt()
    reply, shown = kernel.answer()
    assert (reply["status"], reply["ename"]) == ("error", "KeyboardInterrupt")
    assert wait_for(lambda: not workers(kernel.pid), PATIENCE)
    assert "go on with: python -m lagrun resume=b" in "".join(each.get("text", "") for each in shown)

    kernel.begin("print(len(lagrun.train(lagrun.compose('budget=2'), [0])))")
    reply, shown = kernel.answer()
    assert [each["text"] for each in shown] == ["1\n"]
