"""The records of a dialogue: plain values, with the text decrypted."""

from dataclasses import dataclass
from enum import StrEnum


class Direction(StrEnum):
    """Who reads the message."""

    IN = "in"  # the moderators: a customer wrote it
    OUT = "out"  # the customer: a moderator wrote it
    NOTE = "note"  # the moderators alone; its text is not stored


# How the source of a reply begins that a button below the bot's list of prepared answers sent.
CANNED_SOURCE = "canned:"


class MessageKind(StrEnum):
    """What the message is."""

    TEXT = "text"
    PHOTO = "photo"
    DOCUMENT = "document"
    CLOSING = "closing"  # the bot informs the customer that the review is closed
    UNSOLVED = "unsolved"  # the customer tapped "not solved"


class SendState(StrEnum):
    """The state of the sending of a message."""

    ASKED = "asked"  # the customer was asked whether it is an answer or a new review
    HELD = "held"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"  # it may have arrived, so only a person sends it again
    CANCELLED = "cancelled"
    UNSENT = "unsent"


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message that a person wrote. `source` is unique: a repeated update adds nothing."""

    number: int
    direction: Direction
    kind: MessageKind
    text: str
    by_id: int
    source: str
    created_ms: int
    state: SendState = SendState.HELD
    file_id: str | None = None
    group_chat_id: int | None = None
    group_message_id: int | None = None
    customer_message_id: int | None = None
    error: str | None = None
    due_ms: int | None = None


@dataclass(frozen=True, slots=True)
class DialogueMessage:
    """A row of the table `dialogue`."""

    id: int
    number: int
    direction: Direction
    kind: MessageKind
    text: str
    file_id: str | None
    group_chat_id: int | None
    group_message_id: int | None
    status_message_id: int | None
    customer_message_id: int | None
    by_id: int
    state: SendState
    error: str | None
    edits: int
    mirrored: int
    version: int
    told: int
    created_ms: int
    due_ms: int | None
    sent_ms: int | None
    source: str

    @property
    def is_bots_in_group(self) -> bool:
        """Whether the bot wrote the message of the group that this row names."""
        return self.direction is Direction.IN or self.source.startswith(CANNED_SOURCE)


@dataclass(frozen=True, slots=True)
class CannedAnswer:
    """A prepared answer, for reviews of one class or (None) of every class."""

    id: int
    class_id: int | None
    text: str
