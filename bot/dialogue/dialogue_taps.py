"""The callback data of the buttons of a dialogue (at most 64 bytes each)."""

from enum import StrEnum

from aiogram.filters.callback_data import CallbackData
from pydantic import Field

from bot.form.callbacks import MAX_NUMBER


class TeamAct(StrEnum):
    """What a button below a moderator's reply does."""

    CANCEL = "c"
    NOTE = "n"
    SEND = "s"  # for an anonymous admin's reply: the tap identifies a person
    UNSEND = "u"
    AGAIN = "a"  # for a reply that may have arrived
    LEAVE = "l"


class TeamTap(CallbackData, prefix="d"):
    """A button below a moderator's reply; `row` is the message in the archive."""

    act: TeamAct
    row: int = Field(ge=0, le=MAX_NUMBER)


class CannedTap(CallbackData, prefix="k"):
    """Sends a prepared answer to the customer of a review, after the hold."""

    number: int = Field(ge=0, le=MAX_NUMBER)
    answer: int = Field(ge=0, le=MAX_NUMBER)


class CustomerAct(StrEnum):
    """What a button of a customer does."""

    REPLY = "r"
    STOP = "x"
    SOLVED = "s"
    UNSOLVED = "u"


class DialogueTap(CallbackData, prefix="a"):
    """A button of a customer about one review."""

    act: CustomerAct
    number: int = Field(ge=0, le=MAX_NUMBER)


class MeaningTap(CallbackData, prefix="w"):
    """Chooses what a customer's message is: an answer about `number`, or (0) a new review."""

    row: int = Field(ge=0, le=MAX_NUMBER)
    number: int = Field(ge=0, le=MAX_NUMBER)
