"""
Prepared answers: leads manage them with /canned, moderators send them by a tap or by /c1.

A prepared answer is held like any other reply; the bot never sends one by itself.
"""

import re

from aiogram import Bot, F, Router
from aiogram.filters import Command, CommandObject
from aiogram.types import CallbackQuery, MaybeInaccessibleMessageUnion, Message
from magic_filter import RegexpMode

from bot.archive.canned_store import CannedAnswers
from bot.archive.dialogue_records import (
    CANNED_SOURCE,
    CannedAnswer,
    Direction,
    MessageKind,
    NewMessage,
)
from bot.clock import now_ms
from bot.desk.desk_taps import DeskTap
from bot.desk.moderators import Moderators, Rights
from bot.dialogue.canned_messages import (
    MAX_LENGTH,
    SUGGESTED,
    canned_list,
    canned_words,
    suggestions,
)
from bot.dialogue.canned_request import for_class
from bot.dialogue.dialogue_taps import CannedTap
from bot.dialogue.group_authors import author_of, target_of
from bot.dialogue.hold import hold_ms
from bot.dialogue.reply_desk import ReplyDesk
from bot.dialogue.reply_rules import SEND_COMMAND, Hold, Target, Words, judge
from bot.form.screens import Screen
from bot.form.validation import utf16_length
from bot.rate_limit import Throttle
from bot.texts import Say
from bot.toasts import toast, toast_unknown
from triage.taxonomy import Taxonomy

# Further taps on Reply do not offer the prepared answers again in this time.
OFFER_S = 60


def create_router() -> Router:
    """Return the router of prepared answers in the group."""
    router = Router(name="canned answers")
    router.message.register(manage, Command("canned"))
    router.message.register(
        send, F.text.regexp(SEND_COMMAND, mode=RegexpMode.FULLMATCH).as_("wanted")
    )
    return router


def create_tap_router() -> Router:
    """Return the router of the buttons with prepared answers."""
    router = Router(name="canned buttons")
    router.callback_query.register(tap, CannedTap.filter())
    return router


async def manage(
    message: Message,
    command: CommandObject,
    bot: Bot,
    moderators: Moderators,
    canned: CannedAnswers,
    reply_desk: ReplyDesk,
    taxonomy: Taxonomy,
    moderators_say: Say,
) -> None:
    """List prepared answers, those for a card as buttons; a lead adds and removes them."""
    verb, _, rest = (command.args or "").strip().partition(" ")
    if verb in ("add", "remove"):
        if not await moderators.wrote_as(message, Rights.LEAD):
            await reply_desk.explain(message, moderators_say("canned-leads-only"))
            return
        change = _added if verb == "add" else _removed
        await reply_desk.explain(
            message, await change(rest.strip(), canned, taxonomy, moderators_say)
        )
        return
    target, number = await target_of(message, bot, reply_desk.dialogue, reply_desk.places)
    if target is Target.CASE:
        await offer(message, number, canned, reply_desk, taxonomy, moderators_say)
        return
    screen = Screen(canned_list(await canned.all(), taxonomy, moderators_say))
    await reply_desk.post.say(message.chat.id, screen, message.message_id)


async def tell_how(
    query: CallbackQuery,
    desk_tap: DeskTap,
    canned: CannedAnswers,
    reply_desk: ReplyDesk,
    throttle: Throttle,
    taxonomy: Taxonomy,
    moderators_say: Say,
) -> None:
    """Tell how to reply to a card, and offer the prepared answers that fit it."""
    number, message = desk_tap.number, query.message
    if message is None or await reply_desk.reviews.by_number(number) is None:
        await toast_unknown(query, number, moderators_say)
        return
    fits = await _fitting(number, canned, reply_desk, taxonomy)
    await toast(query, moderators_say("reply-how-canned" if fits else "reply-how"), alert=True)
    if fits and await throttle.first(f"offer:{message.chat.id}:{number}", window_s=OFFER_S):
        screen = suggestions(number, fits, taxonomy, moderators_say)
        await reply_desk.post.say(message.chat.id, screen, message.message_id)


