"""Pictures of runs: what is drawn is what can be computed otherwise, and the command that draws."""

import io
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb
from PIL import Image

from lagrun.analysis.inspection import Inspection, outputs_over_time
from lagrun.analysis.representative import representatives
from lagrun.analysis.stored_run import StoredRun, read_run
from lagrun.checks import ConfigError
from lagrun.config.build import plain
from lagrun.execution.run_block import run_block
from lagrun.figures import animation, gates, last_step, run_curves, run_pictures, states, steps
from lagrun.figures.drawing import COLOURS, Drawing
from lagrun.interfaces import Batch
from lagrun.losses.softmax_cross_entropy import SoftmaxCrossEntropy
from lagrun.picture import main
from lagrun.storage import files, run_folder
from lagrun.storage.block import Block, Run
from lagrun.storage.run_folder import begin
from lagrun.training.admission import build
from lagrun.training.streams import generator
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


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> StoredRun:
    """An unsolved run of task 2a with snapshots."""
    return trained(tmp_path_factory.mktemp("runs") / "lstm", "snapshots=6", "optimiser.learning_rate=0.03")


@pytest.fixture(scope="module")
def inspection(run: StoredRun) -> Inspection:
    return Inspection(run)


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


def test_states_are_drawn_as_computed_by_hand_and_the_unit_is_the_one_that_differs_most(inspection: Inspection) -> None:
    cells, _, _ = by_hand(inspection.run)
    apart = np.abs(cells[0] - cells[1])
    unit = int(apart[-1].argmax())
    drawing = states.draw(inspection)
    assert np.allclose(coloured(drawing, 0), cells[:, :, unit], atol=1e-9)
    faint = [line.get_ydata() for line in drawing.figure.axes[0].lines if len(line.get_xdata()) == 6]
    assert len(faint) == 8
    difference = next(line for line in drawing.figure.axes[1].lines if line.get_color() == "black")
    assert np.allclose(difference.get_ydata(), apart[:, unit], atol=1e-9)
    for text in (drawing.caption, drawing.alt):
        assert f"{apart[-1, unit]:.2g}" in text.replace(f"{apart[-1, unit]:.2f}", f"{apart[-1, unit]:.2g}")
    assert f"unit {unit + 1} of 4" in drawing.caption
    assert "key x (solid), one with y (dashed)" in drawing.caption


def made_of(run: StoredRun, lengths: tuple[int, int], *states_of: Sequence[float]) -> Inspection:
    """An inspection of a pair with known states, the same in all units."""
    made = Inspection(run)
    assert made.pair is not None
    assert made.traces is not None
    made.pair = replace(made.pair, lengths=np.array(lengths, np.int32))  # type: ignore[misc]
    made.traces = tuple(  # type: ignore[misc,assignment]
        traces._replace(states={"cell state": np.repeat(np.array(values)[:, None], 4, 1)})
        for traces, values in zip(made.traces, states_of, strict=True)
    )
    return made


def test_sequences_of_two_lengths_have_a_difference_at_the_end_of_the_line_and_one_of_their_ends(
    run: StoredRun,
) -> None:
    drawing = states.draw(made_of(run, (3, 4), [1, 1, 1], [0.5, 0.5, 0.75, 3]))
    assert drawing.figure.axes[1].lines[-2].get_ydata()[-1] == 0.25
    for text in (drawing.caption, drawing.alt):
        assert "by 0.50 right after step 1, and 0.25 after step 3, the last of the shorter one; between" in text
        assert "drawn against each other, it is 2.00." in text
    assert "differs most between the two at their own last steps" in drawing.caption


def test_differences_that_are_too_small_to_draw_are_said(run: StoredRun) -> None:
    small = states.draw(made_of(run, (3, 3), [1, 0.5, 2e-12], [0, 0, 0])).caption
    assert "by 1.00 right after step 1, and 2e-12 after the last one; what is below 1e-09 is not drawn." in small
    none = states.draw(made_of(run, (3, 3), [1, 0.5, 0.25], [0, 0, 0.25])).caption
    assert "and no unit in any bit after the last one; what is below 1e-09 is not drawn." in none
    assert "unit 1 of 4, the first one as none differs at the end" in none
    assert "no unit differs at any step." in states.draw(made_of(run, (2, 2), [1, 1], [1, 1])).caption


