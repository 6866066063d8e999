"""
The Bot API over HTTP: https://core.telegram.org/bots/api#making-requests.

Reads a call, passes it to its method, and wraps the answer in Telegram's envelope. Applies the
faults of `sandbox.api.faults` and the limits of `sandbox.api.call_limits`.
"""

import asyncio
import inspect
import json
import time
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import BodyPartReader, web

from sandbox.api.call_arguments import Arguments, Upload, from_json
from sandbox.api.call_limits import CallLimits
from sandbox.api.call_log import OK, CallLog
from sandbox.api.faults import Fault, FaultKind, Faults
from sandbox.api.methods.table import METHODS
from sandbox.errors import Refused
from sandbox.telegram.world import World

# The largest request that Telegram accepts.
MAX_BODY_BYTES = 50 * 1024 * 1024


class _Dropped(Exception):
    """A fault dropped the call or its answer."""


class BotApi:
    """Answers the calls of one bot."""

    def __init__(self, world: World, faults: Faults, limits: CallLimits, calls: CallLog) -> None:
        self._world = world
        self._faults = faults
        self._limits = limits
        self._calls = calls

    def routes(self) -> list[web.RouteDef]:
        """Return the routes of calls and downloads."""
        return [
            web.route("*", "/bot{token}/{method}", self._handle),
            web.get("/file/bot{token}/{path:.+}", self._download),
        ]

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        method, when_ms, started = request.match_info["method"], _now_ms(), time.perf_counter()
        chat_id: int | None = None
        outcome = OK
        try:
            self._check_token(request)
            arguments = await read_arguments(request)
            chat_id = arguments.integer("chat_id") or None
            return _envelope(await self._call(method.lower(), chat_id, arguments))
        except Refused as e:
            outcome = e.description
            return _refusal(e)
        except asyncio.CancelledError:
            outcome = "the bot closed the connection"
            raise
        except _Dropped as e:
            outcome = str(e)
            assert request.transport is not None, "an open request has a connection"
            request.transport.abort()
            return web.Response()
        finally:
            took_ms = (time.perf_counter() - started) * 1000
            self._calls.note(method, chat_id, when_ms, took_ms, outcome)

    async def _call(self, method: str, chat_id: int | None, arguments: Arguments) -> Any:
        function = METHODS.get(method)
        if function is None:
            raise Refused(404, "Not Found: method not found")
        fault = self._faults.take(method, chat_id)
        if fault is not None:
            await _before(fault)
        self._limits.check(method, chat_id)
        result = function(self._world, arguments)
        if inspect.isawaitable(result):
            result = await result
        if fault is not None and fault.kind is FaultKind.LOST_ANSWER:
            await _drop(fault)
        return result

    async def _download(self, request: web.Request) -> web.StreamResponse:
        try:
            self._check_token(request)
        except Refused as e:
            return _refusal(e)
        stored = self._world.files.find(request.match_info["path"].rpartition("/")[2])
        if stored is None:
            return _refusal(Refused(404, "Not Found"))
        return web.Response(body=stored.data)

    def _check_token(self, request: web.Request) -> None:
        token = request.match_info["token"]
        if ":" not in token:
            raise Refused(404, "Not Found")
        if token != self._world.token:
            raise Refused(401, "Unauthorized")


async def read_arguments(request: web.Request) -> Arguments:
    """Return the arguments of a call, in any format that the Bot API accepts."""
    if request.content_type == "multipart/form-data":
        return await _read_multipart(request)
    try:
        body = await request.read()
    except web.HTTPRequestEntityTooLarge:
        raise _too_large() from None
    if request.content_type == "application/json":
        return from_json(body)
    pairs = [*request.query.items(), *parse_qsl(body.decode(), keep_blank_values=True)]
    return Arguments(dict(pairs))


async def _read_multipart(request: web.Request) -> Arguments:
    fields, uploads, size = dict(request.query), {}, 0
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader):
            continue
        name, data = part.name or "", bytes(await part.read())
        size += len(data)
        if size > MAX_BODY_BYTES:
            raise _too_large()
        if part.filename is None:
            fields[name] = data.decode()
        else:
            uploads[name] = Upload(part.filename, data)
    return Arguments(fields, uploads)


async def _before(fault: Fault) -> None:
    """Apply the faults that refuse, lose or delay a call before it is executed."""
    refusal = fault.refusal()
    if refusal is not None:
        raise refusal
    if fault.kind is FaultKind.LOST_CALL:
        await _drop(fault)
    if fault.kind is FaultKind.SLOW:
        await asyncio.sleep(fault.hold_s)


async def _drop(fault: Fault) -> None:
    await asyncio.sleep(fault.hold_s)
    raise _Dropped(fault.kind)


def _too_large() -> Refused:
    return Refused(413, "Request Entity Too Large")


def _envelope(result: Any) -> web.Response:
    return _json(200, {"ok": True, "result": result})


def _refusal(refused: Refused) -> web.Response:
    content = {"ok": False, "error_code": refused.code, "description": refused.description}
    if refused.parameters:
        content["parameters"] = dict(refused.parameters)
    return _json(refused.code, content)


def _json(status: int, content: Any) -> web.Response:
    body = json.dumps(content, ensure_ascii=False).encode()
    return web.Response(status=status, body=body, content_type="application/json")


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
