"""The records of the moderators' desk: the case of a review, its labels, and drafts of them."""

from dataclasses import dataclass
from enum import StrEnum


class CaseState(StrEnum):
    """The state of the work on a review."""

    NEW = "new"
    TAKEN = "taken"
    WAITING_CUSTOMER = "waiting_customer"
    WAITING_TEAM = "waiting_team"
    CLOSED = "closed"
    SPAM = "spam"


@dataclass(frozen=True, slots=True)
class Case:
    """
    The case of a review. A review without a row in the archive has the case `Case(number)`.

    `lease_ms` is when the owner's lease ends. `version` counts the changes; a card shows one
    version. `before_spam` is the state that the undo of spam restores.
    """

    number: int
    state: CaseState = CaseState.NEW
    version: int = 0
    owner_id: int | None = None
    lease_ms: int | None = None
    before_spam: CaseState | None = None
    first_reply_ms: int | None = None
    closed_ms: int | None = None
    reopened: int = 0
    solved: bool | None = None


@dataclass(frozen=True, slots=True)
class CaseEvent:
    """
    What happened to a case, for the append-only log.

    `source_id` names the update or the tap that caused it: a repeated source changes nothing.
    `actor_id` is None if no person caused it. `note` is encrypted in the archive.
    """

    kind: str
    source_id: str
    at_ms: int
    actor_id: int | None = None
    note: str = ""


class LabelKind(StrEnum):
    """How a label was made."""

    CONFIRM = "confirm"
    CORRECT = "correct"
    AUDIT = "audit"
    ADJUDICATED = "adjudicated"
    AUTHOR = "author"
    KNOWN = "known"
    UNDO = "undo"


@dataclass(frozen=True, slots=True)
class NewLabel:
    """
    A settled set of classes, to be stored.

    `base_label` is the label that its author saw, or the one that an undo removes.
    `took_ms` is the time from the first look to the decision. `blind` labels were made without
    the model's answer; `sampling` is the probability with which their review was drawn.
    """

    by_id: int
    kind: LabelKind
    classes: tuple[int, ...]
    model: str
    model_version: str
    taxonomy: str
    settled_ms: int
    base_label: int | None = None
    took_ms: int | None = None
    blind: bool = False
    sampling: float | None = None


@dataclass(frozen=True, slots=True)
class Label:
    """A stored label: its id and its review's number, and what was stored."""

    label_id: int
    number: int
    content: NewLabel


@dataclass(frozen=True, slots=True)
class LabelDraft:
    """
    The classes that a moderator has chosen and not yet settled.

    `opened_ms` is when the panel was opened; `touched_ms` when a class was last switched, None if
    none was.
    """

    number: int
    user_id: int
    classes: tuple[int, ...]
    opened_ms: int
    touched_ms: int | None = None
    base_label: int | None = None


@dataclass(frozen=True, slots=True)
class PanelPlace:
    """
    Where a moderator's panel is: a message of their private chat.

    If `receiver_id` is set, it is a message in the group that only this moderator sees, and
    `message_id` is the id of an ephemeral message.
    """

    chat_id: int
    message_id: int
    receiver_id: int | None = None


@dataclass(frozen=True, slots=True)
class OpenedPanel:
    """When a moderator's panel was opened, and whether that was in the group."""

    sent_ms: int
    is_in_group: bool
