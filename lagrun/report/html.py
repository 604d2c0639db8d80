"""The report as one page that needs no network and no server; its tables are readable without JavaScript, too."""

from __future__ import annotations

import math
from base64 import b64encode
from datetime import UTC, datetime
from hashlib import sha256
from importlib.resources import files

import lagrun
from lagrun.figures.drawing import Drawing, content
from lagrun.report import assets
from lagrun.report.content import Content
from lagrun.report.curves import COLUMNS, SOLVED_AT, SOURCE, picture
from lagrun.report.summary_table import head_parts, text_parts

#: Bytes of an SVG above which a figure becomes a PNG if that is smaller.
LARGE_SVG = 150_000


def page(said: Content) -> str:
    """Write the report.

    Parameters
    ----------
    said : Content
        From `lagrun.report.content.gather`.

    Returns
    -------
    str
        HTML. All text of configurations, names and failures is escaped. The page's content security policy forbids
        other scripts than its own, and any network request.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("lagrun.report", ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.policies["json.dumps_kwargs"] = {"allow_nan": False, "separators": (",", ":")}
    environment.filters |= {"share": share, "head_parts": head_parts, "text_parts": text_parts, "image": image}
    scripts = {
        "bokeh": assets.bokeh_script(),
        "datatables": assets.datatables_module(),
        "own": assets.embeddable(_own("page.js")),
    }
    return environment.get_template("page.html.jinja").render(
        said=said,
        scripts=scripts,
        policy=_policy(list(scripts.values())),
        styles=[assets.datatables_style(), _own("page.css")],
        curves={"columns": COLUMNS, "source": SOURCE, "solved_at": SOLVED_AT, "runs": said.curves},
        picture=picture(),
        written=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        version=lagrun.__version__,
    )


def image(drawing: Drawing) -> str:
    """A figure as a data URL: SVG, unless it is large and a PNG is smaller.

    The text of an SVG is sharp at any size.
    """
    found, kind = content(drawing, "svg"), "svg+xml"
    if len(found) > LARGE_SVG:
        drawing.figure.set_layout_engine("none")  # the layout is already computed
        if len(png := content(drawing, "png")) < len(found):
            found, kind = png, "png"
    return f"data:image/{kind};base64,{b64encode(found).decode()}"


def share(value: float | None) -> str:
    """An accuracy as text, never rounded up to 1; empty where there is none."""
    if value is None:
        return ""
    return f"{math.floor(value * 1000 + 1e-9) / 1000:.3f}"


def _policy(scripts: list[str]) -> str:
    """A policy under which the browser runs only these scripts, and fetches nothing."""
    hashes = [f"'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'" for script in scripts]
    return "; ".join(
        [
            "default-src 'none'",
            f"script-src {' '.join(hashes)}",
            "style-src 'unsafe-inline'",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        ]
    )


def _own(name: str) -> str:
    return (files("lagrun.report") / name).read_text(encoding="utf-8")
