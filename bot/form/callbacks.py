"""The callback data of the bot's buttons (at most 64 bytes each)."""

from aiogram.filters.callback_data import CallbackData
from pydantic import Field

from bot.form.draft import Do
from triage.review import Language

# What a column of the archive holds; a client may send any number.
MAX_NUMBER = 2**63 - 1


class FormTap(CallbackData, prefix="f"):
    """A button of a form; `value` is a rating, a tag or a step."""

    form: str
    do: Do
    value: str = ""


class Picture(CallbackData, prefix="p"):
    """Switches an answer between the most probable classes and all of them."""

    number: int = Field(ge=1, le=MAX_NUMBER)
    every_class: bool


class Forget(CallbackData, prefix="x"):
    """Answers whether to erase everything stored of the person who taps."""

    sure: bool


class PickLanguage(CallbackData, prefix="l"):
    """Chooses the language of the person who taps."""

    language: Language
