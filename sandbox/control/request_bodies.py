"""The request bodies of the control API: acts of people and planned faults."""

from typing import Literal

from pydantic import Base64Bytes, BaseModel, ConfigDict, Field

from sandbox.api.faults import FaultKind
from sandbox.telegram.chat import Role, TopicState


class RequestBody(BaseModel):
    """Common settings of all bodies."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ActBody(RequestBody):
    """An act of a person; without `chat_id`, in their private chat with the bot."""

    user_id: int
    chat_id: int | None = None


class Write(ActBody):
    """Write a text."""

    text: str
    reply_to: int | None = None
    reply_to_ephemeral: int | None = None  # a message that only this person sees
    thread_id: int | None = None


class Edit(ActBody):
    """Change an own message."""

    message_id: int
    text: str


class PressButton(ActBody):
    """Tap the button with `data`, even if an edit has removed it."""

    message_id: int = 0
    ephemeral_id: int | None = None  # of a message that only this person sees
    data: str


class SendMedia(ActBody):
    """Send a medium; an album is `count` photos, `data` the picture of a photo in base64."""

    kind: Literal["album", "document", "photo", "sticker", "voice"]
    caption: str = ""
    count: int = Field(default=3, ge=2, le=10)
    data: Base64Bytes = b""


class Forward(ActBody):
    """Forward a text of another person."""

    text: str
    author: str = "Somebody"


class Delete(ActBody):
    """Delete a message for all members."""

    message_id: int


class Block(ActBody):
    """Block or unblock the bot."""

    blocked: bool = True


class SetLanguage(ActBody):
    """Set the language of the person's client."""

    language_code: str | None


class CreateTopic(ActBody):
    """Create a topic in the group `chat_id`."""

    name: str = Field(min_length=1, max_length=128)


class SetTopic(ActBody):
    """Close, reopen or delete a topic."""

    thread_id: int
    state: TopicState


class SetRole(ActBody):
    """Make a person of the group `chat_id` an administrator or a plain member."""

    role: Role


class MoveClock(RequestBody):
    """Move the clock immediately."""

    by_s: float = Field(gt=0, le=400 * 24 * 3600)


class AddPerson(RequestBody):
    """Add a person, who may also join a group."""

    first_name: str = Field(min_length=1, max_length=64)
    language_code: str | None = "ru"
    joins: int | None = None


class AddFault(RequestBody):
    """Plan a fault; see `sandbox.api.faults`."""

    kind: FaultKind
    times: int = Field(default=1, ge=1, le=10_000)
    method: str | None = None
    chat_id: int | None = None
    retry_after_s: int = Field(default=1, ge=1, le=600)
    hold_s: float = Field(default=0.0, ge=0, le=120)


class NoBody(RequestBody):
    """An empty body."""
