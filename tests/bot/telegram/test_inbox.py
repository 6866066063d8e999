"""Updates that survive a kill, on a real Redis and on the fake one."""

import pytest
from aiogram import Bot

from bot.telegram.inbox import MAX_TRIES, Inbox
from tests.bot.samples import SEAL
from tests.bot.telegram.test_lanes import update
from triage.key_file import new_key
from triage.queue.streams import Connections
from triage.sealing import Seal


@pytest.fixture
def inbox(connections: Connections, bot: Bot) -> Inbox:
    return Inbox(connections.commands, SEAL, bot)


async def test_unhandled_updates_are_returned_in_order(inbox: Inbox, bot: Bot) -> None:
    updates = [update(9), update(10), update(11)]
    await inbox.keep(updates)
    await inbox.drop(10)
    assert [u.update_id for u in await inbox.left()] == [9, 11]
    [first, _] = await inbox.left()
    assert first.message is not None
    assert first.message.text == "/help"
    assert first.message.bot is bot, "a handler could not answer it"
    assert await inbox.offset() == 12


async def test_an_empty_inbox_has_no_offset(inbox: Inbox) -> None:
    assert await inbox.offset() is None
    assert await inbox.left() == []


async def test_updates_are_stored_encrypted(inbox: Inbox, connections: Connections) -> None:
    await inbox.keep([update(9)])
    [sealed] = await stored(connections)
    assert b"/help" not in sealed
    assert b"Anna" not in sealed


async def stored(connections: Connections) -> list[bytes]:
    names = await connections.commands.keys("{triage}:inbox:*")
    hashes = [name for name in names if not name.endswith(b":last")]
    return [value for name in hashes for value in await connections.commands.hvals(name)]


async def test_an_update_that_crashes_the_process_every_time_is_dropped(
    inbox: Inbox, caplog: pytest.LogCaptureFixture
) -> None:
    await inbox.keep([update(9)])
    tries = 0
    while await inbox.left():
        tries += 1
    assert tries == MAX_TRIES - 1, "the first try was before it was left"
    assert "update 9 crashed this process" in caplog.text


async def test_an_update_encrypted_with_another_key_is_dropped(
    inbox: Inbox, connections: Connections, bot: Bot, caplog: pytest.LogCaptureFixture
) -> None:
    await Inbox(connections.commands, Seal([new_key()]), bot).keep([update(9)])
    assert await inbox.left() == []
    assert "stored update 9 cannot be read" in caplog.text
    assert await stored(connections) == []
