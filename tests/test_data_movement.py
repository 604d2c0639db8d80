"""Costs of one training sequence: stack depths, reading orders, and counts, against naive loops and by hand."""

import json
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lagrun import aggregate, store
from lagrun.cell import Cell
from lagrun.config import build, plain
from lagrun.data_movement import columns, cost_of
from lagrun.data_movement.cost_of import NoCostError
from lagrun.data_movement.lru import byte_distance, stack_depths
from lagrun.data_movement.recorder import Recorder
from lagrun.data_movement.traced import Traced, UntraceableError
from lagrun.data_movement.training_sequence import initial_weights, learn, sequence_length, typical_sequence
from lagrun.engines.reference import Reference
from lagrun.learning import learner
from lagrun.models.gru import GRU
from lagrun.params import Params
from lagrun.seeds import generator
from lagrun.table import rounded
from tests.conftest import Command
from tests.helpers import compose_config, options, sized

MakeCell = Callable[..., Cell]


class NaiveStack:
    """The definition, word for word: a list of values, the top last."""

    def __init__(self) -> None:
        self.stack: list[int] = []
        self.depths: list[int] = []
        self.n_values = 0

    def new(self) -> int:
        self.n_values += 1
        self.stack.append(self.n_values)
        return self.n_values

    def read(self, *values: int) -> None:
        self.depths += [len(self.stack) - self.stack.index(value) for value in values if value]
        for value in values:
            if value:
                self.stack.remove(value)
                self.stack.append(value)


def distance(depths: list[int], word: int) -> int:
    """Byte by byte."""
    return sum(math.ceil(math.sqrt(word * (depth - 1) + byte)) for depth in depths for byte in range(1, word + 1))


def traced_depths(recorder: Recorder) -> list[int]:
    events = recorder.events()
    assert events is not None
    return stack_depths(events).tolist()


@st.composite
def instructions(draw: st.DrawFn) -> list[tuple[int, ...]]:
    """Reads of one or two values; an empty tuple is a write."""
    found: list[tuple[int, ...]] = [()]
    n_values = 1
    for kind in draw(st.lists(st.sampled_from([0, 1, 2]), max_size=40)):
        found.append(tuple(draw(st.integers(1, n_values)) for _ in range(kind)))
        n_values += kind == 0
    return found


@given(instructions())
def test_depths_against_a_list(program: list[tuple[int, ...]]) -> None:
    stack, events = NaiveStack(), []
    for read in program:
        if read:
            stack.read(*read)
            events += [read[0], *(-value for value in read[1:])]
        else:
            events.append(stack.new())
    assert stack_depths(np.array(events, np.int32)).tolist() == stack.depths


@given(st.lists(st.integers(1, 3000), max_size=20), st.sampled_from([1, 2, 4, 8]))
def test_distance_byte_by_byte(depths: list[int], word: int) -> None:
    assert byte_distance(np.array(depths, int), word) == distance(depths, word)


def test_published_example() -> None:
    # a, b, c, d are put on the stack in this order, d on top: c is at depth 2, b at depth 3. b + c reads b, then c,
    # both before either moves. The stack is then a, d, b, c, sum, so that a further a + a reads a twice at depth 5.
    recorder = Recorder()
    a, b, c, _ = Traced.put(np.arange(4.0), recorder)
    b + c
    a + a
    assert traced_depths(recorder) == [3, 2, 5, 5]
    # One byte: ceil(sqrt(3)) + ceil(sqrt(2)) = 2 + 2. Two bytes: b's are at 5 and 6, c's at 3 and 4: 3 + 3, and 2 + 2.
    assert byte_distance(np.array([3, 2]), 1) == 4
    assert byte_distance(np.array([3, 2]), 2) == 10