def test_each_kind_of_gate_is_told_by_what_it_does(run: StoredRun, inspection: Inspection) -> None:
    assert ": 0 is shut, 1 is open; in colour" in gates.draw(inspection).caption
    made = Inspection(run)
    assert made.traces is not None
    made.traces = tuple(  # type: ignore[misc,assignment]
        traces._replace(
            gates={"update gate": traces.gates["forget gate"], "reset gate": traces.gates["output gate"]},
            taken_in={"1 - update gate": 1 - traces.gates["forget gate"]},
        )
        for traces in made.traces
    )
    drawing = gates.draw(made)
    assert ": update gate: 1 keeps the state, 0 replaces it; reset gate: 0 is shut, 1 is open; in" in drawing.caption
    assert [axes.get_ylabel() for axes in drawing.figure.axes] == ["update gate\n(1 keeps)", "reset gate"]


def test_gates_are_drawn_as_computed_by_hand(inspection: Inspection) -> None:
    _, inputs, _ = by_hand(inspection.run)
    drawing = gates.draw(inspection)
    assert [axes.get_ylabel() for axes in drawing.figure.axes] == ["input gate", "forget gate", "output gate"]
    assert np.allclose(coloured(drawing, 0), inputs[:, :, inspection.unit], atol=1e-9)
    at_key, at_end = inputs[:, [0, -1], inspection.unit].mean(0)
    assert f"input gate {at_key:.2f} at step 1" in drawing.caption
    assert f"{at_end:.2f} at the last step" in drawing.caption


def test_gates_are_told_at_the_key_between_and_at_the_end(run: StoredRun) -> None:
    made = Inspection(run)
    assert made.traces is not None
    known = [
        np.repeat(np.array(values)[:, None], 4, 1) for values in ([0.9, 0.2, 0.2, 0.4, 0.4, 0.6], [0.7] + [0.1] * 5)
    ]
    made.traces = tuple(  # type: ignore[misc,assignment]
        traces._replace(gates={"input gate": gate}) for traces, gate in zip(made.traces, known, strict=True)
    )
    found = gates.draw(made)
    for text in (found.caption, found.alt):
        assert "input gate 0.80 at step 1, 0.20 between, 0.35 at the last step." in text


def test_bars_are_the_outputs_computed_by_hand_and_the_right_ones_are_marked(inspection: Inspection) -> None:
    _, _, outputs = by_hand(inspection.run)
    drawing = last_step.draw(inspection)
    for which, axes in enumerate(drawing.figure.axes):
        heights = [bar.get_height() for bar in axes.patches]
        assert np.allclose(heights[:2], outputs[which, -2:], atol=1e-9)
        others = np.sort(outputs[which, :-2])
        assert np.isclose(sum(heights[2:]), others.sum())
        assert len(heights) == 6
        assert [i for i, bar in enumerate(axes.patches) if bar.get_hatch()] == [which]
        assert [i for i, bar in enumerate(axes.patches) if bar.get_facecolor()[:3] == to_rgb(COLOURS[0])] == [which]
        assert [text.get_text() for text in axes.texts] == [f"{height:.2f}" for height in heights]
        assert [label.get_text() for label in axes.get_xticklabels()][which] == f"{'xy'[which]}\n(right)"
    right = sum(int(row.argmax()) == 5 + which for which, row in enumerate(outputs))
    assert {0: "Neither is", 1: "One of the two is", 2: "Both are"}[right] in drawing.caption


def test_words_on_the_last_step_give_each_output_in_each_sequence() -> None:
    words = last_step.right_in_words(last_step.Bars(["x", "y"], np.array([[0.7, 0.1], [0.4, 0.2]]), ""), ["x", "y"])
    assert words == (
        "In the sequence that ends in x, output x is 0.70 and y 0.10; "
        "in the one that ends in y, output y is 0.20 and x 0.40."
    )


def test_the_divergence_is_a_distance_and_the_key_step_is_not_elsewhere(inspection: Inspection) -> None:
    cells, inputs, _ = by_hand(inspection.run)
    forth, back = inspection.divergence, Inspection(inspection.run)
    assert inspection.traces is not None
    assert inspection.intake is not None
    back.traces = inspection.traces[::-1]  # type: ignore[misc]
    for found in (forth, back.divergence):
        assert np.allclose(found, np.abs(cells[0, -1] - cells[1, -1]), atol=1e-9)
    _, at_key, elsewhere = inspection.intake
    assert np.allclose(at_key, inputs[:, 0], atol=1e-9)
    assert np.allclose(elsewhere, np.concatenate(inputs[:, 1:]), atol=1e-9)


