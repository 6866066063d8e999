"""When a panel opens in the group, and what happens when it cannot."""

from datetime import UTC, datetime
from typing import Any

import pytest
from aiogram import Bot
from aiogram.methods import AnswerCallbackQuery, DeleteMessage, SendMessage
from aiogram.types import CallbackQuery, Chat, Message, User

from bot.archive.case_store import CaseStore
from bot.archive.draft_store import DraftStore
from bot.archive.records import Review
from bot.archive.reviews import Reviews
from bot.desk.case_desk import CaseDesk
from bot.desk.group_panels import BUSY_WRITES, GroupPanels
from bot.desk.panels import Panels
from bot.handlers.card_taps import open_privately
from tests.bot.fake_telegram import Telegram, refused
from tests.bot.group import GROUP, answered
from tests.bot.samples import SEAL, TAXONOMY, TEXTS

OLGA = User(id=7, is_bot=False, first_name="Ольга")

TOO_OLD = "Bad Request: query is too old and response timeout expired or query ID is invalid"


@pytest.fixture
async def review(reviews: Reviews) -> Review:
    return await answered(reviews)


@pytest.fixture
def panels(bot: Bot, reviews: Reviews) -> Panels:
    engine = reviews._engine
    desk = CaseDesk(CaseStore(engine, SEAL), TAXONOMY)
    return Panels(bot, reviews, DraftStore(engine), desk, TAXONOMY, TEXTS["ru"])


def in_group(panels: Panels, writes: int = 0, **changes: Any) -> GroupPanels:
    async def recent_writes(_: int) -> list[float]:
        return [0.0] * writes

    return GroupPanels(panels, recent_writes, **{"is_wanted": True, **changes})


def tapped(bot: Bot, tap_id: str = "1") -> CallbackQuery:
    chat = Chat(id=GROUP, type="supergroup")
    card = Message(message_id=3, date=datetime.now(UTC), chat=chat)
    query = CallbackQuery(
        id=tap_id, from_user=OLGA, chat_instance="1", message=card, data="m:f:1:0"
    )
    return query.as_(bot)


async def test_no_second_panel_is_sent_if_the_server_shows_it_to_everybody(
    panels: Panels, review: Review, bot: Bot, telegram: Telegram
) -> None:
    group_panels = in_group(panels)
    assert not await group_panels.open(review, tapped(bot))
    [sent] = telegram.said(SendMessage)
    assert sent.ephemeral_message_parameters.receiver_user_id == OLGA.id
    [deleted] = telegram.said(DeleteMessage)
    assert deleted.chat_id == GROUP
    assert not await group_panels.open(review, tapped(bot, "2"))
    assert len(telegram.said(SendMessage)) == 1


async def test_a_refused_panel_pauses_group_panels_but_a_late_tap_does_not(
    panels: Panels, review: Review, bot: Bot, telegram: Telegram
) -> None:
    for words, is_off in ((TOO_OLD, False), ("Bad Request: USER_NOT_PARTICIPANT", True)):
        group_panels = in_group(panels)
        telegram.next.append(refused(words))
        assert not await group_panels.open(review, tapped(bot))
        assert (group_panels.not_before_s > 0) is is_off


@pytest.mark.parametrize(("writes", "changes"), [(BUSY_WRITES + 1, {}), (0, {"is_wanted": False})])
async def test_no_panel_is_sent_to_a_busy_group_or_if_group_panels_are_off(
    writes: int,
    changes: dict[str, Any],
    panels: Panels,
    review: Review,
    bot: Bot,
    telegram: Telegram,
) -> None:
    group_panels = in_group(panels, writes, **changes)
    assert not await group_panels.open(review, tapped(bot))
    assert telegram.calls == []


async def test_after_a_late_tap_the_panel_is_sent_to_the_private_chat(
    panels: Panels, review: Review, bot: Bot, telegram: Telegram
) -> None:
    telegram.next.extend([lambda _: None, refused(TOO_OLD)])
    await open_privately(tapped(bot), review, panels)
    [answer] = telegram.said(AnswerCallbackQuery)
    assert answer.url.endswith(f"?start=c{review.number}")
    [panel] = telegram.said(SendMessage)
    assert panel.chat_id == OLGA.id


async def test_a_late_tap_of_a_person_who_never_started_the_bot_changes_nothing(
    panels: Panels, review: Review, bot: Bot, telegram: Telegram
) -> None:
    telegram.next.extend([lambda _: None, refused(TOO_OLD), refused("Bad Request: chat not found")])
    await open_privately(tapped(bot), review, panels)
    assert await panels.drafts.panel(OLGA.id, review.number) is None
