"""A company changes its ratings and topics while a customer fills in the form."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from bot.app import serve
from bot.settings import BotSettings
from sandbox.server import Server
from sandbox.simulated_people import Customer
from tests.conversation.conftest import Stored
from tests.conversation.dialogue import TEXT, data_of
from tests.taxonomies import EXTENTS, taxonomy_of
from triage.queue.streams import Connections
from triage.sealing import Seal

pytestmark = pytest.mark.redis

OTHER = taxonomy_of(EXTENTS["1 to 5"])


@pytest.fixture
def changed(settings: BotSettings, tmp_path: Path) -> BotSettings:
    """Return the settings after the company has changed its taxonomy."""
    file = tmp_path / "other.json"
    file.write_text(json.dumps(OTHER.model_dump(mode="json")), encoding="utf-8")
    return settings.model_copy(update={"taxonomy_file": file})


@asynccontextmanager
async def running(
    settings: BotSettings, telegram: Server, connections: Connections, seal: Seal
) -> AsyncIterator[None]:
    """Run a bot in the block."""
    telegram.world.updates.polled.clear()
    task = asyncio.create_task(serve(settings, connections, seal))
    await asyncio.wait_for(telegram.world.updates.polled.wait(), 30)
    yield
    assert not task.done(), task
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def test_removed_ratings_and_topics_are_asked_for_again_and_the_text_is_retained(
    settings: BotSettings,
    telegram: Server,
    real_connections: Connections,
    seal: Seal,
    changed: BotSettings,
    stored: Stored,
) -> None:
    customer = Customer(telegram.world)
    async with running(settings, telegram, real_connections, seal):
        await customer.says("/start")
        await customer.taps("0")  # which a scale from 1 to 5 does not have
        await customer.taps("DELIVERY")
        await customer.taps("d")
        await customer.says(TEXT)
        preview = await customer.sees(lambda m: any(":s:" in (b.data or "") for b in m.buttons))
    async with running(changed, telegram, real_connections, seal):
        answer = await customer.gets_answer(customer.taps_stale(preview, data_of(preview, "s")))
        assert answer.text == (
            "Форма за это время изменилась. Написанное сохранено: проверьте, пожалуйста, "
            "и продолжайте."
        )
        assert answer.alert
        asked = await customer.sees_text("Текст сохранён. Какую оценку поставите, от 1 до 5?")
        assert asked.message_id == preview.message_id
        await customer.taps("5")
        await customer.taps("Topic 0")
        await customer.taps("d")
        await customer.taps("s")
        await customer.sees_text("принят")
    [review] = await stored(customer.user.user_id)
    assert (review.rating, review.tags, review.text) == (5, OTHER.topic_ids[:1], TEXT)


async def test_a_tap_on_a_button_of_the_old_scale_shows_the_new_scale(
    settings: BotSettings,
    telegram: Server,
    real_connections: Connections,
    seal: Seal,
    changed: BotSettings,
) -> None:
    customer = Customer(telegram.world)
    async with running(settings, telegram, real_connections, seal):
        await customer.says("/start")
        form = await customer.sees(lambda m: any(":r:6" in (b.data or "") for b in m.buttons))
    async with running(changed, telegram, real_connections, seal):
        six = next(b.data for b in form.buttons if b.data and b.data.endswith(":r:6"))
        answer = await customer.gets_answer(customer.taps_stale(form, six))
        assert answer.text == "Эта кнопка больше не действует."
        await customer.sees(
            lambda m: (
                m.message_id == form.message_id
                and sum(":r:" in (b.data or "") for b in m.buttons) == 5
            )
        )
