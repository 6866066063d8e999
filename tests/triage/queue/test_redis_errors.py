"""What a Redis that answers says when it refuses, each with its remedy in the same line."""

import pytest
from redis.exceptions import NoPermissionError, OutOfMemoryError, RedisError, ResponseError

from triage.errors import QueueUnavailable
from triage.queue.redis_errors import translate_redis_errors

FULL_DISK = "MISCONF Errors writing to the AOF file: No space left on device"


@pytest.mark.parametrize(
    ("error", "remedy"),
    [
        (ResponseError(FULL_DISK), "it cannot save to its disk: free space there, see its log"),
        (OutOfMemoryError("command not allowed"), "its memory is full: raise its maxmemory"),
        (NoPermissionError("this user has no permissions"), "let it use all commands on {triage}*"),
    ],
)
async def test_a_redis_error_becomes_one_line_with_the_remedy(
    error: RedisError, remedy: str
) -> None:
    with pytest.raises(QueueUnavailable) as caught:
        async with translate_redis_errors():
            raise error
    assert str(caught.value).startswith("Redis: ")
    assert str(caught.value).endswith(remedy)
    assert str(error).partition(" ")[2] in str(caught.value)
