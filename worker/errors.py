"""
What can go wrong in the worker itself.

WorkerError
  BadModel        a model folder cannot be served by this worker
  NotFetched      a model cannot be fetched from the hub, and the cache does not have it
"""


class WorkerError(Exception):
    """Is the base of the worker's own errors; its text is fit for one line."""


class BadModel(WorkerError):
    """A model is of a kind that this worker cannot load; names the kinds that it can."""


class NotFetched(WorkerError):
    """A repository is not complete in the cache and cannot be fetched; names the remedy."""
