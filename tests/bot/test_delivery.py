import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from uuid import uuid4

import pytest
from aiogram import Bot
from aiogram.exceptions import TelegramAPIError, TelegramNetworkError
from aiogram.methods import (
    EditMessageMedia,
    EditMessageText,
    SendMessage,
    SendPhoto,
    TelegramMethod,
)
from aiogram.types import BufferedInputFile, InputMediaPhoto
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine

from bot import cards
from bot.archive.reviews import Reviews
from bot.archive.values import NewReview, Review
from bot.callbacks import Picture
from bot.clock import now_ms
from bot.delivery import RING_AFTER_MS, Answers
from bot.desk import Desk
from bot.pictures import Pictures
from tests.bot.eventually import eventually, running
from tests.bot.painter import Painter
from tests.bot.samples import SEAL, TAXONOMY, TEXTS, failed, new, outcome
from tests.bot.telegram import NOT_FOUND, NOT_MODIFIED, Telegram, blocked, refused, yes
from triage.contract import Codec, Outcome
from triage.limits import BOTS, OUTCOMES
from triage.review import Language
from triage.streams import Connections, Stream

CHART = b"the worker's chart"
SOON_MS = 200


class Post:
    """Answers at work on an archive, a stream and a Telegram of their own."""

    def __init__(self, bot: Bot, reviews: Reviews, connections: Connections) -> None:
        self.reviews = reviews
        self.painter = Painter()
        codec = Codec(Outcome, SEAL)
        self.outcomes = Stream(connections, codec, name=OUTCOMES, group=BOTS, lease_s=0.3)
        pictures = Pictures(self.painter, TAXONOMY)  # type: ignore[arg-type]
        self.desk = Desk(bot, reviews, pictures, TAXONOMY, TEXTS["ru"], chat_id=-5, paced=True)
        self.answers = Answers(bot, reviews, self.outcomes, pictures, TAXONOMY, TEXTS, self.desk)

    async def accepted(self, sent: NewReview | None = None) -> Review:
        return await self.reviews.accept(sent or new(accepted_ms=now_ms()))

    async def again(self, review: Review) -> Review:
        found = await self.reviews.by_number(review.number)
        assert found is not None
        return found

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        await self.outcomes.create_group()
        async with running(self.answers.run()):
            yield

    async def deliver(self, *told: Outcome, chart: bytes = CHART) -> None:
        """Publish outcomes and let them be delivered until none is open."""
        for message in told:
            await self.outcomes.publish(message, chart)
        async with self.open():
            await eventually(self.nothing_open)

    async def nothing_open(self) -> bool:
        return await self.outcomes.length() == 0


@pytest.fixture
def post(bot: Bot, reviews: Reviews, fake_connections: Connections) -> Post:
    return Post(bot, reviews, fake_connections)


def picture_of(edit: object) -> bytes:
    assert isinstance(edit, EditMessageMedia)
    assert isinstance(edit.media, InputMediaPhoto)
    assert isinstance(edit.media.media, BufferedInputFile)
    return edit.media.media.data


def caption(review: Review, language: Language = "ru") -> str:
    return cards.answer(review, TAXONOMY, TEXTS[language]).render()[0]


def cut_off(method: TelegramMethod[object]) -> TelegramAPIError:
    return TelegramNetworkError(method, "Request timeout error")


@pytest.mark.parametrize("language", ["ru", "en"])
async def test_the_receipt_becomes_chart_and_classes_in_the_customers_language(
    post: Post, telegram: Telegram, language: Language
) -> None:
    review = await post.accepted(new(accepted_ms=now_ms(), language=language))
    await post.deliver(outcome(review.review_id))
    [edit] = telegram.calls
    assert isinstance(edit, EditMessageMedia)
    assert (edit.chat_id, edit.message_id) == (review.chat_id, review.message_id)
    assert picture_of(edit) == CHART
    review = await post.again(review)
    assert edit.media.caption == caption(review, language)
    assert review.answered_ms is not None
    assert review.chart_file_id == "large-1"
    assert edit.reply_markup is not None
    data = edit.reply_markup.inline_keyboard[0][0].callback_data or ""
    assert Picture.unpack(data) == Picture(number=review.number, every_class=True)
    assert post.painter.drawn == []


async def test_an_answer_that_stands_there_already_counts_as_given(
    post: Post, telegram: Telegram
) -> None:
    review = await post.accepted()
    await post.reviews.keep_picture(review.number, every_class=False, file_id="earlier")
    telegram.next.append(refused(NOT_MODIFIED))
    await post.deliver(outcome(review.review_id))
    review = await post.again(review)
    assert review.answered_ms is not None
    assert (review.undelivered, review.chart_file_id) == (None, "earlier")
    assert len(telegram.calls) == 1


async def test_a_customer_who_blocked_the_bot_gets_no_answer_and_the_moderators_a_card(
    post: Post, telegram: Telegram
) -> None:
    review = await post.accepted()
    telegram.next.append(blocked)
    async with running(post.desk.run()):
        await asyncio.sleep(0)
        await post.deliver(outcome(review.review_id))

        async def carded() -> bool:
            return (await post.again(review)).carded_ms is not None

        await eventually(carded, within_s=5)
    review = await post.again(review)
    assert review.undelivered == "Forbidden: bot was blocked by the user"
    edit, card = telegram.calls
    assert isinstance(card, SendPhoto)
    assert (card.chat_id, isinstance(edit, EditMessageMedia)) == (-5, True)


