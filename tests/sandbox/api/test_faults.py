import time
from collections.abc import AsyncIterator

import pytest
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import (
    TelegramForbiddenError,
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramServerError,
)

from sandbox.api.faults import Fault, FaultKind, Faults
from sandbox.server import Server
from sandbox.simulated_people import Customer
from sandbox.telegram.world import MODERATORS_CHAT_ID, TOKEN


async def test_a_429_fault_has_retry_after_and_ends_after_the_given_calls(
    bot: Bot, server: Server, anna: Customer
) -> None:
    server.faults.add(Fault(FaultKind.TOO_MANY, times=2, retry_after_s=7))

    for _ in range(2):
        with pytest.raises(TelegramRetryAfter) as error:
            await bot.send_message(anna.chat.chat_id, "hi")
        assert error.value.retry_after == 7
    assert await bot.send_message(anna.chat.chat_id, "hi")
    assert len(anna.messages) == 2  # /start, and the one that went through


async def test_faults_500_and_403_use_the_error_format_of_telegram(
    bot: Bot, server: Server, anna: Customer
) -> None:
    server.faults.add(Fault(FaultKind.BROKEN))
    server.faults.add(Fault(FaultKind.BLOCKED))

    with pytest.raises(TelegramServerError, match="Internal Server Error"):
        await bot.send_message(anna.chat.chat_id, "hi")
    with pytest.raises(TelegramForbiddenError, match="bot was blocked by the user"):
        await bot.send_message(anna.chat.chat_id, "hi")


async def test_a_call_with_a_lost_answer_is_executed_and_a_lost_call_is_not(
    bot: Bot, server: Server, anna: Customer
) -> None:
    for kind, arrives in ((FaultKind.LOST_ANSWER, True), (FaultKind.LOST_CALL, False)):
        server.faults.add(Fault(kind))
        with pytest.raises(TelegramNetworkError):
            await bot.send_message(anna.chat.chat_id, kind)
        assert (anna.last.text == kind) is arrives
        assert [call.outcome for call in server.calls][-1] == kind


@pytest.fixture
async def impatient_bot(server: Server) -> AsyncIterator[Bot]:
    session = AiohttpSession(api=TelegramAPIServer.from_base(server.url), timeout=1.5)
    yield Bot(TOKEN, session)
    await (await session.create_session()).close()


async def test_a_delayed_answer_causes_a_timeout_after_delivery(
    impatient_bot: Bot, server: Server, anna: Customer
) -> None:
    server.faults.add(Fault(FaultKind.LOST_ANSWER, hold_s=60))
    started_s = time.monotonic()

    with pytest.raises(TelegramNetworkError, match="timeout"):
        await impatient_bot.send_message(anna.chat.chat_id, "hi")
    assert time.monotonic() - started_s < 30
    assert anna.last.text == "hi"


async def test_a_fault_applies_only_to_its_method_and_chat(
    bot: Bot, server: Server, anna: Customer
) -> None:
    server.faults.add(Fault(FaultKind.BROKEN, method="sendPhoto"))
    server.faults.add(Fault(FaultKind.BROKEN, chat_id=MODERATORS_CHAT_ID))

    assert await bot.send_message(anna.chat.chat_id, "hi")
    with pytest.raises(TelegramServerError):
        await bot.send_message(MODERATORS_CHAT_ID, "hi")
    assert [fault.method for fault in server.faults.plan] == ["sendPhoto"]


def test_faults_apply_to_polling_only_if_they_name_it() -> None:
    faults = Faults()
    faults.add(Fault(FaultKind.BROKEN))
    faults.add(Fault(FaultKind.TOO_MANY, method="getUpdates"))

    hit = faults.take("getupdates", None)

    assert hit is not None
    assert hit.kind is FaultKind.TOO_MANY
    assert len(faults.plan) == 1


async def test_a_slow_call_is_executed_and_answered(
    bot: Bot, anna: Customer, server: Server
) -> None:
    server.faults.add(Fault(FaultKind.SLOW, hold_s=0.05))

    assert await bot.send_message(anna.chat.chat_id, "hi")
    assert next(reversed(list(server.calls))).took_ms >= 50


def test_random_faults_come_after_planned_ones_and_exclude_polling() -> None:
    faults = Faults()
    faults.draw = lambda method, chat_id: Fault(FaultKind.SLOW)
    faults.add(Fault(FaultKind.BROKEN))

    kinds = [fault.kind for _ in range(2) if (fault := faults.take("sendmessage", 1))]
    assert kinds == [FaultKind.BROKEN, FaultKind.SLOW]
    assert faults.take("getupdates", None) is None
    faults.clear()
    assert faults.take("sendmessage", 1) is None
