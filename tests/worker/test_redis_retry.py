import logging

import pytest

from triage.errors import QueueUnavailable
from worker.redis_retry import RedisRetry


class Flaky:
    """Fails so often, then answers."""

    def __init__(self, failures: int) -> None:
        self.left = failures

    async def __call__(self) -> str:
        if self.left:
            self.left -= 1
            raise QueueUnavailable("Redis: gone")
        return "answer"


async def test_a_successful_call_is_made_once_and_logs_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    assert await RedisRetry().retry(Flaky(0)) == "answer"
    assert not caplog.records


async def test_an_outage_is_retried_and_logged_once_with_its_reason(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    redis_retry = RedisRetry()
    assert await redis_retry.retry(Flaky(2)) == "answer"
    assert await redis_retry.retry(Flaky(0)) == "answer"
    first, last = (record.getMessage() for record in caplog.records)
    assert first == "waiting: Redis: gone"
    assert last.startswith("Redis is reachable again after 0.")


async def test_an_error_other_than_an_outage_is_raised() -> None:
    async def wrong() -> None:
        raise ValueError("a bug")

    with pytest.raises(ValueError, match="a bug"):
        await RedisRetry().retry(wrong)
