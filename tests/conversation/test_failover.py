"""Bot and worker while Redis fails over: both work on with the new primary, unasked."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
from redis import Redis

from sandbox.simulated_people import Customer
from sandbox.stack import defaults_of
from tests.conversation.dialogue import sends
from tests.redis_server import RedisServer
from tests.switch import Switch
from triage.queue.streams import Connections, connect
from triage.sealing import Seal
from worker.app import serve
from worker.classifiers.loading import DEFAULT_MODEL
from worker.settings import WorkerSettings

pytestmark = pytest.mark.redis

# Bot and worker must go on this long after there is a server that takes writes.
GO_ON_S = 10


@pytest.fixture
async def real_connections(switch: Switch) -> AsyncIterator[Connections]:
    connections = connect(switch.url)
    yield connections
    await connections.aclose()


@pytest.fixture
async def worker(switch: Switch, seal: Seal) -> AsyncIterator[None]:
    connections = connect(switch.url)
    settings = defaults_of(WorkerSettings, worker_model=DEFAULT_MODEL, worker_chart_processes=1)
    task = asyncio.create_task(serve(settings, connections, seal))
    yield
    assert not task.done(), task
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    await connections.aclose()


async def test_answers_continue_after_a_redis_failover(
    own_redis: RedisServer,
    other_redis: RedisServer,
    switch: Switch,
    worker: None,
    customer: Customer,
) -> None:
    await sends(customer)
    await customer.sees_text("Отзыв № 1", timeout_s=60)
    with Redis.from_url(own_redis.url) as old, Redis.from_url(other_redis.url) as new:
        new.replicaof("127.0.0.1", own_redis.port)
        async with asyncio.timeout(30):
            while new.info("replication")["master_link_status"] != "up":
                await asyncio.sleep(0.05)
        switch.target = other_redis.port
        old.replicaof("127.0.0.1", other_redis.port)
        new.replicaof("NO", "ONE")
    await asyncio.sleep(GO_ON_S)

    preview = await sends(customer, "Курьер опоздал на час")
    await customer.sees(lambda m: m.message_id == preview.message_id and m.media is not None)
