import asyncio

import pytest
from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest, TelegramConflictError
from aiogram.types import Update

from sandbox.simulated_people import Customer
from sandbox.telegram.world import World


def texts(updates: list[Update]) -> list[str | None]:
    return [update.message.text for update in updates if update.message]


async def test_an_update_is_returned_again_until_a_later_offset_is_requested(
    bot: Bot, anna: Customer
) -> None:
    await anna.says("second")
    first = await bot.get_updates(limit=1)
    again = await bot.get_updates()
    rest = await bot.get_updates(offset=first[0].update_id + 1)
    last = await bot.get_updates(offset=rest[-1].update_id + 1)

    assert texts(first) == ["/start"]
    assert texts(again) == ["/start", "second"]
    assert texts(rest) == ["second"]
    assert last == []


async def test_a_negative_offset_counts_from_the_end(bot: Bot, anna: Customer) -> None:
    await anna.says("second")
    await anna.says("third")

    assert texts(await bot.get_updates(offset=-1)) == ["third"]
    assert texts(await bot.get_updates()) == ["third"]


async def test_a_poll_returns_when_the_first_update_arrives(bot: Bot, anna: Customer) -> None:
    await bot.get_updates(offset=-1)
    confirmed = (await bot.get_updates())[0].update_id + 1
    poll = asyncio.create_task(bot.get_updates(offset=confirmed, timeout=25))
    await asyncio.sleep(0.05)

    assert not poll.done()
    await anna.says("now")
    assert texts(await asyncio.wait_for(poll, 20)) == ["now"]


async def test_a_poll_without_updates_returns_empty_after_its_timeout(
    bot: Bot, world: World
) -> None:
    started_s = asyncio.get_running_loop().time()

    assert await bot.get_updates(timeout=1) == []
    assert 0.9 < asyncio.get_running_loop().time() - started_s < 20


async def test_a_second_poll_terminates_the_first(bot: Bot, world: World) -> None:
    first = asyncio.create_task(bot.get_updates(timeout=25))
    await world.updates.polled.wait()
    second = asyncio.create_task(bot.get_updates(timeout=1))

    with pytest.raises(TelegramConflictError, match="terminated by other getUpdates request"):
        await first
    assert await second == []


async def test_only_allowed_kinds_are_queued_from_the_next_poll_on(
    bot: Bot, anna: Customer
) -> None:
    await bot.get_updates(offset=-1, allowed_updates=["edited_message"])
    theirs = await anna.says("one")
    await anna.edits(theirs, "two")

    kinds = [update.event_type for update in await bot.get_updates()]
    assert kinds == ["message", "edited_message"]  # /start came before


async def test_blocking_and_unblocking_give_updates(bot: Bot, anna: Customer) -> None:
    await anna.blocks()
    await anna.unblocks()

    changes = [
        u.my_chat_member.new_chat_member.status for u in await bot.get_updates() if u.my_chat_member
    ]
    assert changes == ["kicked", "member"]


async def test_polling_is_refused_while_a_webhook_is_set(bot: Bot, anna: Customer) -> None:
    await bot.set_webhook("https://example.com/hook")

    with pytest.raises(TelegramConflictError, match="webhook is active"):
        await bot.get_updates()
    info = await bot.get_webhook_info()
    assert (info.url, info.pending_update_count) == ("https://example.com/hook", 1)
    await bot.delete_webhook(drop_pending_updates=True)
    assert await bot.get_updates() == []


async def test_setting_a_webhook_terminates_a_waiting_poll(bot: Bot, world: World) -> None:
    poll = asyncio.create_task(bot.get_updates(timeout=25))
    await world.updates.polled.wait()
    await bot.set_webhook("https://example.com/hook")

    with pytest.raises(TelegramConflictError, match="terminated by setWebhook request"):
        await poll


async def test_a_webhook_needs_https(bot: Bot, world: World) -> None:
    with pytest.raises(TelegramBadRequest, match="An HTTPS URL must be provided"):
        await bot.set_webhook("http://example.com/hook")
