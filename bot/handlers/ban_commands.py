"""Bans of authors by leads: commands in the moderators' group, and buttons below a spam card."""

import re
from collections.abc import Mapping

from aiogram import Bot, F, Router
from aiogram.filters import Command, CommandObject
from aiogram.types import CallbackQuery, Message

from bot.archive.bans import BanKind
from bot.archive.records import Review
from bot.archive.reviews import Reviews
from bot.clock import now_ms
from bot.delivery.card_sender import CardSender
from bot.desk.banning import Banning
from bot.desk.case_desk import Doer
from bot.desk.desk_taps import PREFIX, DeskButton, DeskTap
from bot.desk.moderators import Moderators, Rights
from bot.dialogue.group_authors import target_of
from bot.dialogue.reply_desk import ReplyDesk
from bot.dialogue.reply_rules import Target
from bot.handlers.card_taps import ModeratorsTap
from bot.texts import Say
from bot.toasts import toast, toast_unknown

# None lifts a ban.
_COMMANDS: Mapping[str, BanKind | None] = {
    "ban": BanKind.OPEN,
    "silence": BanKind.SILENT,
    "unban": None,
}
# Telegram makes a command in a message tappable only up to a space: /unban_123.
NUMBERED = re.compile(rf"({'|'.join(_COMMANDS)})_\d{{1,18}}$")
_BUTTONS: Mapping[DeskButton, BanKind | None] = {
    DeskButton.BAN: BanKind.OPEN,
    DeskButton.SILENT_BAN: BanKind.SILENT,
    DeskButton.UNBAN: None,
}


def create_router() -> Router:
    """Return the router of the commands in the group."""
    router = Router(name="banning")
    router.message.register(command_given, Command(*_COMMANDS, NUMBERED))
    router.message.register(listed, Command("banned"))
    return router


def create_tap_router(moderators: Moderators) -> Router:
    """Return the router of the buttons below cards; it comes after that of strangers' taps."""
    router = Router(name="ban buttons")
    router.callback_query.filter(F.data.startswith(f"{PREFIX}:"), ModeratorsTap(moderators))
    router.callback_query.register(button_tapped, _is_ban)
    return router


def _is_ban(_: CallbackQuery, desk_tap: DeskTap | None) -> bool:
    return desk_tap is not None and desk_tap.button in _BUTTONS


async def command_given(
    message: Message,
    command: CommandObject,
    bot: Bot,
    banning: Banning,
    moderators: Moderators,
    reviews: Reviews,
    reply_desk: ReplyDesk,
    card_sender: CardSender,
    moderators_say: Say,
) -> None:
    """Ban the author of a review, or lift the ban; the review is named or replied to."""
    say = moderators_say
    if not await moderators.wrote_as(message, Rights.LEAD):
        await reply_desk.explain(message, say("ban-leads-only"))
        return
    name, _, numbered = command.command.partition("_")
    words = numbered or (command.args or "").strip()
    number = await _number(message, words, bot, reply_desk)
    if number is None:
        await reply_desk.explain(message, say("ban-help"))
        return
    kind = _COMMANDS[name.lower()]
    review = await reviews.by_number(number)
    if review is None:
        key = await _lift_of_erased(kind, number, banning)
    else:
        by_id = message.from_user.id if message.from_user and not message.sender_chat else None
        doer = Doer(by_id, f"ban:{message.chat.id}:{message.message_id}", now_ms())
        key = await _apply(kind, review, doer, banning)
    card_sender.wake()
    await reply_desk.explain(message, say(key, number=str(number)))


async def listed(
    message: Message,
    banning: Banning,
    moderators: Moderators,
    reply_desk: ReplyDesk,
    moderators_say: Say,
) -> None:
    """List who is banned, by the review that led to it."""
    if not await moderators.wrote_as(message, Rights.LEAD):
        await reply_desk.explain(message, moderators_say("ban-leads-only"))
        return
    found = await banning.bans.newest()
    lines = [moderators_say(f"ban-line-{ban.kind}", number=str(ban.number)) for ban in found]
    none = [moderators_say("ban-none")]
    await reply_desk.explain(message, "\n".join(lines or none))


async def button_tapped(
    query: CallbackQuery,
    desk_tap: DeskTap,
    banning: Banning,
    moderators: Moderators,
    reviews: Reviews,
    card_sender: CardSender,
    moderators_say: Say,
) -> None:
    """Perform the act of a button, if a lead tapped it."""
    if not await moderators.may(query.from_user.id, Rights.LEAD):
        await toast(query, moderators_say("ban-leads-only"), alert=True)
        return
    review = await reviews.by_number(desk_tap.number)
    if review is None:
        await toast_unknown(query, desk_tap.number, moderators_say)
        return
    doer = Doer(query.from_user.id, f"tap:{query.id}", now_ms())
    key = await _apply(_BUTTONS[desk_tap.button], review, doer, banning)
    card_sender.wake()
    await toast(query, moderators_say(key, number=str(review.number)))


async def _apply(kind: BanKind | None, review: Review, doer: Doer, banning: Banning) -> str:
    """Ban or lift, and return the key of the message to the lead."""
    if kind is None:
        return "ban-lifted" if await banning.lift(review, doer) else "ban-not-there"
    await banning.ban(review, kind, doer)
    return "ban-done-silent" if kind is BanKind.SILENT else "ban-done-open"


async def _lift_of_erased(kind: BanKind | None, number: int, banning: Banning) -> str:
    """Lift the ban that an erased review led to; return the key of the message to the lead."""
    is_lifted = kind is None and await banning.lift_of_erased(number)
    return "ban-lifted" if is_lifted else "card-unknown"


async def _number(message: Message, words: str, bot: Bot, reply_desk: ReplyDesk) -> int | None:
    """Return the number after the command, or that of the card it replies to."""
    named = re.fullmatch(r"(?:№|No\.?|/r)?\s*(\d{1,18})", words)
    if named:
        return int(named[1])
    if words:
        return None
    target, number = await target_of(message, bot, reply_desk.dialogue, reply_desk.places)
    return number if target is Target.CASE else None
