"""Third-party JavaScript and styles, read from the installed packages when a report is made.

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
    """Raise ConfigError, which says what to install, if a package that reports need is missing."""
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise ConfigError(f"needs {', '.join(missing)}: pip install 'lagrun[report]'")


def bokeh_script() -> str:
    """The script of BokehJS without the parts that are not used (widgets, tables, WebGL, MathJax)."""
    from bokeh.resources import Resources

    return embeddable("\n".join(Resources(mode="inline", components=["bokeh"], log_level="warn").js_raw))


def datatables_module() -> str:
    """DataTables with its extensions, as a module that stores it in ``globalThis``.

    A module inside a page cannot be imported, and a policy that allows one data URL as a script would allow any.

    Raises
    ------
    ConfigError
        If the module of the installed itables is of another form.
    """
    default = r"\bexport\s*\{[^}]*?([\w$]+) as default\b[^}]*\};?"
    script, n_found = re.subn(default, lambda found: f"globalThis.DataTable={found[1]};", _itables("dt_bundle.js"))
    if n_found != 1:
        raise ConfigError(f"itables has no DataTables that can be embedded ({n_found} default exports, not 1)")
    return embeddable(script)


def datatables_style() -> str:
    """The style sheet of DataTables."""
    return _itables("dt_bundle.css")


def _itables(name: str) -> str:
    return (files("itables") / "html" / name).read_text(encoding="utf-8")


def embeddable(script: str) -> str:
    """A script that can be put into a page: it ends where it should, and browsers need not change its line ends."""
    unopened = script.replace("\r\n", "\n").replace("<!--", r"\x3c!--")  # only in strings and patterns
    return re.sub(r"</(?=script)", r"<\\/", unopened, flags=re.IGNORECASE)
