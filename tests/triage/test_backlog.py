import asyncio

from redis.asyncio import Redis

from triage.backlog import Backlog, look_at
from triage.heartbeat import Heartbeat, beats
from triage.streams import Connections


async def test_a_stream_that_is_not_there_yet_holds_nothing(connections: Connections) -> None:
    assert await look_at(connections.commands, "nothing") == Backlog()


async def test_the_oldest_entry_and_the_last_one_are_dated(connections: Connections) -> None:
    redis: Redis = connections.commands
    seconds, _ = await redis.time()
    for age_s in (600, 60):
        await redis.xadd("s", {"a": "b"}, id=f"{(seconds - age_s) * 1000}-0")

    found = await look_at(redis, "s")

    assert found.length == 2
    assert 599 < found.oldest_s < 620
    assert found.added_s is not None
    assert 59 < found.added_s < 80


async def test_an_emptied_stream_still_tells_when_it_was_last_added_to(
    connections: Connections,
) -> None:
    entry_id = await connections.commands.xadd("s", {"a": "b"})
    await connections.commands.xdel("s", entry_id)

    found = await look_at(connections.commands, "s")

    assert (found.length, found.oldest_s) == (0, 0)
    assert found.added_s is not None
    assert found.added_s < 30


async def test_a_sign_is_seen_until_it_runs_out(connections: Connections) -> None:
    assert not await beats(connections.commands, "worker")
    await Heartbeat(connections.commands, "worker").beat()

    assert await beats(connections.commands, "worker")
    assert not await beats(connections.commands, "answers")
    [key] = await connections.commands.keys("*worker*alive")
    assert 80_000 < await connections.commands.pttl(key) <= 90_000


async def test_a_sign_is_not_given_at_every_turn_of_a_fast_loop(connections: Connections) -> None:
    heart = Heartbeat(connections.commands, "worker")
    await heart.beat()
    [key] = await connections.commands.keys("*alive")
    await connections.commands.delete(key)

    await asyncio.gather(*(heart.beat() for _ in range(10)))

    assert not await beats(connections.commands, "worker")
