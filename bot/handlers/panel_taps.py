"""A moderator's panel: its link, its buttons, the search by a reply."""

import logging
import re
from contextlib import suppress
from dataclasses import replace

from aiogram import F, Router
from aiogram.enums import ChatType
from aiogram.exceptions import TelegramAPIError
from aiogram.filters import Filter
from aiogram.types import CallbackQuery, Message

from bot.archive.desk_records import PanelPlace
from bot.archive.records import Review
from bot.archive.reviews import Reviews
from bot.clock import now_ms
from bot.delivery.card_sender import CardSender
from bot.desk.card_keyboard import set_title
from bot.desk.case_desk import Acted, Doer
from bot.desk.case_view import CaseViews
from bot.desk.desk_taps import PREFIX, DeskButton, DeskTap
from bot.desk.desk_toasts import desk_toast
from bot.desk.moderators import Moderators
from bot.desk.panel import (
    PanelScreen,
    PanelView,
    group_screen,
    screen_of,
    search_screen,
    top_screen,
)
from bot.desk.panels import Panels
from bot.handlers.card_taps import ModeratorsTap, open_privately
from bot.telegram.moderator_menus import ModeratorMenus
from bot.texts import Say
from bot.toasts import toast

logger = logging.getLogger(__name__)

# The link of a card's Fix. Other payloads, and this one from a stranger, are sources of reviews.
LINK = re.compile(r"/start c(\d{1,18})")

# The titles in a toast, UTF-16 units.
SAVED_LENGTH = 120

SWITCHES = frozenset({DeskButton.ADD, DeskButton.REMOVE, DeskButton.SET})
SCREENS = frozenset({DeskButton.TOP, DeskButton.GROUP, DeskButton.MEANING, DeskButton.EDIT_AGAIN})


class PanelLink(Filter):
    """Passes a moderator's link to a panel, with the number of the review."""

    async def __call__(self, message: Message, moderators: Moderators) -> bool | dict[str, int]:
        """Return the number if the sender is a moderator."""
        found = LINK.fullmatch(message.text or "")
        if found is None or message.from_user is None:
            return False
        allowed = await moderators.may(message.from_user.id)
        return {"number": int(found[1])} if allowed else False


class PanelReply(Filter):
    """Passes a moderator's reply to a panel, with the number of its review."""

    async def __call__(
        self, message: Message, moderators: Moderators, panels: Panels
    ) -> bool | dict[str, int]:
        """Return the number if the message replies to a panel in this chat."""
        if message.reply_to_message is None or message.from_user is None:
            return False
        replied = message.reply_to_message.message_id
        number = await panels.drafts.shown_in(message.chat.id, replied)
        if number is None:
            return False
        allowed = await moderators.may(message.from_user.id)
        return {"number": number} if allowed else False


class GroupPanelReply(Filter):
    """Passes a moderator's reply to a panel in the group, which only the bot receives."""

    async def __call__(
        self, message: Message, moderators: Moderators, panels: Panels
    ) -> bool | dict[str, int | PanelPlace]:
        """Return place and number of the newest panel: Telegram does not say which is meant."""
        if message.ephemeral_message_id is None or message.from_user is None:
            return False
        user_id = message.from_user.id
        found = await panels.drafts.newest_in_group(message.chat.id, user_id)
        if found is None or not await moderators.may(user_id):
            return False
        return {"place": found[0], "number": found[1]}


def create_router(moderators: Moderators) -> Router:
    """Return the router of panels; it comes before the customers' form."""
    router = Router(name="panel_taps")
    is_private = F.chat.type == ChatType.PRIVATE
    is_seen_by_one = (F.message.chat.type == ChatType.PRIVATE) | F.message.ephemeral_message_id
    router.callback_query.filter(
        F.data.startswith(f"{PREFIX}:"), is_seen_by_one, ModeratorsTap(moderators)
    )
    words = F.text, ~F.text.startswith("/")
    router.message.register(open_panel, is_private, PanelLink())
    router.message.register(search, is_private, *words, PanelReply())
    router.message.register(search_in_group, *words, GroupPanelReply())
    router.callback_query.register(tap_panel)
    return router


async def open_panel(
    message: Message,
    number: int,
    panels: Panels,
    reviews: Reviews,
    menus: ModeratorMenus,
    moderators_say: Say,
) -> None:
    """Show the panel of a review."""
    review = await reviews.by_number(number)
    if review is None:
        await message.answer(moderators_say("card-unknown", number=str(number)))
        return
    await panels.open(review, message.chat.id)
    await menus.show_to(message.chat.id)


async def search(
    message: Message, number: int, panels: Panels, reviews: Reviews, moderators_say: Say
) -> None:
    """Show the classes that contain the words of a reply, and delete the reply."""
    review = await reviews.by_number(number)
    if review is None or message.reply_to_message is None:
        await message.answer(moderators_say("card-unknown", number=str(number)))
        return
    user_id = message.chat.id
    view = panels.view(review, (await panels.draft(review, user_id)).classes)
    screen = search_screen(view, message.text or "")
    place = PanelPlace(message.chat.id, message.reply_to_message.message_id)
    if not await panels.show(view, place, screen):
        await message.answer(moderators_say("panel-gone"))
    with suppress(TelegramAPIError):  # otherwise the reply stays
        await message.delete()