def test_worked_matrix_vector_product() -> None:
    # Stack from the top: x1 x0 W11 W10 W01 W00. x @ W is y0 = x0 W00 + x1 W10, then y1 = x0 W01 + x1 W11.
    #   x0 W00: x0 at 2, W00 at 6. Then from the top: W00 x0 x1 W11 W10 W01.
    #   x1 W10: x1 at 3, W10 at 5. Then W10 x1 W00 x0 W11 W01, and y0 on top.
    #   x0 W01: from the top y0 W10 x1 W00 x0 W11 W01: x0 at 5, W01 at 7. Then W01 x0 y0 W10 x1 W00 W11.
    #   x1 W11: x1 at 5, W11 at 7.
    recorder = Recorder()
    w, x = Traced.put(np.array([[1.0, 2.0], [3.0, 4.0]]), recorder), Traced.put(np.array([5.0, 6.0]), recorder)
    y: Any = x @ w
    assert y.values.tolist() == [23.0, 34.0]
    assert traced_depths(recorder) == [2, 6, 3, 5, 5, 7, 5, 7]
    assert recorder.multiplications == 4
    # 1-byte words: ceil of the roots 2 + 3 + 2 + 3 + 3 + 3 + 3 + 3.
    assert byte_distance(np.array(traced_depths(recorder)), 1) == 22


@settings(max_examples=30)
@given(st.integers(1, 4), st.integers(1, 4), st.integers(1, 3))
def test_a_program_against_plain_loops(n: int, m: int, k: int) -> None:
    def program(x: Any, w: Any, b: Any) -> Any:
        h = np.tanh(x @ w + b)  # (m,)
        g = np.zeros_like(w)
        for _ in range(k):
            g += np.outer(x, h)
            h = np.concatenate([h[1:], h[:1]]) * 0.5
        return x - g @ h + g.sum(0).sum()

    rng = np.random.default_rng(0)
    plain_arrays = [rng.normal(size=shape) for shape in ((n,), (n, m), (m,))]
    recorder = Recorder()
    result = program(*(Traced.put(array, recorder) for array in plain_arrays))
    assert result.values.tobytes() == program(*plain_arrays).tobytes()

    stack = NaiveStack()

    def compute(*read: int) -> int:
        stack.read(*read)
        return stack.new()

    def total(terms: list[tuple[int, ...]]) -> int:
        for read in terms:
            stack.read(*read)
        return stack.new()

    x = [stack.new() for _ in range(n)]
    w = [[stack.new() for _ in range(m)] for _ in range(n)]
    b = [stack.new() for _ in range(m)]
    h = [total([(x[i], w[i][j]) for i in range(n)]) for j in range(m)]
    h = [compute(h[j], b[j]) for j in range(m)]
    h = [compute(h[j]) for j in range(m)]
    g = [[0] * m for _ in range(n)]
    for _ in range(k):
        products = [[compute(x[i], h[j]) for j in range(m)] for i in range(n)]
        g = [[compute(g[i][j], products[i][j]) for j in range(m)] for i in range(n)]
        h = [compute(each) for each in h[1:] + h[:1]]
    g_h = [total([(g[i][j], h[j]) for j in range(m)]) for i in range(n)]
    x = [compute(x[i], g_h[i]) for i in range(n)]
    columns_of_g = [total([(g[i][j],) for i in range(n)]) for j in range(m)]
    whole = total([(each,) for each in columns_of_g])
    [compute(x[i], whole) for i in range(n)]

    assert traced_depths(recorder) == stack.depths
    assert recorder.n_reads == len(stack.depths)
    assert recorder.multiplications == n * m + k * (n * m + m) + n * m


def test_moves_cost_nothing_and_keep_the_values() -> None:
    recorder = Recorder()
    w = Traced.put(np.arange(6.0).reshape(2, 3), recorder)  # numbers 1 to 6
    copy: Any = np.stack([w[1], np.zeros(3), *np.split(w.T.ravel().reshape(2, 3), 2)[0]])
    copy[0, 1:] = w[[1, 0], [0, 0]]
    copy[2] = 0.0
    picked = np.where(copy.values > 2, copy, np.hstack([w, w])[0, :3])
    assert copy.ids.tolist() == [[4, 4, 1], [0, 0, 0], [0, 0, 0]]
    assert picked.ids.tolist() == [[4, 4, 3], [1, 2, 3], [1, 2, 3]]
    assert recorder.n_reads == recorder.multiplications == 0


