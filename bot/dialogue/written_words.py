"""The part of a Telegram message that a dialogue passes on. Pure."""

from aiogram.types import Message

from bot.archive.dialogue_records import MessageKind
from bot.dialogue.reply_rules import Words


def words_of(message: Message) -> Words:
    """Return text or caption, the kind, and the file of a message."""
    in_album = message.media_group_id is not None
    if message.text is not None:
        return Words(MessageKind.TEXT, message.text)
    caption = message.caption or ""
    if message.photo:
        return Words(MessageKind.PHOTO, caption, message.photo[-1].file_id, in_album)
    if message.document is not None and message.animation is None:
        return Words(MessageKind.DOCUMENT, caption, message.document.file_id, in_album)
    return Words(None, caption)
