import asyncio
from collections.abc import Sequence
from functools import partial

import pytest
from aiogram import Bot
from aiogram.exceptions import TelegramAPIError, TelegramMigrateToChat, TelegramNetworkError
from aiogram.methods import DeleteMessage, SendMessage, SendPhoto, TelegramMethod
from aiogram.types import BufferedInputFile
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.archive.belongings import Belongings
from bot.archive.reviews import Reviews
from bot.archive.tables import cards
from bot.archive.values import Review
from bot.desk import Desk
from bot.pacing import CARDS_A_WINDOW
from bot.pictures import Pictures
from tests.bot.eventually import eventually, running
from tests.bot.painter import Painter
from tests.bot.samples import SEAL, TAXONOMY, TEXTS, failed, new, outcome
from tests.bot.telegram import Telegram, refused

GROUP, SUPERGROUP = -5, -1005


@pytest.fixture(autouse=True)
def _no_long_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.desk.RETRY_S", 0.01)


@pytest.fixture
def painter() -> Painter:
    return Painter()


@pytest.fixture
def desk(bot: Bot, reviews: Reviews, painter: Painter) -> Desk:
    return desk_of(bot, reviews, painter)


def desk_of(bot: Bot, reviews: Reviews, painter: Painter, *, paced: bool = True) -> Desk:
    pictures = Pictures(painter, TAXONOMY)  # type: ignore[arg-type]
    say = TEXTS["ru"]
    return Desk(bot, reviews, pictures, TAXONOMY, say, chat_id=GROUP, paced=paced)


async def answered(reviews: Reviews, file_id: str | None = "chart", **changes: object) -> Review:
    review = await reviews.accept(new(**changes))
    await reviews.record(review.number, outcome(review.review_id), 5)
    await reviews.answered(review.number, 6, file_id)
    found = await reviews.by_number(review.number)
    assert found is not None
    return found


async def all_shown(desk: Desk, reviews: Reviews) -> None:
    """Let the desk work until nothing waits for it."""

    async def none_left() -> bool:
        return await reviews.count_uncarded() == 0

    async with running(desk.run()):
        await eventually(none_left)


async def test_a_card_shows_the_picture_that_telegram_has_already(
    desk: Desk, reviews: Reviews, telegram: Telegram, painter: Painter
) -> None:
    review = await answered(reviews, "chart-of-the-answer")
    await all_shown(desk, reviews)
    [photo] = telegram.calls
    assert isinstance(photo, SendPhoto)
    assert (photo.chat_id, photo.photo) == (GROUP, "chart-of-the-answer")
    assert review.text in (photo.caption or "")
    assert photo.parse_mode is None
    assert painter.drawn == []


async def test_a_picture_that_telegram_has_not_is_drawn_in_the_groups_language(
    desk: Desk, reviews: Reviews, telegram: Telegram, painter: Painter
) -> None:
    await answered(reviews, None, language="en")
    await all_shown(desk, reviews)
    [photo] = telegram.said(SendPhoto)
    assert isinstance(photo.photo, BufferedInputFile)
    assert painter.drawn == ["draw_answer ru"]


async def test_a_review_that_no_model_could_read_is_a_card_without_picture(
    desk: Desk, reviews: Reviews, telegram: Telegram
) -> None:
    review = await reviews.accept(new())
    await reviews.record(review.number, failed(review.review_id), 5)
    await reviews.gave_up(review.number, 6, "blocked")
    await all_shown(desk, reviews)
    [card] = telegram.calls
    assert isinstance(card, SendMessage)
    assert review.text in card.text


async def test_a_picture_that_telegram_refuses_costs_only_the_picture(
    desk: Desk, reviews: Reviews, telegram: Telegram
) -> None:
    review = await answered(reviews)
    telegram.next.append(refused("Bad Request: wrong file identifier/HTTP URL specified"))
    await all_shown(desk, reviews)
    photo, card = telegram.calls
    assert isinstance(photo, SendPhoto)
    assert isinstance(card, SendMessage)
    assert card.text == photo.caption
    assert review.text in card.text


