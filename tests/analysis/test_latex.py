"""The table as LaTeX, and the characters that LaTeX would take for commands."""

from pathlib import Path

import pytest

from lagrun.analysis.frame import frame
from lagrun.analysis.latex import escaped, latex
from lagrun.analysis.summary import summarise
from lagrun.analysis.sweep_tables import write_tables
from lagrun.analysis.tables import table
from tests.written_sweeps import say, sweep


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("learning_rate", r"learning\_rate"),
        ("50% & {a}#$", r"50\% \& \{a\}\#\$"),
        (r"a\b^c~d", r"a\textbackslash{}b\textasciicircum{}c\textasciitilde{}d"),
        ("x<y|z>", r"x\textless{}y\textbar{}z\textgreater{}"),
        ("-3.5", "$-$3.5"),
        ("a-b", "a-b"),
        ("inf", "inf"),
    ],
)
def test_text_is_escaped_for_latex(text: str, written: str) -> None:
    assert escaped(text) == written


def test_the_table_as_latex(tmp_path: Path) -> None:
    folder = sweep(tmp_path, {5: [1200, 1300], 6: ["budget"]})
    say(folder, "name", ["[b]_|", "*"])
    runs = frame(folder)
    lines = latex(table(summarise(runs)), "50% of it").splitlines()
    assert lines == [
        r"% Needs \usepackage{booktabs}.",
        "% 50% of it",
        r"\begin{tabular}{llrrrrrr}",
        r"\toprule",
        r"name & p & solved [95\%] & median sequences [95\%] & ERT [95\%] & mean of solved & median of solved & "
        r"min-max of solved \\",
        r"\midrule",
        r"{[}b]\_\textbar{} & 5 & 2/2 [0.34--1.00] & 1,250 & 1,250 & 1,250 & 1,250 & 1,200--1,300 \\",
        r"{*} & 6 & 0/1 [0.00--0.79] & \textgreater{} 1,000 & $\infty$ [334--$\infty$] &  &  &  \\",
        r"\bottomrule",
        r"\end{tabular}",
    ]
    write_tables(folder, runs, summarise(runs))
    assert (folder / "summary.tex").read_text().splitlines()[2:] == lines[2:]
