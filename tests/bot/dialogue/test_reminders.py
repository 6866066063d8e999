"""Moderators are reminded once of reviews that wait too long, in one message."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from aiogram import Bot
from aiogram.methods import SendMessage
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.archive.case_store import CaseStore
from bot.archive.desk_records import Case, CaseEvent
from bot.archive.groups import Groups
from bot.archive.reviews import Reviews
from bot.archive.waiting_cases import WaitingCases
from bot.desk.cases import Act, decide
from bot.desk.moderators_group import ModeratorsGroup
from bot.dialogue.group_post import GroupPost
from bot.dialogue.reminders import Reminders
from bot.schedule.office_hours import parse_office_hours
from tests.bot.fake_telegram import Telegram
from tests.bot.group import GROUP, not_counted, set_group
from tests.bot.samples import SEAL, TEXTS, new
from triage.taxonomy import RatingScale

OFFICE = parse_office_hours("Mon-Fri 09:00-18:00", ZoneInfo("UTC"))

MONDAY = datetime(2026, 11, 30, 9, tzinfo=UTC)


def ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


class Clock:
    """The time that the reminders see."""

    def __init__(self) -> None:
        self.now = MONDAY

    def ms(self) -> int:
        """Return milliseconds since the epoch."""
        return ms(self.now)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("bot.dialogue.reminders.now_ms", clock.ms)
    return clock


@pytest.fixture
def reminders(bot: Bot, archive: Reviews, engine: AsyncEngine) -> Reminders:
    post = GroupPost(bot, set_group(), not_counted, paced=False)
    return Reminders(
        WaitingCases(engine), post, OFFICE, RatingScale(lowest=0, highest=6), TEXTS["ru"]
    )


async def shown(archive: Reviews, rating: int | None, accepted: datetime = MONDAY) -> int:
    """Accept a review, show its card, and return its number."""
    review = await archive.accept(new(rating=rating, accepted_ms=ms(accepted)))
    where = {"chat_id": GROUP, "message_id": review.number, "now_ms": 1}
    await archive.record_card([review.number], digest=False, **where)
    return review.number


def said(telegram: Telegram) -> list[str]:
    return [call.text for call in telegram.said(SendMessage)]


async def test_the_lowest_third_is_due_after_four_office_hours_and_the_middle_after_24(
    reminders: Reminders, archive: Reviews, clock: Clock, telegram: Telegram
) -> None:
    for rating in (*range(7), None):
        await shown(archive, rating)
    came = {}
    for hours in (3, 4, 5, 53, 54, 240):  # 24 office hours are over on Wednesday at 15:00
        clock.now = MONDAY + timedelta(hours=hours)
        await reminders.round()
        came[hours] = said(telegram)
        telegram.calls.clear()
    assert {hours: texts for hours, texts in came.items() if texts} == {
        4: ["2 отзыва слишком долго ждут ответа: /r1 /r2"],
        54: ["3 отзыва слишком долго ждут ответа: /r3 /r4 /r8"],
    }


async def test_a_round_starts_once_a_minute_of_the_bot_s_clock(
    reminders: Reminders, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = []

    async def start(_: Reminders) -> None:
        started.append((clock.now - MONDAY).seconds)

    monkeypatch.setattr(Reminders, "round", start)
    for seconds in (0, 1, 59, 60, 61, 30, 31):  # the clock is set back once
        clock.now = MONDAY + timedelta(seconds=seconds)
        await reminders._look()
    assert started == [0, 60, 30]


async def change(store: CaseStore, number: int, act: Act) -> None:
    before = await store.case(number)
    after = decide(before, act, 7, 1)
    assert isinstance(after, Case)
    await store.change(before, after, CaseEvent(act, f"{act}:{number}", 1, 7))


@pytest.mark.parametrize(
    ("act", "count"),
    [(Act.REPLY, 0), (Act.CLOSE, 0), (Act.SPAM, 0), (Act.TAKE, 1), (Act.CUSTOMER_SPOKE, 1)],
)
async def test_only_cases_that_wait_for_a_first_reply_get_a_reminder(
    act: Act,
    count: int,
    reminders: Reminders,
    archive: Reviews,
    engine: AsyncEngine,
    clock: Clock,
    telegram: Telegram,
) -> None:
    await change(CaseStore(engine, SEAL), await shown(archive, 0), act)
    clock.now = MONDAY + timedelta(hours=8)
    await reminders.round()
    assert len(said(telegram)) == count


async def test_reviews_that_are_weeks_old_or_have_no_card_get_no_reminder(
    reminders: Reminders, archive: Reviews, clock: Clock, telegram: Telegram
) -> None:
    await shown(archive, 0, MONDAY - timedelta(days=15))
    await archive.accept(new(rating=0, accepted_ms=ms(MONDAY)))
    clock.now = MONDAY + timedelta(hours=8)
    await reminders.round()
    assert said(telegram) == []


async def test_many_reviews_are_listed_in_several_reminders(
    reminders: Reminders,
    archive: Reviews,
    clock: Clock,
    telegram: Telegram,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bot.dialogue.reminders.LISTED", 2)
    for _ in range(3):
        await shown(archive, 0)
    clock.now = MONDAY + timedelta(hours=8)
    for _ in range(3):
        await reminders.round()
    assert said(telegram) == [
        "2 отзыва слишком долго ждут ответа: /r1 /r2",
        "1 отзыв слишком долго ждёт ответа: /r3",
    ]


async def test_only_one_of_two_replicas_sends_a_reminder(
    engine: AsyncEngine, archive: Reviews
) -> None:
    number = await shown(archive, 0)
    waiting = WaitingCases(engine)
    assert await waiting.remind_of([number], 1)
    assert not await waiting.remind_of([number], 2)


async def test_a_reminder_is_sent_to_the_topic_of_the_cards(
    bot: Bot, archive: Reviews, engine: AsyncEngine, clock: Clock, telegram: Telegram
) -> None:
    groups = Groups(engine)
    await groups.connect(GROUP, 1, 77)
    group = ModeratorsGroup(groups, None)
    post = GroupPost(bot, group, not_counted, paced=False)
    await shown(archive, 0)
    clock.now = MONDAY + timedelta(hours=8)
    await Reminders(WaitingCases(engine), post, OFFICE, None, TEXTS["ru"]).round()
    assert [call.message_thread_id for call in telegram.said(SendMessage)] == [77]


async def test_a_review_dated_in_the_future_gets_a_reminder(
    reminders: Reminders, archive: Reviews, telegram: Telegram
) -> None:
    await shown(archive, 0, MONDAY + timedelta(days=365))
    await shown(archive, 6, MONDAY + timedelta(days=365))
    await reminders.round()
    assert said(telegram) == ["1 отзыв слишком долго ждёт ответа: /r1"]