def test_writing_in_place_makes_new_values_under_every_name() -> None:
    recorder = Recorder()
    w: Any = Traced.put(np.arange(4.0), recorder)
    view = w[1:].reshape(3, 1)
    view *= 2
    np.exp(w[:1], out=w[:1])
    assert w.ids.tolist() == [8, 5, 6, 7]
    assert w.values.tolist() == [1.0, 2.0, 4.0, 6.0]
    # From the top 4 3 2 1: 2 at 3. Then 5 2 4 3 1: 3 at 4. Then 6 3 5 2 4 1: 4 at 5. Then 7 4 6 3 5 2 1: 1 at 7.
    assert traced_depths(recorder) == [3, 4, 5, 7]


def test_what_cannot_be_followed_is_refused() -> None:
    recorder = Recorder()
    x: Any = Traced.put(np.ones(3), recorder)
    hidden = np.zeros(3)
    with pytest.raises(UntraceableError, match="zeros_like"):
        hidden[1:] = x[1:]
    with pytest.raises(UntraceableError, match="plain array"):
        hidden += x
    with pytest.raises(UntraceableError, match="stack"):
        np.array([x, x])
    with pytest.raises(UntraceableError, match="cumsum"):
        np.cumsum(x)
    with pytest.raises(UntraceableError, match=r"add\.accumulate"):
        np.add.accumulate(x)
    with pytest.raises(UntraceableError, match="no `where`"):
        np.add(x, x, where=np.zeros(3, bool))
    with pytest.raises(UntraceableError, match=r"float\(x\)"):
        float(x[0]) * float(x[1])
    with pytest.raises(UntraceableError, match="numpy's"):
        math.tanh(x[2])
    with pytest.raises(UntraceableError, match=r"int\(x\)"):
        int(x[0])
    with pytest.raises(UntraceableError, match="compare it"):
        _ = 1 if x[0] else 2
    with pytest.raises(UntraceableError, match="compare it"):
        np.where(x, x, 0.0)
    with pytest.raises(UntraceableError, match="only of vectors"):
        np.linalg.norm(x.reshape(1, 3))
    assert recorder.n_reads == 0


def test_a_decision_reads_what_is_compared_and_no_more() -> None:
    recorder = Recorder()
    x: Any = Traced.put(np.arange(3.0), recorder)
    assert x[2] > 1
    assert x[0] == 0
    # From the top 3 2 1: 3 at 1. Then the comparison, 3, 2, 1: 1 at 4.
    assert traced_depths(recorder) == [1, 4]
    np.where(x > 1, x, 0.0)
    assert recorder.n_reads == 5


def test_norms_multiply_where_they_square() -> None:
    recorder = Recorder()
    x: Any = Traced.put(np.array([3.0, -4.0]), recorder)
    found, n_multiplications = [], []
    for order in (None, 2, 1, np.inf):
        found.append(np.linalg.norm(x, order).values.tolist())
        n_multiplications.append(recorder.multiplications)
    assert found == [5.0, 5.0, 7.0, 4.0]
    assert n_multiplications == [2, 4, 4, 4]
    assert recorder.n_reads == 8


@pytest.mark.parametrize("axis", [(1, 0), (0, 1), None])
def test_sums_over_several_axes_read_in_c_order(axis: Any) -> None:
    recorder = Recorder()
    x: Any = Traced.put(np.arange(6.0).reshape(2, 3), recorder)
    assert np.sum(x, axis=axis).values == 15
    # From the top 6 5 4 3 2 1, read from 1 on: each is the lowest when its turn comes.
    assert traced_depths(recorder) == [6] * 6


WAYS = [
    *[(f"model={name}",) for name in options("model")],
    ("model=lstm", "model.readout_bias=true"),
    ("model=chunker", "loss=squared_error", "updates=step", "optimiser=sgd", "optimiser.clip_norm=null"),
    ("model=rtrl", "updates=step", "optimiser=sgd", "optimiser.clip_norm=null", "loss=squared_error"),
    ("model=rtrl", "task=very_long_lag", "task.q=4"),
    ("model=rtrl", "model.timing=sync", "dtype=float32"),
    ("model=lstm1997", "updates=step", "model.hidden_recurrence=true", "model.output_gate=true"),
    ("model=lstm1997", "model.hidden_recurrence=true", "model.gradient=full", "model.output_gate=true"),
    ("model=lstm1997", "task=very_long_lag", "task.q=4", "model.construction=false", "optimiser=momentum"),
    ("model=elman", "model.gradient=truncated_window", "model.window=3", "model.squash=logistic_1"),
    ("model=gru", "task=no_regularities", "task.scored=end", "loss_weighting=last_step"),
]


