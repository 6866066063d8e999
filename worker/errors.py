"""
What can go wrong in the worker itself.

WorkerError
  BadModel        a model folder cannot be served by this worker
  PortTaken       the worker cannot listen where it was told to
"""


class WorkerError(Exception):
    """Is the base of the worker's own errors; its text is fit for one line."""


class BadModel(WorkerError):
    """A model is of a kind that this worker cannot load; names the kinds that it can."""


class PortTaken(WorkerError):
    """Another program listens on the port, or it may not be used; says which setting names it."""
