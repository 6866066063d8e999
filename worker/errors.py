"""
Errors of the queue consumer; those of the models are in worker/classifiers/errors.py.

WorkerError
  PortTaken       the worker cannot listen on its port
"""


class WorkerError(Exception):
    """Is the base of the consumer's own errors; its text fits one line."""


class PortTaken(WorkerError):
    """Another program listens on the port, or it may not be used; names the setting."""
