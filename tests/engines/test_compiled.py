"""The compiled engine against the numpy engine, and against itself."""

import os
import re
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("numba", reason="numba is not installed: pip install 'lagrun[fast]'")

from lagrun.checks import ConfigError
from lagrun.criteria.rolling_accuracy import RollingAccuracy
from lagrun.engines.compiled import Compiled
from lagrun.engines.compiled.arithmetic import exp, log
from lagrun.engines.numpy import Numpy
from lagrun.interfaces import Batch
from lagrun.interfaces.experiment import Experiment
from lagrun.models.lstm import LSTM
from lagrun.optimisers.sgd import SGD
from lagrun.tasks.no_regularities import NoRegularities
from lagrun.tasks.noise_free import NoiseFree
from lagrun.training import training_block
from lagrun.training.admission import build
from lagrun.training.training_block import Single
from tests.helpers import assert_same, compose_config, run

QUICK = ("evaluation.n_sequences=5", "evaluation.curve_n_sequences=2")

#: What an engine could get wrong, all by the loop of one net.
PLAIN, ELMAN, RTRL = ("model=lstm",), ("+experiment=bptt_p100", "task.p=9"), ("+experiment=rtrl_p4",)
COMMON = [
    PLAIN,
    (*PLAIN, "model.hidden_size=5", "task=very_long_lag", "task.q=60", "model.gradient=truncated"),
    (*PLAIN, "task=no_regularities", "task.p=12", "task.scored=end", "optimiser=momentum"),
    (*PLAIN, "loss=squared_error", "loss_weighting=uniform", "optimiser=sgd", "optimiser.clip_norm=null"),
    (*PLAIN, "model.readout_bias=true", "model.orthogonal=qr", "task.p=12"),
    (*PLAIN, "model.readout_bias=true", "task=very_long_lag", "task.p=9", "task.q=10"),
]
#: Each net's loop takes about 10 s to compile.
OTHERS = [
    ELMAN,
    (*ELMAN, "model.hidden_size=5", "model.timing=sync", "model.direct=false", "model.squash=tanh"),
    RTRL,
    (*RTRL, "model.timing=sync", "model.hidden_size=3", "model.sensitivities=kept", "optimiser.learning_rate=0.5"),
    ("model=rtrl", "task=no_regularities", "task.p=9", "task.scored=end", "model.hidden_size=2"),
    ("model=gru", "task.p=20"),
    ("+experiment=paper_2a", "task.p=12"),
    ("+experiment=paper_2a", "task.p=12", "model.construction_window=5", "model.construction_ratio=0.1"),
    ("+experiment=paper_2a", "task.p=12", "model.n_blocks=2", "model.block_size=2", "model.hidden_recurrence=true"),
    ("+experiment=paper_2a", "task.p=12", "model.output_gate=true", "model.n_blocks=2", "model.block_size=2"),
    ("+experiment=paper_2b", "task.p=12"),
    ("+experiment=paper_2c",),
    ("+experiment=paper_2c", "model.block_size=3", "model.squash_cell_input=identity", "model.direct=true"),
    ("+experiment=literal_2c",),
    ("model=lstm1997", "task.p=12", "model.hidden_recurrence=true", "model.gradient=full", "model.n_blocks=3"),
    ("model=lstm1997", "task.p=12", "model.construction=true", "model.construction_window=5"),
    ("+experiment=chunker_p100", "task.p=12"),
    ("+experiment=chunker_p100_1992", "task.p=12"),
    ("+experiment=chunker_p100", "task.p=12", "model.reset_chunker=false", "model.theta_norm=euclidean"),
    ("+experiment=chunker_p100", "task.p=12", "model.hidden_size=2", "model.chunker_direct=false", "updates=sequence"),
]
END = ("model=lstm", "task=no_regularities", "task.p=4", "task.scored=end", "criterion=max_abs_error")
CASES = [*COMMON, *(pytest.param(case, marks=pytest.mark.slow) for case in OTHERS)]


def cell(*overrides: str, **replaced: Any) -> Experiment:
    return replace(build(compose_config(*QUICK, *overrides)), engine=Compiled(), **replaced)


