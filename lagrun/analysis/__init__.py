"""From a folder to numbers: the frame of runs, summary, statistics, tables, comparison."""
