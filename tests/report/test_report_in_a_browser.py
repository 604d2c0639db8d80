"""The HTML report in a real browser: the system's Chromium, without a window and without a network."""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from lagrun.analysis.frame import frame
from lagrun.report.content import gather
from lagrun.report.curves import MOST_POINTS
from lagrun.report.html import page
from lagrun.report.pictures import PicturedRun, Pictures
from scripts import chromium
from tests.report.browser import Browser
from tests.report.pages import CELLS, Page, drawing, written
from tests.written_sweeps import say

pytestmark = pytest.mark.slow

if chromium.missing():
    pytest.skip(f"no {' and no '.join(chromium.missing())}: {chromium.INSTALL}", allow_module_level=True)

SUMMARY, RUNS = "table.summary", "table.runs"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    driver = chromium.start()
    try:
        yield Browser(driver)
    finally:
        driver.quit()


def report_of(folder: Path, pictures: Pictures | None = None) -> Path:
    output = folder / "report.html"
    content = gather(folder, frame(folder), [drawing()], output)
    output.write_text(page(replace(content, pictures=pictures or content.pictures)), encoding="utf-8")
    return output


HARM = "<img src=x onerror='window.harm = 1'><script>window.harm = 2</script>"


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = written(tmp_path_factory.mktemp("browser") / "a sweep", CELLS)
    say(folder, "name", [HARM, "two"])
    runs = [PicturedRun(f"{why}: seed 3", [drawing("steps")]) for why in ("Best", "Worst")]
    return report_of(folder, Pictures(cells={HARM: runs, "two": runs[:1]}))


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    outcomes = [12000 - seed if seed % 3 else "budget" for seed in range(100)]
    folder = tmp_path_factory.mktemp("browser") / "thousand"
    return report_of(written(folder, dict.fromkeys(range(5, 15), outcomes), n_points=3 * MOST_POINTS))


def test_tables_are_sorted_by_what_their_texts_stand_for(browser: Browser, small: Path) -> None:
    browser.open(small)
    browser.shows(RUNS, "Sequences", "100", "300", "1,000", "200", "1,000")
    head = browser.head(RUNS, "Sequences")
    browser.click(head)
    browser.shows(RUNS, "Sequences", "100", "200", "300", "1,000", "1,000")
    assert head.get_attribute("aria-sort") == "ascending"
    browser.click(head)
    browser.shows(RUNS, "Sequences", "1,000", "1,000", "300", "200", "100")
    assert head.get_attribute("aria-sort") == "descending"
    browser.click(head)  # as it was
    browser.shows(RUNS, "Seed", "0", "1", "2", "0", "1", "2", "3")
    browser.shows(SUMMARY, "solved", "2/3", "1/2")
    browser.click(browser.head(SUMMARY, "solved"))
    browser.shows(SUMMARY, "solved", "1/2", "2/3")


def test_tables_are_filtered_by_column(browser: Browser, small: Path) -> None:
    browser.open(small)
    browser.type(browser.named("Filter Outcome", RUNS), "diverged")
    browser.shows(RUNS, "Outcome", "\N{MULTIPLICATION X} diverged")
    browser.type(browser.named("Filter Outcome", RUNS), "")
    browser.named("How to filter Sequences", RUNS).send_keys("Greater than")
    browser.type(browser.named("Filter Sequences", RUNS), "250")
    browser.shows(RUNS, "Sequences", "300", "1,000", "1,000")
    browser.type(browser.named("Filter Outcome", RUNS), "budget")
    browser.shows(RUNS, "Sequences", "1,000")
    browser.type(browser.named("Filter name", SUMMARY), "two")
    browser.shows(SUMMARY, "name", "two")


#: How many pixels of the canvases below a run are neither white nor transparent.
INK = """return [...document.querySelector("#run-0 .plot").children].flatMap(function find(node) {
  const inner = [...(node.shadowRoot?.querySelectorAll("*") ?? [])];
  return [...(node.tagName === "CANVAS" ? [node] : []), ...inner.flatMap(find)];
}).reduce((sum, canvas) => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  for (let i = 0; i < data.length; i += 4) sum += data[i + 3] > 0 && data[i] + data[i + 1] + data[i + 2] < 600;
  return sum;
}, 0)"""


def test_a_run_is_opened_and_its_curve_is_drawn(browser: Browser, small: Path) -> None:
    browser.open(small)
    button = browser.find(f"{RUNS} button")
    assert button.get_attribute("aria-label") == f"Curve of {HARM}, p=5, seed 0"
    browser.click(button)
    assert button.get_attribute("aria-expanded") == "true"
    browser.until(f"(() => {{ {INK} }})() > 2000")
    words = browser.find("#run-0 figcaption").text
    assert "Solved at sequence 100, the vertical line." in words
    assert "At the last, sequence 100: share of right predictions: training, last step (rolling) 1" in words
    link = browser.find("#run-0 figcaption a").get_attribute("href")
    assert link == (small.parent / "task.p=5,a+b/seed=0/curve.csv.gz").as_uri()
    browser.click(button)
    assert button.get_attribute("aria-expanded") == "false"
    assert not browser.driver.find_elements(By.ID, "run-0")