@pytest.mark.parametrize("case", CASES, ids=" ".join)
def test_engines_agree_after_50_updates(case: tuple[str, ...]) -> None:
    compiled = cell("budget=50", *case)
    ours = run(compiled, range(3))
    theirs = run(replace(compiled, engine=Numpy()), range(3))
    for seed, result in theirs.items():
        scale = np.abs(result.params.flat).max()
        np.testing.assert_allclose(ours[seed].params.flat, result.params.flat, rtol=0, atol=1e-9 * scale)
        np.testing.assert_allclose(ours[seed].curve, result.curve, rtol=1e-6, atol=1e-6)
        start = compiled.model.init(
            [np.random.default_rng(0)], compiled.task.n_inputs, compiled.task.n_outputs, "float64"
        )
        assert (result.params.flat != start.flat).mean() > 0.1  # they learn


@pytest.mark.parametrize(
    ("overrides", "n_seeds"),
    [
        (("model=lstm", "task.p=10", "budget=400", "optimiser.learning_rate=0.005"), 10),
        pytest.param(
            ("+experiment=rtrl_p4", "model.timing=sync", "optimiser.learning_rate=10", "budget=30000"),
            4,
            marks=pytest.mark.slow,
        ),
        pytest.param(("+experiment=paper_2c", "task.p=5", "task.q=5", "budget=40000"), 4, marks=pytest.mark.slow),
        pytest.param(("+experiment=paper_2a", "task.p=10", "budget=4000"), 4, marks=pytest.mark.slow),
        ((*END, "criterion.check_every=20", "criterion.n_sequences=500", "optimiser.learning_rate=0.01"), 4),
        pytest.param(
            ("+experiment=paper_2c", "task.p=5", "task.q=5", "budget=40000", "criterion.place=every_step"),
            3,
            marks=pytest.mark.slow,
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_engines_have_the_same_outcomes(overrides: tuple[str, ...], n_seeds: int) -> None:
    compiled = cell(*overrides)
    ours, theirs = run(compiled, range(n_seeds)), run(replace(compiled, engine=Numpy()), range(n_seeds))
    found = {seed: (result.outcome, result.sequences_seen) for seed, result in ours.items()}
    assert found == {seed: (result.outcome, result.sequences_seen) for seed, result in theirs.items()}
    assert "solved" in {outcome for outcome, _ in found.values()}


@dataclass(frozen=True)
class LastScored(NoRegularities):
    """Task 2b with outputs at every step, and an error at the last one alone."""

    def sample(self, rng: np.random.Generator, first: int, n: int) -> Batch:
        batch = super().sample(rng, first, n)
        return replace(batch, scored=np.broadcast_to(np.arange(self.p) == self.p - 1, batch.scored.shape))


def test_steps_that_are_not_scored_may_be_wrong() -> None:
    overrides = (*END, "criterion.place=every_step", "criterion.check_every=20", "criterion.n_sequences=500")
    compiled = cell(*overrides, "optimiser.learning_rate=0.01", task=LastScored(4, "iid", "every_step"))
    ours, theirs = run(compiled, range(2)), run(replace(compiled, engine=Numpy()), range(2))
    found = {seed: (result.outcome, result.sequences_seen) for seed, result in ours.items()}
    assert found == {seed: (result.outcome, result.sequences_seen) for seed, result in theirs.items()}
    assert {outcome for outcome, _ in found.values()} == {"solved"}
    for seed, result in theirs.items():
        np.testing.assert_allclose(ours[seed].curve, result.curve, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize(
    "case",
    [
        (*PLAIN, "task.p=10", "budget=300"),
        pytest.param(
            (*RTRL, "model.timing=sync", "optimiser.learning_rate=10", "criterion.check_every=7", "budget=50000"),
            marks=pytest.mark.slow,
        ),
        *CASES,
    ],
    ids=" ".join,
)
def test_a_call_of_any_length_gives_the_same_bits(case: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    compiled = cell("budget=60", "criterion.check_every=7", *case)
    some = run(compiled, range(3))
    monkeypatch.setattr(training_block, "SHORT", 0.0)
    monkeypatch.setattr(training_block, "LONG", 0.0)
    for at_a_time in (1, 3, 1000) if compiled.budget < 1000 else (37, 1000):
        monkeypatch.setattr(training_block, "FIRST_PRESENTATION", at_a_time)
        assert_same(run(compiled, range(3)), some)
    assert_same(run(compiled, [2]), {2: some[2]})


def test_calls_grow_only_while_whole_ones_are_short(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled = cell(*PLAIN, "task.p=3", "model.hidden_size=1", "criterion.window=100000")
    monkeypatch.setattr(training_block, "SHORT", 1e9)
    block, done = Single(compiled, 0, Compiled()), 0
    for _ in range(20):
        done += block.present(done, done + 3)[0]  # cut short by what is to be done in between
    assert block.at_a_time == training_block.FIRST_PRESENTATION
    for _ in range(20):
        done += block.present(done, done + 10**6)[0]
    assert block.at_a_time == training_block.LARGEST_PRESENTATION
    monkeypatch.setattr(training_block, "SHORT", 0.0)
    block = Single(compiled, 0, Compiled())
    block.present(0, 10**6)
    assert block.at_a_time == training_block.FIRST_PRESENTATION


@dataclass(frozen=True)
class Beyond(NoiseFree):
    """A user's task with a symbol that it does not announce."""

    @property
    def n_inputs(self) -> int:
        return super().n_inputs - 1


def test_a_symbol_that_does_not_exist_is_an_error() -> None:
    beyond = cell(*PLAIN, "budget=10", task=Beyond(5, "alternating", "every_step"))
    with pytest.raises(IndexError, match="ids of the task Beyond"):
        run(beyond, [0])


def test_a_learning_curve_has_no_part_in_the_training() -> None:
    compiled = cell(*PLAIN, "task.p=10", "budget=100")
    plain = run(compiled, [0])[0]
    often = run(replace(compiled, evaluation=replace(compiled.evaluation, curve_every=3)), [0])[0]
    assert often.params.sha256(0) == plain.params.sha256(0)
    assert often.curve[:, 0].tolist() == [*range(3, 100, 3), 100]


@pytest.mark.slow
@pytest.mark.may_overflow
@pytest.mark.parametrize("rate", ["1e308", "1e305"])
def test_divergence_ends_a_run_where_the_numpy_engine_ends_it(rate: str) -> None:
    sgd = ("optimiser=sgd", f"optimiser.learning_rate={rate}", "optimiser.clip_norm=null")
    compiled = cell(*ELMAN, "model.hidden_size=5", "loss=softmax_cross_entropy", "budget=400", *sgd)
    ours, theirs = run(compiled, range(4)), run(replace(compiled, engine=Numpy()), range(4))
    found = {seed: (result.outcome, result.sequences_seen) for seed, result in ours.items()}
    assert found == {seed: (result.outcome, result.sequences_seen) for seed, result in theirs.items()}
    assert "diverged" in {outcome for outcome, _ in found.values()}


@dataclass(frozen=True)
class OneByOne:
    """A user's criterion, which knows nothing of several sequences at once."""

    inner: RollingAccuracy

    def init(self, n_seeds: int) -> dict[str, np.ndarray]:
        return self.inner.init(n_seeds)

    def update(self, *arguments: Any) -> np.ndarray:
        return self.inner.update(*arguments)

    def rolling_accuracy(self, *arguments: Any) -> np.ndarray:
        return self.inner.rolling_accuracy(*arguments)


@dataclass(frozen=True)
class Generous(RollingAccuracy):
    """A user's criterion made from another one."""

    def update(self, state: dict[str, np.ndarray], sequence: int, *others: Any) -> np.ndarray:
        return super().update(state, sequence, *others) | (sequence == 3)


def test_a_criterion_made_from_another_one_is_asked_itself() -> None:
    generous = cell(*PLAIN, "task.p=10", "budget=10", criterion=Generous(20, 1.0, 1, None))
    assert run(generous, [0])[0].sequences_to_solve == 3


def test_a_criterion_that_looks_at_every_sequence_ends_a_run_at_the_same_one() -> None:
    compiled = cell(*PLAIN, "task.p=10", "budget=400", "optimiser.learning_rate=0.005")
    assert isinstance(compiled.criterion, RollingAccuracy)
    some = run(compiled, range(3))
    assert_same(run(replace(compiled, criterion=OneByOne(compiled.criterion)), range(3)), some)
    assert "solved" in {result.outcome for result in some.values()}


@pytest.mark.slow
@pytest.mark.parametrize("case", [PLAIN, RTRL, ("+experiment=paper_2c",), ("model=gru",)])
def test_single_precision(case: tuple[str, ...]) -> None:
    compiled = cell("dtype=float32", "budget=5", *case)
    ours, theirs = run(compiled, [0])[0], run(replace(compiled, engine=Numpy()), [0])[0]
    assert ours.params.flat.dtype == np.float32
    np.testing.assert_allclose(ours.params.flat, theirs.params.flat, rtol=0, atol=1e-4)


@dataclass(frozen=True)
class MySGD(SGD):
    """A user's rule."""


@dataclass(frozen=True)
class MyLSTM(LSTM):
    """A user's model made from another one."""

    def forward(self, *arguments: Any) -> Any:
        return super().forward(*arguments)


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (
            ("updates=step", "model=rtrl", "optimiser=adam"),
            "updates=step has a compiled form with optimiser=sgd",
        ),
        (("model=elman", "model.gradient=truncated_window"), "gradient=truncated_window has no compiled form"),
        (("model._target_=tests.engines.test_compiled.MyLSTM",), "MyLSTM has no compiled form"),
        (("optimiser=sgd", "optimiser._target_=tests.engines.test_compiled.MySGD"), "MySGD has no compiled form"),
    ],
)
def test_what_has_no_compiled_form_is_refused(overrides: tuple[str, ...], message: str) -> None:
    with pytest.raises(ConfigError, match=f"^engine=compiled: {message}.*: use engine=numpy$"):
        build(compose_config("engine=compiled", "trusted_modules=[tests]", *overrides))


def test_without_numba_there_is_a_hint(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lagrun.engines.compiled.engine.find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=r"^engine=compiled: needs numba: pip install 'lagrun\[fast\]'$"):
        build(compose_config("engine=compiled"))


def test_log_is_exact_but_for_the_last_bits() -> None:
    x = np.concatenate([np.exp(np.linspace(-700, 700, 20_001)), np.linspace(0.5, 2, 20_001)])
    exact = np.log(x.astype(np.longdouble))
    errors = np.abs(np.array([log(value) for value in x]) - exact)
    assert (errors <= 1e-15 * np.maximum(np.abs(exact), 1e-3)).all()
    assert log(1.0) == 0
    assert np.isnan([log(value) for value in (0.0, -1.0, np.inf, np.nan)]).all()


def test_exp_is_exact_but_for_the_last_bit() -> None:
    x = np.concatenate([np.linspace(-700, 700, 20_001), np.random.default_rng(0).normal(0, 1, 20_000)])
    exact = np.exp(x.astype(np.longdouble))
    errors = np.abs(np.array([exp(value) for value in x]) - exact) / np.spacing(exact.astype(float))
    assert errors.max() <= 1.25
    assert np.isnan(exp(np.nan))
    assert exp(0.0) == 1
    assert 0 < exp(-np.inf) < 1e-307 < 1e307 < exp(np.inf) < np.inf


@pytest.mark.slow
def test_no_index_is_out_of_bounds(tmp_path: Path) -> None:
    """The comparisons above in a process where numba checks indices, which is chosen when the loops are compiled."""
    environment = os.environ | {"NUMBA_BOUNDSCHECK": "1", "LAGRUN_CACHE_DIR": str(tmp_path)}
    select = ["-m", "slow or not slow", "-k", "engines_agree", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *select, __file__],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert f"{len([*COMMON, *OTHERS])} passed" in done.stdout


@pytest.mark.slow
def test_compiling_is_announced_once(tmp_path: Path) -> None:
    environment = os.environ | {"LAGRUN_CACHE_DIR": str(tmp_path / "machine code")}
    sweep = ["engine=compiled", "model=elman", "task.p=5", "budget=20", "-m", "seed=0-5", "execution.n_jobs=2"]
    told = []
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-m", "lagrun", *sweep],
            env=environment,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
        )
        told.append(re.findall("lagrun: compiling .*", done.stderr))
    assert [len(lines) for lines in told] == [1, 0]
    assert told[0][0].startswith(f"lagrun: compiling Elman for float64; done once, kept in {tmp_path}")