def test_what_is_learnt_and_taken_in_is_counted(run: StoredRun) -> None:
    made = Inspection(run)
    made.steps = replace(made.steps, number=np.arange(1, 5), right=np.array([1, 0.5, 0.95, 1]), loss=np.ones(4))  # type: ignore[misc]
    elsewhere = np.repeat(np.arange(11.0)[:, None] / 10, 4, axis=1)  # nine tenths are below 0.9
    made.intake = "input gate", np.array([[0.95, 0.5, 0.05, 0.89], [0.1, 0.2, 0.05, 0.91]]), elsewhere  # type: ignore[misc]
    drawing = steps.draw(made)
    (other_steps,) = drawing.figure.axes[3].collections
    assert np.allclose([np.asarray(part)[:, 1] for part in other_steps.get_segments()], [0.1, 0.9])
    assert "at least 95% of 12 held-out sequences: 2 of 3." in drawing.caption
    assert (
        "above that of nine tenths of the other steps in 2 of 4 units; its mean is 0.46 there, and 0.50"
        in drawing.caption
    )


def test_steps_agree_with_what_the_trainer_has_measured(inspection: Inspection) -> None:
    result, found = inspection.run.result, inspection.steps
    assert np.isclose(found.last_right, result["final_last_step_accuracy"])
    assert np.isclose(found.right.mean(), result["final_per_step_accuracy"])
    drawing = steps.draw(inspection)
    accuracy, error, endings, intake = drawing.figure.axes
    assert np.array_equal(accuracy.lines[0].get_ydata(), found.right)
    assert np.array_equal(error.lines[0].get_ydata(), found.loss)
    _, inputs, outputs = by_hand(inspection.run)
    n_of = np.array(found.n_of_target)
    assert n_of.sum() == 12
    assert np.isclose(found.loss[-1], (-np.log([outputs[0, 5], outputs[1, 6]]) * n_of).sum() / 12)
    assert [bar.get_height() for bar in endings.patches] == [
        float(row.argmax() == 5 + k) for k, row in enumerate(outputs)
    ]
    keys = [line for line in intake.lines if str(line.get_label()).startswith("key")]
    assert np.allclose([line.get_ydata() for line in keys], inputs[:, 0], atol=1e-9)
    assert f"The last step is right in {result['final_last_step_accuracy']:.0%} of 12" in drawing.caption
    assert f"Always giving the most frequent answer would be right in {n_of.max() / 12:.0%}" in drawing.caption


PAPER = ("model=lstm1997", "loss=squared_error", "criterion=max_abs_error", "criterion.n_sequences=20")


@pytest.mark.parametrize("place", ["every_step", "end"])
def test_output_errors_are_drawn_against_the_threshold_of_the_criterion(place: str, tmp_path: Path) -> None:
    asked = ("criterion.threshold=0.6", f"criterion.place={place}")
    made = Inspection(trained(tmp_path / "run", *PAPER, *asked))
    run, sequences = made.run, made.held_out.sequences
    logits, _ = run.experiment.model.forward(run.params.take(np.zeros(len(sequences.ids), int)), sequences)
    errors = np.abs(1 / (1 + np.exp(-logits)) - np.eye(7)[sequences.targets]).max(-1)
    assert np.allclose(made.steps.largest_error, errors.max(0), atol=1e-12)
    made.steps = replace(made.steps, largest_error=np.array([0.1, 0.7, 0.6, 0.2, 0.3, 0.55]))  # type: ignore[misc]
    drawing = steps.draw(made)
    _, largest, _, endings, _ = drawing.figure.axes
    assert np.array_equal(largest.lines[0].get_ydata(), made.steps.largest_error)
    assert np.array_equal(endings.lines[0].get_ydata(), made.steps.largest_error_of_target)
    for line in (largest.lines[2], endings.lines[1]):
        assert np.array_equal(line.get_ydata(), [0.6, 0.6])
        assert line.get_linestyle() == ":"
        assert str(line.get_label()).endswith("alone") == (place == "end")
    assert "is not below 0.6 at 2 of 6 scored steps" in drawing.caption
    assert "and at most 0.70 at step 2." in drawing.caption
    assert "(output errors < 0.6)" in drawing.figure.get_suptitle()


