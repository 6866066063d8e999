import asyncio

from triage.queue.heartbeat import Heartbeat, is_alive
from triage.queue.streams import Connections


async def test_a_sign_is_seen_until_it_runs_out(connections: Connections) -> None:
    assert not await is_alive(connections.commands, "worker")
    await Heartbeat(connections.commands, "worker").beat()

    assert await is_alive(connections.commands, "worker")
    assert not await is_alive(connections.commands, "answers")
    [key] = await connections.commands.keys("*worker*alive")
    assert 80_000 < await connections.commands.pttl(key) <= 90_000


async def test_a_sign_is_not_given_at_every_turn_of_a_fast_loop(connections: Connections) -> None:
    heart = Heartbeat(connections.commands, "worker")
    await heart.beat()
    [key] = await connections.commands.keys("*alive")
    await connections.commands.delete(key)

    await asyncio.gather(*(heart.beat() for _ in range(10)))

    assert not await is_alive(connections.commands, "worker")


async def test_a_heartbeat_of_a_clock_that_was_set_back_counts_for_nothing(
    connections: Connections,
) -> None:
    await Heartbeat(connections.commands, "worker").beat()
    assert await is_alive(connections.commands, "worker")
    [key] = await connections.commands.keys("*:alive")
    await connections.commands.expire(key, 3600)
    assert not await is_alive(connections.commands, "worker")
