"""
Pushes updates to the bot's webhook: https://core.telegram.org/bots/api#setwebhook.

An update is delivered when the bot answers 2xx. Until then it is sent again, at growing intervals,
and later updates of the same chat wait: Telegram's server has a lane for each chat's messages and
for each person's taps. Other lanes continue, up to max_connections in parallel.
"""

import asyncio
import re
from collections.abc import Mapping
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout

from sandbox.errors import bad_request
from sandbox.telegram.world import RegisteredWebhook, World

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"

# A failed update is sent again after a second, then after twice as long each time.
FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 60.0

# How long Telegram waits for an answer.
ANSWER_S = 60

DEFAULT_CONNECTIONS = 40
MAX_CONNECTIONS = 100

_SECRET = re.compile(r"[A-Za-z0-9_-]{0,256}")

# A local Bot API server also takes plain HTTP; this one does so on this machine.
# https://core.telegram.org/bots/api#using-a-local-bot-api-server
_URL = re.compile(r"https://.+|http://(127\.0\.0\.1|localhost)[:/].*")


def read_webhook(url: str, secret: str, max_connections: int) -> RegisteredWebhook | None:
    """Return the webhook that a bot asks for, None for an empty URL; raises Refused."""
    if not url:
        return None
    if not _URL.fullmatch(url):
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    if not _SECRET.fullmatch(secret):
        raise bad_request("secret token contains unallowed characters")
    return RegisteredWebhook(
        url, secret, min(max_connections or DEFAULT_CONNECTIONS, MAX_CONNECTIONS)
    )


def lane(update: Mapping[str, Any]) -> tuple[str, int]:
    """Return the lane of an update: updates of a lane are sent one after the other."""
    kind = next(name for name in update if name != "update_id")
    content = update[kind]
    if kind == "callback_query":
        return kind, int(content["from"]["id"])
    return "chat", int(content["chat"]["id"])


class Pusher:
    """Pushes updates while a webhook is set."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._busy: set[tuple[str, int]] = set()

    async def run(self) -> None:
        """Push until cancelled."""
        timeout = ClientTimeout(total=ANSWER_S)
        async with ClientSession(timeout=timeout) as session, asyncio.TaskGroup() as tasks:
            while True:
                await self._world.updates.changed()
                for update, webhook in iter(self._next, None):
                    self._busy.add(lane(update))
                    tasks.create_task(self._push(session, webhook, update))

    def _next(self) -> tuple[Mapping[str, Any], RegisteredWebhook] | None:
        """Return the oldest update whose lane is free, None if no connection is free."""
        webhook, waiting = self._world.webhook, self._world.updates.waiting
        if webhook is None or len(self._busy) >= webhook.max_connections:
            return None
        free = (update for update in waiting if lane(update) not in self._busy)
        update = next(free, None)
        return None if update is None else (update, webhook)

    async def _push(
        self, session: ClientSession, webhook: RegisteredWebhook, update: Mapping[str, Any]
    ) -> None:
        """Send one update until it is accepted or the webhook changes."""
        pause_s = FIRST_PAUSE_S
        while self._world.webhook is webhook:
            error = await _error_of(session, webhook, update)
            if error is None:
                self._world.updates.confirm(update["update_id"])
                break
            self._world.webhook_error = (int(self._world.clock()), error)
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
        self._busy.discard(lane(update))
        self._world.updates.notify_changed()


async def _error_of(
    session: ClientSession, webhook: RegisteredWebhook, update: Mapping[str, Any]
) -> str | None:
    """Send `update` once; return the error in Telegram's words, None if it was accepted."""
    headers = {SECRET_HEADER: webhook.secret} if webhook.secret else {}
    try:
        async with session.post(
            webhook.url, json=update, headers=headers, allow_redirects=False
        ) as response:
            if response.status // 100 == 2:
                return None
            return f"Wrong response from the webhook: {response.status} {response.reason}"
    except (ClientError, TimeoutError, OSError):
        return "Connection refused"
