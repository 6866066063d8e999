"""/queue, /metrics and /healthz of a running bot."""

import asyncio
import json
import re
import socket
from collections.abc import Iterator

import pytest
from aiohttp import ClientSession
from redis import Redis

from bot.settings import BotSettings
from sandbox.server import Server
from sandbox.simulated_people import Customer, Moderator
from sandbox.telegram.world import MODERATORS_CHAT_ID
from tests.conversation.dialogue import sends
from tests.refused_writes import full_disk

pytestmark = pytest.mark.redis

CANARY = "Канарейка поёт"


@pytest.fixture
def settings(settings: BotSettings) -> BotSettings:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return settings.model_copy(update={"bot_port": probe.getsockname()[1]})


@pytest.fixture
def redis_client(redis_url: str) -> Iterator[Redis]:
    with Redis.from_url(redis_url) as client:
        yield client


async def get(settings: BotSettings, path: str) -> tuple[int, str]:
    url = f"http://127.0.0.1:{settings.bot_port}{path}"
    async with ClientSession() as session, session.get(url) as answer:
        return answer.status, await answer.text()


async def test_moderators_see_the_backlog(moderator: Moderator, customer: Customer) -> None:
    await sends(customer)
    await moderator.says("/queue")
    seen = await moderator.sees_text("Ждут разбора: 1")

    assert re.search(r"Самый старый ждёт \d+ с", seen.text)
    assert "Ни один обработчик не запущен" in seen.text
    assert "Не удалось разобрать, нужен человек: 0" in seen.text
    assert "Отвечено за 5 мин: 0" in seen.text


async def test_customers_cannot_use_the_queue_command(customer: Customer) -> None:
    await customer.says("/queue")
    await customer.sees_text("Такой команды нет")


async def test_the_queue_command_is_only_in_the_menu_of_the_group(
    bot: None, telegram: Server
) -> None:
    group = json.dumps({"type": "chat", "chat_id": MODERATORS_CHAT_ID})
    menus = {
        scope: [command.name for command in telegram.world.menu.shown(scope, "ru")]
        for scope in (group, '{"type": "all_private_chats"}')
    }
    private = ["unsure", "find", "classes", "mine", "export"]
    assert menus[group] == [
        "queue", "canned", "route", *private, "ban", "silence", "unban", "banned",
    ]  # fmt: skip
    assert "queue" not in menus['{"type": "all_private_chats"}']


async def test_the_metrics_contain_figures_but_no_review_text(
    settings: BotSettings, customer: Customer
) -> None:
    await sends(customer, CANARY)
    status, told = await get(settings, "/metrics")

    assert status == 200
    assert 'triage_queue_entries{stream="jobs"} 1.0' in told
    assert "triage_reviews_accepted_total 1.0" in told
    assert 'triage_updates_total{kind="callback_query",result="handled"}' in told
    assert 'triage_telegram_calls_total{method="sendMessage",result="ok"}' in told
    assert "Канарейка" not in told
    # A measured time may hold the same digits: only the whole number is the person's.
    assert not re.search(rf"(?<![\d.]){customer.user.user_id}(?![\d.])", told)


async def test_the_bot_is_healthy_only_while_redis_responds(
    settings: BotSettings, customer: Customer, redis_client: Redis
) -> None:
    async with asyncio.timeout(30):  # a busy disk may hold a write up for longer than it is given
        while await get(settings, "/healthz") != (200, '{"status": "ok"}'):
            await asyncio.sleep(0.1)
    redis_client.client_pause(2500)
    status, told = await get(settings, "/healthz")
    assert (status, "Redis" in told) == (503, True)


async def test_the_bot_is_not_healthy_while_its_archive_refuses_writes(
    settings: BotSettings, customer: Customer
) -> None:
    with full_disk():
        status, told = await get(settings, "/healthz")
    assert (status, "free space there" in told) == (503, True)
