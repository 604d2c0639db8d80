"""How figures look: kinds of files, captions, and styles."""

from __future__ import annotations

import re
import shutil
import zlib
from dataclasses import replace
from io import BytesIO
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.lines import Line2D
from matplotlib.text import Text
from PIL import Image

from lagrun import picture, plot
from lagrun.checks import ConfigError
from lagrun.figures.drawing import COLOURS, GREY, Drawing, add_caption, content, contents, new_figure, save, styled
from lagrun.figures.look import Look, using
from lagrun.figures.restyled import fits
from lagrun.figures.styles import ON_DARK, STYLES, style
from tests.written_sweeps import sweep

CAPTION = "A line that falls, and rises again, and says what it is in more words than one line holds."


def drawing(n_panels: int = 1, width: float = 8) -> Drawing:
    with styled():
        figure = new_figure(width, 3)
        for axes in np.atleast_1d(figure.subplots(1, n_panels)):
            axes.plot([0, 1], [1, 0], color=COLOURS[0], label="runs")
            axes.axhline(0.5, color=GREY)
            axes.set_ylabel("share")
        add_caption(figure, CAPTION)
    return Drawing("line", figure, CAPTION, "A falling line.")


def size_of_pdf(pdf: bytes) -> list[float]:
    """Inches across and upwards."""
    found = re.search(rb"/MediaBox \[ 0 0 ([\d.]+) ([\d.]+) \]", pdf)
    assert found
    return [float(number) / 72 for number in found.groups()]


def panel_of(figure: Any) -> tuple[float, float]:
    """Inches of the first panel."""
    with styled():
        figure.draw_without_rendering()
    box = figure.axes[0].get_position()
    return box.width * figure.get_figwidth(), box.height * figure.get_figheight()


def test_without_a_caption_a_panel_is_as_large_and_the_figure_smaller() -> None:
    with_caption = drawing()
    with using(Look(captions=False)):
        without = drawing()
    assert without.figure.get_supxlabel() == ""
    np.testing.assert_allclose(panel_of(without.figure), panel_of(with_caption.figure), atol=0.1)
    assert without.figure.get_figheight() < with_caption.figure.get_figheight() - 0.1
    assert without.caption == CAPTION


def test_a_pdf_has_the_same_bytes_and_no_date() -> None:
    found = drawing()
    first, second = (content(found, "pdf") for _ in range(2))
    assert first == second
    assert first.startswith(b"%PDF")
    assert b"Date" not in first
    assert b"/Type3" not in first  # which publishers refuse
    np.testing.assert_allclose(size_of_pdf(first), [8, 3], atol=1e-3)


def test_a_pdf_of_another_size_has_all_of_every_line() -> None:
    with using(replace(STYLES["paper"], column=None)):
        found = content(drawing(), "pdf")
    np.testing.assert_allclose(size_of_pdf(found), [6.4, 2.4], atol=1e-3)
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", found, re.DOTALL)
    page = next(text for text in map(inflated, streams) if b" cm" in text)
    assert page.split(b" cm")[0].split()[-6:] == [b"0.8", b"0", b"0", b"0.8", b"0", b"0"]
    ends = [float(x) for x in re.findall(rb"^([\d.]+) [\d.]+ l$", page, re.MULTILINE)]
    assert max(ends) > 0.97 * 8 * 72  # in points of the figure, which are made smaller


def inflated(stream: bytes) -> bytes:
    try:
        return zlib.decompress(stream)
    except zlib.error:
        return b""


def size_of_png(png: bytes) -> tuple[int, int]:
    return Image.open(BytesIO(png)).size


@pytest.mark.parametrize(
    ("name", "n_panels", "width", "inches"),
    [
        ("paper", 1, 8, (3.4, 2.4)),  # a column
        ("paper", 2, 8, (6.4, 2.4)),  # letters of 8 points rather than 10
        ("paper", 2, 13.8, (6.9, 1.5)),  # a page, with smaller letters
        ("slides", 1, 8, (13.333, 7.5)),
        ("slides", 2, 8, (13.333, 7.5)),
    ],
)
def test_a_style_has_the_size_of_what_it_is_for(
    name: str, n_panels: int, width: float, inches: tuple[float, float]
) -> None:
    with using(replace(STYLES[name], captions=False)):
        found = drawing(n_panels, width)
        found.figure.set_figheight(3)
        files = contents(found, ["png", "svg"])
    dots = {"paper": 300, "slides": 150}[name]
    np.testing.assert_allclose(size_of_png(files["png"]), np.multiply(inches, dots), atol=2)
    assert Image.open(BytesIO(files["png"])).info["dpi"][0] == pytest.approx(dots, abs=0.1)
    shown = re.search(r'<svg[^>]*width="([\d.]+)pt" height="([\d.]+)pt"', files["svg"].decode().replace("\n", " "))
    assert shown
    np.testing.assert_allclose([float(number) / 72 for number in shown.groups()], inches, atol=0.02)


def test_slides_have_larger_letters_and_thicker_lines() -> None:
    """In points of the slide: 18, and 4 rather than 1.8 * 1.8."""
    with using(replace(STYLES["slides"], captions=False)):
        found = drawing()
        contents(found, ["svg"])
    zoom = 13.333 / found.figure.get_figwidth()
    assert zoom == pytest.approx(1.8)
    assert found.figure.axes[0].yaxis.label.get_size() * zoom == pytest.approx(18)
    assert found.figure.axes[0].lines[0].get_linewidth() * zoom == pytest.approx(4)


