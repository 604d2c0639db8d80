"""JavaScript and styles of others, read from the installed packages when a report is made.

DataTables (MIT) comes with itables, BokehJS (BSD) with bokeh; their licences stay in what is embedded.
"""

from __future__ import annotations

import re
from base64 import b64encode
from importlib.resources import files
from importlib.util import find_spec

from lagrun.checks import ConfigError

#: Packages of the extra that this needs.
NEEDED = ("bokeh", "itables", "jinja2")


def check_installed() -> None:
    """Raise ConfigError, with what to install, where a package that reports are made with is missing."""
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise ConfigError(f"needs {', '.join(missing)}: pip install 'lagrun[report]'")


def bokeh_script() -> str:
    """The script of BokehJS without its parts that are not used (widgets, tables, WebGL, MathJax)."""
    from bokeh.resources import Resources

    return embeddable("\n".join(Resources(mode="inline", components=["bokeh"], log_level="warn").js_raw))


def datatables_module() -> str:
    """DataTables with its extensions, a module, as a data URL."""
    return f"data:text/javascript;base64,{b64encode(_itables('dt_bundle.js').encode()).decode()}"


def datatables_style() -> str:
    """What styles DataTables."""
    return _itables("dt_bundle.css")


def _itables(name: str) -> str:
    return (files("itables") / "html" / name).read_text(encoding="utf-8")


def embeddable(script: str) -> str:
    """A script that can stand in a page: neither ends it early, nor is changed by how browsers read line ends."""
    return re.sub(r"</(?=script)", r"<\\/", script.replace("\r\n", "\n"), flags=re.IGNORECASE)
