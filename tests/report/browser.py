"""A real browser with a page of the report: what is seen and done in it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from selenium import webdriver
from selenium.common.exceptions import TimeoutException
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait


class Browser:
    """What a reader does to a report, and sees of it."""

    def __init__(self, driver: webdriver.Chrome) -> None:
        self.driver = driver

    def open(self, path: Path) -> Browser:
        """Load a page, and wait until its tables can be used."""
        self.messages()
        self.driver.get(path.as_uri())
        self.until("document.querySelectorAll('.dt-container').length === 2")
        return self

    def run(self, script: str, *arguments: Any) -> Any:
        return self.driver.execute_script(script, *arguments)

    def until(self, condition: str) -> None:
        WebDriverWait(self.driver, 60).until(lambda driver: driver.execute_script(f"return {condition}"), condition)

    def find(self, selector: str) -> WebElement:
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def named(self, label: str, table: str) -> WebElement:
        """A control of a table by its accessible name."""
        return self.find(f'{table} [aria-label="{label}"]')

    def column(self, table: str, head: str) -> list[str]:
        """The texts of a column, in the rows that are shown."""
        found: list[str] = self.run(
            """const table = document.querySelector(arguments[0]);
            const heads = [...table.tHead.rows[0].cells].map((cell) => cell.innerText.trim().split("\\n")[0].trim());
            const rows = [...table.tBodies[0].rows].filter((row) => row.cells.length === heads.length);
            return rows.map((row) => row.cells[heads.indexOf(arguments[1])].innerText.trim());""",
            table,
            head,
        )
        return found

    def shows(self, table: str, head: str, *texts: str) -> None:
        """Wait until a column's texts, empty ones and what stands below their first lines left out, are these."""
        expected, found = list(texts), [""]

        def is_so(_: Any) -> bool:
            found[:] = [text.split("\n")[0] for text in self.column(table, head) if text]
            return found == expected

        try:
            WebDriverWait(self.driver, 20).until(is_so)
        except TimeoutException:
            assert found == expected

    def head(self, table: str, head: str) -> WebElement:
        heads = self.driver.find_elements(By.CSS_SELECTOR, f"{table} thead tr:first-child th")
        return next(each for each in heads if each.text.strip().startswith(head))

    def click(self, element: WebElement) -> None:
        """Click on what is not below the navigation, which stays at the top."""
        self.run("arguments[0].scrollIntoView({ block: 'center' })", element)
        element.click()

    def type(self, control: WebElement, text: str) -> None:
        control.send_keys(Keys.CONTROL, "a")
        control.send_keys(text or Keys.BACKSPACE)

    def messages(self) -> list[str]:
        """What the console has said since it was last asked, but for what is only information."""
        log: list[dict[str, Any]] = self.driver.get_log("browser")
        return [entry["message"] for entry in log if entry["level"] != "INFO"]

    def requests(self) -> list[str]:
        """Addresses that were asked for since this was last called."""
        log = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        asked = [
            each["params"]
            for each in log
            if each["method"] in ("Network.requestWillBeSent", "Network.webSocketCreated")
        ]
        return [params["request"]["url"] if "request" in params else params["url"] for params in asked]
