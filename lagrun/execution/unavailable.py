"""What is raised where worker processes cannot be had."""


class NoWorkerError(Exception):
    """A worker process cannot be started; the message is the reason."""
