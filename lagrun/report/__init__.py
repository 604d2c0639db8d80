"""The HTML report of a sweep: what it says, gathered from the files of its runs, and how that becomes one page."""
