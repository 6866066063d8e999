"""RETENTION_DAYS, as customers and moderators notice it."""

import asyncio
import json

import pytest

from bot.archive.database import open_database
from bot.archive.reviews import Reviews
from bot.clock import now_ms
from bot.privacy import retention
from bot.settings import BotSettings
from sandbox.server import Server
from sandbox.simulated_people import Customer, Moderator
from tests.bot.samples import outcome
from tests.conversation.conftest import Stored
from tests.conversation.dialogue import TEXT, sends
from triage.sealing import Seal

DAYS = 30


@pytest.fixture
def settings(settings: BotSettings, monkeypatch: pytest.MonkeyPatch) -> BotSettings:
    """Delete after thirty days, with a clock that is 31 days ahead; show the times of Tokyo."""
    monkeypatch.setattr(retention, "now_ms", lambda: now_ms() + (DAYS + 1) * retention.DAY_MS)
    for pause in ("PAUSE_S", "IDLE_S"):
        monkeypatch.setattr(retention, pause, 0.2)
    return settings.model_copy(update={"retention_days": DAYS, "time_zone": "Asia/Tokyo"})


async def test_an_old_review_retains_its_counts_and_loses_its_text(
    customer: Customer,
    moderator: Moderator,
    stored: Stored,
    settings: BotSettings,
    seal: Seal,
    telegram: Server,
) -> None:
    await sends(customer, TEXT, "PRICE")
    [review] = await stored(customer.user.user_id)
    assert review.text == TEXT, "a review that waits for its answer is kept"
    engine = await open_database(settings.database_url.get_secret_value())
    await Reviews(engine, seal).record(review.number, outcome(review.review_id), now_ms())
    await engine.dispose()
    while not (review := (await stored(customer.user.user_id))[0]).is_expired:
        await asyncio.sleep(0.1)
    assert (review.rating, review.tags) == (3, ("PRICE",))

    await moderator.says(f"/r{review.number}")
    await moderator.sees_text("истёк срок хранения")
    async with asyncio.timeout(20):  # the card may have been sent in the same moment
        while TEXT in "".join(message.text for message in moderator.messages):
            await asyncio.sleep(0.05)
    await customer.says("/mydata")
    message = await customer.sees(lambda m: m.media is not None and m.media.kind == "document")
    assert message.media is not None
    file = telegram.world.files.find(message.media.file_id)
    assert file is not None
    [said] = json.loads(file.data)["reviews"]
    assert (said["text"], said["topics"], len(said["classes"])) == ("", ["PRICE"], 1)
    assert said["accepted"].endswith("+09:00")


async def test_privacy_says_how_long_texts_are_stored(customer: Customer) -> None:
    await customer.says("/privacy")
    await customer.sees_text("удаляются через 30 дней")
