"""
Bot, worker and Redis as three processes, told what a compose file tells them.

The script of the sandbox passes with each archive and by each way in which updates come.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import ClientSession
from redis import Redis
from sqlalchemy.ext.asyncio import create_async_engine

from bot.archive.reviews import Reviews
from bot.settings import BotSettings
from sandbox.script import Reply, play, wait_for_cards
from sandbox.script_lines import Line
from sandbox.server import Server
from sandbox.stack import Stack, defaults_of
from sandbox.world import MODERATORS_CHAT_ID
from tests.e2e.composed import PUSHED, Composed, Places
from tests.ports import free_port
from tests.redis_server import RedisServer
from triage.sealing import read_seal

pytestmark = [pytest.mark.redis, pytest.mark.timeout(180)]

TIMEOUT_S = 60
PASSWORD = "a-password"
TOKEN = "4200000001:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"
CANARY = "Канарейка"

LINES = [
    Line(
        rating=number % 7,
        tags=("DELIVERY", "PRICE")[: number % 3],
        text=f"{CANARY} № {number}: курьер опоздал на час, а цены выросли",
        language=("ru", "en")[number % 2],
    )
    for number in range(15)
]

# Who speaks of a review, on its whole way.
BOT_SPEAKS = {"bot.handlers.sending", "bot.delivery", "bot.desk"}
WORKER_SPEAKS = {"worker.publishing"}


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path / 'data' / 'triage.db'}"
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture(params=[{}, PUSHED], ids=["polling", "webhook"])
def intake(request: pytest.FixtureRequest) -> Mapping[str, str]:
    chosen: Mapping[str, str] = request.param
    return chosen


@pytest.fixture
def places(tmp_path: Path, telegram: Server, own_redis: RedisServer, database_url: str) -> Places:
    telegram.world.token = TOKEN
    with Redis.from_url(own_redis.url) as client:
        client.config_set("requirepass", PASSWORD)
    return Places(
        token=TOKEN,
        moderators=MODERATORS_CHAT_ID,
        telegram=telegram.url,
        redis=own_redis.url.replace("redis://", f"redis://:{PASSWORD}@"),
        database=database_url,
        keys=tmp_path / "keys",
        bot_port=free_port(),
        worker_port=free_port(),
    )


@pytest.fixture
async def composed(tmp_path: Path, places: Places) -> AsyncIterator[Composed]:
    composed = Composed(tmp_path, places)
    yield composed
    await composed.stop()


@asynccontextmanager
async def seen_from_outside(telegram: Server, places: Places) -> AsyncIterator[Stack]:
    """Yield the product as the script knows it, with the archive read past the bot."""
    engine = create_async_engine(places.database)
    settings = defaults_of(BotSettings, bot_token=TOKEN)
    seal = read_seal(places.keys / "triage.key")
    yield Stack(telegram, Reviews(engine, seal), settings)
    await engine.dispose()


async def healthy(port: int) -> None:
    """Return when the service at `port` says that it is."""
    async with asyncio.timeout(TIMEOUT_S), ClientSession() as session:
        while True:
            try:
                async with session.get(f"http://127.0.0.1:{port}/healthz") as answer:
                    if answer.status == 200:
                        return
            except OSError:
                pass
            await asyncio.sleep(0.1)


async def scraped(port: int) -> str:
    async with (
        ClientSession() as session,
        session.get(f"http://127.0.0.1:{port}/metrics") as answer,
    ):
        return await answer.text()


async def test_the_script_passes(
    composed: Composed, places: Places, telegram: Server, intake: Mapping[str, str]
) -> None:
    composed.start("bot", intake)
    composed.start("worker")
    await healthy(places.bot_port)
    await healthy(places.worker_port)
    composed.check()
    async with seen_from_outside(telegram, places) as stack:
        replies = await play(stack, LINES, timeout_s=TIMEOUT_S)
        assert all(isinstance(reply, Reply) for reply in replies), replies
        reviews = [reply.review for reply in replies if isinstance(reply, Reply)]
        assert [review.text for review in reviews] == [line.text for line in LINES]
        cards = await wait_for_cards(stack, [r.number for r in reviews], timeout_s=TIMEOUT_S)
    figures = await scraped(places.bot_port) + await scraped(places.worker_port)
    await composed.stop()

    assert sorted(cards) == sorted(review.number for review in reviews)
    assert "triage_reviews_accepted_total 15.0" in figures
    assert 'triage_answers_total{ending="shown"} 15.0' in figures
    assert re.search(r'triage_stage_seconds_count\{stage="model"\} 15\.0', figures)
    for review in reviews:
        assert speakers(composed, "bot", str(review.review_id)) >= BOT_SPEAKS
        assert speakers(composed, "worker", str(review.review_id)) >= WORKER_SPEAKS
    for said in (composed.log("bot"), composed.log("worker"), figures):
        for secret in (CANARY, TOKEN, PASSWORD, PUSHED["WEBHOOK_SECRET"]):
            assert secret not in said


def speakers(composed: Composed, service: str, review_id: str) -> set[str]:
    """Return the loggers that said something about a review."""
    records = composed.records(service)
    return {record["logger"] for record in records if record.get("review_id") == review_id}
