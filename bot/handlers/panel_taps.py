"""The panel in a moderator's private chat: its link, its buttons, the search by a reply."""

import re
from contextlib import suppress
from dataclasses import replace

from aiogram import F, Router
from aiogram.enums import ChatType
from aiogram.exceptions import TelegramAPIError
from aiogram.filters import Filter
from aiogram.types import CallbackQuery, Message

from bot.archive.records import Review
from bot.archive.reviews import Reviews
from bot.clock import now_ms
from bot.delivery.card_sender import CardSender
from bot.desk.case_desk import Acted, Doer
from bot.desk.case_view import CaseViews
from bot.desk.desk_taps import PREFIX, DeskButton, DeskTap
from bot.desk.desk_toasts import desk_toast
from bot.desk.moderators import Moderators, Rights
from bot.desk.panel import (
    PanelScreen,
    PanelView,
    group_screen,
    screen_of,
    search_screen,
    top_screen,
)
from bot.desk.panels import Panels
from bot.handlers.card_taps import ModeratorsTap
from bot.telegram.moderator_menus import ModeratorMenus
from bot.texts import Say
from bot.toasts import toast

# What a card's Fix opens. Other payloads, and this one of a stranger, are sources of reviews.
LINK = re.compile(r"/start c(\d{1,18})")

SWITCHES = frozenset({DeskButton.ADD, DeskButton.REMOVE, DeskButton.SET})
SCREENS = frozenset({DeskButton.TOP, DeskButton.GROUP, DeskButton.MEANING, DeskButton.EDIT_AGAIN})


class PanelLink(Filter):
    """Passes a moderator's link to a panel, with the number of the review."""

    async def __call__(self, message: Message, moderators: Moderators) -> bool | dict[str, int]:
        """Return the number if the sender is a moderator."""
        found = LINK.fullmatch(message.text or "")
        if found is None or message.from_user is None:
            return False
        allowed = await moderators.rights(message.from_user.id) >= Rights.MODERATOR
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
        allowed = await moderators.rights(message.from_user.id) >= Rights.MODERATOR
        return {"number": number} if allowed else False


def create_router(moderators: Moderators) -> Router:
    """Return the router of panels; it comes before the customers' form."""
    router = Router(name="panel_taps")
    router.message.filter(F.chat.type == ChatType.PRIVATE)
    router.callback_query.filter(
        F.data.startswith(f"{PREFIX}:"),
        F.message.chat.type == ChatType.PRIVATE,
        ModeratorsTap(moderators),
    )
    router.message.register(open_panel, PanelLink())
    router.message.register(search, F.text, ~F.text.startswith("/"), PanelReply())
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
    """Show the classes that hold the words of a reply, and delete the reply."""
    review = await reviews.by_number(number)
    if review is None or message.reply_to_message is None:
        await message.answer(moderators_say("card-unknown", number=str(number)))
        return
    user_id = message.chat.id
    view = panels.view(review, (await panels.draft(review, user_id)).classes)
    screen = search_screen(view, message.text or "")
    await panels.show(view, user_id, message.reply_to_message.message_id, screen)
    with suppress(TelegramAPIError):  # else it stays where it is
        await message.delete()


async def tap_panel(
    query: CallbackQuery,
    desk_tap: DeskTap,
    panels: Panels,
    reviews: Reviews,
    views: CaseViews,
    card_sender: CardSender,
    moderators_say: Say,
) -> None:
    """Do what a button of a panel says."""
    review = await reviews.by_number(desk_tap.number)
    if review is None or not isinstance(query.message, Message):
        await toast(query, moderators_say("panel-gone"), alert=True)
    elif desk_tap.button in SWITCHES:
        await _switch(query, query.message, review, desk_tap, panels)
    elif desk_tap.button in SCREENS:
        await _turn(query, query.message, review, desk_tap, panels)
    elif desk_tap.button is DeskButton.SEARCH:
        await toast(query, moderators_say("panel-search-hint"), alert=True)
    elif desk_tap.button is DeskButton.DONE:
        await _done(query, query.message, review, panels, moderators_say)
        card_sender.wake()
    elif desk_tap.button is DeskButton.UNDO_PANEL:
        doer = Doer(query.from_user.id, f"tap:{query.id}", now_ms())
        result = await panels.undo(review, doer, query.message.message_id)
        card_sender.wake()
        view = await views.named(result.case)
        words = desk_toast(result, DeskButton.UNDO, view, doer.now_ms, moderators_say)
        await toast(query, words, alert=not isinstance(result, Acted))
    else:
        await toast(query, moderators_say("panel-gone"), alert=True)


async def _switch(
    query: CallbackQuery, message: Message, review: Review, tap: DeskTap, panels: Panels
) -> None:
    user_id = query.from_user.id
    view = panels.view(review, await panels.switch(review, user_id, tap))
    await panels.show(view, user_id, message.message_id, screen_of(view, message.reply_markup))
    await toast(query)


async def _turn(
    query: CallbackQuery, message: Message, review: Review, tap: DeskTap, panels: Panels
) -> None:
    """Show another screen, or the same one with or without definitions."""
    user_id = query.from_user.id
    view = panels.view(review, (await panels.draft(review, user_id)).classes)
    screen = turned(view, tap, message)
    if screen is not None:
        await panels.show(view, user_id, message.message_id, screen)
    await toast(query)


def turned(view: PanelView, tap: DeskTap, message: Message) -> PanelScreen | None:
    """Return the screen that a button leads to from the one in `message`; None for no group."""
    if tap.button is DeskButton.GROUP:
        return group_screen(view, tap.value or 0)
    if tap.button is DeskButton.MEANING:
        has_meaning = _count_quotes(message) > 1
        return replace(screen_of(view, message.reply_markup), with_meaning=not has_meaning)
    return top_screen(view)


def _count_quotes(message: Message) -> int:
    return sum(entity.type == "expandable_blockquote" for entity in message.entities or [])


async def _done(
    query: CallbackQuery, message: Message, review: Review, panels: Panels, say: Say
) -> None:
    draft = await panels.draft(review, query.from_user.id)
    if not draft.classes:
        await toast(query, say("panel-empty"), alert=True)
        return
    await panels.settle(review, draft, f"tap:{query.id}")
    await panels.show_saved(review, query.from_user.id, message.message_id)
    await toast(query)
