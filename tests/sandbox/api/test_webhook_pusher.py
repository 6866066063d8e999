import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest
from aiohttp import web

from sandbox.api.webhook_pusher import SECRET_HEADER, lane
from sandbox.simulated_people import Customer
from sandbox.telegram.world import World

SECRET = "A-secret_1"


class Receiver:
    """A bot's end of a webhook: keeps what comes and answers as a test says."""

    def __init__(self) -> None:
        self.url = ""
        self.got: list[dict[str, Any]] = []
        self.headers: list[str | None] = []
        self.answers: Callable[[dict[str, Any]], int] = lambda update: 200
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    async def handle(self, request: web.Request) -> web.Response:
        update = await request.json()
        self.got.append(update)
        self.headers.append(request.headers.get(SECRET_HEADER))
        status = self.answers(update)
        await self.may_answer.wait()
        return web.Response(status=status)

    def texts(self) -> list[str]:
        return [update["message"]["text"] for update in self.got]


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    application = web.Application()
    application.router.add_post("/hook", receiver.handle)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield receiver
    receiver.may_answer.set()
    await runner.cleanup()


async def until(holds: Callable[[], bool], within_s: float = 10) -> None:
    async with asyncio.timeout(within_s):
        while not holds():
            await asyncio.sleep(0.01)


async def test_pending_and_new_updates_are_pushed_with_the_secret(
    bot: Bot, anna: Customer, receiver: Receiver, world: World
) -> None:
    await bot.set_webhook(receiver.url, secret_token=SECRET)
    await anna.says("second")

    await until(lambda: len(receiver.got) == 2 and not len(world.updates))
    assert receiver.texts() == ["/start", "second"]
    assert receiver.headers == [SECRET, SECRET]


async def test_a_rejected_update_is_pushed_again_before_later_ones(
    bot: Bot, anna: Customer, receiver: Receiver
) -> None:
    receiver.answers = lambda _: 500 if len(receiver.got) == 1 else 200
    await bot.set_webhook(receiver.url)
    await anna.says("second")

    await until(lambda: len(receiver.got) == 3)
    assert receiver.texts() == ["/start", "/start", "second"]
    assert receiver.headers == [None] * 3
    info = await bot.get_webhook_info()
    assert info.last_error_message == "Wrong response from the webhook: 500 Internal Server Error"


async def test_chats_are_pushed_in_parallel_up_to_the_connection_limit(
    bot: Bot, world: World, receiver: Receiver
) -> None:
    receiver.may_answer.clear()
    await bot.set_webhook(receiver.url, max_connections=2)
    for name in ("one", "two", "three"):
        await Customer(world, name).says(name)

    await until(lambda: len(receiver.got) == 2)
    await asyncio.sleep(0.1)
    assert sorted(receiver.texts()) == ["one", "two"]
    receiver.may_answer.set()
    await until(lambda: len(receiver.got) == 3)


async def test_after_deleting_a_webhook_undelivered_updates_can_be_polled(
    bot: Bot, anna: Customer, receiver: Receiver
) -> None:
    receiver.answers = lambda _: 503
    await bot.set_webhook(receiver.url)
    await until(lambda: len(receiver.got) == 1)
    await bot.delete_webhook()

    assert [u.message and u.message.text for u in await bot.get_updates()] == ["/start"]
    assert (await bot.get_webhook_info()).url == ""


async def test_webhook_info_returns_allowed_updates_and_max_connections(
    bot: Bot, receiver: Receiver
) -> None:
    await bot.set_webhook(receiver.url, allowed_updates=["message"], max_connections=7)
    info = await bot.get_webhook_info()

    assert (info.url, info.max_connections, info.allowed_updates) == (receiver.url, 7, ["message"])


async def test_a_secret_with_invalid_characters_is_refused(bot: Bot, receiver: Receiver) -> None:
    with pytest.raises(TelegramBadRequest, match="unallowed characters"):
        await bot.set_webhook(receiver.url, secret_token="no spaces")


def test_messages_are_ordered_per_chat_and_taps_per_person() -> None:
    message = {"update_id": 1, "message": {"chat": {"id": 5}}}
    edited = {"update_id": 2, "edited_message": {"chat": {"id": 5}}}
    tap = {"update_id": 3, "callback_query": {"from": {"id": 5}}}

    assert lane(message) == lane(edited) != lane(tap)
