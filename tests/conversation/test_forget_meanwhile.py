"""What is written about a review while it is being erased is no part of its dialogue any more."""

import asyncio
from typing import Any

import pytest

from bot.archive.dialogue_records import DialogueMessage
from bot.dialogue.answer_bringer import AnswerBringer
from bot.dialogue.group_post import GroupPost
from bot.form.screens import Screen
from bot.privacy.private_erasure import PrivateErasure
from sandbox.simulated_people import Customer
from sandbox.telegram.message import ChatMessage
from tests.conversation.conftest import TWO_LOOKS_S, Gate, Stored
from tests.conversation.dialogue import sends
from tests.conversation.two_sides import Desk

pytestmark = pytest.mark.redis

DONE, ANSWER, LATER = "всё удалено", "Улица Главная", "Хлеб был чёрствый"


async def asks_to_erase(customer: Customer) -> None:
    await customer.says("/forget")
    await customer.taps("x:1")
    await customer.sees_text("Удаление началось")


async def answered(desk: Desk) -> ChatMessage:
    """Let the team reply and the customer answer; return the reply at the customer."""
    copy, _ = await desk.reply_of("Где это было?", await desk.card())
    await desk.customer.says(ANSWER, reply_to=copy)
    await desk.moderator.sees_text(ANSWER)
    return copy


async def test_text_written_during_an_erasure_is_a_review_and_not_an_answer(
    gate: Gate, desk: Desk, stored: Stored
) -> None:
    copy = await answered(desk)
    await asks_to_erase(desk.customer)
    await desk.customer.says(LATER)
    await desk.customer.sees_text("Текст сохранён")
    await desk.customer.says(LATER, reply_to=copy)
    await sends(desk.customer, LATER)
    gate.opened.set()
    await desk.customer.sees_text(DONE)

    assert not [m for m in desk.moderator.messages if LATER in m.text]
    [review] = await stored(desk.customer.user.user_id)
    assert set(review.text.splitlines()) == {LATER}


async def test_a_tap_on_reply_during_an_erasure_says_that_the_review_is_erased(
    gate: Gate, desk: Desk
) -> None:
    copy = await answered(desk)
    [reply] = [b.data for b in copy.buttons if b.data]
    await asks_to_erase(desk.customer)
    told = await desk.customer.gets_answer(desk.customer.taps_stale(copy, reply))
    assert "удал" in told.text
    gate.opened.set()
    await desk.customer.sees_text(DONE)


class TestWithALongerHold:
    @pytest.fixture
    def hold_s(self) -> float:
        return 2.0

    async def test_a_reply_that_is_held_when_the_erasure_is_asked_for_is_not_sent(
        self, gate: Gate, desk: Desk, hold_s: float
    ) -> None:
        await desk.moderator.says("Где это было?", reply_to=await desk.card())
        await desk.moderator.sees(lambda m: m.sender.is_bot and "Где это было?" not in m.text)
        await asks_to_erase(desk.customer)
        await asyncio.sleep(hold_s + TWO_LOOKS_S)
        assert not [m for m in desk.customer.messages if "Где это было?" in m.text]
        gate.opened.set()
        await desk.customer.sees_text(DONE)


async def test_an_answer_that_is_shown_after_the_group_was_cleared_is_deleted(
    gate: Gate, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy, _ = await desk.reply_of("Где это было?", await desk.card())
    bring, clear, say = AnswerBringer._bring, PrivateErasure.clear_messages, GroupPost.say
    begun, cleared, brought = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def slow_say(self: GroupPost, chat_id: int, screen: Screen, under: Any) -> Any:
        if ANSWER in screen.text.as_kwargs()["text"]:
            begun.set()
            await cleared.wait()
        return await say(self, chat_id, screen, under)

    async def watched(self: AnswerBringer, message: DialogueMessage, chat_id: int) -> None:
        await bring(self, message, chat_id)
        brought.set()

    async def late(self: PrivateErasure, user_id: int, up_to: int) -> None:
        cleared.set()
        await brought.wait()
        await clear(self, user_id, up_to)

    monkeypatch.setattr(GroupPost, "say", slow_say)
    monkeypatch.setattr(AnswerBringer, "_bring", watched)
    monkeypatch.setattr(PrivateErasure, "clear_messages", late)
    await desk.customer.says(ANSWER, reply_to=copy)
    await begun.wait()
    await asks_to_erase(desk.customer)
    gate.opened.set()
    await desk.customer.sees_text(DONE)

    assert not [m for m in desk.moderator.messages if ANSWER in m.text]
