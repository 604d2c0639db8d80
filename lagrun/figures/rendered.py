"""A figure as the bytes of a file, the same each time, and enlarged as its look demands."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Kinds of files.
PNG, SVG, PDF = KINDS = ("png", "svg", "pdf")

#: Those that are written if none is asked for.
DEFAULT_KINDS = (PNG, SVG)


def rendered(figure: Figure, kind: str, title: str, description: str, dots: float, zoom: float = 1) -> bytes:
    """Write a figure, within `lagrun.figures.drawing.styled`.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        Laid out and drawn when it is written.
    kind : str
        Of `KINDS`.
    title, description : str
        What the file says of itself.
    dots : float
        Dots per inch of a PNG.
    zoom : float
        How many times larger than the figure the file is: letters and lines, too.
    """
    if kind == PDF:
        return _pdf(figure, {"Title": title, "Subject": description, "CreationDate": None}, zoom)
    buffer, told = io.BytesIO(), {"Title": title, "Description": description}
    if kind == SVG:
        figure.savefig(buffer, format=SVG, dpi=dots, metadata=told | {"Date": None})
        return buffer.getvalue() if zoom == 1 else _enlarged(buffer.getvalue(), zoom)
    density: dict[str, Any] = {} if zoom == 1 else {"pil_kwargs": {"dpi": (dots, dots)}}
    figure.savefig(buffer, format=PNG, dpi=dots * zoom, metadata=told, **density)
    return buffer.getvalue()


def _enlarged(svg: bytes, zoom: float) -> bytes:
    """Give an SVG another size; its ``viewBox`` stays."""

    def larger(found: re.Match[bytes]) -> bytes:
        return b'%b="%.6gpt"' % (found[1], float(found[2]) * zoom)

    start = svg.index(b"<svg")
    end = svg.index(b">", start)
    return svg[:start] + re.sub(rb'\b(width|height)="([\d.]+)pt"', larger, svg[start:end]) + svg[end:]


def _pdf(figure: Figure, metadata: dict[str, Any], zoom: float) -> bytes:
    """Write a PDF as matplotlib does, except for its size: `savefig` always takes the figure's."""
    from matplotlib.backends import backend_mixed, backend_pdf

    pdf: Any = backend_pdf
    mixed: Any = backend_mixed
    buffer, old = io.BytesIO(), figure.get_dpi()
    width, height = figure.get_size_inches()
    figure.set_dpi(72)  # a point of a PDF
    file = pdf.PdfFile(buffer, metadata=metadata)
    try:
        file.newPage(width * zoom, height * zoom)
        file.width, file.height = width, height  # beyond which lines are not written
        file.output(zoom, 0, 0, zoom, 0, 0, pdf.Op.concat_matrix)
        renderer = mixed.MixedModeRenderer(figure, width, height, old, pdf.RendererPdf(file, old, height, width))
        figure.draw(renderer)
        renderer.finalize()
        file.finalize()
    finally:
        file.close()
        figure.set_dpi(old)
    return buffer.getvalue()
