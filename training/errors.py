"""
What can go wrong in training.

TrainingError
  BadData         a file of labelled reviews breaks a rule
  BadFlag         flags that contradict each other or the data
  Missing         a library that only some commands need is not installed
  OutputInTheWay  the place for the result holds something that is no model
"""


class TrainingError(Exception):
    """Is the base of this package's errors; its text is fit for one line."""


class BadData(TrainingError):
    """A file of reviews cannot be read or breaks a rule; names the row and the column."""


class BadFlag(TrainingError):
    """A flag has a value that makes no sense with the other flags or with the data."""


class Missing(TrainingError):
    """A library that this command needs is not installed; says how to install it."""


class OutputInTheWay(TrainingError):
    """The folder for a model cannot be replaced, since it is none; nothing was written."""
