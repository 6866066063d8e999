"""Drops edits that change no word: a reaction and a link preview arrive as edits too."""

from contextlib import suppress
from typing import Any

from aiogram.types import Message, TelegramObject

from bot.middlewares.person import Handler
from bot.seen_messages import SeenMessages
from triage.errors import QueueUnavailable


async def drop_unchanged_edits(
    handler: Handler, event: TelegramObject, data: dict[str, Any]
) -> Any:
    """
    Remember each message of a customer, and pass an edit on only if it changes the message.

    Handlers of edits get `was_known`: whether the earlier version is remembered. The message is
    remembered after it is handled, because a failed update may be repeated.
    """
    assert isinstance(event, Message), "it wraps the handling of messages"
    seen: SeenMessages = data["seen_messages"]
    content, is_changed = _content(event), None
    if event.edit_date is not None:
        is_changed = await seen.is_changed(event.chat.id, event.message_id, content)
        if is_changed is False:
            return None
    data["was_known"] = is_changed is not None
    result = await handler(event, data)
    with suppress(QueueUnavailable):
        await seen.remember(event.chat.id, event.message_id, content)
    return result


def _content(message: Message) -> str:
    """Return the words, and the file of a medium: a replaced picture is a change."""
    media: Any = message.photo[-1] if message.photo else message.document or message.video
    file_id = media.file_unique_id if media else ""
    return f"{file_id} {message.text or message.caption or ''}"
