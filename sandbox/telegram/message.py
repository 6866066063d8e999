"""A message as a value: text or medium with caption, keyboard, what it replies to."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.telegram.formatting import EMPTY, FormattedText
from sandbox.telegram.keyboard import Button, Keyboard, keyboard_json
from sandbox.telegram.user import User


@dataclass(frozen=True, slots=True)
class Media:
    """
    The medium of a message.

    `kind` is the field of the Bot API's Message that holds it, `payload` what that field holds: a
    list of sizes for a photo, an object for everything else.
    """

    kind: str
    payload: Any

    @property
    def file_id(self) -> str:
        """The id of the file; of its largest size for a photo."""
        largest = self.payload[-1] if isinstance(self.payload, list) else self.payload
        return str(largest["file_id"])


@dataclass(frozen=True, slots=True)
class Content:
    """The editable part of a message: text, medium, keyboard. Equal contents are "not modified"."""

    words: FormattedText = EMPTY
    media: Media | None = None
    keyboard: Keyboard = ()


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """A message of a chat. Dates are seconds since the epoch, as in the Bot API."""

    chat_id: int
    message_id: int
    sender: User
    date_s: int
    content: Content
    reply_to: int | None = None
    edit_date_s: int | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)  # forward_origin, media_group_id
    thread_id: int | None = None  # the forum topic; None for General

    @property
    def ephemeral_id(self) -> int | None:
        """The id of a message that one member sees, which has no other id."""
        found: int | None = self.extra.get("ephemeral_message_id")
        return found

    @property
    def receiver_id(self) -> int | None:
        """The member who sees an ephemeral message of the bot."""
        receiver: Mapping[str, Any] = self.extra.get("receiver_user", {})
        return receiver.get("id")

    @property
    def text(self) -> str:
        """The text, or the caption below a medium."""
        return self.content.words.text

    @property
    def media(self) -> Media | None:
        """The medium, if there is one."""
        return self.content.media

    @property
    def buttons(self) -> Iterator[Button]:
        """The buttons, row by row."""
        return (button for row in self.content.keyboard for button in row)

    def to_json(self, chat: Mapping[str, Any]) -> dict[str, Any]:
        """Return a ChatMessage (https://core.telegram.org/bots/api#message) in `chat`."""
        rendered: dict[str, Any] = {
            "message_id": self.message_id,
            "from": self.sender.to_json(),
            "chat": chat,
            "date": self.date_s,
            **self.extra,
        }
        if self.thread_id is not None:
            rendered |= {"message_thread_id": self.thread_id, "is_topic_message": True}
        if self.edit_date_s is not None:
            rendered["edit_date"] = self.edit_date_s
        rendered |= self._content_json()
        return rendered

    def _content_json(self) -> dict[str, Any]:
        content, words = self.content, self.content.words
        shown: dict[str, Any] = {}
        text_field, entities_field = "text", "entities"
        if content.media is not None:
            shown[content.media.kind] = content.media.payload
            text_field, entities_field = "caption", "caption_entities"
        if words.text:
            shown[text_field] = words.text
        if words.entities:
            shown[entities_field] = [entity.to_json() for entity in words.entities]
        if content.keyboard:
            shown["reply_markup"] = keyboard_json(content.keyboard)
        return shown
