"""A running sandbox and an aiogram client of it: real HTTP, on a free port."""

from collections.abc import AsyncIterator

import pytest
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer

from sandbox.server import Server, serving
from sandbox.simulated_people import Customer, Moderator
from sandbox.telegram.world import TOKEN, World


class FakeClock:
    """A clock that a test turns."""

    def __init__(self) -> None:
        self.now_s = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def world(clock: FakeClock) -> World:
    world = World(clock=clock)
    world.add_group("Moderators")
    return world


@pytest.fixture
async def server(world: World) -> AsyncIterator[Server]:
    async with serving(world) as running:
        yield running


@pytest.fixture
async def bot(server: Server) -> AsyncIterator[Bot]:
    session = AiohttpSession(api=TelegramAPIServer.from_base(server.url), timeout=5)
    yield Bot(TOKEN, session)
    # aiogram's own close waits a quarter of a second for TLS, which is not there.
    await (await session.create_session()).close()


@pytest.fixture
async def anna(world: World) -> Customer:
    """A customer who has pressed Start."""
    customer = Customer(world)
    await customer.says("/start")
    return customer


@pytest.fixture
def olga(world: World) -> Moderator:
    return Moderator(world)
