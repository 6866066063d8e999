"""The buttons of cards, in the group and in private chats. Each tap is authorised by its author."""

import logging
from collections.abc import Mapping

from aiogram import F, Router
from aiogram.exceptions import TelegramBadRequest, TelegramForbiddenError
from aiogram.filters import Filter
from aiogram.types import CallbackQuery

from bot.archive.records import Review
from bot.archive.reviews import Reviews
from bot.archive.shown_cards import ShownCards
from bot.clock import now_ms
from bot.delivery.card_sender import CardSender
from bot.desk.alternatives import Classes, alternatives
from bot.desk.card_keyboard import set_title
from bot.desk.case_desk import Acted, ActResult, CaseDesk, Doer, Overtaken, TooLate
from bot.desk.case_view import CaseViews
from bot.desk.cases import Act
from bot.desk.desk_taps import PREFIX, DeskButton, DeskTap, parse_tap
from bot.desk.desk_toasts import desk_toast
from bot.desk.group_panels import GroupPanels
from bot.desk.moderators import Moderators
from bot.desk.panels import Panels
from bot.handlers import canned_answers
from bot.texts import Say
from bot.toasts import open_link, toast, toast_unknown
from triage.taxonomy import Taxonomy

logger = logging.getLogger(__name__)

_ACTS: Mapping[DeskButton, Act] = {
    DeskButton.TAKE: Act.TAKE,
    DeskButton.TAKE_OVER: Act.TAKE_OVER,
    DeskButton.CLOSE: Act.CLOSE,
    DeskButton.REOPEN: Act.REOPEN,
    DeskButton.SPAM: Act.SPAM,
    DeskButton.NOT_SPAM: Act.NOT_SPAM,
}
_CARD_BUTTONS = frozenset({*_ACTS, DeskButton.RIGHT, DeskButton.ALTERNATIVE, DeskButton.UNDO})


class ModeratorsTap(Filter):
    """Passes taps on the desk's buttons, and marks those of strangers."""

    def __init__(self, moderators: Moderators) -> None:
        self._moderators = moderators

    async def __call__(
        self, query: CallbackQuery, moderators_say: Say
    ) -> bool | dict[str, DeskTap | None]:
        """Return the tap as `desk_tap`, None for that of a stranger."""
        tap = parse_tap(query.data or "")
        if tap is None:
            return False
        allowed = await self._moderators.may(query.from_user.id)
        return {"desk_tap": tap if allowed else None}


def create_stranger_router(moderators: Moderators) -> Router:
    """Return the router of strangers' taps; it comes before all others of the desk."""
    router = Router(name="desk_strangers")
    router.callback_query.filter(F.data.startswith(f"{PREFIX}:"), ModeratorsTap(moderators))
    router.callback_query.register(stranger, _is_stranger)
    return router


def create_router(moderators: Moderators) -> Router:
    """Return the router of the cards' buttons, in the group and in private chats."""
    router = Router(name="card_taps")
    router.callback_query.filter(F.data.startswith(f"{PREFIX}:"), ModeratorsTap(moderators))
    router.callback_query.register(fix, is_button(DeskButton.FIX))
    router.callback_query.register(act, is_button(*_CARD_BUTTONS))
    router.callback_query.register(canned_answers.tell_how, is_button(DeskButton.REPLY))
    return router


def _is_stranger(_: CallbackQuery, desk_tap: DeskTap | None) -> bool:
    return desk_tap is None


def is_button(*buttons: DeskButton) -> Filter:
    """Return a filter that passes taps on these buttons."""
    return _ButtonFilter(frozenset(buttons))


class _ButtonFilter(Filter):
    def __init__(self, buttons: frozenset[DeskButton]) -> None:
        self._buttons = buttons

    async def __call__(self, _: CallbackQuery, desk_tap: DeskTap) -> bool:
        return desk_tap.button in self._buttons


async def stranger(query: CallbackQuery, moderators_say: Say) -> None:
    """Say that only moderators act here; nothing is changed."""
    await toast(query, moderators_say("desk-stranger"), alert=True)