def test_every_caption_names_the_criterion_and_its_threshold(inspection: Inspection) -> None:
    run = inspection.run
    pictures = run_pictures.draw(run, 8)
    assert pictures.animation is not None
    threshold = run.result["config"]["criterion"]["threshold"]
    for described in (*pictures.drawings, pictures.animation):
        assert f"(solved is: at least {threshold:.0%} of the last 10 training sequences end with" in described.caption
    foreign = replace(run, experiment=replace(run.experiment, criterion=Opaque(None)))  # type: ignore[arg-type]
    assert "(criterion: Opaque)" in steps.draw(Inspection(foreign)).caption


def test_curves_are_the_stored_ones(run: StoredRun) -> None:
    stored = pd.read_csv(run.folder / files.CURVE, float_precision="round_trip")
    drawing = run_curves.draw(run)
    top, middle, bottom = drawing.figure.axes
    assert np.array_equal(top.lines[0].get_ydata(), stored["rolling_last_step_accuracy"])
    assert np.array_equal(middle.lines[1].get_ydata(), stored["last_step_loss"])
    assert np.array_equal(bottom.lines[0].get_xdata(), stored["sequence"])
    assert "not solved within 9 training sequences" in drawing.caption


def test_what_a_logarithm_has_no_place_for_is_left_out_of_the_curves(run: StoredRun) -> None:
    curve = run.curve.copy()
    curve["gradient_norm"] = [0.0, 1e-6, *[2.0] * (len(curve) - 2)]
    curve["rolling_last_step_accuracy"] = 0.0
    top, _, bottom = run_curves.draw(replace(run, curve=curve)).figure.axes
    assert np.array_equal(bottom.lines[0].get_xdata(), curve["sequence"][1:])
    assert bottom.get_yscale() == "log"
    assert len(top.lines[0].get_xdata()) == len(curve)  # a share of 0 is drawn


def frames_of(content: bytes) -> tuple[list[np.ndarray], list[int]]:
    image = Image.open(io.BytesIO(content))
    pixels, durations = [], []
    for frame in range(image.n_frames):  # type: ignore[attr-defined]
        image.seek(frame)
        durations.append(image.info["duration"])
        pixels.append(np.asarray(image.convert("RGB")))
    return pixels, durations


def test_the_animation_has_a_frame_for_each_snapshot_and_holds_the_last(inspection: Inspection) -> None:
    run = inspection.run
    assert run.snapshots is not None
    assert run.snapshots.sequence.tolist() == [0, 2, 4, 6, 8, 9]
    made = animation.animate(inspection, fps=8)
    pixels, durations = frames_of(made.content)
    assert durations == [120] * 5 + [2000]
    assert len({frame.tobytes() for frame in pixels}) == 6
    assert len(made.content) < 100_000
    assert "6 frames, from the initial weights to sequence 9" in made.alt


def test_each_frame_shows_what_is_known_by_then(inspection: Inspection, monkeypatch: pytest.MonkeyPatch) -> None:
    snapshots = inspection.run.snapshots
    assert snapshots is not None
    assert inspection.pair is not None
    frames = []

    def look(figure: Any) -> Image.Image:
        left, *right = figure.axes[:3]
        heights = [[bar.get_height() for bar in axes.patches] for axes in right]
        frames.append((np.array(left.lines[0].get_data()), left.lines[1].get_xdata(), heights))
        return Image.new("RGB", (1, 1))

    monkeypatch.setattr(animation, "_image", look)
    some = replace(snapshots, sequence=snapshots.sequence[1:], rolling=snapshots.rolling[1:])
    some = replace(some, params=snapshots.params.take(np.arange(1, 6)))
    late = Inspection(replace(inspection.run, snapshots=some))  # as of a run that was resumed with snapshots
    made = animation.animate(late, fps=8)
    assert "5 frames, from sequence 2 to sequence 9" in made.alt
    outputs = outputs_over_time(late.run.experiment, some.params, inspection.pair)
    for now, rows, (line, dot, heights) in zip(some.sequence, outputs, frames, strict=True):
        assert line[0].tolist() == [at for at in range(1, 10) if at <= now]
        assert dot.tolist() == [now]
        assert np.allclose(np.array(heights)[:, :2], rows[:, -2:], atol=1e-9)
    assert len({str(heights) for _, _, heights in frames}) == 5


