from triage.queue.heartbeat import BEAT_EXPIRY_S
from triage.queue.served_models import (
    SERVED,
    ServedModel,
    read_served_models,
    record_served_model,
)
from triage.queue.streams import Connections

SMALL = ServedModel(host="a", name="linear", version="1", not_larger="the hub is away")
LARGE = ServedModel(host="a", name="gemma-2-9b", version="2")


async def test_the_last_served_model_of_each_host_is_returned(connections: Connections) -> None:
    other = ServedModel(host="b", name="linear", version="1")
    for model in (SMALL, other, LARGE):
        await record_served_model(connections.commands, model)

    assert sorted(await read_served_models(connections.commands), key=lambda m: m.host) == [
        LARGE,
        other,
    ]


async def test_the_model_of_a_stopped_worker_is_no_longer_returned(
    connections: Connections,
) -> None:
    await record_served_model(connections.commands, SMALL)
    await connections.commands.zincrby(SERVED, -BEAT_EXPIRY_S - 1, SMALL.model_dump_json())

    assert await read_served_models(connections.commands) == []


async def test_a_model_dated_in_the_future_is_ignored(connections: Connections) -> None:
    await record_served_model(connections.commands, SMALL)
    await connections.commands.zincrby(SERVED, 3600, SMALL.model_dump_json())

    assert await read_served_models(connections.commands) == []
