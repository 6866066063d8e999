"""A start that cannot succeed ends with one line that says what to do."""

import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.server import Server
from tests.e2e.processes import MACHINE, Installation, output_of
from tests.forked import Forked
from tests.redis_server import RedisServer

pytestmark = [
    pytest.mark.redis,
    pytest.mark.timeout(180),
    pytest.mark.xdist_group("processes"),
]

TOKEN = "123456:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"


async def refused(module: str, folder: Path, **settings: str) -> tuple[int, list[str]]:
    """Return the exit code of `python -m module`, and what it said."""
    environment = {**MACHINE, "BOT_TOKEN": TOKEN, **settings}
    code, said = await output_of(module, folder=folder, environment=environment)
    return code, said.splitlines()


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("", 0)) as taken:
        yield taken.getsockname()[1]


@pytest.mark.parametrize(
    ("module", "settings", "words"),
    [
        (
            "bot",
            {"WEBHOOK_URL": "https://bot.example.com/hook"},
            "bot: setting WEBHOOK_SECRET: WEBHOOK_URL needs it",
        ),
        ("worker", {"WORKER_PORT": "0"}, "worker: setting WORKER_PORT: "),
    ],
)
async def test_the_error_names_an_invalid_setting(
    tmp_path: Path, module: str, settings: dict[str, str], words: str
) -> None:
    code, said = await refused(module, tmp_path, **settings)
    assert (code, len(said)) == (2, 1)
    assert said[0].startswith(words)


async def test_the_error_names_an_occupied_worker_port(tmp_path: Path, taken_port: int) -> None:
    key = tmp_path / "key"
    key.write_text("c2FtcGxlIGtleSBvZiB0aGUgdGVzdHMuIDMyIGJ5dGU=")
    settings = {"TRIAGE_KEY_FILE": str(key), "WORKER_PORT": str(taken_port)}
    code, said = await refused("worker", tmp_path, **settings)
    assert (code, len(said)) == (1, 1)
    assert said[0].startswith(f"worker: port {taken_port} cannot be used (")
    assert said[0].endswith("name another: WORKER_PORT")


async def test_the_error_names_an_occupied_bot_port(
    tmp_path: Path, telegram: Server, own_redis: RedisServer, taken_port: int
) -> None:
    bot = Installation(tmp_path, telegram, own_redis.url, BOT_PORT=str(taken_port))
    process = bot.start("bot")
    assert await in_time(process)
    await bot.stop()
    assert process.returncode == 1
    assert bot.log().splitlines()[-1].startswith(f"bot: port {taken_port} cannot be used (")
    assert "Traceback" not in bot.log()


async def test_a_second_polling_bot_exits_and_the_first_continues(
    tmp_path: Path, telegram: Server, own_redis: RedisServer
) -> None:
    first = Installation(tmp_path, telegram, own_redis.url)
    polling = first.start("bot")
    while "polling for updates" not in first.log():
        assert await still_runs(polling), first.log()
    other = tmp_path / "other"
    other.mkdir()
    keys = {"TRIAGE_KEY_FILE": str(tmp_path / "keys" / "triage.key")}
    second = Installation(other, telegram, own_redis.url, **keys)
    process = second.start("bot")
    assert await in_time(process)

    assert process.returncode == 1
    assert second.log().splitlines()[-1].startswith("bot: another bot runs with this token")
    assert "Traceback" not in second.log()
    assert await still_runs(polling)
    await first.stop()


async def in_time(process: Forked) -> bool:
    """Return whether the process ends by itself, on a busy machine too."""
    return await asyncio.to_thread(process.wait, 60) is not None


async def still_runs(process: Forked) -> bool:
    await asyncio.sleep(0.1)
    return process.poll() is None
