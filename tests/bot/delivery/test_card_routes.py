"""Cards, digests and lines in the topics of routes; works from the archive alone."""

import pytest
from aiogram import Bot
from aiogram.methods import DeleteMessage, SendMessage, SendPhoto
from sqlalchemy import select

from bot.archive.card_places import CardPlaces
from bot.archive.link_store import LinkStore
from bot.archive.records import Review
from bot.archive.reviews import Reviews
from bot.archive.route_store import RouteStore
from bot.archive.tables import cards
from bot.delivery.card_sender import CardSender
from bot.delivery.pacing import CARDS_A_WINDOW
from tests.bot.eventually import eventually, running
from tests.bot.fake_telegram import Telegram, refused
from tests.bot.group import GROUP, all_shown, card_sender_of, listed
from tests.bot.painter import Painter
from tests.bot.samples import new, outcome

DELIVERY, COURIER = 10, 20

# A class for each topic, and one that no route names.
_CLASSES = ((DELIVERY, 3), (COURIER, 16), (None, 8))


@pytest.fixture
async def routes(reviews: Reviews) -> RouteStore:
    store = RouteStore(reviews._engine)
    await store.put(GROUP, "delivery-time", DELIVERY, "Delivery")
    await store.put(GROUP, "courier", COURIER, "Couriers")
    return store


async def answered(reviews: Reviews, *classes: int) -> Review:
    review = await reviews.accept(new())
    await reviews.record(review.number, outcome(review.review_id, classes), 5)
    await reviews.answered(review.number, 6, "chart")
    return review


async def links_sent(card_sender: CardSender, reviews: Reviews) -> None:
    """Run the sender until no line is due."""

    async def none_left() -> bool:
        return await LinkStore(reviews._engine).count(GROUP) == 0

    async with running(card_sender.run()):
        await eventually(none_left)


async def test_the_next_process_sends_the_link_line_that_a_killed_one_left_unsent(
    routes: RouteStore, reviews: Reviews, bot: Bot, telegram: Telegram, painter: Painter
) -> None:
    review = await answered(reviews, 3, 16)
    await reviews.record_card(
        [review.number], chat_id=GROUP, message_id=7, digest=False, now_ms=1, links=[COURIER]
    )
    await links_sent(card_sender_of(bot, reviews, painter), reviews)

    [line] = telegram.said(SendMessage)
    assert (line.message_thread_id, line.text.split(" ·")[0]) == (COURIER, f"/r{review.number}")
    async with reviews._engine.connect() as connection:
        rows = (await connection.execute(select(cards.c.link).order_by(cards.c.link))).all()
    assert [row.link for row in rows] == [False, True]
    places = CardPlaces(reviews._engine)
    assert await places.card_of(GROUP, review.number) == 7, "answers go below the card"


async def test_a_link_line_that_telegram_refuses_is_not_retried(
    routes: RouteStore, reviews: Reviews, bot: Bot, telegram: Telegram, painter: Painter
) -> None:
    review = await answered(reviews, 3, 16)
    shown = {"chat_id": GROUP, "message_id": 7, "digest": False, "now_ms": 1}
    await reviews.record_card([review.number], **shown, links=[COURIER])
    telegram.next.append(refused("Bad Request: message is too long"))
    await links_sent(card_sender_of(bot, reviews, painter), reviews)
    assert len(telegram.said(SendMessage)) == 1
    assert telegram.said(DeleteMessage) == []


async def test_after_a_repeated_card_only_one_link_line_is_due(
    routes: RouteStore, reviews: Reviews
) -> None:
    review = await answered(reviews, 3, 16)
    for message_id in (7, 8):
        assert await reviews.record_card(
            [review.number],
            chat_id=GROUP,
            message_id=message_id,
            digest=False,
            now_ms=1,
            links=[COURIER],
        )
    link = await LinkStore(reviews._engine).next_due(GROUP)
    assert link is not None
    assert link.card_id == 8


async def test_many_reviews_are_sent_as_one_digest_for_each_topic(
    routes: RouteStore, reviews: Reviews, card_sender: CardSender, telegram: Telegram
) -> None:
    theirs: dict[int | None, list[int]] = {DELIVERY: [], COURIER: [], None: []}
    for place in range(3 * CARDS_A_WINDOW):
        thread_id, class_id = _CLASSES[place % 3]
        theirs[thread_id].append((await answered(reviews, class_id)).number)
    await all_shown(card_sender, reviews)

    digests = telegram.said(SendMessage)
    assert telegram.said(SendPhoto) == []
    assert {d.message_thread_id: listed([d]) for d in digests} == theirs


async def test_a_card_in_a_private_chat_does_not_count_as_shown_to_the_group(
    reviews: Reviews,
) -> None:
    review = await answered(reviews, 3)
    await reviews.record_card([review.number], chat_id=7, message_id=1, digest=False, now_ms=9)
    assert await reviews.count_without_card() == 1
    assert await reviews.shown_since(0) == []
