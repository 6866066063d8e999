"""
The exceptions of training.

TrainingError
  BadData         a file of reviews, or of numbers made from them, is invalid
  BadFlag         flags contradict each other or the data
  Missing         a library that only some commands need is not installed
  BadFolds        a file of folds cannot be read or was made for other data
  Leak            a metric was requested on texts that the model was trained on
  BadAnswer       a model returned a value that is not a probability
  EngineFailed    the scoring hosts are unavailable or failed
  NotPromoted     a model did not pass the gate
  OutputInTheWay  the output path holds something that must not be replaced
"""


class TrainingError(Exception):
    """The base of this package's errors; the message is one line."""


class BadData(TrainingError):
    """A file cannot be read or is invalid; the message names the row and the column."""


class BadFlag(TrainingError):
    """A flag's value is invalid, or contradicts the other flags or the data."""


class Missing(TrainingError):
    """A library that this command needs is missing; the message says how to install it."""


class BadFolds(TrainingError):
    """A file of folds cannot be read, or its rows are not those of the data."""


class Leak(TrainingError):
    """A metric would be invalid: the model was trained on texts that it is measured on."""


class BadAnswer(TrainingError):
    """A model returned NaN or a number outside 0 to 1, even for one review; names the row."""


class EngineFailed(TrainingError):
    """Ray is unreachable, or one of its processes failed; scored rows are kept."""


class NotPromoted(TrainingError):
    """A model is not better on held-out rows, or worse in a group; the default stays."""


class OutputInTheWay(TrainingError):
    """The output path cannot be replaced; nothing was written."""
