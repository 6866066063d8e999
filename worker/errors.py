"""
Errors of the queue consumer; those of the models are in worker/classifiers/errors.py.

WorkerError
  PortTaken       the worker cannot listen where it was told to
"""


class WorkerError(Exception):
    """Is the base of the consumer's own errors; its text is fit for one line."""


class PortTaken(WorkerError):
    """Another program listens on the port, or it may not be used; says which setting names it."""
