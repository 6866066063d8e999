"""
The queue of /unsure: chooses the next review for a moderator, and stores what they say about it.

It writes nothing to the group; the cards there change as after any label.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.archive.desk_messages import QueueCard
from bot.archive.queue_store import QueueStore
from bot.archive.records import Review
from bot.clock import now_ms
from bot.desk.alternatives import Classes, alternatives
from bot.desk.case_desk import Doer
from bot.desk.desk_taps import DeskButton, DeskTap
from bot.desk.panel import top_screen
from bot.desk.panels import Panels
from bot.desk.standing import standing, undoable
from bot.private_desk.queue_messenger import QueueMessenger
from bot.private_desk.queue_order import COMPARED, ranked, without_repeats
from bot.private_desk.queue_screen import QueuePage, QueueView, end_page, queue_page


@dataclass(frozen=True, slots=True)
class ReviewQueue:
    """Shows a moderator one review after another; a private chat has the id of its person."""

    store: QueueStore
    message: QueueMessenger
    panels: Panels

    async def start(self, user_id: int) -> None:
        """Send the queue's message; an older one, whose way back it keeps, is deleted."""
        older = await self.message.messages.queue_messages(user_id)
        last = await self.card(user_id, older[-1]) if older else None
        previous = None if last is None else last.previous
        await self.message.send(user_id, await self._next(user_id, previous))
        for message_id in older:
            await self.message.delete(user_id, message_id)

    async def card(self, user_id: int, message_id: int) -> QueueCard | None:
        """Return what a message of the queue shows, None if it is not such a message."""
        return await self.message.messages.card(user_id, message_id)

    async def go_on(self, user_id: int, message_id: int, previous: int | None) -> None:
        """Show the next review, or that nothing is left."""
        await self.message.turn_to(user_id, message_id, await self._next(user_id, previous))

    async def redraw(self, review: Review, card: QueueCard, user_id: int) -> QueueView:
        """Renew the lease, and return what the message shows, for another screen of it."""
        await self.store.claim(review.number, user_id, now_ms())
        return await self._view(review, card, user_id)

    async def save(self, review: Review, classes: Classes, user_id: int, source_id: str) -> None:
        """Store the person's set, which must not be empty, unless it equals their earlier one."""
        draft = await self.panels.draft(review, user_id)
        held = standing(await self.panels.desk.labels(review.number))
        own = held.of(user_id)
        if own is None or frozenset(own.content.classes) != frozenset(classes):
            await self.panels.settle(review, replace(draft, classes=classes), source_id)
        else:
            await self.put_off(review.number, user_id)

    async def put_off(self, number: int, user_id: int) -> None:
        """Drop the draft, and leave the review out of this person's queue for a day."""
        await self.panels.drafts.drop(number, user_id)
        await self.store.skip(number, user_id, now_ms())

    async def go_back(self, review: Review, card: QueueCard, doer: Doer, message_id: int) -> None:
        """Show the previous review, and undo the person's label on it if that is possible."""
        user_id = doer.user_id
        assert user_id is not None, "a person taps"
        held = standing(await self.panels.desk.labels(review.number))
        if undoable(held, user_id, doer.now_ms) is not None:
            await self.panels.desk.undo(review, doer)
        await self.store.unskip(review.number, user_id)
        await self.store.claim(review.number, user_id, doer.now_ms)
        await self.store.release(user_id, but=review.number)
        view = await self._view(review, card.of_previous(review.number), user_id)
        await self.message.turn_to(user_id, message_id, _first_page(view))

    def offered(self, tap: DeskTap, view: QueueView) -> Classes:
        """Return the set that a button of the queue saves, empty if it stands for none."""
        sets = alternatives(view.panel.review.answer, self.panels.taxonomy)
        if tap.button is DeskButton.RIGHT:
            return sets.shown or ()
        if tap.button is DeskButton.ALTERNATIVE:
            return dict(enumerate(sets.on_card)).get(tap.value or 0, ())
        sides = {label.label_id: label.content.classes for label in view.sides}
        return sides.get(tap.value or 0, ())

    async def _next(self, user_id: int, previous: int | None) -> QueuePage:
        """
        Lease the next review to the person and no other, and return it, or that nothing is left.

        The new lease is taken first: while a person has one, cards of their queue are not edited.
        """
        order = await self._order(user_id)
        for number in order:
            if not await self.store.claim(number, user_id, now_ms()):
                continue
            review = await self.panels.reviews.by_number(number)
            if review is not None and not review.is_expired:
                await self.store.release(user_id, but=number)
                card = QueueCard(number, len(order) - 1, previous)
                return _first_page(await self._view(review, card, user_id))
        await self.store.release(user_id)
        return end_page(previous, self.panels.say)

    async def _order(self, user_id: int) -> Sequence[int]:
        now = now_ms()
        disputed = await self.store.disputed(user_id, now)
        doubts = await self.store.doubts(user_id, now)
        order = ranked(doubts, await self.store.labels_of_classes(), self.panels.taxonomy)
        texts = await self.store.texts([one.number for one in order[:COMPARED]])
        said_no = await self.store.author_said_no(user_id, now)
        # The author may also have called a disputed review wrong: each number is listed once.
        return list(dict.fromkeys([*disputed, *said_no, *without_repeats(order, texts)]))

    async def _view(self, review: Review, card: QueueCard, user_id: int) -> QueueView:
        chosen = (await self.panels.draft(review, user_id)).classes
        held = standing(await self.panels.desk.labels(review.number))
        return QueueView(self.panels.view(review, chosen), card, held)


def _first_page(view: QueueView) -> QueuePage:
    return queue_page(view, top_screen(view.panel))
