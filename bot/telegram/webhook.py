"""
Receives updates that Telegram pushes: https://core.telegram.org/bots/api#setwebhook.

An update is confirmed when it was handled: a failed one is answered with an error, and Telegram
sends it again. Several replicas may share one URL: Telegram sends the messages of a chat one after
the other.
"""

import asyncio
import hmac
import logging
from urllib.parse import urlsplit

from aiogram import Bot, Dispatcher
from aiogram.exceptions import TelegramBadRequest
from aiogram.types import Update
from aiohttp import web

from bot.errors import BadWebhook, RetriedByTelegram
from bot.telegram.lanes import LanesFull, UpdateLanes

logger = logging.getLogger(__name__)

# The default port.
PORT = 8080

# The most that Telegram allows: all replicas behind the URL share them.
UPDATES_AT_ONCE = 100

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"

# Updates are some kilobytes; Telegram sends one within a second.
MAX_BODY_BYTES = 1024 * 1024
BODY_TIMEOUT_S = 10.0


class WebhookReceiver:
    """Passes pushed updates to their lanes, and answers when they are handled."""

    def __init__(
        self, dispatcher: Dispatcher, bot: Bot, lanes: UpdateLanes, url: str, secret: str
    ) -> None:
        self._dispatcher = dispatcher
        self._bot = bot
        self._lanes = lanes
        self._url = url
        self._secret = secret

    def route(self) -> web.RouteDef:
        """Return the route for updates: the path of the URL."""
        return web.post(urlsplit(self._url).path or "/", self.handle)

    async def announce(self) -> None:
        """Set the webhook's URL; each replica may. Raises BadWebhook if Telegram refuses it."""
        try:
            await self._bot.set_webhook(
                self._url,
                secret_token=self._secret,
                max_connections=UPDATES_AT_ONCE,
                allowed_updates=self._dispatcher.resolve_used_update_types(),
            )
        except TelegramBadRequest as e:
            raise BadWebhook(f"Telegram refuses WEBHOOK_URL {self._url}: {e.message}") from e

    async def handle(self, request: web.Request) -> web.Response:
        """Answer 200 for a handled or dropped update, 503 if Telegram should send it again."""
        if not self._is_telegram(request):
            return web.Response(text="Unauthorized", status=401)
        update = await self._read(request)
        if update is None:
            return web.Response()
        try:
            task = self._lanes.start(
                update,
                lambda over_limit: self._dispatcher.feed_update(
                    self._bot, update, over_limit=over_limit
                ),
            )
            if task is not None:
                await asyncio.shield(task)
        except (RetriedByTelegram, LanesFull):
            return web.Response(status=503)
        return web.Response()

    def _is_telegram(self, request: web.Request) -> bool:
        given = request.headers.get(SECRET_HEADER, "").encode(errors="surrogateescape")
        return hmac.compare_digest(given, self._secret.encode())

    async def _read(self, request: web.Request) -> Update | None:
        """Return the update; None if it cannot be read, now or the next time."""
        try:
            async with asyncio.timeout(BODY_TIMEOUT_S):
                body = await request.content.read(MAX_BODY_BYTES + 1)
                while len(body) <= MAX_BODY_BYTES and not request.content.at_eof():
                    body += await request.content.read(MAX_BODY_BYTES + 1 - len(body))
            if len(body) > MAX_BODY_BYTES:
                raise ValueError("the body is too large")
            return Update.model_validate_json(body, context={"bot": self._bot})
        except TimeoutError:
            raise web.HTTPRequestTimeout from None
        except (ValueError, RecursionError):
            logger.warning("a pushed update cannot be read and is dropped")
            return None
