"""Entries that nobody can read, on a real Redis and on the fake one."""

import pytest

from tests.triage.queue.queues import SEAL, job, pending, run_out, stream_of_jobs
from triage.key_file import new_key
from triage.queue.limits import DEAD, JOBS, WORKERS
from triage.queue.messages import Job
from triage.queue.streams import Connections, Stream
from triage.sealing import Seal


def changed(**fields: object) -> bytes:
    """Return a job whose fields need not be right, sealed."""
    return SEAL.close(job().model_copy(update=fields).model_dump_json(warnings=False).encode())


class TestUnreadable:
    @pytest.fixture
    async def jobs(self, connections: Connections) -> Stream[Job]:
        jobs = stream_of_jobs(connections)
        await jobs.create_group()
        return jobs

    @pytest.mark.parametrize(
        ("fields", "reason"),
        [
            pytest.param({"sealed": b""}, "decrypted", id="empty"),
            pytest.param({"other": b"field"}, "decrypted", id="no field"),
            pytest.param({"sealed": b"\xff\x00\xfe" * 99}, "decrypted", id="binary"),
            pytest.param({"sealed": Seal([new_key()]).close(b"{}")}, "decrypted", id="other key"),
            pytest.param({"sealed": SEAL.close(b"not JSON")}, "JSON", id="no JSON"),
            pytest.param({"sealed": SEAL.close(b"\xff\xfe")}, "JSON", id="no UTF-8"),
            pytest.param({"sealed": SEAL.close(b"[" * 100_000)}, "recursion", id="deep"),
            pytest.param({"sealed": SEAL.close(b'{"version":1}')}, "review_id", id="no id"),
            pytest.param({"sealed": changed(version=2)}, "version", id="version"),
            pytest.param({"sealed": changed(rating=-1)}, "rating", id="rating"),
            pytest.param({"sealed": changed(text="я" * 500_000)}, "text", id="1 MB"),
        ],
    )
    async def test_the_unreadable_is_put_aside_and_the_rest_is_served(
        self,
        jobs: Stream[Job],
        connections: Connections,
        fields: dict[str, bytes],
        reason: str,
    ) -> None:
        redis = connections.commands
        before, after = job("before"), job("after")
        await jobs.publish(before)
        bad_id = await redis.xadd(JOBS, dict(fields))
        await jobs.publish(after)

        deliveries = await jobs.read(10)

        assert [delivery.message for delivery in deliveries] == [before, after]
        ((_, letter),) = await redis.xrange(DEAD)
        assert reason in letter[b"reason"].decode()
        assert (letter[b"stream"], letter[b"entry_id"]) == (JOBS.encode(), bad_id)
        assert letter[b"sealed"] == fields.get("sealed", b"")
        assert (await jobs.length(), await pending(redis)) == (2, 2)

    async def test_the_unreadable_of_a_dead_consumer_is_put_aside_too(
        self, jobs: Stream[Job], connections: Connections
    ) -> None:
        redis = connections.commands
        await jobs.create_group()
        await redis.xadd(JOBS, {"sealed": b"?"})
        await redis.xreadgroup(WORKERS, "dead", {JOBS: ">"})
        await run_out(redis)
        assert await jobs.reclaim(10) == []
        assert (await jobs.length(), await redis.xlen(DEAD)) == (0, 1)
