"""
Moderators' replies as customers read them, and the messages to moderators about them. Pure.

Texts stay within Telegram's 4,096 UTF-16 units and captions within 1,024
(https://core.telegram.org/bots/api#sendmessage, #sendphoto).
"""

from collections.abc import Mapping, Sequence

from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup
from aiogram.utils.formatting import Bold, Text, as_list

from bot.archive.dialogue_records import DialogueMessage, Direction, MessageKind, SendState
from bot.dialogue.dialogue_taps import CustomerAct, DialogueTap, TeamAct, TeamTap
from bot.dialogue.send_failures import Undelivered
from bot.form.screens import Screen
from bot.form.validation import utf16_length
from bot.texts import Say

MAX_TEXT, MAX_CAPTION = 4_096, 1_024

# Telegram lets a bot delete a message for 48 hours, and people may edit theirs for the same time
# (https://core.telegram.org/bots/api#deletemessage).
RECALL_MS = 48 * 3_600_000


def to_customer(message: DialogueMessage, say: Say) -> Screen:
    """Return a moderator's reply, or the question whether a closed review is solved."""
    if message.kind is MessageKind.CLOSING:
        return _closing(message.number, say)
    title = Bold(say("reply-title", number=str(message.number)))
    text = as_list(title, message.text, sep="\n\n") if message.text else Text(title)
    buttons = [_customers(say("button-reply"), CustomerAct.REPLY, message.number)]
    return Screen(text, _keyboard([buttons]))


def too_long_by(message: DialogueMessage, say: Say) -> int:
    """Return by how many UTF-16 units a reply is too long for Telegram; 0 if it fits."""
    limit = MAX_TEXT if message.kind is MessageKind.TEXT else MAX_CAPTION
    return max(0, utf16_length(to_customer(message, say).text.render()[0]) - limit)


def status(message: DialogueMessage, say: Say, *, hold_s: int, now_ms: int) -> Screen:
    """Return the bot's message in the group about a moderator's reply."""
    number = str(message.number)
    if message.direction is Direction.NOTE:
        return Screen(Text(say("status-note", number=number)))
    if message.state is SendState.SENT:
        acts = _SENT if now_ms - (message.sent_ms or now_ms) < RECALL_MS else ()
        return _status(_sent(message, say), acts, message, say)
    if message.state is SendState.FAILED:
        words = say("status-failed", number=number, reason=why(message.error, say))
        return _status(words, (), message, say)
    if message.state is SendState.HELD and message.due_ms is not None:
        return _status(say("status-held", number=number, seconds=hold_s), _HELD, message, say)
    key, acts = _OTHERS.get(message.state, ("status-sending", ()))
    return _status(say(key, number=number), acts, message, say)


def why(error: str | None, say: Say) -> str:
    """Return the reason of a failure in words; `error` is a code with details behind a colon."""
    code, _, detail = (error or "").partition(": ")
    if code == Undelivered.TOO_LONG:
        return say("undeliverable-too-long", detail=detail)
    if code in _NAMED:
        return say(f"undelivered-{code}")
    return say("undeliverable-other", detail=detail or "?")


_NAMED = frozenset(Undelivered) - {Undelivered.TOO_LONG, Undelivered.OTHER}


def _sent(message: DialogueMessage, say: Say) -> str:
    number = str(message.number)
    if message.error:
        return say("status-edit-failed", number=number, reason=why(message.error, say))
    return say("status-edited" if message.mirrored else "status-sent", number=number)


def _closing(number: int, say: Say) -> Screen:
    buttons = [
        _customers(say("button-solved"), CustomerAct.SOLVED, number),
        _customers(say("button-unsolved"), CustomerAct.UNSOLVED, number),
    ]
    return Screen(Text(say("closing", number=str(number))), _keyboard([buttons]))


_Acts = tuple[tuple[str, TeamAct], ...]

_HELD: _Acts = (("button-hold-cancel", TeamAct.CANCEL), ("button-hold-note", TeamAct.NOTE))
_ANONYMOUS: _Acts = (("button-hold-send", TeamAct.SEND), *_HELD)
_SENT: _Acts = (("button-unsend", TeamAct.UNSEND),)
_UNKNOWN: _Acts = (("button-send-again", TeamAct.AGAIN), ("button-leave", TeamAct.LEAVE))


# Messages of the other states, and the buttons below them.
_OTHERS: Mapping[SendState, tuple[str, _Acts]] = {
    SendState.HELD: ("status-tap", _ANONYMOUS),
    SendState.UNKNOWN: ("status-unknown", _UNKNOWN),
    SendState.CANCELLED: ("status-cancelled", ()),
    SendState.UNSENT: ("status-unsent", ()),
}


def _status(words: str, acts: _Acts, message: DialogueMessage, say: Say) -> Screen:
    buttons = [
        InlineKeyboardButton(text=say(key), callback_data=TeamTap(act=act, row=message.id).pack())
        for key, act in acts
    ]
    return Screen(Text(words), _keyboard([buttons]) if buttons else None)


def _customers(words: str, act: CustomerAct, number: int) -> InlineKeyboardButton:
    data = DialogueTap(act=act, number=number).pack()
    return InlineKeyboardButton(text=words, callback_data=data)


def _keyboard(rows: Sequence[Sequence[InlineKeyboardButton]]) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup(inline_keyboard=[list(row) for row in rows])
