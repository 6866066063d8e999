"""
Random updates through the dispatcher: no handler fails, and no one changes another person's state.

UPDATES changes how many are tried.
"""

import asyncio
import logging
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiogram import Bot, Dispatcher
from aiogram.types import Update
from fakeredis import FakeServer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.archive.database import open_database
from bot.archive.groups import Groups
from bot.desk.moderators_group import ModeratorsGroup
from bot.metrics import BotMetrics
from bot.settings import BotSettings
from bot.telegram.outgoing import OutgoingQueue
from bot.wiring.bot_parts import build_parts
from bot.wiring.resources import Resources
from charts.pool import DrawingPool
from sandbox.fake_redis import connect_to
from sandbox.telegram.world import MODERATORS_CHAT_ID
from tests.bot.fake_telegram import Telegram
from tests.bot.samples import SEAL, TAXONOMY, TEXTS
from tests.faults.random_updates import ACTS, PEOPLE, Act, Updates
from triage.queue.streams import Connections

AN_EXAMPLE = 25
EXAMPLES = max(1, int(os.environ.get("UPDATES", "1000")) // AN_EXAMPLE)

State = Mapping[str, Any]

pytestmark = pytest.mark.timeout(max(300, EXAMPLES * 10))


class Failures(logging.Handler):
    """Keeps errors and everything that is logged with a traceback."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep what no update may cause."""
        if record.levelno >= logging.ERROR or record.exc_info:
            self.records.append(logging.Formatter().format(record))


@asynccontextmanager
async def failures_of_the_log() -> AsyncIterator[Failures]:
    handler = Failures()
    logging.getLogger().addHandler(handler)
    try:
        yield handler
    finally:
        logging.getLogger().removeHandler(handler)


class Played:
    """A dispatcher with all handlers, and what it has sent so far."""

    def __init__(
        self, dispatcher: Dispatcher, telegram: Telegram, bot: Bot, engine: AsyncEngine
    ) -> None:
        self._dispatcher = dispatcher
        self._telegram = telegram
        self._bot = bot
        self._engine = engine
        self._updates = Updates()

    async def feed(self, act: Act) -> None:
        """Let the bot handle what a person does."""
        content = self._updates.of(act, self._buttons(), range(1001, 1001 + len(self._calls)))
        update = Update.model_validate(content, context={"bot": self._bot})
        await self._dispatcher.feed_update(self._bot, update)

    async def states(self, connections: Connections) -> Mapping[int, State]:
        """Return what archive and Redis hold of each person."""
        states: dict[int, dict[str, Any]] = {person: {} for person in PEOPLE}
        async with self._engine.connect() as connection:
            for table in ("people", "reviews"):
                for row in await connection.execute(text(f"SELECT * FROM {table} ORDER BY 1")):
                    if row.user_id in states:
                        states[row.user_id].setdefault(table, []).append(tuple(row))
        keys = [key async for key in connections.commands.scan_iter("{triage}:form:*")]
        for key in sorted(keys):
            value = await connections.commands.get(key)
            for person, state in states.items():
                if str(person) in key.decode():
                    state[key.decode()] = value
        return states

    @property
    def _calls(self) -> Sequence[Any]:
        return self._telegram.calls

    def _buttons(self) -> list[str]:
        return [
            button.callback_data
            for call in self._calls
            if (markup := getattr(call, "reply_markup", None))
            for row in getattr(markup, "inline_keyboard", [])
            for button in row
            if button.callback_data
        ]


@asynccontextmanager
async def playing(database: Path, connections: Connections) -> AsyncIterator[Played]:
    """Yield a bot on its own archive that talks to a Telegram that accepts everything."""
    url = f"sqlite+aiosqlite:///{database}"
    config = BotSettings(
        _env_file=None,
        bot_token="123456:TEST",
        moderators_chat_id=MODERATORS_CHAT_ID,
        database_url=url,
        reviews_per_minute=100,
    )
    telegram, engine, pool = Telegram(), await open_database(url), DrawingPool(processes=1)
    bot = Bot("123456:TEST", session=telegram)
    outgoing = OutgoingQueue(connections.commands)
    group = ModeratorsGroup(Groups(engine), MODERATORS_CHAT_ID)
    resources = Resources(
        config,
        connections,
        SEAL,
        bot,
        outgoing,
        engine,
        group,
        pool,
        BotMetrics(),
        TAXONOMY,
        TEXTS,
    )
    try:
        yield Played(build_parts(resources).dispatcher, telegram, bot, engine)
    finally:
        pool.close()
        await engine.dispose()


async def play(acts: Sequence[Act], database: Path) -> None:
    """Feed all acts; check after each that the others' state is what it was."""
    connections = connect_to(FakeServer())
    async with playing(database, connections) as played, failures_of_the_log() as failures:
        before = await played.states(connections)
        for act in acts:
            await played.feed(act)
            assert not failures.records
            after = await played.states(connections)
            others = [person for person in PEOPLE if person != act.person]
            assert [after[person] for person in others] == [before[person] for person in others]
            before = after
    await connections.aclose()


@pytest.fixture(scope="module")
def empty_archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an archive with its tables, to be copied."""
    file = tmp_path_factory.mktemp("archive") / "triage.db"

    async def make() -> None:
        await (await open_database(f"sqlite+aiosqlite:///{file}")).dispose()

    asyncio.run(make())
    return file


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(acts=st.lists(ACTS, min_size=AN_EXAMPLE, max_size=AN_EXAMPLE))
def test_random_updates_never_fail_or_change_the_state_of_other_people(
    empty_archive: Path, acts: list[Act]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "triage.db"
        shutil.copy(empty_archive, database)
        asyncio.run(play(acts, database))
