"""A terminal, as far as one line of it goes."""


def screen(written: str) -> str:
    """What a terminal line looks like after something was written to it, without spaces at its end."""
    line = ""
    for text in written.split("\r"):
        line = text + line[len(text) :]
    return line.rstrip()
