"""The page of the report: nothing in it is taken for markup, nothing is fetched, and everybody can read it."""

from __future__ import annotations

import base64
import hashlib
import re

import numpy as np
import pytest

from lagrun.checks import ConfigError
from lagrun.report import assets
from lagrun.report.html import image, share
from tests.report.pages import HOSTILE, Page, drawing


@pytest.mark.parametrize(
    ("value", "expected"), [(None, ""), (1.0, "1.000"), (0.9999, "0.999"), (0.29, "0.290"), (0, "0.000")]
)
def test_an_accuracy_is_not_rounded_up_to_perfection(value: float | None, expected: str) -> None:
    assert share(value) == expected


def test_what_a_page_shows_is_never_markup(text: str, parsed: Page) -> None:
    assert [kind for kind, _ in parsed.scripts] == [*["application/json"] * 2, None, *["module"] * 2]
    assert not [attributes for _, attributes in parsed.tags if any(name.startswith("on") for name in attributes)]
    images = [attributes for tag, attributes in parsed.tags if tag == "img"]
    assert len(images) == 1
    assert HOSTILE in " ".join(parsed.texts)
    cells = [row[1] for row in parsed.rows("sortable runs")[1:]]
    assert cells[0] == f"{HOSTILE}, p=5"
    for kind, script in parsed.scripts:
        if kind == "application/json":
            assert "<" not in script
            assert "NaN" not in script


def test_the_policy_lets_the_scripts_of_the_page_run_and_no_others(parsed: Page) -> None:
    policy = next(a["content"] for tag, a in parsed.tags if a.get("http-equiv") == "Content-Security-Policy")
    allowed = re.findall(r"'sha256-([^']+)'", policy or "")
    run = [script for kind, script in parsed.scripts if kind != "application/json"]
    assert allowed == [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in run]
    rules = dict(rule.split(" ", 1) for rule in str(policy).split("; "))
    assert rules["default-src"] == "'none'"
    assert re.fullmatch(r"'sha256-[^']+'( 'sha256-[^']+')*", rules["script-src"])  # no address, data: or other


def test_nothing_is_fetched(text: str, parsed: Page) -> None:
    for tag, attributes in parsed.tags:
        for name in ("src", "href", "srcset", "data", "action", "poster", "background"):
            value = attributes.get(name)
            if value is not None:
                assert re.match(r"data:|#|[\w.%]+/", value), (tag, name, value)
                assert not value.startswith("//")
        assert tag not in ("iframe", "object", "embed", "base", "audio", "video")
    styles = "".join(re.findall(r"<style>(.*?)</style>", text, re.DOTALL))
    assert "@import" not in styles
    assert not re.search(r"url\((?!\s*[\"']?data:)", styles)


def test_what_everybody_needs_to_read_it(parsed: Page) -> None:
    names = [tag for tag, _ in parsed.tags]
    assert ("html", {"lang": "en"}) in parsed.tags
    assert {"header", "nav", "main", "footer", "title"} <= set(names)
    assert names.count("table") == names.count("caption")
    assert all(a.get("scope") for tag, a in parsed.tags if tag == "th")
    images = [attributes for tag, attributes in parsed.tags if tag == "img"]
    assert [image["alt"] for image in images] == ["What ecdf shows."]
    assert "The caption of ecdf." in parsed.texts
    assert all(a["aria-expanded"] == "false" and a["type"] == "button" for tag, a in parsed.tags if tag == "button")
    identifiers = [attributes["id"] for _, attributes in parsed.tags if "id" in attributes]
    assert len(set(identifiers)) == len(identifiers)


def test_a_figure_is_embedded_as_svg_unless_that_is_large() -> None:
    few, many = drawing(), drawing()
    many.figure.axes[0].plot(np.random.default_rng(0).random(4_000), "o")
    kind, _, svg = image(few).partition(",")
    assert kind == "data:image/svg+xml;base64"
    assert b"<svg" in base64.b64decode(svg)
    shown = re.findall(r"<text[^>]*>([^<]*)</text>", base64.b64decode(svg).decode())
    assert "1.0" in shown
    assert image(many).startswith("data:image/png;base64,")


def test_a_script_cannot_end_early() -> None:
    assert assets.embeddable("a('</script>', '</SCRIPT>')\r\n") == r"a('<\/script>', '<\/SCRIPT>')" + "\n"
    assert assets.embeddable("/<!--/.test('<script>')") == r"/\x3c!--/.test('<script>')"


def test_a_bundle_without_its_export_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assets, "_itables", lambda name: "var a=1;export{a as b,c$ as default,d as e};")
    assert assets.datatables_module() == "var a=1;globalThis.DataTable=c$;"
    monkeypatch.setattr(assets, "_itables", lambda name: "var a=1;")
    with pytest.raises(ConfigError, match="itables"):
        assets.datatables_module()
