import asyncio

import pytest
from aiogram import Bot
from aiogram.methods import (
    EditMessageMedia,
    EditMessageText,
    SendMessage,
    SendPhoto,
)
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.archive.records import Review
from bot.archive.reviews import Reviews
from bot.clock import now_ms
from bot.delivery.after_answer import LATE_AFTER_MS
from bot.delivery.customer_messages import Before, Delayed
from bot.leases import PREFIX
from tests.bot.eventually import eventually
from tests.bot.fake_telegram import NOT_FOUND, Telegram, cut_off, refused, yes
from tests.bot.post import CHART, Post, caption, picture_of
from tests.bot.samples import SEAL, new, outcome
from triage.queue.messages import Outcome
from triage.queue.streams import Connections


async def test_an_answer_lost_by_the_network_is_retried_and_does_not_block_others(
    post: Post, telegram: Telegram
) -> None:
    review, other = await post.accepted(), await post.accepted()
    telegram.next.append(cut_off)
    await post.deliver(outcome(review.review_id))
    review = await post.again(review)
    assert review.answered_ms is None
    assert review.answer is not None
    await post.deliver(outcome(other.review_id))
    assert (await post.again(other)).answered_ms is not None
    await post.answers.answer(review.number)
    assert (await post.again(review)).answered_ms is not None
    assert picture_of(telegram.calls[-1]) == b"draw_answer ru"


async def test_a_deleted_receipt_is_replaced_by_one_new_message(
    post: Post, telegram: Telegram
) -> None:
    review = await post.accepted(new(accepted_ms=now_ms() - LATE_AFTER_MS - 1))
    telegram.next.append(refused(NOT_FOUND))
    await post.deliver(outcome(review.review_id))
    edit, photo = telegram.calls
    assert isinstance(edit, EditMessageMedia)
    assert isinstance(photo, SendPhoto)
    review = await post.again(review)
    assert (photo.chat_id, photo.caption) == (review.chat_id, caption(review))
    assert photo.reply_markup is not None
    assert review.chart_file_id == "large-2"
    assert review.message_id == 1002, "the new message"
    assert review.answered_ms is not None


@pytest.mark.parametrize("words", [NOT_FOUND, "Bad Request: MESSAGE_ID_INVALID"])
async def test_a_new_message_that_may_have_arrived_is_not_sent_again(
    post: Post, telegram: Telegram, words: str
) -> None:
    review = await post.accepted()
    telegram.next.extend([refused(words), cut_off, refused(words)])
    await post.deliver(outcome(review.review_id))
    assert (await post.again(review)).answered_ms is None
    await post.answers.answer(review.number)
    assert len(telegram.said(SendPhoto)) == 1
    review = await post.again(review)
    assert review.undelivered == words


async def test_a_permanently_refused_answer_is_given_up_with_the_reason(
    post: Post, telegram: Telegram
) -> None:
    review = await post.accepted()
    telegram.next.extend([refused("Bad Request: message can't be edited")] * 3)
    await post.deliver(outcome(review.review_id))
    assert (await post.again(review)).undelivered == "Bad Request: message can't be edited"
    assert [type(call) for call in telegram.calls] == [EditMessageMedia, SendPhoto, SendMessage]


async def test_a_receipt_that_cannot_be_edited_is_replaced_by_one_new_message(
    post: Post, telegram: Telegram
) -> None:
    review = await post.accepted()
    telegram.next.append(refused("Bad Request: message can't be edited"))
    await post.deliver(outcome(review.review_id))
    assert [type(call) for call in telegram.calls] == [EditMessageMedia, SendPhoto]
    assert (await post.again(review)).undelivered is None


async def test_an_answer_whose_picture_is_refused_is_shown_as_text(
    post: Post, telegram: Telegram
) -> None:
    review = await post.accepted()
    telegram.next.append(refused("Bad Request: PHOTO_INVALID_DIMENSIONS"))
    await post.deliver(outcome(review.review_id))
    assert [type(call) for call in telegram.calls] == [EditMessageMedia, EditMessageText]
    review = await post.again(review)
    assert review.answered_ms is not None
    assert review.undelivered is None


async def test_a_late_receipt_does_not_replace_an_answer(post: Post, telegram: Telegram) -> None:
    review = await post.accepted()
    await post.deliver(outcome(review.review_id))
    shown = len(telegram.calls)
    await post.answers.receipt(review.number, Delayed())
    await post.answers.delay(review.number)
    assert len(telegram.calls) == shown


