"""JavaScript and styles of others, read from the installed packages when a report is made.

DataTables (MIT) comes with itables, BokehJS (BSD) with bokeh; their licences stay in what is embedded.
"""

from __future__ import annotations

import re
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
    """DataTables with its extensions, a module that leaves it in ``globalThis``.

    What stands in a page cannot be imported, and a policy that lets a data URL be would let any.

    Raises
    ------
    ConfigError
        If the installed itables has another kind of module.
    """
    default = r"\bexport\s*\{[^}]*?([\w$]+) as default\b[^}]*\};?"
    script, n_found = re.subn(default, lambda found: f"globalThis.DataTable={found[1]};", _itables("dt_bundle.js"))
    if n_found != 1:
        raise ConfigError(f"itables has no DataTables that can be embedded ({n_found} default exports, not 1)")
    return embeddable(script)


def datatables_style() -> str:
    """What styles DataTables."""
    return _itables("dt_bundle.css")


def _itables(name: str) -> str:
    return (files("itables") / "html" / name).read_text(encoding="utf-8")


def embeddable(script: str) -> str:
    """A script that can stand in a page: neither ends early or late, nor is changed by how browsers read line ends."""
    unopened = script.replace("\r\n", "\n").replace("<!--", r"\x3c!--")  # in texts and patterns: no code has it
    return re.sub(r"</(?=script)", r"<\\/", unopened, flags=re.IGNORECASE)
