"""Figures, one idea per file: each takes data and returns a `lagrun.figures.drawing.Drawing`, and writes nothing."""