@pytest.mark.parametrize("way", WAYS, ids=" ".join)
def test_what_is_traced_is_what_is_trained(way: tuple[str, ...]) -> None:
    sizes = sized(way[0].removeprefix("model="), 4)
    cell = replace(build(compose_config(*sizes, "task.p=6", *way)), engine=Reference())
    batch, (params, growth) = typical_sequence(cell), initial_weights(cell)
    before = params.flat.copy()
    recorder, counter = Recorder(), Recorder(0)
    after = learn(cell, params, growth, batch, recorder)
    assert params.flat.tobytes() == before.tobytes()
    assert learn(cell, params, growth, batch, counter).flat.tobytes() == after.flat.tobytes()
    assert counter.multiplications == recorder.multiplications > 0
    assert len(traced_depths(recorder)) == recorder.n_reads > 0

    network = cell.engine.network(cell.model)
    trained = network.init([generator(0, "init")], cell.task.n_inputs, cell.task.n_outputs, cell.dtype)
    learner(cell, network, trained).learn(batch, 1)
    assert after.flat.tobytes() == trained.flat.tobytes() != before.tobytes()


@pytest.mark.parametrize(("p", "h"), [(5, 3), (100, 16)])
def test_multiply_adds_of_the_lstm(p: int, h: int) -> None:
    config = plain(compose_config("model=lstm", f"task.p={p}", f"model.hidden_size={h}"))
    t, v, k = p, p + 1, p + 1
    n_weights = (v + h + 1) * 4 * h + h * k
    # Forward: three products; elementwise, two for each of three logistic functions, i g, f c, o tanh(c). Backward:
    # errors by two of the matrices, an outer product for each; elementwise, 3 for each of the four net inputs, 3 for
    # the cell, 1 for what goes further back. Loss: a sum by a product with ones, and a factor on its gradient. Once a
    # sequence: norm, clipping, and four in Adam.
    forward = 4 * h * v + 4 * h * h + h * k + 9 * h
    backward = (h * k + 4 * h * h) + (4 * h * v + 4 * h * h + h * k) + 16 * h
    assert cost_of.cost_of(config, 0).multiply_adds == t * (forward + backward + 2 * k) + 6 * n_weights


def test_the_sequence_is_of_mean_length(make_cell: MakeCell) -> None:
    cell = make_cell("model=lstm1997", "task=very_long_lag", "task.q=30", "task.p=5")
    batch = typical_sequence(cell)
    assert not batch.padded
    assert len(batch.ids[0]) == batch.lengths[0] == batch.ids.shape[1]
    assert abs(batch.lengths[0] - (30 + 12)) <= 2  # q + 12 steps in the mean
    assert sequence_length(make_cell("task.p=7")) == 7


@cache
def small(*overrides: str) -> dict[str, Any]:
    return plain(compose_config("model.hidden_size=2", "task.p=5", *overrides))


def test_cost_of_a_configuration() -> None:
    cost = cost_of.cost_of(small())
    assert (cost.n_steps, cost.word) == (5, 8)
    half = cost_of.cost_of(small("dtype=float32"))
    assert half == replace(cost, word=4, bytedmd=half.bytedmd)  # the same values, closer together
    assert cost.bytedmd is not None
    assert half.bytedmd is not None
    assert 2 * half.bytedmd < cost.bytedmd < 4 * half.bytedmd
    assert cost.n_reads is not None
    assert cost_of.cost_of(small(), cost.n_reads) == cost
    assert cost_of.cost_of(small(), cost.n_reads - 1) == replace(cost, n_reads=None, bytedmd=None)
    assert cost_of.cost_of(small(), 0) == replace(cost, n_reads=None, bytedmd=None)


