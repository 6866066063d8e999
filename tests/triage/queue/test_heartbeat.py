import asyncio

from triage.queue.heartbeat import Heartbeat, is_alive
from triage.queue.streams import Connections


async def test_a_heartbeat_is_seen_until_it_expires(connections: Connections) -> None:
    assert not await is_alive(connections.commands, "worker")
    await Heartbeat(connections.commands, "worker").beat()

    assert await is_alive(connections.commands, "worker")
    assert not await is_alive(connections.commands, "answers")
    [key] = await connections.commands.keys("*worker*alive")
    assert 80_000 < await connections.commands.pttl(key) <= 90_000


async def test_a_fast_loop_does_not_send_a_heartbeat_each_time(connections: Connections) -> None:
    heart = Heartbeat(connections.commands, "worker")
    await heart.beat()
    [key] = await connections.commands.keys("*alive")
    await connections.commands.delete(key)

    await asyncio.gather(*(heart.beat() for _ in range(10)))

    assert not await is_alive(connections.commands, "worker")


async def test_a_heartbeat_with_a_too_long_expiry_is_ignored(
    connections: Connections,
) -> None:
    await Heartbeat(connections.commands, "worker").beat()
    assert await is_alive(connections.commands, "worker")
    [key] = await connections.commands.keys("*:alive")
    await connections.commands.expire(key, 3600)
    assert not await is_alive(connections.commands, "worker")
