"""What is measured: engines and peers on the LSTM of the main command, engines on the presets of the other nets."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from importlib import import_module

from hydra import compose, initialize_config_dir

from lagrun.checks import ConfigError
from lagrun.config.paths import CONF
from lagrun.interfaces.experiment import Experiment
from lagrun.training.admission import build
from scripts.bench.measure import Candidate, PeerRate, Rate, rate_of_lagrun
from scripts.peers import HINT, installed

PLAIN, NUMPY, COMPILED = "plain loop", "engine=numpy", "engine=compiled"

#: Engine's option in conf/ behind each name.
OPTIONS = {PLAIN: "reference", NUMPY: "numpy", COMPILED: "compiled"}

LSTM = "lstm"

#: Case to its overrides and its lag in steps.
CASES: dict[str, tuple[tuple[str, ...], int]] = {
    "gru": (("model=gru", "task.p=100"), 100),
    "paper_2a": (("+experiment=paper_2a",), 100),
    "paper_2b": (("+experiment=paper_2b",), 100),
    "paper_2c, q = p = 50": (("+experiment=paper_2c", "task.q=50", "task.p=50"), 50),
    "paper_2c, q = p = 1000": (("+experiment=paper_2c", "task.q=1000", "task.p=1000"), 1000),
    "rtrl_p4": (("+experiment=rtrl_p4",), 4),
    "rtrl_p4, p = 100": (("+experiment=rtrl_p4", "task.p=100"), 100),
    "bptt_p100": (("+experiment=bptt_p100",), 100),
    "chunker_p100": (("+experiment=chunker_p100",), 100),
}

TORCH_LSTM, TORCH_BMM = "PyTorch, nn.LSTM", "PyTorch, bmm"
JAX_AUTODIFF, JAX_HANDWRITTEN = "JAX, autodiff", "JAX, hand-written backward"
JAX = (JAX_AUTODIFF, JAX_HANDWRITTEN)

#: Peer to its package, module and class.
PEERS = {
    TORCH_LSTM: ("torch", "torch_lstm", "TorchLSTM"),
    TORCH_BMM: ("torch", "torch_bmm", "TorchBmm"),
    JAX_AUTODIFF: ("jax", "jax_autodiff", "JaxAutodiff"),
    JAX_HANDWRITTEN: ("jax", "jax_handwritten", "JaxHandwritten"),
}

#: More sequences, or steps of a counter, than any run that is timed has: nothing ends or is tested meanwhile.
NEVER = 1_000_000_000

#: Training sequences before the rolling criterion can hold: more than are timed.
WINDOW = 100_000


@dataclass(frozen=True)
class Plan:
    """How much to measure.

    Attributes
    ----------
    lags, dtypes : tuple
        Of the LSTM.
    seeds : dict
        Seeds side by side, by engine or peer; who is missing is not measured.
    cases : tuple of str
        Other nets, keys of `CASES`.
    case_dtypes : tuple of str
        Theirs.
    rounds : int
        Rounds that count.
    seconds : float
        CPU seconds of a candidate in a round.
    """

    lags: tuple[int, ...]
    dtypes: tuple[str, ...]
    seeds: dict[str, tuple[int, ...]]
    cases: tuple[str, ...]
    case_dtypes: tuple[str, ...]
    rounds: int
    seconds: float


_ONE = {PLAIN: (1,), COMPILED: (1,), TORCH_LSTM: (1,)}
_JAX = dict.fromkeys(JAX, (1, 16, 32))
_BOTH = ("float64", "float32")
QUICK = Plan((100,), _BOTH, {**_ONE, NUMPY: (1, 8, 30), TORCH_BMM: (30,), **_JAX}, tuple(CASES), ("float64",), 5, 0.2)
FULL = Plan(
    (50, 100, 200, 500, 1000),
    _BOTH,
    {**_ONE, NUMPY: (1, 2, 4, 8, 16, 30), TORCH_BMM: (1, 8, 30), **_JAX},
    tuple(CASES),
    _BOTH,
    5,
    0.25,
)


def groups(plan: Plan, say: Callable[[str], None] = print) -> Iterator[list[tuple[Candidate, Rate]]]:
    """Make the candidates that are compared with each other, group by group; the first of each is the plain loop.

    Parameters
    ----------
    plan : Plan
        What to measure.
    say : callable
        Called with a line about each thing that is left out.
    """
    peers = [name for name in PEERS if name in plan.seeds]
    for package in sorted({PEERS[name][0] for name in peers if not installed(PEERS[name][0])}):
        say(f"left out: {package} is not installed: {HINT}")
    peers = [name for name in peers if installed(PEERS[name][0])]
    for dtype in plan.dtypes:
        for p in plan.lags:
            overrides: tuple[str, ...] = (f"task.p={p}", f"criterion.window={WINDOW}")
            group = list(_engines(LSTM, p, overrides, dtype, plan.seeds, say))
            yield group + list(_peers(p, peers, _cell(*overrides, f"dtype={dtype}"), plan.seeds))
    most_seeds = {engine: plan.seeds[engine][-1:] for engine in OPTIONS if engine in plan.seeds}
    for case in plan.cases:
        overrides, p = CASES[case]
        preset = overrides[0].startswith("+experiment")  # these have the paper's criterion
        quiet = f"criterion.check_every={NEVER}" if preset else f"criterion.window={WINDOW}"
        for dtype in plan.case_dtypes:
            yield list(_engines(case, p, (*overrides, quiet), dtype, most_seeds, say))


def _cell(*overrides: str) -> Experiment:
    quiet = (f"budget={NEVER}", f"evaluation.curve_every={NEVER}", "evaluation.n_sequences=1")
    with initialize_config_dir(str(CONF), version_base="1.3"):
        return build(compose("config", ["hydra/launcher=basic", "hydra/sweeper=basic", *overrides, *quiet]))


def _engines(
    case: str,
    p: int,
    overrides: tuple[str, ...],
    dtype: str,
    seeds: dict[str, tuple[int, ...]],
    say: Callable[[str], None],
) -> Iterator[tuple[Candidate, Rate]]:
    for engine, option in OPTIONS.items():
        if engine not in seeds:
            continue
        if not (CONF / "engine" / f"{option}.yaml").exists():
            say(f"left out: {case}: no {engine}")
            continue
        try:
            cell = _cell(*overrides, f"dtype={dtype}", f"engine={option}")
        except ConfigError as refusal:
            say(f"left out: {case}, {refusal}")
            continue
        for n in seeds[engine]:
            yield Candidate(case, p, dtype, engine, n), partial(rate_of_lagrun, cell, n)


def _peers(
    p: int, names: list[str], cell: Experiment, seeds: dict[str, tuple[int, ...]]
) -> Iterator[tuple[Candidate, Rate]]:
    for name in names:
        _, module, class_name = PEERS[name]
        peer = getattr(import_module(f"scripts.peers.{module}"), class_name)
        for n in seeds[name]:
            yield Candidate(LSTM, p, cell.dtype, name, n), PeerRate(peer, cell, n, p)