def test_the_line_of_a_curve_goes_where_its_numbers_say(browser: Browser, small: Path) -> None:
    browser.open(small)
    browser.click(browser.find(f"{RUNS} button"))
    drawn = "(Bokeh.documents.at(-1)?.get_model_by_name('curve')?.data"
    browser.until(f"{drawn}.sequence?.length ?? 0) > 1")
    data = browser.run(f"return {drawn})")
    stored = stored_curves(small)
    assert data == dict(zip(stored["columns"], stored["runs"]["0"]["points"], strict=True))
    ends = "Bokeh.documents.at(-1).roots()[0].select({type: 'Span'}) ?? []"
    located = browser.run(f"return [...{ends}].map((line) => [line.location, line.visible])")
    assert located == [[100, True], [100, True]]


def test_everything_can_be_done_by_keyboard(browser: Browser, small: Path) -> None:
    browser.open(small)
    reached = []
    for _ in range(150):
        browser.driver.switch_to.active_element.send_keys(Keys.TAB)
        active = browser.driver.switch_to.active_element
        outline = browser.run(
            """const style = (node) => getComputedStyle(node);
            const icon = arguments[0].parentElement?.querySelector(".dtcc-search-type-icon");
            return [arguments[0], ...(icon ? [icon] : [])].some((node) => parseFloat(style(node).outlineWidth) >= 1
              && style(node).outlineStyle !== "none")""",
            active,
        )
        assert outline, active.get_attribute("outerHTML")
        name = active.get_attribute("aria-label") or active.text
        reached.append(name)
        if name.startswith("Curve of"):
            break
    assert "Skip to the content" in reached
    assert "Filter Sequences" in reached, reached
    active.send_keys(Keys.ENTER)
    assert active.get_attribute("aria-expanded") == "true"
    assert browser.driver.switch_to.active_element == active
    active.send_keys(Keys.SPACE)
    assert active.get_attribute("aria-expanded") == "false"
    control = browser.head(RUNS, "Sequences").find_element(By.CSS_SELECTOR, "[tabindex='0']")
    control.send_keys(Keys.ENTER)
    browser.shows(RUNS, "Sequences", "100", "200", "300", "1,000", "1,000")


def test_nothing_is_fetched_said_or_run_that_is_not_the_page_s_own(browser: Browser, small: Path) -> None:
    browser.requests()
    browser.open(small)
    browser.click(browser.find(f"{RUNS} button"))
    browser.until("document.querySelector('#run-0 .plot').children.length > 0")
    browser.click(browser.head(RUNS, "Cell"))
    browser.type(browser.named("Filter Cell", RUNS), "<img")
    browser.shows(RUNS, "Cell", *[f"{HARM}, p=5"] * 3)
    fetched = {re.sub(r"^(data:[\w/+.-]+).*", r"\1", address, flags=re.DOTALL) for address in browser.requests()}
    assert fetched - {small.as_uri()} <= {"data:image/svg+xml", "data:image/png", "data:,"}
    assert small.as_uri() in fetched
    assert browser.messages() == []
    assert browser.run("return window.harm === undefined")


def test_the_policy_stops_what_is_put_into_the_page(browser: Browser, small: Path) -> None:
    browser.open(small)
    browser.run("document.body.insertAdjacentHTML('beforeend', arguments[0])", HARM)
    browser.run("document.body.append(document.createElement('script'))")
    browser.run("document.body.lastChild.src = 'data:text/javascript,window.harm = 3'")
    browser.run("document.body.append(new Image())")
    browser.run("document.body.lastChild.src = 'http://localhost:9/image.png'")
    said: list[str] = []

    def is_told(_: Any) -> bool:
        said.extend(browser.messages())
        refused = [message for message in said if "Content Security Policy" in message]
        return all(any(name in message for message in refused) for name in ("image.png", "data:text/javascript"))

    WebDriverWait(browser.driver, 20).until(is_told)
    assert browser.run("return window.harm === undefined")


@pytest.mark.parametrize("width", [1280, 400])
def test_others_can_read_it_too(browser: Browser, small: Path, width: int) -> None:
    axe = pytest.importorskip("axe_core_python.selenium", reason="needs axe-core-python: pip install '.[test]'")
    browser.driver.set_window_size(width, 900)
    try:
        browser.open(small)
        browser.click(browser.find(f"{RUNS} button"))
        browser.until("document.querySelector('#run-0 .plot').children.length > 0")
        browser.run("for (const each of document.querySelectorAll('details')) each.open = true")
        found = axe.Axe().run(browser.driver)
    finally:
        browser.driver.set_window_size(1280, 900)
    broken = {rule["id"]: [node["html"][:150] for node in rule["nodes"][:3]] for rule in found["violations"]}
    assert broken == {}
    assert {"color-contrast", "image-alt", "label", "html-has-lang"} <= {rule["id"] for rule in found["passes"]}


