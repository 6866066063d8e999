import asyncio

import pytest
from aiohttp import ClientSession, web

from bot.telegram import http_server
from bot.telegram.http_server import listening
from tests.ports import free_port


async def hello(_: web.Request) -> web.Response:
    return web.Response(text="hello")


async def test_responses_contain_no_server_version() -> None:
    port = free_port()
    async with (
        listening([web.get("/", hello)], "127.0.0.1", port),
        ClientSession() as session,
        session.get(f"http://127.0.0.1:{port}/") as answer,
    ):
        assert answer.headers["Server"] == "feedback-triage"


async def test_a_client_that_sends_an_incomplete_header_is_disconnected(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(http_server, "HEADER_TIMEOUT_S", 0.1)
    port = free_port()
    async with listening([web.get("/", hello)], "127.0.0.1", port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ")
        async with asyncio.timeout(20):
            assert await reader.read() == b""
        writer.close()


async def test_an_idle_connection_stays_open_after_a_complete_request(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(http_server, "HEADER_TIMEOUT_S", 0.2)
    port = free_port()
    async with listening([web.get("/", hello)], "127.0.0.1", port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in range(2):
            writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            assert b"hello" in await reader.readuntil(b"hello")
            await asyncio.sleep(0.3)
        writer.close()
