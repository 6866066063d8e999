"""
Takes updates that Telegram pushes: https://core.telegram.org/bots/api#setwebhook.

An update is confirmed when it was handled: what fails is answered with an error, and Telegram
sends it again. Replicas may stand behind one URL, for Telegram sends a chat's messages one after
the other.
"""

import hmac
import logging
from urllib.parse import urlsplit

from aiogram import Bot, Dispatcher
from aiogram.exceptions import TelegramBadRequest
from aiogram.webhook.aiohttp_server import SimpleRequestHandler
from aiohttp import web

from bot.errors import BadWebhook, RetriedByTelegram

logger = logging.getLogger(__name__)

# Where nobody says otherwise.
PORT = 8080

# As many as Telegram allows: they are shared by all replicas behind the URL.
UPDATES_AT_ONCE = 100


class WebhookReceiver(SimpleRequestHandler):
    """Hands pushed updates to the dispatcher, and answers when they are handled."""

    def __init__(self, dispatcher: Dispatcher, bot: Bot, url: str, secret: str) -> None:
        # aiogram's default answers first, and what then fails is lost.
        super().__init__(dispatcher, bot, handle_in_background=False, secret_token=secret)
        self._url = url
        self._secret = secret

    def route(self) -> web.RouteDef:
        """Return where the updates come in: the path of the URL."""
        return web.post(urlsplit(self._url).path or "/", self.handle)

    async def announce(self) -> None:
        """Tell Telegram the URL, as each replica may; BadWebhook where Telegram refuses it."""
        try:
            await self.bot.set_webhook(
                self._url,
                secret_token=self._secret,
                max_connections=UPDATES_AT_ONCE,
                allowed_updates=self.dispatcher.resolve_used_update_types(),
            )
        except TelegramBadRequest as e:
            raise BadWebhook(f"Telegram refuses WEBHOOK_URL {self._url}: {e.message}") from e

    def verify_secret(self, telegram_secret_token: str, bot: Bot) -> bool:
        """Compare in constant time; aiogram's own comparison fails on what is not ASCII."""
        given = telegram_secret_token.encode(errors="surrogateescape")
        return hmac.compare_digest(given, self._secret.encode())

    async def handle(self, request: web.Request) -> web.Response:
        """Answer 2xx for what is done, 503 for what Telegram is to send again."""
        try:
            return await super().handle(request)
        except RetriedByTelegram:
            return web.Response(status=503)
        except ValueError:
            # Not an update that this version can read; it would read no better the next time.
            logger.warning("a pushed update cannot be read and is left out")
            return web.Response()
