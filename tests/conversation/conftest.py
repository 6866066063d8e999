"""The unchanged bot on a real Redis, polling the sandbox: the conversation as people have it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.methods import (
    AnswerCallbackQuery,
    EditMessageText,
    GetChat,
    GetChatMember,
    GetMe,
    GetUpdates,
    Response,
    SendMessage,
)

from bot.app import serve
from bot.archive.case_store import CaseStore
from bot.archive.database import open_database
from bot.archive.erasure_store import ErasureRequest
from bot.archive.records import Review
from bot.archive.reviews import Reviews
from bot.privacy.erasure import Erasure
from bot.settings import BotSettings
from sandbox.server import Server, serving
from sandbox.simulated_people import Customer, Moderator
from sandbox.telegram.world import MODERATORS_CHAT_ID, World
from tests.conftest import CopyArchive
from tests.conversation.two_sides import Desk
from triage.key_file import new_key
from triage.queue.streams import Connections
from triage.sealing import Seal

# How often the bot's duties look for work. Each of them asks the archive, so that looks at shorter
# intervals cost most of a test's processor time.
LOOK_EVERY_S = 0.2
# Within this time each duty has looked at least twice.
TWO_LOOKS_S = 0.5

# How further customers come in, each with the language of their client.
Comes = Callable[[str], Customer]

# How to look up what the archive holds of a person.
Stored = Callable[[int], Awaitable[list[Review]]]


@pytest.fixture
def seal() -> Seal:
    return Seal([new_key()])


@pytest.fixture
async def telegram() -> AsyncIterator[Server]:
    """Yield a little Telegram with a moderators' group."""
    world = World()
    world.add_group("Moderators")
    async with serving(world) as server:
        yield server


@pytest.fixture
def settings(telegram: Server, tmp_path: Path, copy_archive: CopyArchive) -> BotSettings:
    copy_archive(tmp_path / "triage.db")
    return BotSettings(
        _env_file=None,
        bot_token=telegram.world.token,
        telegram_api_url=telegram.url,
        moderators_chat_id=MODERATORS_CHAT_ID,
        database_url=f"sqlite+aiosqlite:///{tmp_path / 'triage.db'}",
        pace_group=False,
        reviews_per_minute=100,
        reconcile_s=0.3,
        lease_s=1,
    )


@pytest.fixture(scope="session")
def response_types() -> list[type[Response[Any]]]:
    """Keep the types of answers, which pydantic builds anew for each bot if nobody holds them."""
    common = (AnswerCallbackQuery, GetMe, GetChat, GetChatMember, GetUpdates, SendMessage)
    return [Response[method.__returning__] for method in (*common, EditMessageText)]


@pytest.fixture
def quick_close(monkeypatch: pytest.MonkeyPatch) -> None:
    """Close aiogram's sessions without the quarter of a second that it leaves to TLS."""

    async def close(self: AiohttpSession) -> None:
        if self._session is not None:
            await self._session.close()

    monkeypatch.setattr(AiohttpSession, "close", close)


@pytest.fixture
async def bot(
    settings: BotSettings,
    telegram: Server,
    real_connections: Connections,
    seal: Seal,
    quick_close: None,
    response_types: list[type[Response[Any]]],
) -> AsyncIterator[None]:
    """Run the bot while the test talks to it."""
    task = asyncio.create_task(serve(settings, real_connections, seal))
    polled = asyncio.create_task(telegram.world.updates.polled.wait())
    await asyncio.wait({task, polled}, return_when=asyncio.FIRST_COMPLETED, timeout=30)
    assert polled.done(), f"the bot did not start: {task}"
    yield
    assert not task.done(), f"the bot ended during the test: {task.exception()!r}"
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


@pytest.fixture
def customer(bot: None, telegram: Server) -> Customer:
    return Customer(telegram.world)


@pytest.fixture
def someone(bot: None, telegram: Server) -> Comes:
    """Return how further customers come in, each with the language of their client."""
    return lambda language: Customer(telegram.world, "Someone", language)


@pytest.fixture
def moderator(bot: None, telegram: Server) -> Moderator:
    return Moderator(telegram.world)


@pytest.fixture
def stored(settings: BotSettings, seal: Seal) -> Stored:
    """Return how to look into the archive, past the bot."""

    async def look(user_id: int) -> list[Review]:
        engine = await open_database(settings.database_url.get_secret_value())
        found = await Reviews(engine, seal).of(user_id)
        await engine.dispose()
        return found

    return look


@pytest.fixture
def hold_s() -> float:
    """Return the length of the hold; a test that acts inside it gives a longer one."""
    return 0.2


@pytest.fixture
async def cases(settings: BotSettings, seal: Seal, bot: None) -> AsyncIterator[CaseStore]:
    """Yield the cases of the archive, past the bot."""
    engine = await open_database(settings.database_url.get_secret_value())
    yield CaseStore(engine, seal)
    await engine.dispose()


@pytest.fixture
def desk(
    customer: Customer,
    moderator: Moderator,
    real_connections: Connections,
    seal: Seal,
    hold_s: float,
    monkeypatch: pytest.MonkeyPatch,
) -> Desk:
    """Return a customer and a moderator, with a short hold between them."""
    monkeypatch.setattr("bot.dialogue.hold.HOLD_S", hold_s)
    monkeypatch.setattr("bot.dialogue.rounds.LOOK_EVERY_S", LOOK_EVERY_S)
    return Desk(customer, moderator, real_connections, seal)


class Gate:
    """Holds erasures until it is opened."""

    def __init__(self) -> None:
        self.opened = asyncio.Event()
        self.reached = asyncio.Event()


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Gate:
    gate, carry_out = Gate(), Erasure.carry_out

    async def held(self: Erasure, request: ErasureRequest) -> None:
        gate.reached.set()
        await gate.opened.wait()
        await carry_out(self, request)

    monkeypatch.setattr(Erasure, "carry_out", held)
    monkeypatch.setattr("bot.privacy.queue_erasure.REWRITE_EVERY_S", 0.1)
    monkeypatch.setattr("bot.privacy.erasure_queue.PAUSES_S", (0.1,))
    monkeypatch.setattr("bot.dialogue.rounds.LOOK_EVERY_S", LOOK_EVERY_S)
    return gate
