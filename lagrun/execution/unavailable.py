"""The error that is raised where worker processes cannot be started."""


class NoWorkerError(Exception):
    """A worker process cannot be started; the message is the reason."""
