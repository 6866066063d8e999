import asyncio
from functools import partial

import pytest
from aiogram import Bot
from aiogram.methods import EditMessageCaption, SendMessage, SendPhoto
from aiogram.types import BufferedInputFile

from bot.archive.due_versions import show_author_again
from bot.archive.reviews import Reviews
from bot.clock import now_ms
from bot.delivery.card_sender import LOOK_EVERY_S, CardSender
from bot.delivery.pacing import CARDS_A_WINDOW, EDITS_WHILE_CARDS_WAIT
from tests.bot.eventually import eventually, running
from tests.bot.fake_telegram import Telegram
from tests.bot.group import GROUP, all_shown, answered, card_sender_of, has_card, listed
from tests.bot.painter import Painter
from tests.bot.samples import TAXONOMY, failed, new, outcome


async def test_a_card_reuses_the_picture_that_telegram_already_has(
    card_sender: CardSender, reviews: Reviews, telegram: Telegram, painter: Painter
) -> None:
    review = await answered(reviews, "chart-of-the-answer")
    await all_shown(card_sender, reviews)
    [photo] = telegram.calls
    assert isinstance(photo, SendPhoto)
    assert (photo.chat_id, photo.photo) == (GROUP, "chart-of-the-answer")
    assert review.text in (photo.caption or "")
    assert photo.parse_mode is None
    assert painter.drawn == []


async def test_a_picture_that_telegram_lacks_is_drawn_in_the_groups_language(
    card_sender: CardSender, reviews: Reviews, telegram: Telegram, painter: Painter
) -> None:
    await answered(reviews, None, language="en")
    await all_shown(card_sender, reviews)
    [photo] = telegram.said(SendPhoto)
    assert isinstance(photo.photo, BufferedInputFile)
    assert painter.drawn == ["draw_answer ru"]


async def test_a_picture_with_a_public_class_title_is_redrawn_with_the_internal_title(
    card_sender: CardSender, reviews: Reviews, telegram: Telegram, painter: Painter
) -> None:
    [hidden, *_] = [c.id for c in TAXONOMY.classes if c.public is not None]
    review = await reviews.accept(new())
    await reviews.record(review.number, outcome(review.review_id, (3, hidden)), 5)
    await reviews.answered(review.number, 6, "the-customers-chart")
    await all_shown(card_sender, reviews)
    [photo] = telegram.said(SendPhoto)
    assert isinstance(photo.photo, BufferedInputFile)
    [drawn] = painter.taxonomies
    assert drawn.public_title(hidden, "ru") == TAXONOMY.title(hidden, "ru") in photo.caption
    assert drawn.digest == TAXONOMY.digest


async def test_a_picture_in_the_customers_language_is_redrawn_in_the_groups_language(
    card_sender: CardSender, reviews: Reviews, telegram: Telegram, painter: Painter
) -> None:
    review = await answered(reviews, "chart-in-english", language="en")
    await all_shown(card_sender, reviews)
    [photo] = telegram.said(SendPhoto)
    assert isinstance(photo.photo, BufferedInputFile)
    assert painter.drawn == ["draw_answer ru"]
    kept = await reviews.by_number(review.number)
    assert kept is not None
    assert kept.chart_file_id == "chart-in-english", "the customer's own picture stays"


async def test_a_review_that_no_model_could_read_gets_a_card_without_a_picture(
    card_sender: CardSender, reviews: Reviews, telegram: Telegram
) -> None:
    review = await reviews.accept(new())
    await reviews.record(review.number, failed(review.review_id), 5)
    await reviews.gave_up(review.number, 6, "blocked")
    await all_shown(card_sender, reviews)
    [card] = telegram.calls
    assert isinstance(card, SendMessage)
    assert review.text in card.text


async def test_a_few_reviews_get_one_card_each_in_the_order_of_their_numbers(
    card_sender: CardSender, reviews: Reviews, telegram: Telegram
) -> None:
    sent = [await answered(reviews, f"chart-{n}") for n in range(3)]
    await all_shown(card_sender, reviews)
    photos = telegram.said(SendPhoto)
    assert [photo.photo for photo in photos] == ["chart-0", "chart-1", "chart-2"]
    for review, photo in zip(sent, photos, strict=True):
        assert photo.caption.startswith(f"№ {review.number} ")


async def test_many_reviews_are_sent_as_digests_that_list_each_once(
    card_sender: CardSender, reviews: Reviews, telegram: Telegram
) -> None:
    sent = [await answered(reviews) for _ in range(50)]
    await all_shown(card_sender, reviews)
    digests = telegram.said(SendMessage)
    assert listed(digests) == [review.number for review in sent[: len(listed(digests))]]
    photos = telegram.said(SendPhoto)
    assert len(listed(digests)) + len(photos) == 50
    assert [len(listed([digest])) for digest in digests] == [20, 20]


