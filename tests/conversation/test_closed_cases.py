"""Whose turn a case is, how a dialogue ends, and what reopens it."""

import asyncio
import json

import pytest

from bot.archive.case_store import CaseStore
from bot.archive.desk_records import CaseState
from bot.desk.cases import Act
from sandbox.telegram.message import ChatMessage
from tests.conversation.conftest import TWO_LOOKS_S, Comes
from tests.conversation.two_sides import Desk, act, is_in, said_by_bot

pytestmark = pytest.mark.redis

WORDS = "Вернём деньги."


@pytest.fixture
async def closed(desk: Desk, cases: CaseStore, monkeypatch: pytest.MonkeyPatch) -> ChatMessage:
    """Return the question that follows the closing of a case with a dialogue."""
    monkeypatch.setattr("bot.dialogue.closings.GRACE_MS", 0)
    await desk.reply_of(WORDS, await desk.card())
    await is_in(cases, 1, CaseState.WAITING_CUSTOMER)
    await act(cases, 1, Act.CLOSE)
    return await desk.customer.sees_text("Отзыв № 1 закрыт. Вопрос решён?")


async def test_a_case_waits_for_the_customer_after_a_reply_and_then_for_the_team(
    desk: Desk, cases: CaseStore
) -> None:
    await desk.reply_of(WORDS, await desk.card())
    waits = await is_in(cases, 1, CaseState.WAITING_CUSTOMER)
    assert (waits.owner_id, waits.version) == (desk.moderator.user.user_id, 1)
    assert waits.first_reply_ms is not None
    await desk.customer.taps("Ответить")
    await desk.customer.says("Спасибо")
    await is_in(cases, 1, CaseState.WAITING_TEAM)


async def test_editing_a_reply_does_not_change_the_case(desk: Desk, cases: CaseStore) -> None:
    card = await desk.card()
    written = await desk.moderator.says(WORDS, reply_to=card)
    await desk.moderator.sees_text("✓")
    await desk.moderator.edits(written, "Вернём сегодня.")
    await desk.moderator.sees_text("с правкой")
    assert (await cases.case(1)).version == 1


async def test_the_customer_is_asked_once_about_a_closed_case(
    desk: Desk, closed: ChatMessage
) -> None:
    assert [button.text for button in closed.buttons] == ["Решено", "Не решено"]
    await asyncio.sleep(TWO_LOOKS_S)
    assert len(said_by_bot(desk.customer, "Вопрос решён?")) == 1


async def test_the_answer_solved_is_stored_and_acknowledged(
    desk: Desk, closed: ChatMessage, cases: CaseStore
) -> None:
    await desk.customer.taps("Решено")
    thanks = await desk.customer.sees_text("Вы ответили: решено. Спасибо!")
    assert thanks.message_id == closed.message_id
    assert not list(thanks.buttons)
    case = await cases.case(1)
    assert (case.state, case.solved) == (CaseState.CLOSED, True)
    await desk.moderator.sees_text("📁 Закрыт · ✅ автор подтвердил, что вопрос решён")

    await desk.customer.says("/mydata")
    file = await desk.customer.sees(lambda m: m.media is not None and m.media.kind == "document")
    stored = desk.customer.world.files.find(file.media.file_id if file.media else "")
    assert stored is not None
    assert len(json.loads(stored.data)["reviews"][0]["you_said_it_is_solved"]) == 1


async def test_not_solved_reopens_the_case_and_the_next_message_is_passed_on(
    desk: Desk, closed: ChatMessage, cases: CaseStore
) -> None:
    data = [button.data or "" for button in closed.buttons][1]
    taps = [desk.customer.taps_stale(closed, data) for _ in range(2)]
    for tap in taps:
        await desk.customer.gets_answer(tap)
    await desk.moderator.sees_text("Автор отзыва № 1 ответил: не решено")
    reopened = await is_in(cases, 1, CaseState.WAITING_TEAM)
    assert (reopened.reopened, reopened.solved) == (1, False)
    await desk.customer.says("Денег всё ещё нет")
    await desk.moderator.sees_text("Денег всё ещё нет")
    assert len(said_by_bot(desk.moderator, "не решено")) == 1


async def test_a_customer_s_message_reopens_a_closed_case(
    desk: Desk, closed: ChatMessage, cases: CaseStore
) -> None:
    copy = await desk.delivered(WORDS)
    await desk.customer.says("Подождите", reply_to=copy)
    assert (await is_in(cases, 1, CaseState.WAITING_TEAM)).reopened == 1


async def test_after_the_closing_plain_text_starts_a_review(
    desk: Desk, closed: ChatMessage
) -> None:
    await desk.customer.says("Теперь о другом")
    await desk.customer.sees_text("Текст сохранён. Какую оценку поставите")


async def test_the_customer_is_asked_again_if_the_case_is_closed_again(
    desk: Desk, closed: ChatMessage, cases: CaseStore
) -> None:
    await act(cases, 1, Act.REOPEN)
    await act(cases, 1, Act.CLOSE)
    await desk.customer.sees(lambda _: len(said_by_bot(desk.customer, "Вопрос решён?")) == 2)


async def test_closing_a_case_without_a_dialogue_sends_nothing_to_the_customer(
    desk: Desk, cases: CaseStore, someone: Comes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.dialogue.closings.GRACE_MS", 0)
    await desk.card()
    await act(cases, 1, Act.CLOSE)
    other = someone("ru")
    card = await desk.card("Второй отзыв", other)
    await desk.moderator.says(WORDS, reply_to=card)
    await desk.moderator.sees_text("✓")
    await is_in(cases, 2, CaseState.WAITING_CUSTOMER)
    await act(cases, 2, Act.CLOSE)
    await other.sees_text("Отзыв № 2 закрыт")
    assert not said_by_bot(desk.customer, "закрыт")


async def test_the_customer_is_not_asked_about_a_closing_that_was_quickly_undone(
    desk: Desk, cases: CaseStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.reply_of(WORDS, await desk.card())
    await is_in(cases, 1, CaseState.WAITING_CUSTOMER)
    await act(cases, 1, Act.CLOSE)
    await asyncio.sleep(TWO_LOOKS_S)
    await act(cases, 1, Act.REOPEN)
    monkeypatch.setattr("bot.dialogue.closings.GRACE_MS", 0)
    await asyncio.sleep(TWO_LOOKS_S)
    assert not said_by_bot(desk.customer, "закрыт")
