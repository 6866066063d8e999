"""
What can go wrong in training.

TrainingError
  BadData         a file of reviews or of numbers made from them breaks a rule
  BadFlag         flags that contradict each other or the data
  Missing         a library that only some commands need is not installed
  BadFolds        a file of folds cannot be read or was made for other data
  Leak            a figure was asked for on texts that the model was trained on
  BadAnswer       a model gave something that is no probability
  EngineFailed    the machines that were to score cannot be had, or failed
  NotPromoted     a model did not pass the gate
  OutputInTheWay  the place for the result holds something that is not to be replaced
"""


class TrainingError(Exception):
    """Is the base of this package's errors; its text is fit for one line."""


class BadData(TrainingError):
    """A file cannot be read or breaks a rule; names the row and the column."""


class BadFlag(TrainingError):
    """A flag has a value that makes no sense with the other flags or with the data."""


class Missing(TrainingError):
    """A library that this command needs is not installed; says how to install it."""


class BadFolds(TrainingError):
    """A file of folds cannot be read, or its rows are not those of the data."""


class Leak(TrainingError):
    """A figure would be one of memory: the model was trained on texts that it is measured on."""


class BadAnswer(TrainingError):
    """A model gave NaN, or a number outside 0 to 1, even for a review by itself; names the row."""


class EngineFailed(TrainingError):
    """Ray cannot be reached, or a process of it failed; what was scored is kept."""


class NotPromoted(TrainingError):
    """A model is not better on held-out rows, or worse for some group; the default stays."""


class OutputInTheWay(TrainingError):
    """The place for a result cannot be replaced; nothing was written."""