async def offer(
    message: Message,
    number: int,
    canned: CannedAnswers,
    reply_desk: ReplyDesk,
    taxonomy: Taxonomy,
    say: Say,
) -> None:
    """Show the prepared answers that fit the classes of a review."""
    fits = await _fitting(number, canned, reply_desk, taxonomy)
    screen = suggestions(number, fits, taxonomy, say)
    await reply_desk.post.say(message.chat.id, screen, message.message_id)


async def _fitting(
    number: int, canned: CannedAnswers, reply_desk: ReplyDesk, taxonomy: Taxonomy
) -> list[CannedAnswer]:
    review = await reply_desk.reviews.by_number(number)
    decision = review.answer.under(taxonomy) if review and review.answer else None
    return await canned.suggested(decision.classes if decision else (), SUGGESTED)


async def _added(text: str, canned: CannedAnswers, taxonomy: Taxonomy, say: Say) -> str:
    """Store an answer, and return the message to its author."""
    class_id, words = for_class(text, taxonomy)
    if not words:
        return canned_words("canned-help", taxonomy, say).render()[0]
    if isinstance(class_id, str):
        return say("canned-no-class", id=class_id)
    length = utf16_length(words)
    if length > MAX_LENGTH:
        return say("canned-too-long", length=length, limit=MAX_LENGTH)
    return say("canned-added", id=str(await canned.add(class_id, words)))


async def _removed(text: str, canned: CannedAnswers, taxonomy: Taxonomy, say: Say) -> str:
    """Delete an answer, and return the message about it."""
    name = text.removeprefix("/c")
    is_number = re.fullmatch(r"\d{1,18}", name) is not None
    removed = is_number and await canned.remove(int(name))
    return say("canned-removed" if removed else "canned-unknown", id=name or "?")


async def send(
    message: Message,
    wanted: re.Match[str],
    bot: Bot,
    moderators: Moderators,
    canned: CannedAnswers,
    reply_desk: ReplyDesk,
    moderators_say: Say,
) -> None:
    """Hold a prepared answer for the card that the command replies to, or show its words."""
    answer = await canned.by_id(int(wanted[1]))
    if answer is None:
        await reply_desk.explain(message, moderators_say("canned-unknown", id=wanted[1]))
        return
    target, number = await target_of(message, bot, reply_desk.dialogue, reply_desk.places)
    words = Words(MessageKind.TEXT, answer.text)
    decision = judge(await author_of(message, moderators), target, words)
    if not isinstance(decision, Hold):
        await reply_desk.explain(message, answer.text)
        return
    await reply_desk.hold(message, number, words, needs_tap=decision.needs_tap)


async def tap(
    query: CallbackQuery,
    callback_data: CannedTap,
    moderators: Moderators,
    canned: CannedAnswers,
    reply_desk: ReplyDesk,
    moderators_say: Say,
) -> None:
    """Hold the prepared answer of the button; each is sent once for each list of buttons."""
    message = query.message
    if message is None or not await moderators.may_tap(query):
        await toast(query, moderators_say("tap-members-only"), alert=True)
        return
    answer = await canned.by_id(callback_data.answer)
    if answer is None:
        await toast(query, moderators_say("canned-unknown", id=str(callback_data.answer)))
        return
    new = _chosen(callback_data.number, answer, query.from_user.id, message)
    kept = await reply_desk.keep(new)
    await toast(query, moderators_say("tap-held" if kept else "tap-late"))


def _chosen(
    number: int, answer: CannedAnswer, by_id: int, message: MaybeInaccessibleMessageUnion
) -> NewMessage:
    now, chat_id, message_id = now_ms(), message.chat.id, message.message_id
    return NewMessage(
        number=number,
        direction=Direction.OUT,
        kind=MessageKind.TEXT,
        text=answer.text,
        by_id=by_id,
        source=f"{CANNED_SOURCE}{chat_id}:{message_id}:{answer.id}",
        created_ms=now,
        group_chat_id=chat_id,
        group_message_id=message_id,
        due_ms=now + hold_ms(),
    )