def test_the_animation_shows_the_weights_of_each_moment(inspection: Inspection) -> None:
    run = inspection.run
    assert run.snapshots is not None
    assert inspection.pair is not None
    outputs = outputs_over_time(run.experiment, run.snapshots.params, inspection.pair)
    assert np.allclose(outputs[-1], by_hand(run)[2], atol=1e-9)
    start = run.experiment.model.init([generator(2, "init")], 7, 7, "float64")
    assert np.allclose(outputs[0], by_hand(replace(run, params=start))[2], atol=1e-9)
    points = animation.accuracy_points(inspection, run.snapshots.sequence, run.snapshots.rolling)
    curve = dict(run.curve[["sequence", "rolling_last_step_accuracy"]].itertuples(index=False))
    assert {0, *points[:, 0]} >= {*curve, *run.snapshots.sequence}
    assert all(curve.get(at, share) == share for at, share in points)


#: Other nets, tasks and places of an error: how many pictures there are, and the step of the key.
KINDS = {
    "lstm1997 task=no_regularities task.middle=permutation": (5, 0),
    "lstm1997 task=very_long_lag task.q=9 task.p=3 model.output_gate=true": (5, 1),
    "gru task=very_long_lag task.q=40": (5, 1),
    "elman task.scored=end": (4, 0),
    "chunker updates=step": (4, 0),
    "rtrl task.p=2": (4, 0),
}


@pytest.mark.parametrize("words", KINDS)
def test_every_model_and_task_has_the_pictures_that_it_can_have(words: str, tmp_path: Path) -> None:
    run = trained(tmp_path / "run", *f"model={words}".split())
    inspection, (n_pictures, key_step) = Inspection(run), KINDS[words]
    pictures = run_pictures.draw(run, 8)
    assert len({drawing.name for drawing in pictures.drawings}) == n_pictures
    assert pictures.missing == [run_pictures.NO_SNAPSHOTS]
    assert inspection.names == ["x", "y"]
    assert inspection.are_keys
    assert inspection.key_step == key_step
    assert np.isclose(inspection.steps.last_right, run.result["final_last_step_accuracy"])
    for drawing in pictures.drawings:
        assert "seed 2" in drawing.caption
        assert any(digit in drawing.alt for digit in "0123456789")


@dataclass(frozen=True)
class Opaque:
    """A user's model that has no plain loop."""

    inner: Any

    def init(self, *arguments: Any) -> Any:
        return self.inner.init(*arguments)

    def forward(self, *arguments: Any) -> Any:
        return self.inner.forward(*arguments)


@dataclass(frozen=True)
class Nameless:
    """A user's task without names: the last input is what is asked for."""

    n_inputs: int = 7
    n_outputs: int = 7

    def sample(self, rng: np.random.Generator, first: int, n: int) -> Batch:
        ids = rng.integers(0, 7, (n, 5), dtype=np.int32)
        return Batch(ids, ids[:, -1:], np.ones((n, 1), bool), np.full(n, 5, np.int32))


def test_a_user_s_model_and_task_have_what_needs_no_trace_and_no_name(run: StoredRun) -> None:
    foreign = replace(
        run, experiment=replace(run.experiment, model=Opaque(run.experiment.model), task=Nameless()), snapshots=None
    )
    pictures = run_pictures.draw(foreign, 8)
    assert [drawing.name for drawing in pictures.drawings] == ["curves", "last_step", "steps"]
    assert pictures.missing == [run_pictures.NO_TRACES, run_pictures.NO_SNAPSHOTS]
    assert "ends in output" in pictures.drawings[1].caption


def test_what_cannot_be_drawn_is_said(run: StoredRun) -> None:
    alike = replace(
        run, experiment=replace(run.experiment, evaluation=replace(run.experiment.evaluation, n_sequences=1))
    )
    pictures = run_pictures.draw(alike, 8)
    assert [drawing.name for drawing in pictures.drawings] == ["curves", "steps"]
    assert pictures.missing == [run_pictures.ALIKE]
    broken = replace(run, params=run.params.take(np.array([0])))
    broken.params.flat[0, 3] = np.nan
    pictures = run_pictures.draw(broken, 8)
    assert [drawing.name for drawing in pictures.drawings] == ["curves"]
    assert pictures.missing == [run_pictures.NOT_FINITE]