def test_only_what_matters_tells_costs_apart() -> None:
    config, other = small(), small("engine=reference", "optimiser=sgd", "criterion.window=9", "dtype=float32")
    for name in ("engine", "criterion"):
        assert config[name] != other[name]
        assert cost_of.key(config | {name: other[name]}) == cost_of.key(config)
    for name in ("optimiser", "dtype"):
        assert cost_of.key(config | {name: other[name]}) != cost_of.key(config)
    for group, value in (("model", {"hidden_size": 3}), ("task", {"p": 6})):
        assert cost_of.key(config | {group: config[group] | value}) != cost_of.key(config)


@dataclass(frozen=True)
class NoLoop:
    """A model of a user, without a plain loop."""

    hidden_size: int

    def init(self, rngs: Any, n_inputs: int, n_outputs: int, dtype: str) -> Params:
        return Params.zeros({"W": (n_inputs, n_outputs)}, len(rngs), dtype)

    def forward(self, params: Params, batch: Any, tape: Any = None) -> Any:
        raise AssertionError


class Untraceable:
    """A plain loop that keeps logits in a plain array."""

    def n_inputs(self, weights: Any) -> int:
        return len(weights["W_input_gates"])

    def forward(self, weights: Any, inputs: Any) -> Any:
        logits = np.zeros((len(inputs), weights["W_hidden_output"].shape[1]))
        for t, x in enumerate(inputs):
            logits[t] = (x @ weights["W_input_gates"])[: len(weights["W_hidden_output"])] @ weights["W_hidden_output"]
        return logits, None

    def grads(self, weights: Any, tape: Any, dlogits: Any) -> Any:
        raise AssertionError


@dataclass(frozen=True)
class InPlainArrays(GRU):
    """A model of a user whose loop cannot be followed."""

    def reference(self) -> Any:
        return Untraceable()


def of_a_user(config: dict[str, Any], name: str) -> dict[str, Any]:
    model = config["model"] | {"_target_": f"{__name__}.{name}"}
    return config | {"model": model, "trusted_modules": ["tests"]}


def test_why_there_is_no_cost(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NoCostError, match=r"^cannot be traced \(a traced array becomes a plain one"):
        cost_of.cost_of(of_a_user(small("model=gru"), "InPlainArrays"), trusted=["tests"])
    with pytest.raises(NoCostError, match=r"^model\._target_=.*: is not lagrun's, .*, add --trust tests$"):
        cost_of.cost_of(of_a_user(small("model=gru"), "InPlainArrays"))
    monkeypatch.setattr(cost_of, "MAX_WEIGHT_STEPS", 100)
    with pytest.raises(NoCostError, match=r"^more than 1e\+02 weights times steps"):
        cost_of.cost_of(small())


