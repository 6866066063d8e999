"""Replies in the moderators' group: held, then sent to the customer; their edits and buttons."""

from aiogram import Bot, F, Router
from aiogram.exceptions import TelegramAPIError
from aiogram.types import CallbackQuery, Message

from bot.archive.database import DATABASE_ERRORS
from bot.archive.dialogue_records import DialogueMessage
from bot.archive.dialogue_records import SendState as State
from bot.clock import now_ms
from bot.desk.moderators import Moderators
from bot.dialogue.dialogue_taps import TeamAct, TeamTap
from bot.dialogue.group_authors import author_of, target_of
from bot.dialogue.reply_desk import ReplyDesk
from bot.dialogue.reply_messages import RECALL_MS, why
from bot.dialogue.reply_rules import Hold, Ignore, Reason, Refuse, TakeNote, Target, judge
from bot.dialogue.send_failures import NotDelivered, failure_of
from bot.dialogue.written_words import words_of
from bot.rate_limit import Throttle
from bot.telegram_errors import is_gone
from bot.texts import Say
from bot.toasts import toast

# Colleagues who talk below a reply are informed once in this time that their words are not sent.
TALK_S = 600

# The pictures of an album arrive as separate messages within a second or two.
ALBUM_S = 60


def create_router() -> Router:
    """Return the router of replies in the group, after all commands."""
    router = Router(name="group replies")
    router.message.register(reply, F.reply_to_message)
    router.edited_message.register(edited, F.reply_to_message)
    return router


def create_tap_router() -> Router:
    """Return the router of the buttons below replies."""
    router = Router(name="reply buttons")
    router.callback_query.register(tap, TeamTap.filter())
    return router


async def reply(
    message: Message,
    bot: Bot,
    moderators: Moderators,
    reply_desk: ReplyDesk,
    throttle: Throttle,
    moderators_say: Say,
) -> None:
    """Hold a reply to a card, store a note, or say why neither is done."""
    try:
        target, number = await target_of(message, bot, reply_desk.dialogue, reply_desk.places)
        if target is Target.TALK:
            return
        author, words = await author_of(message, moderators), words_of(message)
        decision = judge(author, target, words)
        match decision:
            case Hold(needs_tap):
                kept = await reply_desk.hold(message, number, words, needs_tap=needs_tap)
            case TakeNote():
                kept = await reply_desk.note(message, number)
            case Refuse() | Ignore():
                kept = True
    except DATABASE_ERRORS:
        await reply_desk.explain(message, moderators_say("refused-broken"))
        raise
    reason = decision.reason if isinstance(decision, Refuse) else None if kept else Reason.UNKNOWN
    if reason is not None and await _is_first(message, reason, throttle):
        words_said = (
            moderators_say(f"misplaced-{reason}", number=str(number))
            if reason in (Reason.STATUS, Reason.COLLEAGUE)
            else moderators_say(f"refused-{reason}")
        )
        await reply_desk.explain(message, words_said)


async def _is_first(message: Message, reason: Reason, throttle: Throttle) -> bool:
    """Return whether to answer: talk among colleagues and an album get one answer."""
    if reason is Reason.COLLEAGUE:
        return await throttle.first(f"colleague:{message.chat.id}", window_s=TALK_S)
    if reason is Reason.ALBUM:
        return await throttle.first(
            f"album:{message.chat.id}:{message.media_group_id}", window_s=ALBUM_S
        )
    return True


async def edited(message: Message, reply_desk: ReplyDesk, moderators_say: Say) -> None:
    """Apply the edit of a reply to the customer's copy."""
    seen = await reply_desk.dialogue.in_group(message.chat.id, message.message_id)
    if seen is None:
        return
    key = await reply_desk.edited(seen, words_of(message))
    if key:
        await reply_desk.explain(message, moderators_say(key))


async def tap(
    query: CallbackQuery,
    callback_data: TeamTap,
    bot: Bot,
    moderators: Moderators,
    reply_desk: ReplyDesk,
    moderators_say: Say,
) -> None:
    """Perform the act of a button below a reply, if a member of the group taps it."""
    if not await moderators.may_tap(query):
        await toast(query, moderators_say("tap-members-only"), alert=True)
        return
    row = callback_data.row
    match callback_data.act:
        case TeamAct.NOTE:
            key = "tap-noted" if await reply_desk.make_note(row) else "tap-late"
            await toast(query, moderators_say(key))
        case TeamAct.UNSEND:
            await _unsend(query, row, bot, reply_desk, moderators_say)
        case act:
            done = await _moved_on(act, row, query.from_user.id, reply_desk)
            await toast(query, moderators_say(_DONE[act] if done else "tap-late"))


_DONE = {
    TeamAct.CANCEL: "tap-cancelled",
    TeamAct.SEND: "tap-sending",
    TeamAct.AGAIN: "tap-sending",
    TeamAct.LEAVE: "tap-cancelled",
}


async def _moved_on(act: TeamAct, row: int, by_id: int, reply_desk: ReplyDesk) -> bool:
    """Change the state of a reply; return False if another tap or the sender was faster."""
    change = reply_desk.dialogue.change
    changed: DialogueMessage | None
    match act:
        case TeamAct.CANCEL:
            changed = await change(row, start=[State.HELD], state=State.CANCELLED)
        case TeamAct.SEND:
            changed = await change(row, start=[State.HELD], due_ms=now_ms(), by_id=by_id)
        case TeamAct.AGAIN:
            held = {"state": State.HELD, "due_ms": now_ms()}
            changed = await change(row, start=[State.UNKNOWN], **held)
        case _:
            failed = {"state": State.FAILED, "error": "unknown"}
            changed = await change(row, start=[State.UNKNOWN], **failed)
    return await reply_desk.shown(changed)


async def _unsend(
    query: CallbackQuery, row: int, bot: Bot, reply_desk: ReplyDesk, say: Say
) -> None:
    """Delete a reply in the customer's chat."""
    message = await reply_desk.dialogue.by_id(row)
    review = await reply_desk.reviews.by_number(message.number) if message else None
    if message is None or review is None or message.state is not State.SENT:
        await toast(query, say("tap-late"))
        return
    if now_ms() - (message.sent_ms or 0) >= RECALL_MS:
        await toast(query, say("tap-unsend-late"), alert=True)
        return
    assert message.customer_message_id is not None, "it was sent"
    try:
        await bot.delete_message(review.chat_id, message.customer_message_id)
    except TelegramAPIError as e:
        failure = failure_of(e)
        if not is_gone(e.message):
            reason = failure.reason if isinstance(failure, NotDelivered) else "other"
            words = say("tap-unsend-failed", reason=why(f"{reason}: {e.message}"[:120], say))
            await toast(query, words, alert=True)
            return
    changed = await reply_desk.dialogue.change(row, start=[State.SENT], state=State.UNSENT)
    await reply_desk.shown(changed)
    await toast(query, say("tap-unsent"))