async def fix(
    query: CallbackQuery,
    desk_tap: DeskTap,
    panels: Panels,
    group_panels: GroupPanels,
    reviews: Reviews,
    moderators_say: Say,
) -> None:
    """Open the panel: in a private chat directly, in the group as the settings say."""
    review = await reviews.by_number(desk_tap.number)
    if review is None:
        await toast_unknown(query, desk_tap.number, moderators_say)
    elif query.message is not None and query.message.chat.id == query.from_user.id:
        await panels.open(review, query.from_user.id)
        await toast(query)
    elif await group_panels.open(review, query):
        await toast(query)
    else:
        await open_privately(query, review, panels)


async def open_privately(query: CallbackQuery, review: Review, panels: Panels) -> None:
    """
    Answer a tap with the link to the panel in the private chat, also before a first /start.

    If the client no longer waits for an answer, the panel is sent there, if the bot may write.
    """
    name = (await panels.bot.me()).username
    if await open_link(query, f"https://t.me/{name}?start=c{review.number}"):
        return
    try:
        await panels.open(review, query.from_user.id)
    except (TelegramForbiddenError, TelegramBadRequest) as e:
        logger.info("a panel could not be opened after a late tap: %s", e.message)


async def act(
    query: CallbackQuery,
    desk_tap: DeskTap,
    desk: CaseDesk,
    reviews: Reviews,
    views: CaseViews,
    shown_cards: ShownCards,
    card_sender: CardSender,
    taxonomy: Taxonomy,
    moderators_say: Say,
) -> None:
    """Perform the act of a button, and show the tapper the result."""
    review = await reviews.by_number(desk_tap.number)
    if review is None:
        await toast_unknown(query, desk_tap.number, moderators_say)
        return
    doer = Doer(query.from_user.id, f"tap:{query.id}", now_ms(), seen=desk_tap.version)
    chosen = _chosen(desk_tap, review, taxonomy)
    result = await _result(desk_tap, review, chosen, desk, doer)
    if result is None:
        await toast(query, moderators_say("button-gone"), alert=True)
        return
    await _reshow(query, desk_tap, result, shown_cards)
    card_sender.wake()
    actor_id = result.actor_id if isinstance(result, Overtaken) else None
    view = await views.named(result.case, actor_id=actor_id)
    words = desk_toast(
        result,
        desk_tap.button,
        view,
        doer.now_ms,
        moderators_say,
        classes=set_title(chosen, taxonomy, moderators_say, 120),
    )
    await toast(query, words, alert=bool(words) and not isinstance(result, Acted))


async def _reshow(
    query: CallbackQuery, tap: DeskTap, result: ActResult, shown_cards: ShownCards
) -> None:
    """
    Schedule an edit of the card if the tap shows that the card is outdated.

    An Undo whose time is over is such a state. It is not edited before anybody taps it: that would
    cost the group a write for every label.
    """
    card = query.message
    if card is None:
        return
    if isinstance(result, TooLate) and result.is_over:
        await shown_cards.show_again(card.chat.id, card.message_id)
    elif result.case.version > tap.version:
        await shown_cards.reshow(card.chat.id, card.message_id, tap.version)


async def _result(
    tap: DeskTap, review: Review, chosen: Classes, desk: CaseDesk, doer: Doer
) -> ActResult | None:
    """Return the result of the tap, None if its button is no longer valid."""
    if tap.button is DeskButton.UNDO:
        return await desk.undo(review, doer)
    if tap.button in _ACTS:
        return await desk.act(tap.number, _ACTS[tap.button], doer)
    return await desk.settle(review, chosen, doer) if chosen else None


def _chosen(tap: DeskTap, review: Review, taxonomy: Taxonomy) -> Classes:
    """Return the set that the button stands for, empty if it stands for none."""
    sets = alternatives(review.answer, taxonomy)
    if tap.button is DeskButton.RIGHT:
        return sets.shown or ()
    if tap.button is DeskButton.ALTERNATIVE and tap.value is not None:
        return dict(enumerate(sets.on_card)).get(tap.value, ())
    return ()