async def test_an_answer_that_comes_while_the_receipt_is_edited_follows_it(
    post: Post, telegram: Telegram
) -> None:
    review, other = [await post.accepted(new(accepted_ms=now_ms(), chat_id=n)) for n in (1, 2)]
    arrives = telegram.slow[1] = asyncio.Event()
    telling = asyncio.create_task(post.answers.receipt(review.number, Before(0)))
    await eventually(lambda: _called(telegram, 1))

    async def is_recorded() -> bool:
        return (await post.again(review)).answer is not None

    async with post.open():
        await post.outcomes.publish(outcome(review.review_id), CHART)
        await eventually(is_recorded)
        await post.outcomes.publish(outcome(other.review_id), CHART)
        await eventually(lambda: _is_answered(post, other))
        arrives.set()
        await eventually(lambda: _is_answered(post, review))
        await eventually(post.nothing_open)
    await telling
    receipt, answer = [call for call in telegram.calls if call.chat_id == 1]
    assert isinstance(receipt, EditMessageText)
    assert picture_of(answer) == CHART
    assert post.painter.drawn == []


async def test_an_answer_waits_for_the_lease_of_a_bot_that_was_killed(
    post: Post, telegram: Telegram, fake_connections: Connections
) -> None:
    review = await post.accepted()
    key = f"{PREFIX}review:{review.number}"
    await fake_connections.commands.set(key, "a bot that was killed", px=500)
    await post.deliver(outcome(review.review_id))
    [edit] = telegram.calls
    assert picture_of(edit) == CHART


async def _called(telegram: Telegram, times: int) -> bool:
    return len(telegram.calls) == times


async def _is_answered(post: Post, review: Review) -> bool:
    return (await post.again(review)).answered_ms is not None


async def test_a_lost_late_notice_is_not_repeated_and_the_answer_counts(
    post: Post, telegram: Telegram
) -> None:
    review = await post.accepted(new(accepted_ms=now_ms() - LATE_AFTER_MS - 1))
    telegram.next.extend([yes, cut_off])
    await post.deliver(outcome(review.review_id))
    assert (await post.again(review)).answered_ms is not None
    await post.answers.answer(review.number)
    assert len(telegram.said(SendMessage)) == 1


async def test_a_chart_that_cannot_be_drawn_does_not_block_other_outcomes(
    post: Post, telegram: Telegram
) -> None:
    undrawn, other = await post.accepted(), await post.accepted()
    post.painter.broken = True
    await post.deliver(outcome(undrawn.review_id), chart=b"")
    await post.deliver(outcome(other.review_id))
    assert (await post.again(undrawn)).answered_ms is None
    assert (await post.again(other)).answered_ms is not None
    post.painter.broken = False
    await post.answers.answer(undrawn.number)
    assert (await post.again(undrawn)).answered_ms is not None


class Locked(Reviews):
    """An archive that cannot be written at first."""

    times = 1

    async def record(self, number: int, outcome: Outcome, now_ms: int) -> bool:
        self.times -= 1
        if self.times >= 0:
            raise OperationalError("INSERT", {}, Exception("database is locked"))
        return await super().record(number, outcome, now_ms)


async def test_an_outcome_that_could_not_be_archived_is_retried(
    bot: Bot, sqlite_engine: AsyncEngine, fake_connections: Connections, telegram: Telegram
) -> None:
    reviews = Locked(sqlite_engine, SEAL)
    post = Post(bot, reviews, fake_connections)
    review = await post.accepted()
    await post.deliver(outcome(review.review_id))
    assert reviews.times == -1
    assert (await post.again(review)).answered_ms is not None
    assert len(telegram.calls) == 1


async def test_one_slow_customer_does_not_block_others(post: Post, telegram: Telegram) -> None:
    reviews = [await post.accepted(new(accepted_ms=now_ms(), chat_id=n)) for n in range(10)]
    gate = asyncio.Event()
    telegram.slow = {0: gate}
    for review in reviews:
        await post.outcomes.publish(outcome(review.review_id), CHART)

    async def others_are_answered() -> bool:
        found = [await post.again(review) for review in reviews[1:]]
        return all(review.answered_ms is not None for review in found)

    async with post.open():
        await eventually(others_are_answered)
        assert (await post.again(reviews[0])).answered_ms is None
        gate.set()
        await eventually(post.nothing_open)
    assert (await post.again(reviews[0])).answered_ms is not None