def test_what_does_not_fit_is_seen() -> None:
    with styled():
        figure = new_figure(4, 3)
        axes = figure.subplots()
        one = axes.text(0.1, 0.5, "a label")
        assert fits(figure)
        other = axes.text(0.12, 0.5, "another")
        assert not fits(figure)
        other.remove()
        one.set(x=0.95, in_layout=False)
        assert not fits(figure)


def contrast(one: Any, other: Any) -> float:
    """WCAG 2.2's contrast ratio of two colours, from 1 to 21."""
    light = []
    for colour in (one, other):
        parts = np.array(to_rgb(colour))
        linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
        light.append(float(linear @ [0.2126, 0.7152, 0.0722]))
    return (max(light) + 0.05) / (min(light) + 0.05)


def test_all_of_a_dark_figure_can_be_read() -> None:
    with using(STYLES["dark"]):
        found = drawing()
        svg = content(found, "svg").decode()
    figure = found.figure
    ground = figure.get_facecolor()
    assert contrast(ground, "white") > 15
    assert all(contrast(text.get_color(), ground) > 7 for text in figure.findobj(Text))
    line, middle = figure.axes[0].lines
    assert line.get_color()[:3] == to_rgb(ON_DARK[0])
    assert contrast(middle.get_color(), ground) > 4.5
    grid = {id(tick.gridline) for axis in (figure.axes[0].xaxis, figure.axes[0].yaxis) for tick in axis.majorTicks}
    others = [each for each in figure.findobj(Line2D) if id(each) not in grid]
    assert all(contrast(each.get_color(), ground) > 3 for each in others)
    assert "#0072b2" not in svg.lower()


def test_colours_on_dark_are_seen_and_told_apart() -> None:
    assert len(ON_DARK) >= len([colour for colour in COLOURS if colour != "#000000"])
    ground = STYLES["dark"].settings["figure.facecolor"]
    assert all(contrast(colour, ground) > 7 for colour in ON_DARK)
    distances = [np.linalg.norm(np.subtract(to_rgb(a), to_rgb(b))) for a, b in combinations(ON_DARK, 2)]
    assert min(distances) > 0.25


def test_a_style_of_one_s_own_is_taken_from_its_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.mplstyle"
    path.write_text(
        "font.size: 12\nfont.family: monospace\naxes.prop_cycle: cycler('color', ['ff0000', '00ff00'])\n"
        "axes.spines.top: True\naxes.labelsize: 30\n"
    )
    with using(style(str(path))):
        found = drawing()
        png = content(found, "png")
    np.testing.assert_allclose(size_of_png(png), [1.2 * 8 * 150, 1.2 * 3 * 150], atol=1)
    axes = found.figure.axes[0]
    assert axes.lines[0].get_color()[:3] == (1, 0, 0)
    assert axes.spines["top"].get_visible()
    assert axes.yaxis.label.get_family() == ["monospace"]
    assert axes.yaxis.label.get_size() == 10  # that of all figures, enlarged as a whole


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("poster", "--style poster: no such style; allowed: paper, slides, dark, or a file *.mplstyle"),
        ("none.mplstyle", "--style none.mplstyle: cannot be read (No such file or directory)"),
        ("bad.mplstyle", "Bad value in file"),
        ("key.mplstyle", "Bad key"),
    ],
)
def test_a_style_that_is_none_is_one_line(
    name: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("bad.mplstyle").write_text("font.size: huge\n")
    Path("key.mplstyle").write_text("font.sise: 12\n")
    with pytest.raises(ConfigError, match=re.escape(said)):
        style(name)
    for command in (plot, picture):
        capfd.readouterr()
        assert command.main(["S", "--style", name]) == 2
        _, error = capfd.readouterr()
        assert said in error
        assert error.count("\n") == 1


@pytest.mark.skipif(shutil.which("latex") is not None, reason="latex is there")
def test_a_style_that_cannot_be_drawn_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tex = tmp_path / "tex.mplstyle"
    tex.write_text("text.usetex: True\n")
    folder = sweep(tmp_path / "sweep", {5: [10, 20]})
    assert plot.main([str(folder), "--style", str(tex), "--only", "ecdf"]) == 2
    assert capsys.readouterr().err.startswith(f"lagrun.plot: --style {tex}: nothing can be drawn so: ")


def test_a_figure_is_drawn_as_it_is_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = sweep(tmp_path / "S", {5: [100, 200, "budget"], 6: [300, "failed"]})
    arguments = ["--only", "strip", "--style", "paper", "--no-caption", "--format", "pdf", "svg"]
    assert plot.main([str(folder), *arguments]) == 0
    out = capsys.readouterr().out.splitlines()
    assert out == [str(folder / "figures" / name) for name in ("strip.pdf", "strip.svg", "captions.md")]
    assert "](strip.pdf)\n\nTraining sequences" in (folder / "figures/captions.md").read_text()
    assert not re.search("<text[^>]*>Training sequences", (folder / "figures/strip.svg").read_text())
    assert size_of_pdf((folder / "figures/strip.pdf").read_bytes())[0] <= 6.9
    with pytest.raises(SystemExit):
        plot.main([str(folder), "--format", "gif"])
    assert "--format: invalid choice: 'gif'" in capsys.readouterr().err


def test_a_file_of_every_kind_is_removed_with_its_figure(tmp_path: Path) -> None:
    from lagrun.figures.drawing import remove, save_captions

    paths = save([drawing()], tmp_path, ["png", "svg", "pdf"])
    assert [path.name for path in paths] == ["line.png", "line.svg", "line.pdf"]
    save_captions([drawing()], tmp_path)
    remove(["line"], tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["captions.md"]
