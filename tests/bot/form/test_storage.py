"""Form state on Redis, each test on a real one and on the fake one."""

import json
from dataclasses import asdict

import pytest
from aiogram import Bot
from aiogram.fsm.context import FSMContext
from aiogram.fsm.storage.base import StorageKey

from bot.form.draft import Draft, FormPart, Step
from bot.form.session import Form
from bot.form.storage import FORM_TTL_S, KEY_PREFIX, FormStorage
from tests.bot.samples import SEAL, TAXONOMY, TEXT, TEXTS
from triage.key_file import new_key
from triage.queue.streams import Connections
from triage.sealing import Seal

ANNA = StorageKey(bot_id=1, chat_id=555, user_id=555)
BORIS = StorageKey(bot_id=1, chat_id=556, user_id=556)

DRAFT = Draft(
    form_id="f",
    step=Step.PREVIEW,
    rating=0,
    tags=("PRICE",),
    tags_done=True,
    parts=(FormPart(1, TEXT), FormPart(2, '<b>&"🙂')),
    message_id=7,
    source="qr",
)


def form(connections: Connections, bot: Bot, *, seal: Seal = SEAL, key: StorageKey = ANNA) -> Form:
    state = FSMContext(FormStorage(connections.commands, seal), key)
    return Form(bot, state, TEXTS["ru"], TAXONOMY, limit=300)


async def stored(connections: Connections) -> dict[bytes, bytes]:
    redis = connections.commands
    return {name: await redis.get(name) for name in await redis.keys("*")}


async def test_a_draft_is_loaded_as_it_was_stored(connections: Connections, bot: Bot) -> None:
    await form(connections, bot).keep(DRAFT)
    assert await form(connections, bot).load() == DRAFT
    assert await form(connections, bot, key=BORIS).load() is None


async def test_drafts_in_redis_are_encrypted_and_expire_after_a_week(
    connections: Connections, bot: Bot
) -> None:
    await form(connections, bot).keep(DRAFT)
    [(name, sealed)] = (await stored(connections)).items()
    assert name.startswith(KEY_PREFIX.encode())
    for readable in (*TEXT.split(), "PRICE", "rating", "preview"):
        assert readable.encode() not in sealed
        assert json.dumps(readable)[1:-1].encode() not in sealed
    assert json.loads(SEAL.open(sealed))["draft"]["parts"][0]["text"] == TEXT
    assert FORM_TTL_S - 5 <= await connections.commands.ttl(name) <= FORM_TTL_S


async def test_a_deleted_draft_leaves_nothing_in_redis(connections: Connections, bot: Bot) -> None:
    await form(connections, bot).keep(DRAFT)
    await form(connections, bot).forget()
    assert await stored(connections) == {}


async def test_a_draft_encrypted_with_another_key_is_replaced_by_a_new_one(
    connections: Connections, bot: Bot
) -> None:
    await form(connections, bot).keep(DRAFT)
    other = form(connections, bot, seal=Seal([new_key()]))
    assert await other.load() is None
    fresh = await other.load_or_begin()
    assert fresh == Draft(form_id=fresh.form_id)
    await other.keep(fresh)
    assert await other.load() == fresh


@pytest.mark.parametrize(
    "kept",
    [{"form_id": "f", "step": "weather"}, {"step": "rating"}, "text", {**asdict(DRAFT), "tags": 5}],
)
async def test_a_draft_in_an_unknown_format_counts_as_missing(
    fake_connections: Connections, bot: Bot, kept: object
) -> None:
    storage = FormStorage(fake_connections.commands, SEAL)
    await storage.set_data(ANNA, {"draft": kept})
    assert await form(fake_connections, bot).load() is None


async def test_closing_the_storage_leaves_the_client_open(connections: Connections) -> None:
    await FormStorage(connections.commands, SEAL).close()
    assert await connections.commands.set("still", "open")
