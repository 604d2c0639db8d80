"""What the golden files hold: runs of every model, small ones that use all parts, and the first random draws."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from hydra import compose, initialize_config_dir
from threadpoolctl import threadpool_limits

from lagrun.config.paths import CONF
from lagrun.interfaces.run_result import CURVE_COLUMNS, RunResult
from lagrun.training.admission import build
from lagrun.training.loop import train
from lagrun.training.streams import PURPOSES, TrainingStream, generator

#: Seeds of every case.
SEEDS = (0, 1, 2**63)

#: Training sequences of which the losses are kept.
N_LOSSES = 50

COMMON = (
    *("hydra/launcher=basic", "hydra/sweeper=basic"),
    *("evaluation.n_sequences=10", "evaluation.curve_n_sequences=1", "evaluation.curve_every=1"),
    *("task.p=10", "budget=60", "criterion.window=20"),
)

#: Overrides of a model's cases, by their names, for those models that one case would not cover.
CASES: dict[str, dict[str, str]] = {
    "lstm": {
        "main command": "task.p=100 criterion.window=256",
        "2a solved": "task.p=3 optimiser.learning_rate=0.05 criterion.threshold=0.9 budget=400",
        "2b truncated": "task=no_regularities model.gradient=truncated optimiser=momentum optimiser.learning_rate=0.1",
        "2c squared": "task=very_long_lag task.q=10 loss=squared_error loss_weighting=uniform optimiser=sgd",
    },
    "gru": {
        "2a alternating": "task.p=20 task.keys=alternating task.scored=end optimiser.learning_rate=0.01",
        "2b permutation": "task=no_regularities task.middle=permutation optimiser=momentum",
        "2c": "task=very_long_lag task.q=10 optimiser=sgd",
    },
    "elman": {
        "bptt_p100": "+experiment=bptt_p100 task.p=30 criterion.n_sequences=50 criterion.check_every=7",
        "2a sync": "model.hidden_size=4 model.timing=sync model.squash=tanh model.direct=false",
        "2b window": "task=no_regularities model.hidden_size=3 model.gradient=truncated_window model.window=4",
        "2c": "task=very_long_lag task.q=10 model.squash=logistic_1 model.hidden_size=2 optimiser=momentum",
    },
    "rtrl": {
        "rtrl_p4": "+experiment=rtrl_p4 criterion.n_sequences=50 criterion.check_every=7 task.p=4",
        "rtrl_p4_symmetric solved": "+experiment=rtrl_p4_symmetric optimiser.learning_rate=2 task.p=3 budget=1000"
        " criterion.n_sequences=50 criterion.check_every=7",
        "2a sequence": "model.hidden_size=3 model.sensitivities=kept updates=sequence",
        "2b step": "task=no_regularities model.hidden_size=2 updates=step optimiser=momentum",
        "2c": "task=very_long_lag task.q=10 model.hidden_size=2 model.squash=tanh optimiser=sgd",
    },
    "lstm1997": {
        "2a diverged": "loss_weighting=uniform model.construction=false"
        " optimiser=sgd optimiser.learning_rate=1e200 optimiser.clip_norm=null",
        "paper_2a growing": "+experiment=paper_2a task.p=10 model.construction_window=5 criterion.n_sequences=50",
        "paper_2a solved": "+experiment=paper_2a task.p=3 model.construction_window=5 budget=1000"
        " criterion.n_sequences=50 criterion.check_every=3",
        "literal_2a growing": "+experiment=literal_2a task.p=20 model.construction_window=5 criterion.n_sequences=50",
        "paper_2b": "+experiment=paper_2b task.p=10 model.construction_window=5 criterion.n_sequences=50",
        "paper_2c": "+experiment=paper_2c task.p=6 task.q=10 criterion.n_sequences=50 criterion.check_every=7",
        "literal_2c": "+experiment=literal_2c task.p=6 task.q=10 criterion.n_sequences=50 criterion.check_every=7",
        "2a full": "model.gradient=full model.hidden_recurrence=true model.n_blocks=2 model.block_size=2"
        " model.output_gate=true model.construction=false optimiser.learning_rate=0.01",
    },
    "chunker": {
        "chunker_p100": "+experiment=chunker_p100 task.p=10 criterion.n_sequences=50 criterion.check_every=7",
        "chunker_p100_1992": "+experiment=chunker_p100_1992 task.p=10 criterion.n_sequences=50 criterion.check_every=7",
        "chunker_p100_1992 solved": "+experiment=chunker_p100_1992 task.p=2 budget=1000"
        " criterion.n_sequences=50 criterion.check_every=3",
        "2a kept": "loss=squared_error model.hidden_size=2 model.reset_chunker=false updates=step",
    },
}


def models() -> list[str]:
    """Names of all models, by their YAML."""
    return sorted(path.stem for path in (CONF / "model").glob("*.yaml"))


def cases(model: str) -> dict[str, tuple[str, ...]]:
    """Names of a model's cases and all their overrides; a model without cases here has one plain case."""
    own = CASES.get(model, {"plain": ""})
    return {name: _in_order(model, text.split()) for name, text in own.items()}


