"""Two replicas of the bot behind one webhook: the conversation as people have it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress

import pytest
from aiohttp import ClientSession

from bot.app import serve
from bot.errors import AlreadyPolled, BadWebhook
from bot.settings import BotSettings
from bot.telegram.connect_code import code_of
from sandbox.api.faults import Fault, FaultKind
from sandbox.api.webhook_pusher import SECRET_HEADER
from sandbox.server import Server
from sandbox.simulated_people import Customer, Moderator
from sandbox.telegram.world import RegisteredWebhook
from tests.balancer import Balancer
from tests.conftest import Connect
from tests.conversation.dialogue import reaches_text, sends
from tests.ports import free_port
from triage.queue.messages import ModelName, Outcome
from triage.queue.stream_factory import job_stream, outcome_stream
from triage.sealing import Seal

pytestmark = pytest.mark.redis

REPLICAS = 2
SECRET = "a-secret"


@pytest.fixture
async def balancer() -> AsyncIterator[Balancer]:
    balancer = Balancer([free_port() for _ in range(REPLICAS)])
    async with balancer.listening():
        yield balancer


@pytest.fixture
async def bot(
    settings: BotSettings,
    postgres_url: str,
    telegram: Server,
    connect_real: Connect,
    seal: Seal,
    balancer: Balancer,
) -> AsyncIterator[None]:
    """Run the replicas while the test talks to them."""
    shared = {"webhook_url": balancer.url, "webhook_secret": SECRET, "database_url": postgres_url}
    async with AsyncExitStack() as stack:
        tasks = []
        for port in balancer.ports:
            connections = connect_real()
            stack.push_async_callback(connections.aclose)
            own = settings.model_copy(update={"bot_port": port})
            own = BotSettings(_env_file=None, **{**own.model_dump(), **shared})
            tasks.append(asyncio.create_task(serve(own, connections, seal)))
        async with asyncio.timeout(60):
            while telegram.world.webhook is None or not await balancer.all_listen():
                assert not any(task.done() for task in tasks), tasks
                await asyncio.sleep(0.02)
        yield
        assert not any(task.done() for task in tasks), tasks
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


async def test_a_form_is_handled_in_order_by_both_replicas(
    customer: Customer, balancer: Balancer
) -> None:
    await reaches_text(customer, 3, "DELIVERY", "PRICE")
    await customer.says("one")
    await customer.says("two")
    await customer.sees(lambda m: "one\ntwo" in m.text)
    await customer.taps("s")
    await customer.sees_text("№ 1")
    assert set(balancer.statuses) == {200}


async def test_each_answer_and_each_card_is_sent_once(
    telegram: Server, customer: Customer, moderator: Moderator, connect_real: Connect, seal: Seal
) -> None:
    customers = [customer, *(Customer(telegram.world) for _ in range(7))]
    receipts = [await sends(each) for each in customers]
    connections = connect_real()
    jobs = job_stream(connections, seal)
    outcomes = outcome_stream(connections, seal)
    await jobs.create_group()
    nobody = ModelName(name="none", version="0")
    for delivery in await jobs.read(len(customers)):
        outcome = Outcome(review_id=delivery.message.review_id, model=nobody, error="no model")
        await jobs.settle(delivery.entry_id, outcomes.entry(outcome))
    for each, receipt in zip(customers, receipts, strict=True):
        answer = await each.sees_text("прочитает и человек")
        assert answer.message_id == receipt.message_id
    for number in range(1, len(customers) + 1):
        await moderator.sees(lambda m, n=number: f"№ {n} ·" in m.text)
    await asyncio.sleep(1)  # more than a lease and a round of the reconciler
    cards = [m for m in moderator.messages if m.sender.is_bot]
    await connections.aclose()

    assert len(cards) == len(customers)


async def test_a_failed_update_is_retried_without_the_customer_noticing(
    telegram: Server, customer: Customer, balancer: Balancer
) -> None:
    telegram.faults.add(Fault(FaultKind.BROKEN, times=1, method="sendMessage"))
    await customer.says("/help")
    await customer.sees_text("Я принимаю отзывы")

    await balancer.has_answered({503: 1, 200: 1})
    assert sum(m.sender.is_bot for m in customer.messages) == 1


async def test_after_the_third_failure_the_person_is_told_and_the_chat_continues(
    telegram: Server, customer: Customer, balancer: Balancer
) -> None:
    telegram.faults.add(Fault(FaultKind.BROKEN, times=3, method="sendMessage"))
    await customer.says("/help")
    await customer.sees_text("У нас что-то сломалось")
    await customer.says("/privacy")
    await customer.sees_text("Что хранится")

    await balancer.has_answered({503: 2, 200: 2})


class TestWithoutAGroup:
    @pytest.fixture
    def settings(self, settings: BotSettings) -> BotSettings:
        return settings.model_copy(update={"moderators_chat_id": None})

    async def test_a_group_that_one_replica_connects_all_know_at_once(
        self, bot: None, telegram: Server, moderator: Moderator, balancer: Balancer
    ) -> None:
        await moderator.says(f"/connect {code_of(telegram.world.token)}")
        await moderator.sees_text("Готово")
        for replica in range(1, REPLICAS + 1):
            await moderator.says("/queue")
            async with asyncio.timeout(10):
                while sum("Ждут" in m.text for m in moderator.messages) < replica:
                    await asyncio.sleep(0.01)
        assert set(balancer.statuses) == {200}


async def pushed(telegram: Server, body: bytes, secret: str) -> int:
    """Push something past Telegram; return the status of the answer."""
    assert telegram.world.webhook is not None
    url, headers = telegram.world.webhook.url, {SECRET_HEADER: secret}
    async with ClientSession() as session, session.post(url, data=body, headers=headers) as answer:
        return answer.status


async def test_a_request_without_the_secret_is_rejected(bot: None, telegram: Server) -> None:
    for secret in ("", "another", "ключ"):
        assert await pushed(telegram, b'{"update_id": 1}', secret) == 401


async def test_an_invalid_update_is_skipped_without_logging_its_content(
    bot: None, telegram: Server, caplog: pytest.LogCaptureFixture
) -> None:
    for body in (b"", b"not JSON", b"[]", b'{"update_id": "canary"}'):
        assert await pushed(telegram, body, SECRET) == 200
    assert caplog.text.count("cannot be read and is dropped") == 4
    assert "canary" not in caplog.text


async def test_polling_is_refused_while_other_bots_use_a_webhook(
    bot: None, telegram: Server, settings: BotSettings, seal: Seal, connect_real: Connect
) -> None:
    connections = connect_real()
    with pytest.raises(AlreadyPolled, match="another bot runs with this token"):
        await serve(settings, connections, seal)
    await connections.aclose()
    assert telegram.world.webhook is not None, "it has taken nothing from the others"


async def test_a_poller_stops_with_a_one_line_error_when_a_webhook_is_set(
    telegram: Server, settings: BotSettings, seal: Seal, connect_real: Connect
) -> None:
    connections = connect_real()
    task = asyncio.create_task(serve(settings, connections, seal))
    await telegram.world.updates.polled.wait()
    telegram.world.webhook = RegisteredWebhook("http://127.0.0.1:1/hook", SECRET, 1)
    telegram.world.updates.end_poll("setWebhook request")
    with pytest.raises(AlreadyPolled, match="webhook is active"):
        await asyncio.wait_for(task, 20)
    await connections.aclose()


async def test_the_error_for_a_refused_webhook_url_names_the_reason(
    telegram: Server, settings: BotSettings, seal: Seal, connect_real: Connect
) -> None:
    url = "http://bot.example.com/hook"
    wrong = {**settings.model_dump(), "webhook_url": url, "webhook_secret": SECRET}
    connections = connect_real()
    with pytest.raises(BadWebhook, match=f"refuses WEBHOOK_URL {url}: .*HTTPS URL"):
        await serve(
            BotSettings(_env_file=None, **{**wrong, "bot_port": free_port()}), connections, seal
        )
    await connections.aclose()


async def test_polling_continues_after_a_webhook_was_removed(
    telegram: Server, settings: BotSettings, seal: Seal, connect_real: Connect
) -> None:
    telegram.world.webhook = RegisteredWebhook("http://127.0.0.1:1/hook", SECRET, 1)
    customer, connections = Customer(telegram.world), connect_real()
    await customer.says("/help")
    task = asyncio.create_task(serve(settings, connections, seal))
    await customer.sees_text("Я принимаю отзывы")
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    await connections.aclose()

    assert telegram.world.webhook is None
