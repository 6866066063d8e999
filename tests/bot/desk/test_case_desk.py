"""Moderators settle on classes, on SQLite and on PostgreSQL."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from aiogram import Bot
from aiogram.methods import EditMessageText
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.archive.case_store import CaseStore
from bot.archive.desk_records import PanelPlace
from bot.archive.draft_store import DraftStore
from bot.archive.records import Review
from bot.archive.reviews import Reviews
from bot.desk.case_desk import Acted, CaseDesk, Doer, Overtaken, Repeated
from bot.desk.case_view import CaseView
from bot.desk.cases import Act
from bot.desk.desk_taps import DeskButton
from bot.desk.desk_toasts import desk_toast
from bot.desk.panels import Panels
from tests.bot.fake_telegram import Telegram, blocked
from tests.bot.samples import NEW, SEAL, TAXONOMY, TEXTS

OLGA, BORIS = 7, 8

RACES = 5


@pytest.fixture
def panels(engine: AsyncEngine, archive: Reviews) -> Panels:
    bot = Bot("123456:TEST", session=Telegram())
    desk = CaseDesk(CaseStore(engine, SEAL), TAXONOMY)
    return Panels(bot, archive, DraftStore(engine), desk, TAXONOMY, TEXTS["ru"])


@pytest.fixture
async def review(archive: Reviews) -> Review:
    return await archive.accept(NEW)


async def said(panels: Panels, review: Review) -> list[tuple[int, tuple[int, ...]]]:
    labels = await panels.desk.labels(review.number)
    return [(label.content.by_id, label.content.classes) for label in labels]


async def test_a_draft_saved_by_timeout_and_by_done_at_the_same_time_is_one_label(
    panels: Panels, review: Review
) -> None:
    for race in range(RACES):
        draft = replace(await panels.draft(review, OLGA), classes=(race, 9), touched_ms=race)
        await panels.drafts.keep(draft)
        ends = await asyncio.gather(
            *(panels.settle(review, draft, f"{source}:{race}") for source in ("tap", "draft"))
        )
        assert sorted(type(end).__name__ for end in ends) == ["Acted", "Repeated"]
        assert await panels.drafts.draft(review.number, OLGA) is None
    assert await said(panels, review) == [(OLGA, (race, 9)) for race in range(RACES)]


async def test_the_panel_of_a_moderator_who_blocked_the_bot_stops_no_other_work(
    panels: Panels, review: Review
) -> None:
    telegram: Any = panels.bot.session
    telegram.refusing[OLGA] = blocked
    draft = replace(await panels.draft(review, OLGA), classes=(1,))
    await panels.settle(review, draft, "draft:1")
    await panels.show_saved(review, OLGA, PanelPlace(OLGA, 20))
    assert [call.message_id for call in telegram.said(EditMessageText)] == [20]


async def test_a_draft_equal_to_the_current_label_is_dropped(
    panels: Panels, review: Review
) -> None:
    await panels.desk.settle(review, (5, 3), Doer(OLGA, "tap:1", 10))
    draft = replace(await panels.draft(review, OLGA), classes=(3, 5), touched_ms=20)
    await panels.drafts.keep(draft)
    assert isinstance(await panels.settle(review, draft, "draft:1"), Repeated)
    assert await panels.drafts.draft(review.number, OLGA) is None
    assert await said(panels, review) == [(OLGA, (5, 3))]


@pytest.mark.parametrize("said_before", [False, True])
async def test_a_change_made_while_a_draft_is_saved_automatically_is_not_lost(
    said_before: bool, panels: Panels, review: Review
) -> None:
    if said_before:
        await panels.desk.settle(review, (3,), Doer(OLGA, "tap:1", 10))
    old = replace(await panels.draft(review, OLGA), classes=(3,), touched_ms=20)
    await panels.drafts.keep(replace(old, classes=(3, 8), touched_ms=30))
    await panels.settle(review, old, "draft:1")
    kept = await panels.drafts.draft(review.number, OLGA)
    assert kept is not None
    assert kept.classes == (3, 8)
    assert await said(panels, review) == [(OLGA, (3,))]


async def test_the_same_classes_can_be_chosen_by_another_person_or_after_an_undo(
    panels: Panels, review: Review
) -> None:
    desk = panels.desk
    await desk.settle(review, (3,), Doer(OLGA, "tap:1", 10))
    assert isinstance(await desk.settle(review, (3,), Doer(BORIS, "tap:2", 11)), Acted)
    assert isinstance(await desk.undo(review, Doer(OLGA, "tap:3", 12)), Acted)
    assert isinstance(await desk.settle(review, (3,), Doer(OLGA, "tap:4", 13)), Acted)
    assert [by_id for by_id, _ in await said(panels, review)] == [OLGA, BORIS, OLGA, OLGA]


@pytest.mark.parametrize(
    ("acts", "button", "toast"),
    [
        ([(Act.TAKE, OLGA)], "close", "Вас опередили (Ольга). Сейчас: в работе"),
        ([(Act.TAKE, OLGA), (Act.CLOSE, OLGA)], "close", "Вас опередили (Ольга). Сейчас: закрыт"),
        (
            [(Act.TAKE, OLGA), (Act.CUSTOMER_SPOKE, None)],
            "close",
            "Карточка устарела. Сейчас: автор ждёт ответа",
        ),
        ([(Act.CLOSE, BORIS), (Act.SOLVED, None)], "close", "Карточка устарела. Сейчас: закрыт"),
        ([(Act.TAKE, OLGA), (Act.CLOSE, BORIS)], "close", "Карточка устарела. Сейчас: закрыт"),
        ([(Act.CUSTOMER_SPOKE, None), (Act.TAKE, BORIS)], "take", "Он уже ваш."),
        ([(Act.TAKE, OLGA)], "take", "Этим уже занимается Ольга, 0 мин."),
    ],
)
async def test_an_outdated_tap_names_only_a_moderator_who_made_the_last_change(
    acts: list[tuple[Act, int | None]], button: str, toast: str, panels: Panels, review: Review
) -> None:
    for at, (act, who) in enumerate(acts):
        await panels.desk.act(review.number, act, Doer(who, f"act:{at}", 10))
    tapped = DeskButton[button.upper()]
    result = await panels.desk.act(review.number, Act(button), Doer(BORIS, "tap:1", 20, seen=0))
    assert isinstance(result, Overtaken)
    view = CaseView(result.case, names={OLGA: "Ольга", BORIS: "Борис"})
    assert desk_toast(result, tapped, view, 20, TEXTS["ru"]) == toast
