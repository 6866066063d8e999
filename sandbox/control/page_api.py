"""
Serves the page: its files, its initial state, and a stream of events.

It only reads; people act through the control API.
"""

import asyncio
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from aiohttp import web

from sandbox.api.call_log import CallLog
from sandbox.control.page_hint import shipped_hint
from sandbox.telegram.chat import Chat, Membership
from sandbox.telegram.feed import Event
from sandbox.telegram.user import User
from sandbox.telegram.world import MODERATORS_CHAT_ID, World

PAGE = Path(__file__).parents[1] / "page"

# The commands that a private chat shows, as the Bot API writes this scope.
PRIVATE_CHATS = '{"type": "all_private_chats"}'
LANGUAGES = ("ru", "en")

# How many calls the page shows at first.
CALLS = 200

# A regular line keeps the stream open; writing it fails when the page was closed.
BEAT_S = 15.0

# The page loads nothing from other servers and runs only its own scripts.
POLICY = "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'"


class PageApi:
    """Answers the requests of a browser."""

    def __init__(self, world: World, calls: CallLog) -> None:
        self._world = world
        self._calls = calls
        self.hint = shipped_hint()

    def routes(self) -> list[web.AbstractRouteDef]:
        """Return the routes of the page."""
        return [
            web.get("/", self._index),
            web.get("/page/state", self._state),
            web.get("/page/events", self._events),
            web.static("/page", PAGE),
        ]

    async def _index(self, request: web.Request) -> web.StreamResponse:
        headers = {"Content-Security-Policy": POLICY, "Cache-Control": "no-store"}
        return web.FileResponse(PAGE / "index.html", headers=headers)

    async def _state(self, request: web.Request) -> web.StreamResponse:
        world = self._world
        group = world.chats[MODERATORS_CHAT_ID]
        state = {
            "hint": asdict(self.hint),
            "bot": world.bot.to_json(),
            "group": {"id": group.chat_id, "title": group.title},
            "people": [_person(user, world, group) for user in world.users.values()],
            "chats": {
                chat.chat_id: [chat.render(message) for message in chat.messages.values()]
                for chat in world.chats.values()
            },
            "ephemerals": [group.render(message) for message in group.ephemerals.values()],
            "group_commands": {code: self._group_commands(group, code) for code in LANGUAGES},
            "commands": {language: self._commands(language) for language in LANGUAGES},
            "moved_s": world.moved_s,
            "calls": [call.to_json() for call in list(self._calls)[-CALLS:]],
        }
        return web.json_response(state)

    def _commands(self, language: str) -> list[dict[str, str]]:
        shown = self._world.menu.shown(PRIVATE_CHATS, language)
        return [command.to_json() for command in shown]

    def _group_commands(self, group: Chat, language: str) -> list[dict[str, str]]:
        scope = json.dumps({"type": "chat", "chat_id": group.chat_id})
        return [command.to_json() for command in self._world.menu.shown(scope, language)]

    async def _events(self, request: web.Request) -> web.StreamResponse:
        """Stream events as they happen (https://html.spec.whatwg.org/#server-sent-events)."""
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
        )
        with self._world.feed.subscribe() as events:
            await response.prepare(request)
            await response.write(b": hello\n\n")
            while True:
                try:
                    async with asyncio.timeout(BEAT_S):
                        line = _line(await events.get())
                except TimeoutError:
                    line = b": still here\n\n"
                await response.write(line)


def _line(event: Event) -> bytes:
    content = {"kind": event.kind, "chat_id": event.chat_id, "content": event.content}
    return f"id: {event.number}\ndata: {json.dumps(content, ensure_ascii=False)}\n\n".encode()


def _person(user: User, world: World, group: Chat) -> dict[str, Any]:
    return {
        "id": user.user_id,
        "name": user.first_name,
        "language": "ru" if user.language_code == "ru" else "en",
        "role": "moderator" if user.user_id in group.members else "customer",
        "role_in_group": group.role(user.user_id) if user.user_id in group.members else None,
        "blocked": world.chats[user.user_id].membership is Membership.BLOCKED,
    }