def frame_of(*rows: tuple[int, str, int, float]) -> pd.DataFrame:
    columns = ["seed", "outcome", "sequences_seen", "final_last_step_accuracy"]
    return pd.DataFrame(rows, columns=columns).assign(folder=lambda runs: "f" + runs["seed"].astype(str))


SOLVED = [(5, "solved", 90, 1.0), (1, "solved", 40, 1.0), (2, "solved", 70, 1.0)]
UNSOLVED = [(6, "budget", 99, 0.4), (7, "budget", 99, 0.9), (8, "diverged", 8, 0.5)]


@pytest.mark.parametrize(
    ("rows", "chosen"),
    [
        (SOLVED, {"best": 1, "median": 2, "worst": 5}),
        (UNSOLVED, {"best": 7, "median": 6, "worst": 8}),
        ([*UNSOLVED, *SOLVED[:2]], {"best": 1, "median": 7, "worst": 8}),
        ([(0, "failed", 9, 0.0), (1, "unfinished", 9, 0.0)], {}),
        ([(4, "solved", 9, 1.0), (3, "solved", 9, 1.0)], {"best and median": 3, "worst": 4}),
        ([(3, "budget", 9, 1.0)], {"best and median and worst": 3}),
    ],
)
def test_best_median_and_worst(rows: Sequence[tuple[int, str, int, float]], chosen: dict[str, int]) -> None:
    found = representatives(frame_of(*rows))
    assert {run.why: run.seed for run in found} == chosen
    assert all(run.folder == f"f{run.seed}" for run in found)


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Folders of the runs that the command draws, which takes no time as nothing is drawn."""
    folders: list[Path] = []

    def draw(run: StoredRun, fps: float) -> run_pictures.RunPictures:
        folders.append(run.folder)
        return run_pictures.RunPictures([], None, [])

    monkeypatch.setattr(run_pictures, "draw", draw)
    return folders


def test_one_run_as_a_user_draws_it(run: StoredRun, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(run.folder), "--fps", "20"]) == 0
    out, err = capsys.readouterr()
    names = ("curves", "states", "gates", "last_step", "steps")
    assert out == f"{run.folder}/figures: {', '.join(names)}, learning\n"
    assert err == ""
    written = {path.name for path in (run.folder / "figures").iterdir()}
    assert written == {f"{name}.{kind}" for name in names for kind in ("png", "svg")} | {"learning.gif", "captions.md"}
    captions = (run.folder / "figures" / "captions.md").read_text()
    assert [text[2:] for text in captions.splitlines() if text.startswith("# ")] == [*names, "learning"]
    assert "![Two groups of bars. " in captions
    assert "![6 frames, from the initial weights to sequence 9." in captions
    assert "](learning.gif)\n\nlstm on noise_free, p = 6, seed 2, not solved" in captions
    assert frames_of((run.folder / "figures" / "learning.gif").read_bytes())[1] == [50] * 5 + [2000]
    assert files.read_result(run.folder) is not None


@pytest.mark.slow
def test_an_animation_may_be_left_out(
    run: StoredRun, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(animation, "animate", None)  # calling it would fail
    folder = shutil.copytree(run.folder, tmp_path / "run", ignore=shutil.ignore_patterns("figures"))
    assert main([str(folder), "--no-animation"]) == 0
    assert capsys.readouterr() == (f"{folder}/figures: curves, states, gates, last_step, steps\n", "")


def test_a_sweep_s_telling_runs_as_a_user_draws_them(
    command: Any, drawn: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("model.hidden_size=3", "task.p=4,5", "budget=15", "evaluation.n_sequences=5", "execution.n_jobs=1")
    assert command(*words, "hydra.sweep.dir=sweep", "-m", "seed=0-3").status == 0
    assert main(["sweep", "--cells", "p=5"]) == 0
    out, _ = capsys.readouterr()
    first, *others = out.splitlines()
    assert first.startswith("p=5: best seed=")
    assert "median seed=" in first
    assert "worst seed=" in first
    assert len(others) == len(drawn) == 3
    assert all("task.p=5" in str(folder) for folder in drawn)
    assert main(["sweep", "--cells", "3"]) == 2
    assert capsys.readouterr().err.startswith("lagrun.picture: --cells 3: no such cell; allowed: 1 to 2")
    assert main(["sweep"]) == 0
    assert len(drawn) == 9


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    return err


def test_what_is_wrong_with_a_folder_is_one_line(
    run: StoredRun, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "nowhere: no such folder" in refused(capsys, "nowhere")
    assert "result.json: is a file; name the folder" in refused(capsys, str(run.folder / files.RESULT))
    (tmp_path / "several" / "one").mkdir(parents=True)
    (tmp_path / "several" / "one" / files.SWEEP).write_text("{}")
    assert "several: holds several sweeps; name one, such as" in refused(capsys, str(tmp_path / "several"))
    (tmp_path / "empty").mkdir()
    assert "holds no runs" in refused(capsys, str(tmp_path / "empty"))
    assert "--fps 0: must be" in refused(capsys, str(run.folder), "--fps", "0")
    assert "is a single run" in refused(capsys, str(run.folder), "--cells", "1")
    assert "trusted_modules=[a b]" in refused(capsys, str(run.folder), "--trust", "a b")

    unfinished = block_of(tmp_path / "unfinished")
    begin(unfinished, unfinished.runs[0])
    assert "is not finished" in refused(capsys, str(tmp_path / "unfinished"))
    run_folder.fail(unfinished, unfinished.runs[0], "Traceback\nValueError: too bad")
    assert "the run failed, so there is nothing to draw: ValueError: too bad" in refused(
        capsys, str(tmp_path / "unfinished")
    )
    lacking = shutil.copytree(run.folder, tmp_path / "lacking")
    config = {name: value for name, value in run.result["config"].items() if name != "criterion"}
    files.write_result(lacking, {**run.result, "config": config})
    assert "its stored configuration has no criterion" in refused(capsys, str(lacking))
    for name in (files.PARAMS, files.SNAPSHOTS):
        damaged = shutil.copytree(run.folder, tmp_path / f"damaged {name}")
        (damaged / name).write_bytes(b"?")
        assert f"{name} is not what was written" in refused(capsys, str(damaged))


def test_a_stored_configuration_is_not_asked_whom_it_trusts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("optimiser=sgd", "optimiser._target_=tests.figures.test_pictures.Mine", "trusted_modules=[tests]")
    words = (*words, "optimiser.learning_rate=0.5", "optimiser.clip_norm=1")
    run_block(block_of(tmp_path / "run", *words))
    err = refused(capsys, str(tmp_path / "run"))
    assert "optimiser._target_=tests.figures.test_pictures.Mine: is not lagrun's, and would be run" in err
    assert "--trust tests" in err
    assert read_run(tmp_path / "run", ["tests"]).experiment.optimiser == Mine(0.5, 1.0)


class Raising(SoftmaxCrossEntropy):
    """A user's loss that trains, and cannot be drawn."""

    def outputs(self, logits: np.ndarray) -> np.ndarray:
        raise RuntimeError("no outputs\nat all")


def test_a_user_s_class_that_raises_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run_block(
        block_of(tmp_path / "run", "loss._target_=tests.figures.test_pictures.Raising", "trusted_modules=[tests]")
    )
    err = refused(capsys, str(tmp_path / "run"), "--trust", "tests")
    assert "cannot be drawn, with classes of tests: RuntimeError: no outputs" in err
    assert "test_pictures.py, line " in err


@dataclass(frozen=True)
class Mine:
    """A user's optimiser."""

    learning_rate: float
    clip_norm: float | None

    def init(self, params: np.ndarray) -> dict[str, np.ndarray]:
        return {}

    def update(self, params: np.ndarray, grads: np.ndarray, state: dict[str, np.ndarray], step: int) -> None:
        params -= self.learning_rate * grads


def test_weights_of_a_model_that_has_changed_are_refused(run: StoredRun, tmp_path: Path) -> None:
    changed = shutil.copytree(run.folder, tmp_path / "changed")
    result = files.read_result(changed)
    assert result is not None
    result["config"]["model"]["hidden_size"] = 5
    files.write_result(changed, {name: value for name, value in result.items() if name != "schema_version"})
    with pytest.raises(ConfigError, match="its stored weights are not those of its model"):
        read_run(changed)
