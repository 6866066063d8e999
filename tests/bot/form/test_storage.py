"""Form state on Redis, each test on a real one and on the fake one."""

import asyncio
import json
from dataclasses import asdict

import pytest
from aiogram import Bot
from aiogram.fsm.context import FSMContext
from aiogram.fsm.storage.base import StorageKey

from bot.form.draft import Draft, FormPart, Step
from bot.form.session import Form
from bot.form.storage import FORM_TTL_S, KEY_PREFIX, LOCK_TIMEOUT_S, FormStorage, OneAtATime
from tests.bot.samples import SEAL, TEXT, TEXTS
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
    return Form(bot, state, TEXTS["ru"], limit=300)


async def stored(connections: Connections) -> dict[bytes, bytes]:
    redis = connections.commands
    return {name: await redis.get(name) for name in await redis.keys("*")}


async def test_a_draft_comes_back_as_it_was_kept(connections: Connections, bot: Bot) -> None:
    await form(connections, bot).keep(DRAFT)
    assert await form(connections, bot).load() == DRAFT
    assert await form(connections, bot, key=BORIS).load() is None


async def test_what_lies_in_redis_is_sealed_and_goes_after_a_week(
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


async def test_a_forgotten_draft_leaves_nothing(connections: Connections, bot: Bot) -> None:
    await form(connections, bot).keep(DRAFT)
    await form(connections, bot).forget()
    assert await stored(connections) == {}


async def test_with_another_key_a_person_begins_anew(connections: Connections, bot: Bot) -> None:
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
async def test_a_draft_of_another_version_counts_as_none(
    fake_connections: Connections, bot: Bot, kept: object
) -> None:
    storage = FormStorage(fake_connections.commands, SEAL)
    await storage.set_data(ANNA, {"draft": kept})
    assert await form(fake_connections, bot).load() is None


async def test_closing_the_storage_leaves_the_client_open(connections: Connections) -> None:
    await FormStorage(connections.commands, SEAL).close()
    assert await connections.commands.set("still", "open")


async def test_one_persons_updates_are_handled_in_the_order_of_arrival(
    connections: Connections,
) -> None:
    isolation, handled, inside = OneAtATime(connections.commands), [], 0

    async def handle(number: int) -> None:
        nonlocal inside
        async with isolation.lock(ANNA):
            inside += 1
            assert inside == 1, "two updates of one person at once"
            await asyncio.sleep(0.01 if number % 3 == 0 else 0)
            handled.append(number)
            inside -= 1

    await asyncio.gather(*(handle(number) for number in range(30)))
    assert handled == list(range(30))


async def test_nobody_waits_for_another_person(connections: Connections) -> None:
    isolation = OneAtATime(connections.commands)
    async with isolation.lock(ANNA):
        async with asyncio.timeout(5), isolation.lock(BORIS):
            pass
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1), isolation.lock(ANNA):
                pytest.fail("the turn was given twice")


async def test_two_replicas_share_one_turn(connections: Connections) -> None:
    here, there = OneAtATime(connections.commands), OneAtATime(connections.commands)
    async with here.lock(ANNA):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2), there.lock(ANNA):
                pytest.fail("the turn was given twice")
    async with asyncio.timeout(5), there.lock(ANNA):
        pass


async def test_a_handler_that_fails_gives_its_turn_back(connections: Connections) -> None:
    isolation = OneAtATime(connections.commands)

    async def fail() -> None:
        async with isolation.lock(ANNA):
            raise RuntimeError("broken handler")

    with pytest.raises(RuntimeError, match="broken handler"):
        await fail()
    async with asyncio.timeout(5), isolation.lock(ANNA):
        assert len(await stored_locks(connections)) == 1
    assert await stored_locks(connections) == []


async def stored_locks(connections: Connections) -> list[bytes]:
    names: list[bytes] = await connections.commands.keys("*")
    for name in names:
        assert 0 < await connections.commands.ttl(name) <= LOCK_TIMEOUT_S
    return names


async def test_turns_of_people_who_left_take_no_room(fake_connections: Connections) -> None:
    isolation = OneAtATime(fake_connections.commands)
    for user_id in range(50):
        async with isolation.lock(StorageKey(bot_id=1, chat_id=user_id, user_id=user_id)):
            pass
    assert len(isolation._turns) == 0
