"""
Runs the unchanged bot and worker in this process, with a simulated Telegram and Redis.

Redis is in memory, and so is the key unless the caller gives one, so no text stays readable.
"""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

from fakeredis import FakeServer
from pydantic_settings import BaseSettings
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from bot.app import serve as serve_bot
from bot.archive.reviews import Reviews
from bot.clock import read_clock
from bot.settings import BotSettings
from sandbox.errors import StackFailed
from sandbox.fake_redis import connect_to
from sandbox.server import Server, serving
from sandbox.telegram.world import MODERATORS_CHAT_ID, World
from triage.key_file import new_key
from triage.queue.stream_factory import job_stream
from triage.queue.streams import Connections
from triage.review import Language
from triage.sealing import Seal
from triage.taxonomy import DEFAULT_TAXONOMY
from worker.app import serve as serve_worker
from worker.classifiers.loading import DEFAULT_MODEL
from worker.settings import WorkerSettings

GROUP_TITLES: Mapping[Language, str] = {"ru": "Модераторы", "en": "Moderators"}

# How often to check whether the worker has loaded its model.
LOOK_EVERY_S = 0.02

S = TypeVar("S", bound=BaseSettings)


@dataclass(frozen=True, slots=True)
class Stack:
    """The running product: the simulated Telegram and the bot's archive."""

    server: Server
    reviews: Reviews
    bot_settings: BotSettings

    @property
    def world(self) -> World:
        """The simulated Telegram."""
        return self.server.world


@asynccontextmanager
async def running(
    folder: Path,
    *,
    port: int = 0,
    paced: bool = False,
    language: Language = "ru",
    model: Path = DEFAULT_MODEL,
    taxonomy_file: Path = DEFAULT_TAXONOMY,
    seal: Seal | None = None,
    desk_panel: Literal["private", "group"] = "private",
) -> AsyncIterator[Stack]:
    """
    Yield the product when it is ready; the archive is in `folder`, `language` is the group's.

    Without a `seal` the archive cannot be read afterwards. Raises PortTaken, and StackFailed if bot
    or worker end on their own, at the start or later.
    """
    world = World()
    world.add_group(GROUP_TITLES[language])
    seal, redis = seal or Seal([new_key()]), FakeServer()
    async with _clock_of(world), serving(world, port) as server, _connected(redis) as connections:
        database_url = f"sqlite+aiosqlite:///{folder / 'archive.db'}"
        bot_settings = _bot_settings(
            server,
            database_url,
            taxonomy_file,
            language=language,
            paced=paced,
            desk_panel=desk_panel,
        )
        worker_settings = defaults_of(
            WorkerSettings, worker_model=model, taxonomy_file=taxonomy_file
        )
        services = {
            "bot": serve_bot(bot_settings, connections, seal),
            "worker": serve_worker(worker_settings, connect_to(redis), seal),
        }
        async with background_services(services):
            await _ready(world, connections, seal)
            async with _archive(database_url) as engine:
                yield Stack(server, Reviews(engine, seal), bot_settings)


@asynccontextmanager
async def _clock_of(world: World) -> AsyncIterator[None]:
    """Let the bot read the time of the simulated Telegram, which can be moved."""
    read_clock(lambda: round(world.clock() * 1000))
    try:
        yield
    finally:
        read_clock(None)


def _bot_settings(
    server: Server,
    database_url: str,
    taxonomy_file: Path,
    *,
    language: Language,
    paced: bool,
    desk_panel: Literal["private", "group"],
) -> BotSettings:
    return defaults_of(
        BotSettings,
        bot_token=server.world.token,
        telegram_api_url=server.url,
        moderators_chat_id=MODERATORS_CHAT_ID,
        moderators_language=language,
        database_url=database_url,
        taxonomy_file=taxonomy_file,
        pace_group=paced,
        desk_panel=desk_panel,
    )


def defaults_of(settings: type[S], **given: Any) -> S:
    """Return settings from `given` and defaults only: no environment, no .env, no secrets."""
    defaults = {
        name: field.get_default(call_default_factory=True)
        for name, field in settings.model_fields.items()
        if not field.is_required()
    }
    return settings(_env_file=None, _secrets_dir=None, **{**defaults, **given})


@asynccontextmanager
async def _connected(redis: FakeServer) -> AsyncIterator[Connections]:
    connections = connect_to(redis)
    try:
        yield connections
    finally:
        await connections.aclose()


@asynccontextmanager
async def _archive(url: str) -> AsyncIterator[AsyncEngine]:
    """Open the bot's archive a second time, for reading while the bot runs."""
    engine = create_async_engine(url)
    try:
        yield engine
    finally:
        await engine.dispose()


async def _ready(world: World, connections: Connections, seal: Seal) -> None:
    """Wait until the bot asks for updates and the worker for jobs."""
    await world.updates.polled.wait()
    jobs = job_stream(connections, seal)
    while True:
        if await jobs.is_read():
            return
        await asyncio.sleep(LOOK_EVERY_S)


@asynccontextmanager
async def background_services(
    services: Mapping[str, Coroutine[Any, Any, None]],
) -> AsyncIterator[None]:
    """Run services during the block; if one ends on its own, the block ends with StackFailed."""
    body = asyncio.current_task()
    assert body is not None, "the block runs in a task"
    ended: list[asyncio.Task[None]] = []

    def on_end(task: asyncio.Task[None]) -> None:
        ended.append(task)
        body.cancel()

    tasks = [asyncio.create_task(service, name=name) for name, service in services.items()]
    for task in tasks:
        task.add_done_callback(on_end)
    try:
        yield
    except asyncio.CancelledError:
        if not ended:
            raise
        body.uncancel()
        raise _failure(ended[0]) from None
    finally:
        for task in tasks:
            task.remove_done_callback(on_end)
            task.cancel()
        await asyncio.wait(tasks)


def _failure(task: asyncio.Task[None]) -> StackFailed:
    cause = None if task.cancelled() else task.exception()
    failure = StackFailed(f"the {task.get_name()} ended: {cause or 'without an error'}")
    failure.__cause__ = cause
    return failure
