"""A second tap on a button that ends a question is no failure."""

import logging

import pytest
from aiogram.exceptions import TelegramBadRequest
from aiogram.methods import EditMessageReplyMarkup
from aiogram.types import Message

from bot.archive.case_store import CaseStore
from bot.archive.desk_records import CaseState
from bot.desk.cases import Act
from sandbox.simulated_people import Customer
from sandbox.telegram.message import ChatMessage
from tests.bot.fake_telegram import NOT_FOUND
from tests.conversation.desk import Answering
from tests.conversation.two_sides import Desk, act, is_in
from triage.queue.streams import Connections
from triage.sealing import Seal

pytestmark = pytest.mark.redis


@pytest.fixture
def failures(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.ERROR)
    return caplog


def data_of(message: ChatMessage, words: str) -> str:
    """Return the callback data of a button."""
    return next(button.data or "" for button in message.buttons if button.text == words)


async def taps_again(customer: Customer, asked: ChatMessage, words: str, result: str) -> None:
    """Tap a button, and again as a client that has not received the edit."""
    data = data_of(asked, words)
    await customer.taps(data)
    shown = await customer.sees_text(result)
    assert shown.message_id == asked.message_id
    await customer.gets_answer(customer.taps_stale(asked, data))
    await customer.says("/help")  # a person's updates are handled in turn: the tap is over by now
    await customer.sees_text("/mydata")


@pytest.mark.parametrize(
    ("words", "result"), [("Решено", "Вы ответили: решено"), ("Не решено", "снова открыт")]
)
async def test_the_question_about_a_closed_review_may_be_answered_twice(
    words: str,
    result: str,
    desk: Desk,
    cases: CaseStore,
    failures: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bot.dialogue.closings.GRACE_MS", 0)
    await desk.reply_of("Вернём деньги.", await desk.card())
    await is_in(cases, 1, CaseState.WAITING_CUSTOMER)
    await act(cases, 1, Act.CLOSE)
    asked = await desk.customer.sees_text("Вопрос решён?")
    await taps_again(desk.customer, asked, words, result)
    assert not failures.records


async def test_an_invitation_may_be_declined_twice(
    desk: Desk, failures: pytest.LogCaptureFixture
) -> None:
    await desk.reply_of("Вернём деньги.", await desk.card())
    await desk.customer.taps("Ответить")
    asked = await desk.customer.sees_text("Напишите ответ по отзыву")
    await taps_again(desk.customer, asked, "Не отвечать", "ответа не будет")
    assert not failures.records


async def test_consent_may_be_given_twice(
    desk: Desk, real_connections: Connections, seal: Seal, failures: pytest.LogCaptureFixture
) -> None:
    await Answering(real_connections, seal).card(desk.customer, desk.moderator)
    asked = await desk.customer.sees(lambda m: "Можно" in [b.text for b in m.buttons])
    await taps_again(desk.customer, asked, "Можно", "Вы разрешили")
    assert not failures.records


async def test_forget_may_be_declined_twice(
    customer: Customer, failures: pytest.LogCaptureFixture
) -> None:
    await customer.says("/forget")
    asked = await customer.sees(lambda m: any(b.data == "x:0" for b in m.buttons))
    words = next(b.text for b in asked.buttons if b.data == "x:0")
    await taps_again(customer, asked, words, "осталось")
    assert not failures.records


async def test_a_check_below_an_answer_that_the_customer_deleted_is_stored(
    desk: Desk,
    real_connections: Connections,
    seal: Seal,
    failures: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The customer deletes the answer after the tap, before the bot edits it."""
    customer, moderator = desk.customer, desk.moderator
    await Answering(real_connections, seal).card(customer, moderator)

    async def deleted(message: Message, **_: object) -> None:
        method = EditMessageReplyMarkup(chat_id=message.chat.id, message_id=message.message_id)
        raise TelegramBadRequest(method=method, message=NOT_FOUND)

    monkeypatch.setattr(Message, "edit_reply_markup", deleted)
    assert "поняли верно" in (await customer.taps("👍 Поняли верно")).text
    await moderator.sees_text("👍 Автор: поняли верно")
    await customer.says("/help")  # a person's updates are handled in turn: the tap is over by now
    await customer.sees_text("/mydata")
    assert not failures.records
