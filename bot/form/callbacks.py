"""The callback data of the bot's buttons (at most 64 bytes each)."""

from enum import StrEnum

from aiogram.filters.callback_data import CallbackData
from pydantic import Field

from bot.form.draft import Do
from triage.review import Language

# The largest value of the archive's columns; a client may send any number.
MAX_NUMBER = 2**63 - 1


class FormTap(CallbackData, prefix="f"):
    """A button of a form; `value` is a rating, a tag or a step."""

    form: str
    do: Do
    value: str = ""


class Picture(CallbackData, prefix="p"):
    """Switches an answer between the most probable classes and all of them."""

    number: int = Field(ge=0, le=MAX_NUMBER)
    every_class: bool


class AuthorWord(StrEnum):
    """What an author says about the answer to their review."""

    RIGHT = "y"
    WRONG = "n"
    ABOUT = "c"  # it was about a class, or something else
    AGAIN = "a"  # nothing new: the author wants to choose again


class AuthorSays(CallbackData, prefix="s"):
    """A button of the author's own check; `about` is a class, or SOMETHING_ELSE."""

    number: int = Field(ge=0, le=MAX_NUMBER)
    word: AuthorWord
    about: int = 0


class TrainingConsent(CallbackData, prefix="g"):
    """Chooses whether the reviews of the person who taps may be used for training."""

    is_given: bool


class Forget(CallbackData, prefix="x"):
    """Answers whether to erase all data of the person who taps."""

    sure: bool


class PickLanguage(CallbackData, prefix="l"):
    """Chooses the language of the person who taps."""

    language: Language
