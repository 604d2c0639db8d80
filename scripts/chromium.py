"""The system's own Chromium, without a window or a network, to look at pages.

apt-get install chromium chromium-driver
"""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

PROGRAMS = ("chromium", "chromedriver")
#: Debian's packages.
INSTALL = "apt-get install chromium chromium-driver"

ARGUMENTS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--disable-sync",
    "--no-default-browser-check",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND",  # whatever asks for a name in spite of all this fails
    "--window-size=1280,900",
)


def missing() -> list[str]:
    """Names of the programs that are not installed."""
    return [name for name in PROGRAMS if shutil.which(name) is None]


def start() -> Chrome:
    """Start Chromium. It keeps its console's lines and its network requests; `quit` ends it."""
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = str(shutil.which("chromium"))
    for argument in ARGUMENTS:
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    # Selenium's own manager, which would look for drivers in the network, is not asked where a driver is named.
    return webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver"), log_output=os.devnull))