def test_table_with_costs(
    command: Command, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    command(
        "model.hidden_size=2", "budget=40", "criterion.window=10", "task.p=2,3", "-m", "seed=0-1", "hydra.sweep.dir=out"
    )
    folder = Path("out")
    without = (folder / "summary.md").read_text()
    capsys.readouterr()
    assert aggregate.main(["out", "--cost"]) == 0
    shown = capsys.readouterr()
    assert "ByteDMD" in shown.out
    assert shown.err == ""
    summary = pd.read_csv(folder / "summary.csv")
    costs = [cost_of.cost_of(small(f"task.p={p}")) for p in (2, 3)]
    assert summary["n_weights"].tolist() == [2 * 4 * (p + 1 + 2 + 1) + 2 * (p + 1) for p in (2, 3)]
    assert summary["multiply_adds"].tolist() == [cost.multiply_adds for cost in costs]
    assert summary["bytedmd"].tolist() == [cost.bytedmd for cost in costs]
    for name, product in (("multiply_adds", "multiply_adds_to_solution"), ("bytedmd", "energy_to_solution")):
        assert summary[product].tolist() == (summary[name] * summary["ert"]).tolist()
    assert "energy to solution" in (folder / "summary.md").read_text()

    # Computed once, and again only if the file is damaged or by another definition.
    stored = (folder / columns.COSTS).read_bytes()
    with monkeypatch.context() as patched:
        patched.setattr(columns, "cost_of", lambda *_, **__: pytest.fail("computed again"))
        assert aggregate.main(["out", "--cost"]) == 0
    content = json.loads(stored)
    old = {"version": 0, "costs": content["costs"]}
    sealed_old = json.dumps(old | {store.SEAL: store.sha256_of(old)}).encode()
    wrong_number = stored.replace(str(costs[0].bytedmd).encode(), b"1")
    for damaged in (b"", b"[]", b'{"version": 1}', stored[:-30], wrong_number, sealed_old):
        (folder / columns.COSTS).write_bytes(damaged)
        assert columns.read_costs(folder) == {}
    assert aggregate.main(["out", "--cost"]) == 0
    assert (folder / columns.COSTS).read_bytes() == stored

    assert aggregate.main(["out"]) == 0
    assert (folder / "summary.md").read_text() == without


def test_cells_without_costs_are_blank(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = of_a_user(small() | {"model": {"hidden_size": 2}}, "NoLoop")
    for seed in (0, 1):
        run = tmp_path / f"seed={seed}"
        run.mkdir()
        found = {"outcome": "budget", "sequences_seen": 9, "n_weights": 30 + seed, "cpu_seconds": 1.0, "files": {}}
        store.write_result(run, {"seed": seed, "config": config} | found)
    assert aggregate.main([str(tmp_path), "--cost", "--trust", "tests"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "no costs: NoLoop has no plain loop"
    summary = pd.read_csv(tmp_path / "summary.csv")
    assert summary["n_weights"].tolist() == [30.5]
    names = ["multiply_adds", "multiply_adds_to_solution", "bytedmd", "energy_to_solution"]
    assert summary[names].isna().all(axis=None)
    assert not (tmp_path / columns.COSTS).exists()


def test_costs_that_cannot_be_kept_are_shown_before_one_line_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "seed=0"
    run.mkdir()
    found = {"outcome": "budget", "sequences_seen": 9, "n_weights": 30, "cpu_seconds": 1.0, "files": {}}
    store.write_result(run, {"seed": 0, "config": small()} | found)

    def refuse(*_: Any, **__: Any) -> None:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patched:
        patched.setattr(store, "write_atomically", refuse)
        assert aggregate.main([str(tmp_path), "--cost"]) == 2
    shown = capsys.readouterr()
    assert rounded(cost_of.cost_of(small()).multiply_adds) in shown.out
    assert [line for line in shown.err.splitlines() if "cannot be written to (Permission denied)" in line] == [
        shown.err.splitlines()[-1]
    ]

    (tmp_path / columns.COSTS).mkdir()  # the tables can be written, the costs cannot be kept
    assert aggregate.main([str(tmp_path), "--cost"]) == 2
    assert "ByteDMD" in (tmp_path / "summary.md").read_text()
    assert f"{tmp_path}: cannot be written to" in capsys.readouterr().err.splitlines()[-1]


def test_what_a_received_folder_trusts_is_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "planted.py").write_text("raise RuntimeError('was imported')")
    monkeypatch.syspath_prepend(tmp_path)
    config = small() | {"model": {"_target_": "planted.Net"}, "trusted_modules": ["planted"]}
    run = tmp_path / "sweep" / "seed=0"
    run.mkdir(parents=True)
    found = {"outcome": "budget", "sequences_seen": 9, "n_weights": 30, "cpu_seconds": 1.0, "files": {}}
    store.write_result(run, {"seed": 0, "config": config} | found)
    assert aggregate.main([str(run.parent), "--cost"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == (
        "no costs: model._target_=planted.Net: is not lagrun's, and would be run; if you trust it, add --trust planted"
    )
    assert aggregate.main([str(run.parent), "--cost", "--trust", "not a name"]) == 2
    assert "must be a list of names of packages" in capsys.readouterr().err


def test_large_numbers_are_short() -> None:
    texts = {0: "0", 7.0: "7", 964: "964", 999.6: "1k", 32108: "32.1k", 2.2e6: "2.2M", 9.9951e8: "1G"}
    for value, text in texts.items():
        assert rounded(value) == text
    assert (rounded(math.inf), rounded(math.nan), rounded(None)) == ("inf", "", "")


@pytest.mark.slow
def test_depths_of_a_long_trace() -> None:
    # Cyclic reads of n values, each time at depth n.
    n, rounds = 1000, 2000
    events = np.tile(np.arange(1, n + 1, dtype=np.int32), rounds + 1)
    assert (stack_depths(events) == n).all()