async def search_in_group(
    message: Message,
    number: int,
    place: PanelPlace,
    panels: Panels,
    reviews: Reviews,
    moderators_say: Say,
) -> None:
    """Show the results of a search by a reply in the group; say so if the panel was deleted."""
    review = await reviews.by_number(number)
    if review is not None and place.receiver_id is not None:
        view = panels.view(review, (await panels.draft(review, place.receiver_id)).classes)
        if await panels.show(view, place, search_screen(view, message.text or "")):
            return
    try:
        await message.reply(moderators_say("panel-gone"))
    except TelegramAPIError as e:  # a reply is possible for 15 s
        logger.info("the author of a search is not informed of a deleted panel: %s", e)


async def tap_panel(
    query: CallbackQuery,
    desk_tap: DeskTap,
    panels: Panels,
    reviews: Reviews,
    views: CaseViews,
    card_sender: CardSender,
    moderators_say: Say,
) -> None:
    """Perform the act of a panel's button."""
    review, place = await reviews.by_number(desk_tap.number), place_of(query)
    if review is None or place is None or not isinstance(query.message, Message):
        await toast(query, moderators_say("panel-gone"), alert=True)
    elif desk_tap.button in SWITCHES | SCREENS:
        screen_for = _switched if desk_tap.button in SWITCHES else _turned
        view, screen = await screen_for(query, query.message, review, desk_tap, panels)
        if await panels.show(view, place, screen):
            await toast(query)
        elif place.receiver_id is None:
            await toast(query, moderators_say("panel-gone"), alert=True)
        else:
            await open_privately(query, review, panels)
    elif desk_tap.button is DeskButton.SEARCH:
        await toast(query, moderators_say("panel-search-hint"), alert=True)
    elif desk_tap.button is DeskButton.DONE:
        await _done(query, place, review, panels, moderators_say)
        card_sender.wake()
    elif desk_tap.button is DeskButton.UNDO_PANEL:
        doer = Doer(query.from_user.id, f"tap:{query.id}", now_ms())
        result = await panels.undo(review, doer, place)
        card_sender.wake()
        case = await views.named(result.case)
        words = desk_toast(result, DeskButton.UNDO, case, doer.now_ms, moderators_say)
        await toast(query, words, alert=not isinstance(result, Acted))
    else:
        await toast(query, moderators_say("panel-gone"), alert=True)


def place_of(query: CallbackQuery) -> PanelPlace | None:
    """Return where the panel of a tap is, None if the message can no longer be changed."""
    message = query.message
    if not isinstance(message, Message):
        return None
    if message.ephemeral_message_id is None:
        return PanelPlace(message.chat.id, message.message_id)
    return PanelPlace(message.chat.id, message.ephemeral_message_id, query.from_user.id)


async def _switched(
    query: CallbackQuery, message: Message, review: Review, tap: DeskTap, panels: Panels
) -> tuple[PanelView, PanelScreen]:
    """Switch a class; the panel stays on its screen."""
    view = panels.view(review, await panels.switch(review, query.from_user.id, tap))
    return view, screen_of(view, message.reply_markup)


async def _turned(
    query: CallbackQuery, message: Message, review: Review, tap: DeskTap, panels: Panels
) -> tuple[PanelView, PanelScreen]:
    """Turn to another screen, or to the same one with or without definitions."""
    view = panels.view(review, (await panels.draft(review, query.from_user.id)).classes)
    return view, turned(view, tap, message) or top_screen(view)


def turned(view: PanelView, tap: DeskTap, message: Message) -> PanelScreen | None:
    """Return the screen that a button leads to from the one in `message`, if it exists."""
    if tap.button is DeskButton.GROUP:
        return group_screen(view, tap.value or 0)
    if tap.button is DeskButton.MEANING:
        has_meaning = _count_quotes(message) > 1
        return replace(screen_of(view, message.reply_markup), with_meaning=not has_meaning)
    return top_screen(view)


def _count_quotes(message: Message) -> int:
    return sum(entity.type == "expandable_blockquote" for entity in message.entities or [])


async def _done(
    query: CallbackQuery, place: PanelPlace, review: Review, panels: Panels, say: Say
) -> None:
    draft = await panels.draft(review, query.from_user.id)
    if not draft.classes:
        await toast(query, say("panel-empty"), alert=True)
        return
    await panels.settle(review, draft, f"tap:{query.id}")
    await panels.show_saved(review, query.from_user.id, place)
    title = set_title(draft.classes, panels.taxonomy, say, SAVED_LENGTH)
    await toast(query, "" if place.receiver_id is None else say("desk-saved", classes=title))
