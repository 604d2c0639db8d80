"""Tiny trained runs for the tests that read or draw them."""

import io
from pathlib import Path

import numpy as np
from PIL import Image

from lagrun.analysis.stored_run import StoredRun, read_run
from lagrun.config.build import plain
from lagrun.execution.run_block import run_block
from lagrun.figures.drawing import Drawing
from lagrun.storage.block import Block, Run
from lagrun.training.admission import build
from tests.helpers import compose_config, sized

TINY = ("evaluation.n_sequences=12", "evaluation.curve_n_sequences=4", "criterion.window=10")


def block_of(folder: Path, *overrides: str, seed: int = 2) -> Block:
    model = next((text.removeprefix("model=") for text in overrides if text.startswith("model=")), "lstm")
    config = compose_config(*sized(model, 4), *TINY, "task.p=6", "budget=9", *overrides)
    content = {name: value for name, value in plain(config).items() if name != "seed"}
    return Block(build(config), content, {}, (Run(0, seed, folder),))


def trained(folder: Path, *overrides: str, seed: int = 2) -> StoredRun:
    run_block(block_of(folder, *overrides, seed=seed))
    return read_run(folder)


def with_snapshots(folder: Path) -> StoredRun:
    """An unsolved run of task 2a with snapshots, of which there is every picture."""
    return trained(folder, "snapshots=6", "optimiser.learning_rate=0.03")


def by_hand(run: StoredRun) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Cell state, input gate, and last outputs of the two sequences of task 2a, by the equations of the LSTM."""
    weights = {name: run.params[name][0] for name in run.params}
    p, found = run.experiment.task.n_inputs - 1, []
    for key in (p - 1, p):
        h, c, trace = np.zeros(4), np.zeros(4), []
        for symbol in [key, *range(p - 1)]:
            net = weights["W_input_gates"][symbol] + h @ weights["W_hidden_gates"] + weights["b_gates"]
            o, i, f = (1 / (1 + np.exp(-part)) for part in np.split(net, 4)[:3])
            c = f * c + i * np.tanh(np.split(net, 4)[3])
            h = o * np.tanh(c)
            trace.append((c, i))
        logits = np.exp(h @ weights["W_hidden_output"])
        found.append(([c for c, _ in trace], [i for _, i in trace], logits / logits.sum()))
    cells, inputs, outputs = (np.array([each[kind] for each in found]) for kind in range(3))
    return cells, inputs, outputs


def coloured(drawing: Drawing, panel: int) -> list[np.ndarray]:
    """The lines of a panel that have an entry in the legend."""
    axes = drawing.figure.axes[panel]
    return [np.asarray(line.get_ydata(), float) for line in axes.lines if not str(line.get_label()).startswith("_")]


def frames_of(content: bytes) -> tuple[list[np.ndarray], list[int]]:
    image = Image.open(io.BytesIO(content))
    pixels, durations = [], []
    for frame in range(image.n_frames):  # type: ignore[attr-defined]
        image.seek(frame)
        durations.append(image.info["duration"])
        pixels.append(np.asarray(image.convert("RGB")))
    return pixels, durations
