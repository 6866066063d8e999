"""Bot and worker as separate processes over a real Redis, and what breaks in production."""

import asyncio

import pytest
from redis import Redis

from sandbox.server import Server
from sandbox.simulated_people import Customer, Moderator
from sandbox.telegram.message import ChatMessage
from tests.conversation.dialogue import HARD, reaches_preview
from tests.e2e.processes import Installation
from tests.redis_server import RedisServer

pytestmark = [
    pytest.mark.redis,
    pytest.mark.timeout(180),
    pytest.mark.xdist_group("processes"),
]

REVIEWS = 12

# A lease that runs out, a round of the reconciler and a restart fit in, on a busy machine too.
PATIENCE_S = 60

# Longer than the first pauses of all clients of Redis.
DOWN_S = 5.0


async def send(customer: Customer, text: str) -> ChatMessage:
    preview = await reaches_preview(customer, text)
    await customer.taps("s", timeout_s=30)
    return preview


async def reviews_are_sent(
    telegram: Server,
) -> tuple[list[Customer], list[ChatMessage], Moderator]:
    """Let REVIEWS customers send one each, once the bot is there; return them and what they see."""
    await asyncio.wait_for(telegram.world.updates.polled.wait(), 30)
    moderator = Moderator(telegram.world)
    customers = [Customer(telegram.world) for _ in range(REVIEWS)]
    previews = [await send(c, f"Отзыв {n}: опоздали") for n, c in enumerate(customers)]
    return customers, previews, moderator


def is_answer(message: ChatMessage) -> bool:
    return message.sender.is_bot and "прочитан" in message.text


async def each_is_answered_once(
    customers: list[Customer], previews: list[ChatMessage], moderator: Moderator
) -> None:
    """Wait for all answers, and check that each came once, in the place of its receipt."""
    for customer, preview in zip(customers, previews, strict=True):
        answer = await customer.sees(is_answer, timeout_s=PATIENCE_S)
        assert answer.message_id == preview.message_id
        assert sum(map(is_answer, customer.messages)) == 1
    for number in range(1, len(customers) + 1):
        await moderator.sees(lambda m, n=number: f"№ {n} ·" in m.text, timeout_s=PATIENCE_S)


async def test_a_review_is_answered_and_shown_to_moderators_end_to_end(
    installation: Installation, telegram: Server
) -> None:
    installation.by_interpreter = True
    installation.start("bot")
    installation.start("worker")
    await asyncio.wait_for(telegram.world.updates.polled.wait(), 90)
    customer, moderator = Customer(telegram.world), Moderator(telegram.world)
    preview = await send(customer, HARD)
    await each_is_answered_once([customer], [preview], moderator)

    answer = await customer.sees(is_answer)
    card = await moderator.sees(lambda m: HARD in m.text)
    assert answer.media is not None
    assert card.media is not None
    # A picture with a title for customers is drawn again for the card, others are sent again.
    assert [answer.media.kind, card.media.kind] == ["photo", "photo"]


async def test_a_worker_killed_in_the_middle_of_a_batch_loses_nothing(
    installation: Installation, telegram: Server
) -> None:
    installation.start("bot")
    worker = installation.start("worker")
    customers, previews, moderator = await reviews_are_sent(telegram)
    await customers[0].sees(is_answer, timeout_s=30)
    worker.kill()
    installation.start("worker")

    await each_is_answered_once(customers, previews, moderator)


async def test_a_restart_of_redis_loses_nothing(
    installation: Installation, telegram: Server, own_redis: RedisServer
) -> None:
    installation.start("bot")
    customers, previews, moderator = await reviews_are_sent(telegram)
    installation.start("worker")
    own_redis.kill()
    await asyncio.sleep(1)
    own_redis.start()

    await each_is_answered_once(customers, previews, moderator)


async def test_people_get_an_error_while_redis_is_down_and_service_afterwards(
    installation: Installation, telegram: Server, own_redis: RedisServer
) -> None:
    installation.start("bot")
    await asyncio.wait_for(telegram.world.updates.polled.wait(), PATIENCE_S)
    customer = Customer(telegram.world)
    own_redis.kill()
    await customer.says("/start")
    await customer.sees_text("У нас что-то сломалось", timeout_s=PATIENCE_S)
    await asyncio.sleep(DOWN_S)
    own_redis.start()

    await reaches_preview(customer, "Отзыв: опоздали")


async def test_a_flushed_redis_loses_nothing(
    installation: Installation, telegram: Server, own_redis: RedisServer
) -> None:
    installation.start("bot")
    customers, previews, moderator = await reviews_are_sent(telegram)
    with Redis.from_url(own_redis.url) as client:
        client.flushall()
    installation.start("worker")

    await each_is_answered_once(customers, previews, moderator)


async def test_a_bot_killed_between_receipt_and_answer_loses_nothing(
    installation: Installation, telegram: Server
) -> None:
    bot = installation.start("bot")
    customers, previews, moderator = await reviews_are_sent(telegram)
    installation.start("worker")
    await customers[0].sees(is_answer, timeout_s=30)
    bot.kill()
    bot.wait()
    installation.start("bot")

    await each_is_answered_once(customers, previews, moderator)


async def test_no_log_contains_a_review_text_or_the_token(
    installation: Installation, telegram: Server
) -> None:
    installation.start("bot")
    installation.start("worker")
    await asyncio.wait_for(telegram.world.updates.polled.wait(), 30)
    customer = Customer(telegram.world)
    await send(customer, "Канарейка поёт в логах")
    await customer.sees(is_answer, timeout_s=30)
    await installation.stop()

    assert "review" in installation.log(), "something was logged at all"
    assert "Канарейка" not in installation.log()
    assert telegram.world.token not in installation.log()
