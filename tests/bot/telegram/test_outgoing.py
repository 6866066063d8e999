import asyncio
import time

import pytest
from aiogram import Bot
from aiogram.exceptions import TelegramRetryAfter
from aiogram.methods import DeleteMessage, GetChatMember, Response, SendMessage, TelegramMethod

from bot.metrics import BotMetrics
from bot.telegram.outgoing import OutgoingQueue
from bot.telegram.retry import _WRITES, Retrying
from bot.telegram.slots import Slots
from bot.urgency import PLACES, Urgency, writing_as
from triage.queue.streams import Connections

# Methods that count against a group's limit.
_COUNTED = ("sendPhoto", "editMessageText", "editEphemeralMessageText", "createForumTopic")


class Telegram:
    """Answers calls, and refuses those to a chat until a moment."""

    def __init__(self) -> None:
        self.calls: list[tuple[int, str, float]] = []
        self.refused_until_s: dict[int, float] = {}

    async def __call__(self, _: Bot, method: TelegramMethod) -> Response:
        chat_id, now_s = int(getattr(method, "chat_id", 0)), time.monotonic()
        self.calls.append((chat_id, getattr(method, "text", ""), now_s))
        await asyncio.sleep(0)
        if now_s < self.refused_until_s.get(chat_id, 0):
            raise TelegramRetryAfter(method, "Too Many Requests", retry_after=1)
        return Response(ok=True, result=True)

    def texts(self, chat_id: int) -> list[str]:
        return [text for chat, text, _ in self.calls if chat == chat_id]


@pytest.fixture
def telegram() -> Telegram:
    return Telegram()


def replica(connections: Connections) -> Retrying:
    return Retrying(BotMetrics(), OutgoingQueue(connections.commands))


async def test_calls_to_one_chat_are_sent_in_order(
    connections: Connections, bot: Bot, telegram: Telegram
) -> None:
    retrying = replica(connections)
    texts = [str(number) for number in range(20)]
    await asyncio.gather(
        *(retrying(telegram, bot, SendMessage(chat_id=1, text=text)) for text in texts)
    )
    assert telegram.texts(1) == texts


async def test_a_rate_limit_of_one_chat_delays_no_other_chat_and_is_hit_once(
    connections: Connections, bot: Bot, telegram: Telegram
) -> None:
    retrying = replica(connections)
    telegram.refused_until_s[1] = time.monotonic() + 0.9
    slow = [
        asyncio.create_task(retrying(telegram, bot, SendMessage(chat_id=1, text=text)))
        for text in ("a", "b", "c")
    ]
    await asyncio.sleep(0.05)
    async with asyncio.timeout(0.8):
        await retrying(telegram, bot, SendMessage(chat_id=2, text="other"))
    assert not any(task.done() for task in slow)
    await asyncio.gather(*slow)
    assert telegram.texts(1) == ["a", "a", "b", "c"], "one refusal is enough for all"


async def test_another_replica_also_waits_until_the_rate_limit_ends(
    connections: Connections, bot: Bot, telegram: Telegram
) -> None:
    await OutgoingQueue(connections.commands).close(1, 0.6)
    started_s = time.monotonic()
    await replica(connections)(telegram, bot, SendMessage(chat_id=1, text="late"))
    assert telegram.calls[0][2] - started_s >= 0.5


async def test_a_handler_cancelled_while_it_waits_for_a_slot_releases_its_turn(
    connections: Connections,
) -> None:
    outgoing, slots = OutgoingQueue(connections.commands), Slots(1)
    entered, leave = asyncio.Event(), asyncio.Event()

    async def first() -> None:
        async with outgoing.turn(1):
            entered.set()
            await leave.wait()

    async def second() -> None:
        async with slots.one(), outgoing.turn(1):
            pytest.fail("it was cancelled before")

    async def hog() -> None:
        async with slots.one():
            await asyncio.Event().wait()

    holding = asyncio.create_task(first())
    await entered.wait()
    waiting = asyncio.create_task(second())
    await asyncio.sleep(0.01)
    hogging = asyncio.create_task(hog())  # takes the slot that `waiting` has lent
    await asyncio.sleep(0.01)
    leave.set()
    await holding
    await asyncio.sleep(0.01)
    waiting.cancel()
    hogging.cancel()
    await asyncio.wait({waiting, hogging})
    async with asyncio.timeout(5), outgoing.turn(1):
        pass


