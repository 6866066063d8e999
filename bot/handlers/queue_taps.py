"""The buttons of /unsure in a moderator's private chat, and the search by a reply to it."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from aiogram import F, Router
from aiogram.enums import ChatType
from aiogram.exceptions import TelegramAPIError
from aiogram.filters import Filter
from aiogram.types import CallbackQuery, Message

from bot.archive.desk_messages import QueueCard
from bot.archive.queue_store import QUEUE_SOURCE
from bot.archive.records import Review
from bot.archive.reviews import Reviews
from bot.clock import now_ms
from bot.delivery.card_sender import CardSender
from bot.desk.case_desk import Doer
from bot.desk.desk_taps import PREFIX, DeskButton, DeskTap
from bot.desk.moderators import Moderators
from bot.desk.panel import PanelScreen, PanelView, screen_of, search_screen, top_screen
from bot.handlers.card_taps import ModeratorsTap
from bot.handlers.panel_taps import SCREENS, SWITCHES, turned
from bot.private_desk.queue_screen import queue_page
from bot.private_desk.review_queue import ReviewQueue
from bot.texts import Say
from bot.toasts import toast


class OnQueue(Filter):
    """Passes taps on a message of the queue, with what it shows; also taps of strangers."""

    async def __call__(
        self, query: CallbackQuery, review_queue: ReviewQueue
    ) -> bool | dict[str, QueueCard]:
        """Return the card of the message."""
        if not isinstance(query.message, Message):
            return False
        card = await review_queue.card(query.message.chat.id, query.message.message_id)
        return False if card is None else {"card": card}


class QueueReply(Filter):
    """Passes a moderator's reply to a message of the queue, with what it shows."""

    async def __call__(
        self, message: Message, moderators: Moderators, review_queue: ReviewQueue
    ) -> bool | dict[str, QueueCard]:
        """Return the card of the message that is replied to."""
        if message.reply_to_message is None or message.from_user is None:
            return False
        card = await review_queue.card(message.chat.id, message.reply_to_message.message_id)
        if card is None or card.is_end:
            return False
        return {"card": card} if await moderators.may(message.from_user.id) else False


def create_router(moderators: Moderators) -> Router:
    """Return the router of the queue; it comes before the one of panels."""
    router = Router(name="queue_taps")
    router.message.filter(F.chat.type == ChatType.PRIVATE)
    router.message.register(search, F.text, ~F.text.startswith("/"), QueueReply())
    router.callback_query.filter(
        F.data.startswith(f"{PREFIX}:"),
        F.message.chat.type == ChatType.PRIVATE,
        ModeratorsTap(moderators),
        OnQueue(),
    )
    router.callback_query.register(tap_queue)
    return router


async def search(
    message: Message, card: QueueCard, review_queue: ReviewQueue, reviews: Reviews
) -> None:
    """Show the classes that contain the words of a reply, and delete the reply."""
    review, queue_message = await reviews.by_number(card.number), message.reply_to_message
    if review is None or queue_message is None:
        return
    view = await review_queue.redraw(review, card, message.chat.id)
    screen = search_screen(view.panel, message.text or "")
    await review_queue.message.redraw(
        message.chat.id, queue_message.message_id, queue_page(view, screen)
    )
    with suppress(TelegramAPIError):  # else it stays where it is
        await message.delete()


async def tap_queue(
    query: CallbackQuery,
    desk_tap: DeskTap,
    card: QueueCard,
    review_queue: ReviewQueue,
    reviews: Reviews,
    card_sender: CardSender,
    moderators_say: Say,
) -> None:
    """Apply a tap on a button of the queue."""
    is_late = desk_tap.number != _offered(desk_tap.button, card)
    review = await reviews.by_number(card.number if is_late else desk_tap.number)
    if review is None or not isinstance(query.message, Message):
        await toast(query, moderators_say("queue-gone"), alert=True)
        return
    tapped = _Tapped(query, query.message.message_id, desk_tap, card, review_queue)
    if is_late:
        if not card.is_end:
            await tapped.turn(review, top_screen)
    elif desk_tap.button is DeskButton.PREVIOUS:
        await review_queue.go_back(review, card, tapped.doer, tapped.message_id)
    elif desk_tap.button is DeskButton.SKIP:
        await review_queue.put_off(review.number, tapped.user_id)
        await tapped.go_on()
    elif desk_tap.button is DeskButton.SEARCH:
        await toast(query, moderators_say("panel-search-hint"), alert=True)
        return
    elif desk_tap.button in SWITCHES or desk_tap.button in SCREENS:
        await _turn(tapped, review, query.message)
    elif not await tapped.save(review):
        await toast(query, moderators_say("panel-empty"), alert=True)
        return
    card_sender.wake()
    await toast(query)


def _offered(button: DeskButton, card: QueueCard) -> int | None:
    """Return the review of this button now; a tap on what was shown before has another one."""
    if button is DeskButton.PREVIOUS:
        return card.previous
    return None if card.is_end else card.number


async def _turn(tapped: "_Tapped", review: Review, message: Message) -> None:
    """Switch a class, or show another screen of the same review."""
    tap = tapped.tap
    if tap.button in SWITCHES:
        await tapped.queue.panels.switch(review, tapped.user_id, tap)
        await tapped.turn(review, lambda view: screen_of(view, message.reply_markup))
    else:
        await tapped.turn(review, lambda view: turned(view, tap, message) or top_screen(view))


@dataclass(frozen=True, slots=True)
class _Tapped:
    """A tap on a message of the queue."""

    query: CallbackQuery
    message_id: int
    tap: DeskTap
    card: QueueCard
    queue: ReviewQueue

    @property
    def user_id(self) -> int:
        return self.query.from_user.id

    @property
    def doer(self) -> Doer:
        return Doer(self.user_id, f"{QUEUE_SOURCE}{self.query.id}", now_ms())

    async def turn(self, review: Review, screen: Callable[[PanelView], PanelScreen]) -> None:
        """Show a screen of the review in the message."""
        view = await self.queue.redraw(review, self.card, self.user_id)
        page = queue_page(view, screen(view.panel))
        await self.queue.message.redraw(self.user_id, self.message_id, page)

    async def save(self, review: Review) -> bool:
        """Save the set of the button or of the draft, and continue; False if it is empty."""
        if self.tap.button is DeskButton.DONE:
            classes = (await self.queue.panels.draft(review, self.user_id)).classes
        else:
            view = await self.queue.redraw(review, self.card, self.user_id)
            classes = self.queue.offered(self.tap, view)
        if classes:
            await self.queue.save(review, classes, self.user_id, self.doer.source_id)
            await self.go_on()
        return bool(classes)

    async def go_on(self) -> None:
        await self.queue.go_on(self.user_id, self.message_id, self.card.number)
