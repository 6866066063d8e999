"""What an answer shows, and which refusals mean that it cannot be edited. Pure."""

from dataclasses import dataclass, replace

from aiogram.exceptions import TelegramBadRequest
from aiogram.types import BufferedInputFile, InlineKeyboardMarkup, Message
from aiogram.utils.formatting import Text

# Telegram's errors for a message that was deleted or is too old:
# https://core.telegram.org/bots/api#editmessagetext
_NOT_EDITABLE = ("not found", "MESSAGE_ID_INVALID", "can't be edited")


@dataclass(frozen=True, slots=True, eq=False)
class AnswerContent:
    """What an answer shows."""

    caption: Text
    picture: BufferedInputFile | None
    buttons: InlineKeyboardMarkup | None
    buttons_of_words: InlineKeyboardMarkup | None = None  # without those that switch pictures

    def without_picture(self) -> "AnswerContent":
        """Return only the words."""
        return replace(self, picture=None, buttons=self.buttons_of_words)


def cannot_be_edited(error: TelegramBadRequest) -> bool:
    """Return whether the receipt was deleted or can no longer be edited."""
    return any(words in error.message for words in _NOT_EDITABLE)


def picture_id(message: Message | bool) -> str | None:
    """Return the id of the largest size of the picture that Telegram stored."""
    if isinstance(message, Message) and message.photo:
        return message.photo[-1].file_id
    return None