async def test_a_review_answered_by_another_replica_gets_a_card(
    card_sender: CardSender, reviews: Reviews, telegram: Telegram
) -> None:
    async with running(card_sender.run()):
        await asyncio.sleep(0.1)  # it has found nothing and waits
        review = await answered(reviews)
        await eventually(lambda: has_card(reviews, review), within_s=LOOK_EVERY_S + 20)


@pytest.mark.parametrize("ticks", range(6))
async def test_cancelling_the_card_sender_right_after_a_wake_up_stops_it(
    card_sender: CardSender, ticks: int
) -> None:
    serving = asyncio.create_task(card_sender.run())
    await asyncio.sleep(0.1)  # it has found nothing and waits
    card_sender.wake()
    for _ in range(ticks):
        await asyncio.sleep(0)
    serving.cancel()
    done, _ = await asyncio.wait([serving], timeout=5)
    serving.cancel()
    assert done == {serving}


async def test_replicas_and_restarts_share_one_rate_limit(
    bot: Bot, reviews: Reviews, telegram: Telegram, painter: Painter
) -> None:
    for _ in range(CARDS_A_WINDOW):
        await answered(reviews)
    await all_shown(card_sender_of(bot, reviews, painter), reviews)
    late = await answered(reviews)
    async with running(card_sender_of(bot, reviews, painter).run()):
        with pytest.raises(TimeoutError):
            await eventually(lambda: has_card(reviews, late), within_s=0.3)
    assert len(telegram.calls) == CARDS_A_WINDOW


async def test_the_rate_limit_of_the_group_is_respected(
    card_sender: CardSender, reviews: Reviews, telegram: Telegram
) -> None:
    for _ in range(CARDS_A_WINDOW):
        await answered(reviews)
    await all_shown(card_sender, reviews)
    assert len(telegram.said(SendPhoto)) == CARDS_A_WINDOW
    late = await answered(reviews)
    async with running(card_sender.run()):
        card_sender.wake()
        with pytest.raises(TimeoutError):
            await eventually(lambda: has_card(reviews, late), within_s=0.3)
    assert len(telegram.calls) == CARDS_A_WINDOW


async def test_edits_leave_room_for_a_waiting_card(
    card_sender: CardSender, reviews: Reviews, telegram: Telegram, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def writes(chat_id: int) -> list[float]:
        return [now_ms() / 1000 - 1] * len(telegram.calls)

    monkeypatch.setattr(card_sender, "_recent_writes", writes)
    for message_id in range(20):
        shown = await answered(reviews)
        where = {"chat_id": GROUP, "message_id": message_id, "digest": False}
        await reviews.record_card([shown.number], **where, now_ms=1)
    async with reviews._engine.begin() as connection:
        await show_author_again(connection, shown.user_id)
    await answered(reviews)
    await all_shown(card_sender, reviews)
    edits = [EditMessageCaption] * EDITS_WHILE_CARDS_WAIT
    assert [type(call) for call in telegram.calls][: len(edits) + 1] == [*edits, SendPhoto]


async def test_requested_cards_bypass_the_rate_limit_but_count_towards_it(
    card_sender: CardSender, reviews: Reviews, telegram: Telegram
) -> None:
    review = await answered(reviews)
    for _ in range(CARDS_A_WINDOW + 2):
        await card_sender.show(review)
    assert len(telegram.said(SendPhoto)) == CARDS_A_WINDOW + 2
    waiting = await answered(reviews)
    async with running(card_sender.run()):
        with pytest.raises(TimeoutError):
            await eventually(lambda: has_card(reviews, waiting), within_s=0.3)


async def test_without_pacing_every_review_is_sent_as_a_card(
    bot: Bot, reviews: Reviews, telegram: Telegram, painter: Painter
) -> None:
    card_sender = card_sender_of(bot, reviews, painter, paced=False)
    for _ in range(30):
        await answered(reviews)
    await all_shown(card_sender, reviews)
    assert len(telegram.said(SendPhoto)) == 30


async def test_a_waiting_card_sender_can_be_woken(
    card_sender: CardSender, reviews: Reviews, telegram: Telegram
) -> None:
    async with running(card_sender.run()):
        for _ in range(3):
            review = await answered(reviews)
            card_sender.wake()
            await eventually(partial(has_card, reviews, review), within_s=5)
    assert len(telegram.calls) == 3
