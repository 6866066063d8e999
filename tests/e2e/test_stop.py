"""Bot and worker are told to stop, also while what the bot waits for does not answer."""

import asyncio
import signal
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from sandbox.api.faults import Fault, FaultKind
from sandbox.server import Server
from sandbox.simulated_people import Customer
from tests.conversation.dialogue import sends
from tests.e2e.processes import Installation, ended
from tests.forked import Forked
from tests.ports import free_port
from tests.redis_server import RedisServer
from tests.worker.folders import write_model
from triage.queue.limits import BOTS, JOBS, OUTCOMES, WORKERS

pytestmark = [
    pytest.mark.redis,
    pytest.mark.timeout(180),
    pytest.mark.xdist_group("processes"),
]

# Longer than the bot waits for anything.
SILENT = Fault(FaultKind.LOST_CALL, times=1000, hold_s=100)


async def customers_wait(telegram: Server) -> None:
    """Let customers write, and Telegram be silent to what the bot does about it."""
    telegram.faults.add(SILENT)
    for customer in [Customer(telegram.world) for _ in range(4)]:
        await customer.says("/start")
    async with asyncio.timeout(30):
        while telegram.faults.plan == (SILENT,):
            await asyncio.sleep(0.05)


async def stops(bot: Forked, installation: Installation) -> None:
    """Tell the bot to stop, and check that it does so by itself."""
    bot.send_signal(signal.SIGTERM)
    assert await asyncio.to_thread(ended, bot), installation.log()[-2000:]
    assert bot.returncode == 0
    assert "not stopped" not in installation.log()


@pytest.mark.parametrize("intake", ["polling", "webhook"])
async def test_an_unresponsive_telegram_or_redis_does_not_delay_shutdown(
    tmp_path: Path, telegram: Server, own_redis: RedisServer, intake: str
) -> None:
    installation = Installation(tmp_path, telegram, own_redis.url, **settings(intake))
    bot = installation.start("bot")
    await asyncio.wait_for(telegram.world.updates.polled.wait(), 60)
    await customers_wait(telegram)
    own_redis.freeze()
    await stops(bot, installation)


@pytest.mark.timeout(300)
async def test_five_clean_shutdowns_leave_no_consumer_behind(
    tmp_path: Path, telegram: Server, own_redis: RedisServer
) -> None:
    model = {"WORKER_MODEL": str(write_model(tmp_path / "model")), "WORKER_CHART_PROCESSES": "1"}
    installation = Installation(tmp_path, telegram, own_redis.url, **model)
    with Redis.from_url(own_redis.url) as client:
        for _ in range(5):
            telegram.world.updates.polled.clear()
            processes = [installation.start(part) for part in ("bot", "worker")]
            await asyncio.wait_for(telegram.world.updates.polled.wait(), 60)
            customer = Customer(telegram.world)
            await sends(customer)  # Redis knows a consumer from its first entry on
            await customer.sees_text("прочитан", timeout_s=60)
            async with asyncio.timeout(30):  # an answer is shown before it is settled
                while client.xlen(OUTCOMES) or client.xlen(JOBS):
                    await asyncio.sleep(0.02)
            assert [len(known) for known in consumers(client)] == [1, 1]
            for process in processes:
                process.send_signal(signal.SIGTERM)
            for process in processes:
                assert await asyncio.to_thread(ended, process), installation.log()[-2000:]
            assert consumers(client) == ([], [])


def consumers(client: Redis) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the bots and the workers that Redis knows."""
    return client.xinfo_consumers(OUTCOMES, BOTS), client.xinfo_consumers(JOBS, WORKERS)


def settings(intake: str) -> dict[str, str]:
    """Return what makes updates come in this way."""
    if intake == "polling":
        return {}
    port = free_port()
    url = f"http://127.0.0.1:{port}/telegram"
    return {"WEBHOOK_URL": url, "WEBHOOK_SECRET": "secret", "BOT_PORT": str(port)}
