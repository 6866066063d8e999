"""What an answer shows. Pure."""

from dataclasses import dataclass, replace

from aiogram.types import BufferedInputFile, InlineKeyboardMarkup, Message
from aiogram.utils.formatting import Text


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


@dataclass(frozen=True, slots=True)
class ShownAnswer:
    """The message that shows an answer, and the file id of its picture, if it has one."""

    message_id: int
    file_id: str | None


def picture_id(message: Message | bool) -> str | None:
    """Return the id of the largest size of the picture that Telegram stored."""
    if isinstance(message, Message) and message.photo:
        return message.photo[-1].file_id
    return None