def moved(method: TelegramMethod[object]) -> TelegramAPIError:
    return TelegramMigrateToChat(method, "group migrated", migrate_to_chat_id=SUPERGROUP)


async def test_a_group_that_has_moved_is_followed(
    desk: Desk, reviews: Reviews, telegram: Telegram, sqlite_engine: AsyncEngine
) -> None:
    await answered(reviews)
    telegram.next.append(moved)
    await all_shown(desk, reviews)
    assert [call.chat_id for call in telegram.said(SendPhoto)] == [GROUP, SUPERGROUP]
    assert desk.chat_id == SUPERGROUP
    async with sqlite_engine.connect() as connection:
        assert (await connection.scalars(select(cards.c.chat_id))).all() == [SUPERGROUP]


def cut_off(method: TelegramMethod[object]) -> TelegramAPIError:
    return TelegramNetworkError(method, "Request timeout error")


async def test_a_card_that_was_not_sent_is_not_counted_as_shown_and_goes_later(
    desk: Desk, reviews: Reviews, telegram: Telegram
) -> None:
    waiting: list[int] = []

    def fail(method: TelegramMethod[object]) -> TelegramAPIError:
        waiting.append(len(telegram.calls))
        return cut_off(method)

    review = await answered(reviews)
    telegram.next.extend([fail, fail])
    with pytest.raises(TelegramNetworkError):
        await desk.show(review)
    assert [r.number for r in await reviews.uncarded(9)] == [review.number]
    await all_shown(desk, reviews)
    assert waiting == [1, 2]
    assert len(telegram.said(SendPhoto)) == 3


async def test_a_group_that_threw_the_bot_out_is_tried_again(
    desk: Desk, reviews: Reviews, telegram: Telegram
) -> None:
    await answered(reviews)
    telegram.next.extend([refused("Bad Request: chat not found")] * 4)
    await all_shown(desk, reviews)
    assert len(telegram.calls) == 5


async def test_a_few_reviews_are_a_card_each_in_the_order_of_their_numbers(
    desk: Desk, reviews: Reviews, telegram: Telegram
) -> None:
    sent = [await answered(reviews, f"chart-{n}") for n in range(3)]
    await all_shown(desk, reviews)
    photos = telegram.said(SendPhoto)
    assert [photo.photo for photo in photos] == ["chart-0", "chart-1", "chart-2"]
    for review, photo in zip(sent, photos, strict=True):
        assert photo.caption.startswith(f"№ {review.number} ")


def listed(digests: Sequence[SendMessage]) -> list[int]:
    lines = [line for digest in digests for line in digest.text.splitlines()]
    return [int(line.split()[0][2:]) for line in lines if line.startswith("/r")]


async def test_many_reviews_at_once_are_digests_in_which_each_stands_once(
    desk: Desk, reviews: Reviews, telegram: Telegram
) -> None:
    sent = [await answered(reviews) for _ in range(50)]
    await all_shown(desk, reviews)
    digests = telegram.said(SendMessage)
    assert listed(digests) == [review.number for review in sent[: len(listed(digests))]]
    photos = telegram.said(SendPhoto)
    assert len(listed(digests)) + len(photos) == 50
    assert [len(listed([digest])) for digest in digests] == [20, 20]


async def test_the_groups_pace_is_kept(desk: Desk, reviews: Reviews, telegram: Telegram) -> None:
    for _ in range(CARDS_A_WINDOW):
        await answered(reviews)
    await all_shown(desk, reviews)
    assert len(telegram.said(SendPhoto)) == CARDS_A_WINDOW
    late = await answered(reviews)
    async with running(desk.run()):
        desk.wake()
        with pytest.raises(TimeoutError):
            await eventually(lambda: has_card(reviews, late), within_s=0.3)
    assert len(telegram.calls) == CARDS_A_WINDOW


async def has_card(reviews: Reviews, review: Review) -> bool:
    found = await reviews.by_number(review.number)
    return found is not None and found.carded_ms is not None


