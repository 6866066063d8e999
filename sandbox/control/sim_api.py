"""
The control API: people, faults and the call log over HTTP, for a page and for tests from outside.

Everything is JSON below /sim. An act that is refused is answered with 400 and the reason.
"""

import json
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, TypeVar

from aiohttp import web
from pydantic import ValidationError

from sandbox.api.call_log import CallLog
from sandbox.api.faults import Fault, Faults
from sandbox.control import request_bodies
from sandbox.control.visitors import Visitors
from sandbox.errors import Refused, bad_request
from sandbox.telegram import acts, ephemerals, group_acts, rules
from sandbox.telegram.chat import Chat, Role
from sandbox.telegram.user import User
from sandbox.telegram.world import World

Answer = Callable[[web.Request], Awaitable[Any]]

B = TypeVar("B", bound=request_bodies.RequestBody)
A = TypeVar("A", bound=request_bodies.ActBody)


class SimApi:
    """Performs acts of people, and returns chats, calls and files."""

    def __init__(self, world: World, faults: Faults, calls: CallLog, visitors: Visitors) -> None:
        self._world = world
        self._visitors = visitors
        self._faults = faults
        self._calls = calls

    def routes(self) -> list[web.RouteDef]:
        """Return the routes below /sim."""
        posts: dict[str, Answer] = {
            "say": self._act(request_bodies.Write, self._say),
            "edit": self._act(request_bodies.Edit, self._edit),
            "tap": self._act(request_bodies.PressButton, self._tap),
            "send": self._act(request_bodies.SendMedia, self._send),
            "forward": self._act(request_bodies.Forward, self._forward),
            "delete": self._act(request_bodies.Delete, self._delete),
            "block": self._act(request_bodies.Block, self._block),
            "language": self._act(request_bodies.SetLanguage, self._set_language),
            "topic": self._act(request_bodies.CreateTopic, self._create_topic),
            "topic-state": self._act(request_bodies.SetTopic, self._set_topic),
            "role": self._act(request_bodies.SetRole, self._set_role),
            "clock": _reading_body(request_bodies.MoveClock, self._move_clock),
            "people": _reading_body(request_bodies.AddPerson, self._add_person),
            "faults": _reading_body(request_bodies.AddFault, self._add_fault),
            "reset": _reading_body(request_bodies.NoBody, self._reset),
        }
        gets: dict[str, Answer] = {
            r"chats/{chat_id:-?\d+}": self._messages,
            "calls": self._list_calls,
        }
        return [
            *(web.post(f"/sim/{name}", _as_json(answer)) for name, answer in posts.items()),
            *(web.get(f"/sim/{name}", _as_json(answer)) for name, answer in gets.items()),
            web.delete("/sim/faults", _as_json(self._clear_faults)),
            web.get("/sim/files/{file_id}", self._file),
        ]

    def _act(self, kind: type[A], perform: Callable[[A, User, Chat], Any]) -> Answer:
        def act(body: A) -> Any:
            user = self._world.users.get(body.user_id)
            chat = self._world.chats.get(body.chat_id or body.user_id)
            if user is None or chat is None:
                raise bad_request("no such person or chat")
            self._visitors.acted()
            return perform(body, user, chat)

        return _reading_body(kind, act)

    def _say(self, body: request_bodies.Write, user: User, chat: Chat) -> Any:
        if body.reply_to_ephemeral is not None:
            ephemerals.find(chat, body.reply_to_ephemeral, user.user_id, "MESSAGE_ID_INVALID")
            return [chat.render(ephemerals.reply(self._world, user, chat, body.text))]
        replied = chat.messages.get(body.reply_to or 0)
        thread_id = rules.open_topic(chat, (replied and replied.thread_id) or body.thread_id or 0)
        said = acts.say(
            self._world, user, chat, body.text, reply_to=body.reply_to, thread_id=thread_id
        )
        return [chat.render(message) for message in said]

    def _edit(self, body: request_bodies.Edit, user: User, chat: Chat) -> Any:
        return chat.render(acts.edit(self._world, user, chat, body.message_id, body.text))

    def _tap(self, body: request_bodies.PressButton, user: User, chat: Chat) -> Any:
        if body.ephemeral_id is None:
            return {"id": acts.tap(self._world, user, chat, body.message_id, body.data).tap_id}
        gone = "MESSAGE_ID_INVALID"
        message = ephemerals.find(chat, body.ephemeral_id, user.user_id, gone)
        return {"id": ephemerals.tap(self._world, user, chat, message, body.data).tap_id}

    def _send(self, body: request_bodies.SendMedia, user: User, chat: Chat) -> Any:
        if body.kind == "album":
            sent = acts.send_album(self._world, user, chat, body.count, caption=body.caption)
        else:
            kind, caption, data = body.kind, body.caption, body.data
            sent = [acts.send_media(self._world, user, chat, kind, caption=caption, data=data)]
        return [chat.render(message) for message in sent]

    def _forward(self, body: request_bodies.Forward, user: User, chat: Chat) -> Any:
        return chat.render(acts.forward(self._world, user, chat, body.text, body.author))

    def _delete(self, body: request_bodies.Delete, user: User, chat: Chat) -> Any:
        acts.delete(self._world, chat, body.message_id)
        return True

    def _block(self, body: request_bodies.Block, user: User, chat: Chat) -> Any:
        change = acts.block if body.blocked else acts.unblock
        change(self._world, user, self._world.chats[user.user_id])
        return True

    def _set_language(self, body: request_bodies.SetLanguage, user: User, chat: Chat) -> Any:
        return self._world.set_language(user, body.language_code).to_json()

    def _create_topic(self, body: request_bodies.CreateTopic, user: User, chat: Chat) -> Any:
        _check_admin(user, chat)
        return group_acts.create_topic(self._world, user, chat, body.name)

    def _set_topic(self, body: request_bodies.SetTopic, user: User, chat: Chat) -> Any:
        _check_admin(user, chat)
        group_acts.set_topic(self._world, user, chat, body.thread_id, body.state)
        return True

    def _set_role(self, body: request_bodies.SetRole, user: User, chat: Chat) -> Any:
        acts.set_role(self._world, user, chat, body.role)
        return True

    def _move_clock(self, body: request_bodies.MoveClock) -> Any:
        self._world.move_clock(body.by_s)
        return True

    def _add_person(self, body: request_bodies.AddPerson) -> Any:
        group = self._world.chats.get(body.joins or 0)
        if body.joins and (group is None or group.kind == "private"):
            raise bad_request("no such group")
        user = self._world.add_person(body.first_name, body.language_code)
        if group is not None:
            acts.join(user, group)
        return user.to_json()

    def _add_fault(self, body: request_bodies.AddFault) -> Any:
        self._faults.add(Fault(**body.model_dump()))
        return True

    async def _clear_faults(self, request: web.Request) -> Any:
        self._faults.clear()
        return True

    def _reset(self, body: request_bodies.NoBody) -> Any:
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


def _check_admin(user: User, chat: Chat) -> None:
    if chat.kind == "private" or chat.role(user.user_id) is Role.MEMBER:
        raise bad_request("only admins of a group change its topics")


def _reading_body(kind: type[B], handle: Callable[[B], Any]) -> Answer:
    """Return a handler that parses the request body as `kind`."""

    async def answer(request: web.Request) -> Any:
        # Only JSON is accepted: a form on a foreign page cannot send it.
        if request.content_type != "application/json":
            raise bad_request("send JSON")
        try:
            body = kind.model_validate_json(await request.read() or b"{}")
        except ValidationError as e:
            first = e.errors(include_url=False)[0]
            raise bad_request(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None
        return handle(body)

    return answer


def _as_json(answer: Answer) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """Return a handler that sends the result of `answer`, or its refusal, as JSON."""

    async def answered(request: web.Request) -> web.StreamResponse:
        try:
            return web.json_response(await answer(request), dumps=_dumps)
        except Refused as e:
            return web.json_response({"error": e.description}, status=400)

    return answered


_dumps = partial(json.dumps, ensure_ascii=False)
