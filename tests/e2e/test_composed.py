"""
Bot, worker and Redis as three processes, told what docker-compose.yml tells them.

The script of the sandbox passes with each archive and by each way in which updates come.
"""

import asyncio
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

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
from sandbox.telegram.world import MODERATORS_CHAT_ID
from tests.deploy.dockerfile import ROOT
from tests.e2e.composed import Composed
from tests.ports import free_port
from tests.redis_server import RedisServer
from triage.key_file import read_seal
from triage.taxonomy import load_taxonomy

pytestmark = [
    pytest.mark.redis,
    pytest.mark.timeout(180),
    pytest.mark.xdist_group("processes"),
]

TIMEOUT_S = 60
SECRET = "a-secret_of-this-test"
TOKEN = "4200000001:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"
CAFE = ROOT / "examples" / "cafe"
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
BOT_SPEAKS = {"bot.handlers.send", "bot.delivery.answers", "bot.delivery.card_sender"}
WORKER_SPEAKS = {"worker.publisher"}


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest) -> dict[str, str]:
    """Return what .env says of the archive: nothing for SQLite."""
    if request.param == "sqlite":
        return {}
    return {"DATABASE_URL": request.getfixturevalue("postgres_url")}


@pytest.fixture
def ports() -> dict[str, int]:
    return {"bot": free_port(), "worker": free_port()}


@pytest.fixture(params=["polling", "webhook"])
def intake(request: pytest.FixtureRequest, ports: dict[str, int]) -> dict[str, str]:
    """Return what .env says of updates; when they are pushed, all that can be is logged."""
    if request.param == "polling":
        return {}
    url = f"http://127.0.0.1:{ports['bot']}/telegram"
    return {"WEBHOOK_URL": url, "WEBHOOK_SECRET": SECRET, "LOG_LEVEL": "DEBUG"}


@pytest.fixture
def told(
    telegram: Server, ports: dict[str, int], database: dict[str, str], intake: dict[str, str]
) -> dict[str, str]:
    """Return the operator's .env: all that is not Compose's."""
    telegram.world.token = TOKEN
    return {
        "BOT_TOKEN": TOKEN,
        "MODERATORS_CHAT_ID": str(MODERATORS_CHAT_ID),
        "TELEGRAM_API_URL": telegram.url,
        "BOT_PORT": str(ports["bot"]),
        "WORKER_PORT": str(ports["worker"]),
        "LOG_FORMAT": "json",
        **database,
        **intake,
    }


@pytest.fixture
async def composed(
    tmp_path: Path, told: dict[str, str], own_redis: RedisServer
) -> AsyncIterator[Composed]:
    """Yield the services, what is made once being made, and Redis with the password of it."""
    composed = Composed(tmp_path, told, {"redis:6379": urlsplit(own_redis.url).netloc})
    await composed.run("init")
    with Redis.from_url(own_redis.url) as client:
        client.config_set("requirepass", password(composed))
    yield composed
    await composed.stop()


def password(composed: Composed) -> str:
    """Return Redis' password as Redis reads it."""
    [line] = (composed.volume("secrets") / "redis.conf").read_text().splitlines()
    name, value = line.split()
    assert name == "requirepass"
    return value.strip('"')


@asynccontextmanager
async def seen_from_outside(
    telegram: Server, composed: Composed, told: dict[str, str]
) -> AsyncIterator[Stack]:
    """Yield the product as the script knows it, with the archive read past the bot."""
    file = composed.volume("archive") / "triage.db"
    engine = create_async_engine(told.get("DATABASE_URL", f"sqlite+aiosqlite:///{file}"))
    settings = defaults_of(BotSettings, bot_token=TOKEN)
    seal = read_seal(composed.volume("keys") / "triage.key")
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


async def test_the_composed_services_answer_all_reviews_of_the_script(
    composed: Composed, told: dict[str, str], ports: dict[str, int], telegram: Server
) -> None:
    composed.start("bot")
    composed.start("worker")
    await healthy(ports["bot"])
    await healthy(ports["worker"])
    composed.check()
    async with seen_from_outside(telegram, composed, told) as stack:
        replies = await play(stack, LINES, load_taxonomy(), timeout_s=TIMEOUT_S)
        assert all(isinstance(reply, Reply) for reply in replies), replies
        reviews = [reply.review for reply in replies if isinstance(reply, Reply)]
        assert [review.text for review in reviews] == [line.text for line in LINES]
        cards = await wait_for_cards(stack, [r.number for r in reviews], timeout_s=TIMEOUT_S)
    figures = await scraped(ports["bot"]) + await scraped(ports["worker"])
    await asyncio.gather(composed.check_health("bot"), composed.check_health("worker"))
    await composed.stop()

    assert sorted(cards) == sorted(review.number for review in reviews)
    assert "triage_reviews_accepted_total 15.0" in figures
    assert 'triage_answers_total{ending="shown"} 15.0' in figures
    assert re.search(r'triage_stage_seconds_count\{stage="model"\} 15\.0', figures)
    for review in reviews:
        assert speakers(composed, "bot", str(review.review_id)) >= BOT_SPEAKS
        assert speakers(composed, "worker", str(review.review_id)) >= WORKER_SPEAKS
    for said in (composed.log("bot"), composed.log("worker"), figures):
        for secret in (CANARY, TOKEN, SECRET, password(composed)):
            assert secret not in said


async def test_own_classes_and_a_chosen_password_reach_bot_and_worker(
    tmp_path: Path, own_redis: RedisServer
) -> None:
    told = {
        "BOT_TOKEN": TOKEN,
        "TELEGRAM_API_URL": "http://127.0.0.1:9",
        "REDIS_PASSWORD": "chosen",
        "TAXONOMY_FILE": "own/taxonomy.json",
        "WORKER_MODEL": "own/model",
    }
    composed = Composed(tmp_path, told, {"redis:6379": urlsplit(own_redis.url).netloc})
    await composed.run("init")
    with Redis.from_url(own_redis.url) as client:
        client.config_set("requirepass", password(composed))
    shutil.copy(CAFE / "taxonomy.json", composed.volume("own"))
    shutil.copytree(CAFE / "model", composed.volume("own") / "model")

    bot, worker = await asyncio.gather(composed.doctor("bot"), composed.doctor("worker"))

    assert "ok    6 classes" in bot
    assert "ok    model cafe" in worker
    for said in (bot, worker):
        assert "ok    Redis" in said


def speakers(composed: Composed, service: str, review_id: str) -> set[str]:
    """Return the loggers that said something about a review."""
    records = composed.records(service)
    return {record["logger"] for record in records if record.get("review_id") == review_id}
