"""
What happens to a message that is written in the moderators' group as a reply. Pure.

Only a reply to a card, or to a customer's answer, goes to a customer: words that moderators write
to each other must never leave the group.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from bot.archive.dialogue_records import MessageKind

# Marks a note, which stays in the group.
NOTE = "//"

# /c3 sends a prepared answer; it may also be addressed as /c3@TheBot
SEND_COMMAND = re.compile(r"/c(\d{1,18})(@\w+)?")


class Author(StrEnum):
    """Who wrote in the group."""

    MEMBER = "member"
    ANONYMOUS_ADMIN = "anonymous-admin"  # Telegram hides who it is
    CHANNEL = "channel"
    STRANGER = "stranger"  # not a member, for example in the comments of a channel


class Target(StrEnum):
    """What the message replies to."""

    CASE = "case"  # a card, or a customer's answer
    DIGEST = "digest"
    STATUS = "status"  # the bot's message about an earlier reply
    COLLEAGUE = "colleague"  # a moderator's reply to a customer
    UNKNOWN = "unknown"  # another message of the bot, or a card whose review was erased
    TALK = "talk"  # a person's message that has nothing to do with a customer


class Reason(StrEnum):
    """Why a reply is not sent; the values are parts of message keys."""

    STRANGER = "stranger"
    CHANNEL = "channel"
    DIGEST = "digest"
    STATUS = "status"
    COLLEAGUE = "colleague"
    UNKNOWN = "unknown"
    COMMAND = "command"
    ALBUM = "album"
    UNSUPPORTED = "unsupported"
    EMPTY = "empty"


@dataclass(frozen=True, slots=True)
class Words:
    """The content of a message. `kind` is None for what cannot be sent on, such as a sticker."""

    kind: MessageKind | None
    text: str
    file_id: str | None = None
    in_album: bool = False


@dataclass(frozen=True, slots=True)
class Hold:
    """Send it after the hold; `needs_tap`: a person must first tap a button below it."""

    needs_tap: bool = False


@dataclass(frozen=True, slots=True)
class TakeNote:
    """Keep it in the group."""


@dataclass(frozen=True, slots=True)
class Refuse:
    """Do not send it, and say why."""

    reason: Reason


@dataclass(frozen=True, slots=True)
class Ignore:
    """It is not meant for the bot."""


Decision = Hold | TakeNote | Refuse | Ignore

_TARGETS = {
    Target.DIGEST: Reason.DIGEST,
    Target.STATUS: Reason.STATUS,
    Target.COLLEAGUE: Reason.COLLEAGUE,
    Target.UNKNOWN: Reason.UNKNOWN,
}
_AUTHORS = {Author.STRANGER: Reason.STRANGER, Author.CHANNEL: Reason.CHANNEL}


def is_note(text: str) -> bool:
    """Return whether a text is a note."""
    return text.lstrip().startswith(NOTE)


def judge(author: Author, target: Target, words: Words) -> Decision:
    """Return what happens to a reply."""
    if target is Target.TALK:
        return Ignore()
    if author in _AUTHORS:
        return Refuse(_AUTHORS[author])
    if target in _TARGETS:
        return Refuse(_TARGETS[target])
    if is_note(words.text):
        return TakeNote()
    reason = _unfit(words)
    return Refuse(reason) if reason else Hold(needs_tap=author is Author.ANONYMOUS_ADMIN)


def _unfit(words: Words) -> Reason | None:
    if words.kind is None:
        return Reason.UNSUPPORTED
    if words.in_album:
        return Reason.ALBUM
    if words.kind is MessageKind.TEXT:
        if not words.text.strip():
            return Reason.EMPTY
        if words.text.startswith("/"):
            return Reason.COMMAND
    return None