def _in_order(model: str, own: Iterable[str]) -> tuple[str, ...]:
    """All overrides; of a key that is set twice the last, and the model before a preset can need its keys."""
    found = dict(text.split("=", 1) for text in (*COMMON, f"model={model}", *own))
    return tuple(f"{key}={value}" for key, value in found.items())


def runs(overrides: Iterable[str], engine: str = "numpy") -> dict[str, dict[str, Any]]:
    """Train all seeds of a case.

    Parameters
    ----------
    overrides : iterable of str
        One of `cases`.
    engine : str
        An option of conf/engine.

    Returns
    -------
    dict
        By seed: ``outcome``, ``sequences_to_solve``, ``sequences_seen``, ``weights_sha256``, and ``losses``, the
        unweighted sum over each of the first `N_LOSSES` training sequences; as text where JSON has no such number.

    Raises
    ------
    ConfigError
        If `engine` has no form of the case.
    """
    with initialize_config_dir(str(CONF), version_base="1.3"):
        cell = build(compose("config", [*overrides, f"engine={engine}"]))
    results: list[RunResult] = []
    with threadpool_limits(1), np.errstate(all="ignore"):
        train(cell, SEEDS, results.append)
    return {str(result.seed): _kept(result) for result in sorted(results, key=lambda result: result.seed)}


def _kept(result: RunResult) -> dict[str, Any]:
    early = result.curve[result.curve[:, 0] <= N_LOSSES]
    return {
        "outcome": result.outcome,
        "sequences_to_solve": result.sequences_to_solve,
        "sequences_seen": result.sequences_seen,
        "weights_sha256": result.params.sha256(0),
        "losses": [x if np.isfinite(x) else str(x) for x in early[:, CURVE_COLUMNS.index("loss")].tolist()],
    }


def draws() -> dict[str, Any]:
    """First random numbers of every purpose, and first training sequences of every task."""
    numbers = {f"{purpose} {seed}": _numbers(seed, purpose) for purpose in PURPOSES for seed in SEEDS}
    numbers["criterion 1 part 2"] = _numbers(1, "criterion", 2)
    return {"numbers": numbers, "sequences": {name: _sequences(text.split()) for name, text in DRAWN.items()}}


#: Tasks of which training sequences are drawn.
DRAWN = {
    "2a": "task=noise_free task.p=5",
    "2a alternating": "task=noise_free task.p=5 task.keys=alternating",
    "2b": "task=no_regularities task.p=5",
    "2b permutation": "task=no_regularities task.p=5 task.middle=permutation",
    "2c": "task=very_long_lag task.p=5 task.q=4",
}


def _numbers(seed: int, purpose: str, part: int | None = None) -> dict[str, list[Any]]:
    """Draws of the kinds that lagrun uses, each from a fresh generator.

    Not ``uniform(low, high)``: compilers may fuse its product and sum, so its last bit may differ between CPUs.
    """
    rngs = [generator(seed, purpose, part) for _ in range(5)]
    return {
        "raw": [int(number) for number in rngs[0].bit_generator.random_raw(3)],
        "random": rngs[1].random(3).tolist(),
        "normal": rngs[2].normal(size=3).tolist(),
        "integers": rngs[3].integers(0, 100, 5).tolist(),
        "permutation": rngs[4].permutation(6).tolist(),
    }


def _sequences(overrides: Iterable[str]) -> list[dict[str, Any]]:
    """The first four training sequences of every seed."""
    with initialize_config_dir(str(CONF), version_base="1.3"):
        task = build(compose("config", [*COMMON[:2], *overrides])).task
    stream = TrainingStream(task, SEEDS)
    batches = [stream.next() for _ in range(4)]
    return [{name: getattr(b, name).tolist() for name in ("ids", "targets", "lengths")} for b in batches]
