"""
The control API: people, faults and the call log over HTTP, for a page and for tests from outside.

Everything is JSON below /sim. What people cannot do comes back as 400 with the reason.
"""

import json
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, TypeVar

from aiohttp import web
from pydantic import ValidationError

from sandbox.api.call_log import CallLog
from sandbox.api.faults import Fault, Faults
from sandbox.control import orders
from sandbox.errors import Refused, bad_request
from sandbox.telegram import acts
from sandbox.telegram.chat import Chat
from sandbox.telegram.user import User
from sandbox.telegram.world import World

Answer = Callable[[web.Request], Awaitable[Any]]

B = TypeVar("B", bound=orders.Order)
A = TypeVar("A", bound=orders.Act)


class SimApi:
    """Carries orders out, and tells what there is."""

    def __init__(self, world: World, faults: Faults, calls: CallLog) -> None:
        self._world = world
        self._faults = faults
        self._calls = calls

    def routes(self) -> list[web.RouteDef]:
        """Return where the requests come in."""
        posts: dict[str, Answer] = {
            "say": self._act(orders.Write, self._say),
            "edit": self._act(orders.Edit, self._edit),
            "tap": self._act(orders.PressButton, self._tap),
            "send": self._act(orders.Send, self._send),
            "forward": self._act(orders.Forward, self._forward),
            "delete": self._act(orders.Delete, self._delete),
            "block": self._act(orders.Block, self._block),
            "language": self._act(orders.Speak, self._speak),
            "people": _ordered(orders.Come, self._come),
            "faults": _ordered(orders.GoWrong, self._go_wrong),
            "reset": _ordered(orders.Nothing, self._reset),
        }
        gets: dict[str, Answer] = {
            r"chats/{chat_id:-?\d+}": self._messages,
            "calls": self._list_calls,
        }
        return [
            *(web.post(f"/sim/{name}", _answering(answer)) for name, answer in posts.items()),
            *(web.get(f"/sim/{name}", _answering(answer)) for name, answer in gets.items()),
            web.delete("/sim/faults", _answering(self._go_right)),
            web.get("/sim/files/{file_id}", self._file),
        ]

    def _act(self, kind: type[A], perform: Callable[[A, User, Chat], Any]) -> Answer:
        def act(order: A) -> Any:
            user = self._world.users.get(order.user_id)
            chat = self._world.chats.get(order.chat_id or order.user_id)
            if user is None or chat is None:
                raise bad_request("no such person or chat")
            return perform(order, user, chat)

        return _ordered(kind, act)

    def _say(self, order: orders.Write, user: User, chat: Chat) -> Any:
        said = acts.say(self._world, user, chat, order.text, reply_to=order.reply_to)
        return [chat.render(message) for message in said]

    def _edit(self, order: orders.Edit, user: User, chat: Chat) -> Any:
        return chat.render(acts.edit(self._world, user, chat, order.message_id, order.text))

    def _tap(self, order: orders.PressButton, user: User, chat: Chat) -> Any:
        return {"id": acts.tap(self._world, user, chat, order.message_id, order.data).tap_id}

    def _send(self, order: orders.Send, user: User, chat: Chat) -> Any:
        if order.kind == "album":
            sent = acts.send_album(self._world, user, chat, order.count)
        else:
            sent = [acts.send_media(self._world, user, chat, order.kind, caption=order.caption)]
        return [chat.render(message) for message in sent]

    def _forward(self, order: orders.Forward, user: User, chat: Chat) -> Any:
        return chat.render(acts.forward(self._world, user, chat, order.text, order.author))

    def _delete(self, order: orders.Delete, user: User, chat: Chat) -> Any:
        acts.delete(self._world, chat, order.message_id)
        return True

    def _block(self, order: orders.Block, user: User, chat: Chat) -> Any:
        change = acts.block if order.blocked else acts.unblock
        change(self._world, user, self._world.chats[user.user_id])
        return True

    def _speak(self, order: orders.Speak, user: User, chat: Chat) -> Any:
        return self._world.set_language(user, order.language_code).to_json()

    def _come(self, order: orders.Come) -> Any:
        group = self._world.chats.get(order.joins or 0)
        if order.joins and (group is None or group.kind == "private"):
            raise bad_request("no such group")
        user = self._world.add_person(order.first_name, order.language_code)
        if group is not None:
            acts.join(user, group)
        return user.to_json()

    def _go_wrong(self, order: orders.GoWrong) -> Any:
        self._faults.add(Fault(**order.model_dump()))
        return True

    async def _go_right(self, request: web.Request) -> Any:
        self._faults.clear()
        return True

    def _reset(self, order: orders.Nothing) -> Any:
        self._faults.clear()
        self._calls.clear()
        self._world.reset()
        return True

    async def _messages(self, request: web.Request) -> Any:
        chat = self._world.chats.get(int(request.match_info["chat_id"]))
        if chat is None:
            raise bad_request("no such chat")
        return [chat.render(message) for message in chat.messages.values()]

    async def _list_calls(self, request: web.Request) -> Any:
        after = request.query.get("after", "0")
        return [call.to_json() for call in self._calls.after(int(after) if after.isdigit() else 0)]

    async def _file(self, request: web.Request) -> web.StreamResponse:
        stored = self._world.files.find(request.match_info["file_id"])
        if stored is None:
            raise web.HTTPNotFound
        return web.Response(body=stored.data, headers={"X-Content-Type-Options": "nosniff"})


def _ordered(kind: type[B], carry_out: Callable[[B], Any]) -> Answer:
    """Return an answer that reads its body as `kind`."""

    async def answer(request: web.Request) -> Any:
        # Only JSON counts: a form on a foreign page cannot send that.
        if request.content_type != "application/json":
            raise bad_request("send JSON")
        try:
            order = kind.model_validate_json(await request.read() or b"{}")
        except ValidationError as e:
            first = e.errors(include_url=False)[0]
            raise bad_request(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None
        return carry_out(order)

    return answer


def _answering(answer: Answer) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """Wrap what `answer` returns, or why it refuses, into JSON."""

    async def answered(request: web.Request) -> web.StreamResponse:
        try:
            return web.json_response(await answer(request), dumps=_dumps)
        except Refused as e:
            return web.json_response({"error": e.description}, status=400)

    return answered


_dumps = partial(json.dumps, ensure_ascii=False)
