"""The HTML report of a sweep: gathers its content from the files of the runs, and makes one page of it."""