async def test_a_card_that_waits_for_the_rate_limit_does_not_delay_an_answer(
    connections: Connections, bot: Bot, telegram: Telegram
) -> None:
    retrying = replica(connections)
    for number in range(PLACES[Urgency.CARD]):
        await retrying(telegram, bot, SendMessage(chat_id=-7, text=str(number)))

    async def send(text: str, urgency: Urgency) -> None:
        with writing_as(urgency):
            await retrying(telegram, bot, SendMessage(chat_id=-7, text=text))

    waiting = [
        asyncio.create_task(send("card", Urgency.CARD)),
        asyncio.create_task(send("digest", Urgency.DIGEST)),
    ]
    await asyncio.sleep(0.05)
    async with asyncio.timeout(5):
        await send("edit", Urgency.EDIT)
        await send("answer", Urgency.CUSTOMER)
    assert telegram.texts(-7)[PLACES[Urgency.CARD] :] == ["edit", "answer"]
    for task in waiting:
        task.cancel()
    await asyncio.wait(waiting)


READ = GetChatMember(chat_id=-7, user_id=1)


@pytest.mark.parametrize("method", [READ, DeleteMessage(chat_id=-7, message_id=1)])
async def test_a_call_that_is_not_counted_does_not_wait_behind_a_write_that_waits_for_room(
    method: TelegramMethod, connections: Connections, bot: Bot, telegram: Telegram
) -> None:
    retrying = replica(connections)
    with writing_as(Urgency.MODERATOR):
        for number in range(PLACES[Urgency.MODERATOR]):
            await retrying(telegram, bot, SendMessage(chat_id=-7, text=str(number)))
        writing = asyncio.create_task(
            retrying(telegram, bot, SendMessage(chat_id=-7, text="waits"))
        )
        await asyncio.sleep(0.05)
        async with asyncio.timeout(10):  # the write waits for a minute
            await retrying(telegram, bot, method)
    assert not writing.done()
    writing.cancel()
    await asyncio.wait([writing])


async def test_a_read_also_waits_until_the_rate_limit_ends(
    connections: Connections, bot: Bot, telegram: Telegram
) -> None:
    await OutgoingQueue(connections.commands).close(-7, 0.6)
    started_s = time.monotonic()
    await replica(connections)(telegram, bot, READ)
    assert telegram.calls[0][2] - started_s >= 0.5


async def test_a_read_that_is_refused_closes_the_chat_for_writes(
    connections: Connections, bot: Bot, telegram: Telegram
) -> None:
    telegram.refused_until_s[-7] = time.monotonic() + 0.9
    await replica(connections)(telegram, bot, READ)
    await replica(connections)(telegram, bot, SendMessage(chat_id=-7, text="a"))
    assert [chat_id for chat_id, *_ in telegram.calls] == [-7, -7, -7], "one refusal"


async def test_all_replicas_share_the_budget_and_every_counted_method_is_a_write(
    connections: Connections,
) -> None:
    assert [name for name in _COUNTED if not name.startswith(_WRITES)] == []
    queue = OutgoingQueue(connections.commands)
    for _ in range(3):
        async with OutgoingQueue(connections.commands).turn(-7) as turn:
            await queue.count_writes(-7, turn)
    assert len(await queue.recent_writes(-7)) == 3
    assert await queue.recent_writes(-8) == []


async def test_a_wait_stays_as_telegram_asked_if_the_redis_clock_is_set_back(
    connections: Connections,
) -> None:
    queue = OutgoingQueue(connections.commands)
    await queue.close(7, 0.2)
    await connections.commands.expire("{triage}:quiet:7", 3600)
    async with asyncio.timeout(10):
        await queue.wait(7)
