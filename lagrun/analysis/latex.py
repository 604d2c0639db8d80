"""A table of text as LaTeX."""

from __future__ import annotations

import re

import pandas as pd

from lagrun.analysis.tables import INFINITE, SOLVED

#: Characters that LaTeX takes for commands, or prints as others.
ESCAPED = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    **{character: f"\\{character}" for character in "&%$#_{}"},
}


def latex(shown: pd.DataFrame, caption: str) -> str:
    """Write a table for a document that loads the package booktabs.

    Parameters
    ----------
    shown : pandas.DataFrame
        From `lagrun.analysis.tables.table`.
    caption : str
        What the numbers are; becomes a comment.

    Returns
    -------
    str
        A ``tabular``, keys to the left and statistics to the right.
    """
    names = list(map(str, shown))
    n_keys = names.index(SOLVED)
    head = [escaped(name) if name in names[:n_keys] else _statistic(name) for name in names]
    rows = [
        [escaped(text) for text in row[:n_keys]] + [_statistic(text) for text in row[n_keys:]]
        for row in shown.to_numpy().tolist()
    ]
    return "\n".join(
        [
            r"% Needs \usepackage{booktabs}.",
            f"% {caption}",
            rf"\begin{{tabular}}{{{'l' * n_keys}{'r' * (len(names) - n_keys)}}}",
            r"\toprule",
            _line(head),
            r"\midrule",
            *map(_line, rows),
            r"\bottomrule",
            r"\end{tabular}",
            "",
        ]
    )


def escaped(text: str) -> str:
    """Escape a text so that LaTeX prints it as it is; a negative number gets a proper minus sign."""
    text = "".join(ESCAPED.get(character, character) for character in text)
    return re.sub(r"^-(?=[\d.])", "$-$", text)


def _statistic(text: str) -> str:
    """Escape a number, a range or an interval."""
    text = re.sub(r"(?<=[\d.])-(?=[\d.]|inf\b)", "--", escaped(text))
    return re.sub(rf"\b{INFINITE}\b", r"$\\infty$", text)


def _line(cells: list[str]) -> str:
    """A row; LaTeX would read a bracket or star at its start as an argument of the row end before it."""
    first = re.sub(r"^[\[*]", lambda found: f"{{{found[0]}}}", cells[0])
    return " & ".join([first, *cells[1:]]) + r" \\"