#: What sticks out of the page, and is not within something that can be scrolled; and what can be, with its right edge.
EDGES = """
const width = document.documentElement.clientWidth;
const scrolls = (each) => /auto|scroll/.test(getComputedStyle(each).overflowX) && each.scrollWidth > each.clientWidth;
const within = (each) => each.parentElement && (scrolls(each.parentElement) || within(each.parentElement));
const all = [...document.body.querySelectorAll("*:not(.skip)")].map((each) => [each, each.getBoundingClientRect()]);
const shown = all.filter(([each, box]) => box.width && box.height);
const out = shown.filter(([each, box]) => (box.right > width + 1 || box.left < -1) && !within(each));
const hide = shown.filter(([each]) => scrolls(each)).map(([each, box]) =>
  [each.className || each.tagName, box.left + each.clientWidth - 1, box.top + scrollY, each.clientHeight]);
return [out.map(([each]) => each.outerHTML.slice(0, 100)), hide];
"""


def test_at_400_pixels_no_edge_is_hidden_but_where_a_shadow_says_so(browser: Browser, small: Path) -> None:
    def cdp(command: str, **values: Any) -> Any:
        return browser.driver.execute_cdp_cmd(command, values)

    cdp("Emulation.setDeviceMetricsOverride", width=400, height=900, deviceScaleFactor=1, mobile=False)
    cdp("Emulation.setScrollbarsHidden", hidden=True)  # as on a telephone
    try:
        browser.open(small)
        browser.click(browser.find(f"{RUNS} button"))
        browser.until("document.querySelector('#run-0 .plot').children.length > 0")
        browser.run("for (const each of document.querySelectorAll('details')) each.open = true")
        assert browser.run("return document.documentElement.scrollWidth") <= 400
        out, hiding = browser.run(EDGES)
        edges = {}
        for name, x, y, height in hiding:
            clip = {"x": x, "y": y, "width": 1, "height": min(height, 2000), "scale": 1}
            png = cdp("Page.captureScreenshot", clip=clip, captureBeyondViewport=True)["data"]
            pixels = np.asarray(Image.open(BytesIO(b64decode(png))).convert("L"))
            edges[name, y] = float(np.quantile(pixels, 0.9))
    finally:
        cdp("Emulation.setScrollbarsHidden", hidden=False)
        cdp("Emulation.clearDeviceMetricsOverride")
    assert out == []
    names = " ".join(name for name, *_ in hiding)
    assert {"scroll", "UL"} <= set(names.split())
    assert all(light < 240 for light in edges.values()), edges  # nine tenths of the edge are in the shadow


def stored_curves(path: Path) -> dict[str, Any]:
    curves: dict[str, Any] = Page(path.read_text(encoding="utf-8")).json()[0]
    return curves


def test_a_thousand_runs_stay_usable(browser: Browser, large: Path) -> None:
    n_points = [len(curve["points"][0]) for curve in stored_curves(large)["runs"].values()]
    assert n_points == [MOST_POINTS] * 1000  # no page of so many runs is larger
    assert large.stat().st_size < 10_000_000
    browser.open(large)
    browser.shows(RUNS, "Seed", *map(str, range(25)))
    assert "1 to 25 of 1,000" in browser.find(f".dt-container:has({RUNS}) .dt-info").text
    browser.click(browser.head(RUNS, "Sequences"))
    browser.shows(RUNS, "Sequences", *["1,000"] * 25)
    browser.type(browser.named("Filter Sequences", RUNS), "11902")
    browser.shows(RUNS, "Cell", *[f"p={p}" for p in range(5, 15)])
    browser.click(browser.find(f"{RUNS} button"))
    browser.until("document.querySelector('.curve .plot').children.length > 0")
    browser.find(".dt-length select").send_keys("all")
    browser.type(browser.named("Filter Sequences", RUNS), "")
    browser.until("document.querySelectorAll('table.runs button').length === 1000")


def test_it_is_read_without_scripts(browser: Browser, large: Path) -> None:
    browser.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        browser.driver.get(large.as_uri())
        rows = browser.driver.find_elements(By.CSS_SELECTOR, f"{RUNS} tbody tr")
        assert len(rows) == 1000
        assert rows[-1].text.split() == ["p=14", "99", "○", "budget", "1,000", "0.999", "0.500", "1.25", "folder"]
        assert len(browser.driver.find_elements(By.CSS_SELECTOR, f"{SUMMARY} tbody tr")) == 10
        assert not any(each.is_displayed() for each in browser.driver.find_elements(By.TAG_NAME, "button"))
        assert "Without JavaScript the tables are complete" in browser.find("main").text
        browser.click(browser.find("details summary"))
        assert "optimiser.learning_rate" in browser.find("details").text
    finally:
        browser.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