async def test_what_moderators_ask_for_is_shown_beyond_the_pace_and_counts(
    desk: Desk, reviews: Reviews, telegram: Telegram
) -> None:
    review = await answered(reviews)
    for _ in range(CARDS_A_WINDOW + 2):
        await desk.show(review)
    assert len(telegram.said(SendPhoto)) == CARDS_A_WINDOW + 2
    waiting = await answered(reviews)
    async with running(desk.run()):
        with pytest.raises(TimeoutError):
            await eventually(lambda: has_card(reviews, waiting), within_s=0.3)


async def test_without_a_pace_every_review_is_a_card(
    bot: Bot, reviews: Reviews, telegram: Telegram, painter: Painter
) -> None:
    desk = desk_of(bot, reviews, painter, paced=False)
    for _ in range(30):
        await answered(reviews)
    await all_shown(desk, reviews)
    assert len(telegram.said(SendPhoto)) == 30


async def test_a_desk_that_waits_is_woken(desk: Desk, reviews: Reviews, telegram: Telegram) -> None:
    async with running(desk.run()):
        for _ in range(3):
            review = await answered(reviews)
            desk.wake()
            await eventually(partial(has_card, reviews, review), within_s=5)
    assert len(telegram.calls) == 3


async def test_a_card_whose_review_was_erased_on_its_way_is_deleted(
    desk: Desk, reviews: Reviews, telegram: Telegram, sqlite_engine: AsyncEngine
) -> None:
    for user_id in range(20):
        await answered(reviews, user_id=user_id)
    arrives = telegram.slow[GROUP] = asyncio.Event()

    async def sending() -> bool:
        return len(telegram.calls) == 1

    async with running(desk.run()):
        await eventually(sending)
        await Belongings(sqlite_engine).erase(user_id=7)
        arrives.set()

        async def none_left() -> bool:
            return await reviews.count_uncarded() == 0

        await eventually(none_left)
    [erased] = telegram.said(DeleteMessage)
    assert erased.chat_id == GROUP
    digests = telegram.said(SendMessage)
    assert [len(listed([digest])) for digest in digests] == [20, 19]
    assert erased.message_id == 1001
    assert "/r8 " in digests[0].text
    assert "/r8 " not in digests[1].text


class OpenedMeanwhile(Reviews):
    """An archive in which the review that waits is opened just before it is taken."""

    races = 0

    async def uncarded(self, limit: int) -> list[Review]:
        found = await super().uncarded(limit)
        if self.races < 2:
            self.races += 1
            return []
        return found


@pytest.mark.parametrize("waiting", [1, 20])
async def test_a_review_that_a_moderator_opens_first_stops_nothing(
    bot: Bot, sqlite_engine: AsyncEngine, telegram: Telegram, painter: Painter, waiting: int
) -> None:
    reviews = OpenedMeanwhile(sqlite_engine, SEAL)
    for _ in range(waiting):
        await answered(reviews)
    await all_shown(desk_of(bot, reviews, painter), reviews)
    assert reviews.races == 2
    assert len(telegram.calls) == 1


class Locked(Reviews):
    """An archive that another process holds for a while."""

    times = 3

    async def count_uncarded(self) -> int:
        self.times -= 1
        if self.times >= 0:
            raise OperationalError("SELECT", {}, Exception("database is locked"))
        return await super().count_uncarded()


async def test_an_archive_that_fails_for_a_while_stops_nothing(
    bot: Bot, sqlite_engine: AsyncEngine, telegram: Telegram, painter: Painter
) -> None:
    reviews = Locked(sqlite_engine, SEAL)
    await answered(reviews)
    desk = desk_of(bot, reviews, painter)
    async with running(desk.run()):
        await eventually(lambda: _one(telegram))


async def _one(telegram: Telegram) -> bool:
    return len(telegram.calls) == 1


async def test_drawing_that_fails_for_a_while_stops_nothing(
    desk: Desk, reviews: Reviews, telegram: Telegram, painter: Painter
) -> None:
    review = await answered(reviews, None)
    painter.broken = True
    async with running(desk.run()):
        with pytest.raises(TimeoutError):
            await eventually(lambda: has_card(reviews, review), within_s=0.1)
        painter.broken = False
        await eventually(lambda: has_card(reviews, review))
    assert len(telegram.said(SendPhoto)) == 1