async def test_an_answer_that_the_network_lost_is_given_later_and_holds_up_nothing(
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


async def test_a_repeated_outcome_is_answered_once(post: Post, telegram: Telegram) -> None:
    review = await post.accepted()
    told = outcome(review.review_id)
    await post.deliver(told, told)
    await post.deliver(told, outcome(review.review_id, (5,)))
    assert len(telegram.calls) == 1


async def test_two_who_answer_at_once_give_one_answer(post: Post, telegram: Telegram) -> None:
    review = await post.accepted()
    await post.reviews.record(review.number, outcome(review.review_id), 5)
    await asyncio.gather(*(post.answers.answer(review.number) for _ in range(10)))
    await post.answers.answer(review.number)
    assert len(telegram.calls) == 1


async def test_a_chart_that_belongs_to_another_outcome_is_not_shown(
    post: Post, telegram: Telegram
) -> None:
    review = await post.accepted()
    await post.reviews.record(review.number, outcome(review.review_id, (3,)), 5)
    await post.deliver(outcome(review.review_id, (5,)), chart=b"the chart of class 5")
    [edit] = telegram.said(EditMessageMedia)
    assert picture_of(edit) == b"draw_answer ru"
    assert TAXONOMY.title(3, "ru") in edit.media.caption
    assert TAXONOMY.title(5, "ru") not in edit.media.caption


async def test_a_deleted_receipt_is_followed_by_one_new_message(
    post: Post, telegram: Telegram
) -> None:
    review = await post.accepted(new(accepted_ms=now_ms() - RING_AFTER_MS - 1))
    telegram.next.append(refused(NOT_FOUND))
    await post.deliver(outcome(review.review_id))
    edit, photo = telegram.calls
    assert isinstance(edit, EditMessageMedia)
    assert isinstance(photo, SendPhoto)
    review = await post.again(review)
    assert (photo.chat_id, photo.caption) == (review.chat_id, caption(review))
    assert photo.reply_markup is not None
    assert review.chart_file_id == "large-2"
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


async def test_an_edit_that_telegram_refuses_for_good_is_given_up_with_the_reason(
    post: Post, telegram: Telegram
) -> None:
    review = await post.accepted()
    telegram.next.append(refused("Bad Request: message can't be edited"))
    await post.deliver(outcome(review.review_id))
    assert (await post.again(review)).undelivered == "Bad Request: message can't be edited"
    assert len(telegram.calls) == 1


async def test_a_late_answer_rings_once_in_reply_to_itself(post: Post, telegram: Telegram) -> None:
    review = await post.accepted(new(accepted_ms=now_ms() - RING_AFTER_MS - 1))
    told = outcome(review.review_id)
    await post.deliver(told, told)
    edit, bell = telegram.calls
    assert isinstance(edit, EditMessageMedia)
    assert isinstance(bell, SendMessage)
    assert bell.text == TEXTS["ru"]("answer-late", number=str(review.number))
    assert bell.reply_parameters is not None
    assert bell.reply_parameters.message_id == review.message_id


async def test_a_bell_that_does_not_ring_changes_nothing(post: Post, telegram: Telegram) -> None:
    review = await post.accepted(new(accepted_ms=now_ms() - RING_AFTER_MS - 1))
    telegram.next.extend([yes, cut_off])
    await post.deliver(outcome(review.review_id))
    assert (await post.again(review)).answered_ms is not None
    await post.answers.answer(review.number)
    assert len(telegram.said(SendMessage)) == 1


async def test_an_answer_in_time_does_not_ring(post: Post, telegram: Telegram) -> None:
    review = await post.accepted(new(accepted_ms=now_ms() - RING_AFTER_MS + 20_000))
    await post.deliver(outcome(review.review_id))
    assert telegram.said(SendMessage) == []


async def test_an_outcome_of_no_review_is_settled(post: Post, telegram: Telegram) -> None:
    await post.deliver(outcome(uuid4()))
    assert telegram.calls == []


async def test_a_failed_outcome_says_that_a_person_will_read(
    post: Post, telegram: Telegram
) -> None:
    review = await post.accepted()
    await post.deliver(failed(review.review_id), chart=b"")
    [edit] = telegram.calls
    assert isinstance(edit, EditMessageText)
    assert edit.text == caption(review)
    assert edit.reply_markup is None
    assert (await post.again(review)).answered_ms is not None


async def test_an_outcome_of_other_classes_is_not_shown(post: Post, telegram: Telegram) -> None:
    """A worker with another file of classes: its chart would say what the words do not."""
    few, foreign = await post.accepted(), await post.accepted()
    told = outcome(foreign.review_id)
    assert told.decision is not None
    unknown = replace(told.decision, classes=(999,))
    await post.deliver(
        outcome(few.review_id, probabilities=(0.5, 0.5)),
        told.model_copy(update={"decision": unknown}),
    )
    assert [type(call) for call in telegram.calls] == [EditMessageText] * 2
    for review in (few, foreign):
        known = (await post.again(review)).answer
        assert known is not None
        assert "are not those of the bot" in (known.error or "")


async def test_a_chart_that_cannot_be_drawn_holds_up_no_other_outcome(
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


async def test_an_outcome_that_could_not_be_archived_stays_until_it_is(
    bot: Bot, sqlite_engine: AsyncEngine, fake_connections: Connections, telegram: Telegram
) -> None:
    reviews = Locked(sqlite_engine, SEAL)
    post = Post(bot, reviews, fake_connections)
    review = await post.accepted()
    await post.deliver(outcome(review.review_id))
    assert reviews.times == -1
    assert (await post.again(review)).answered_ms is not None
    assert len(telegram.calls) == 1


async def test_one_slow_customer_holds_up_no_other(post: Post, telegram: Telegram) -> None:
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
