"""The bot is told to stop while what it waits for does not answer."""

import asyncio
import signal
from pathlib import Path

import pytest

from sandbox.api.faults import Fault, FaultKind
from sandbox.server import Server
from sandbox.simulated_people import Customer
from tests.e2e.processes import Installation, ended
from tests.forked import Forked
from tests.ports import free_port
from tests.redis_server import RedisServer

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
async def test_neither_a_silent_telegram_nor_a_silent_redis_holds_up_a_stop(
    tmp_path: Path, telegram: Server, own_redis: RedisServer, intake: str
) -> None:
    installation = Installation(tmp_path, telegram, own_redis.url, **settings(intake))
    bot = installation.start("bot")
    await asyncio.wait_for(telegram.world.updates.polled.wait(), 60)
    await customers_wait(telegram)
    own_redis.freeze()
    await stops(bot, installation)


def settings(intake: str) -> dict[str, str]:
    """Return what makes updates come in this way."""
    if intake == "polling":
        return {}
    port = free_port()
    url = f"http://127.0.0.1:{port}/telegram"
    return {"WEBHOOK_URL": url, "WEBHOOK_SECRET": "secret", "BOT_PORT": str(port)}
