"""What a bot gets that writes more often than Telegram lets it."""

from collections.abc import AsyncIterator

import pytest
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import TelegramRetryAfter

from sandbox.api.call_limits import IN_ALL, IN_ONE_CHAT, IN_ONE_GROUP, CallLimits
from sandbox.errors import Refused
from sandbox.server import Server, serving
from sandbox.telegram.world import MODERATORS_CHAT_ID, TOKEN, World

GROUP, ANNA = MODERATORS_CHAT_ID, 5001


class Clock:
    now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def limits(clock: Clock) -> CallLimits:
    return CallLimits(clock, enforced=True)


def passed(limits: CallLimits, chat_id: int, tries: int) -> int:
    """Return how many of `tries` messages pass at this moment."""
    count = 0
    for _ in range(tries):
        try:
            limits.check("sendmessage", chat_id)
        except Refused:
            continue
        count += 1
    return count


def test_a_chat_allows_a_short_burst_and_then_one_message_a_second(
    limits: CallLimits, clock: Clock
) -> None:
    assert passed(limits, ANNA, 100) == IN_ONE_CHAT.calls
    sustained = 0
    for _ in range(60):
        clock.now_s += 1
        sustained += passed(limits, ANNA, 10)
    assert sustained == 60


def test_a_group_allows_20_messages_a_minute(limits: CallLimits, clock: Clock) -> None:
    count = 0
    for _ in range(59):
        count += passed(limits, GROUP, 3)
        clock.now_s += 1

    assert count == IN_ONE_GROUP.calls == 20


def test_all_chats_together_allow_30_messages_a_second(limits: CallLimits, clock: Clock) -> None:
    assert sum(passed(limits, ANNA + n, 1) for n in range(100)) == IN_ALL.calls == 30
    assert limits.refused_for_all == 70
    clock.now_s += 1
    assert passed(limits, ANNA + 200, 1) == 1


def test_retry_after_is_the_first_whole_second_at_which_the_call_passes(
    limits: CallLimits, clock: Clock
) -> None:
    passed(limits, ANNA, IN_ONE_CHAT.calls)
    clock.now_s += 1.5
    with pytest.raises(Refused) as refused:
        limits.check("editmessagetext", ANNA)

    assert (refused.value.code, refused.value.parameters) == (429, {"retry_after": 4})
    clock.now_s += 4
    limits.check("editmessagetext", ANNA)


def test_calls_that_write_no_message_are_not_rate_limited(limits: CallLimits) -> None:
    passed(limits, ANNA, 100)
    for method in ("sendchataction", "answercallbackquery", "getchat", "deletemessage"):
        limits.check(method, ANNA)


def test_refused_calls_are_counted_per_chat_and_do_not_use_the_limit(
    limits: CallLimits, clock: Clock
) -> None:
    passed(limits, ANNA, IN_ONE_CHAT.calls + 7)
    assert limits.refused == {ANNA: 7}
    clock.now_s += IN_ONE_CHAT.window_s
    assert passed(limits, ANNA, 100) == IN_ONE_CHAT.calls


def test_disabled_rate_limits_refuse_nothing(clock: Clock) -> None:
    assert passed(CallLimits(clock), ANNA, 1000) == 1000


@pytest.fixture
async def limited(world: World) -> AsyncIterator[Server]:
    async with serving(world, limited=True) as running:
        yield running


async def test_the_bot_api_answers_429_with_retry_after(limited: Server) -> None:
    async with AiohttpSession(api=TelegramAPIServer.from_base(limited.url)) as session:
        bot = Bot(TOKEN, session)
        for _ in range(IN_ONE_CHAT.calls):
            limited.limits.check("sendmessage", MODERATORS_CHAT_ID)
        with pytest.raises(TelegramRetryAfter) as error:
            await bot.send_message(MODERATORS_CHAT_ID, "hi")

    assert 1 <= error.value.retry_after <= IN_ONE_CHAT.window_s
