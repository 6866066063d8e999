from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from aiogram import Bot
from aiogram.exceptions import TelegramServerError
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup
from aiohttp import ClientSession

from sandbox.server import Server
from sandbox.simulated_people import Customer
from sandbox.telegram import ephemerals
from sandbox.telegram.formatting import fix
from sandbox.telegram.message import Content
from sandbox.telegram.world import MODERATORS_CHAT_ID

Ask = Callable[..., Awaitable[tuple[int, Any]]]


@pytest.fixture
async def ask(server: Server) -> AsyncIterator[Ask]:
    """Ask the control API: a body is posted, none is a GET."""
    async with ClientSession() as session:

        async def ask(path: str, body: Any = None, **how: Any) -> tuple[int, Any]:
            method = how.pop("method", "GET" if body is None else "POST")
            url = f"{server.url}/sim/{path}"
            async with session.request(method, url, json=body, **how) as response:
                return response.status, await response.json()

        yield ask


async def come(ask: Ask, **more: Any) -> int:
    """Let a person come in and return their id."""
    _, person = await ask("people", {"first_name": "Анна", **more})
    return int(person["id"])


async def test_a_person_added_by_the_api_can_talk_with_the_bot(bot: Bot, ask: Ask) -> None:
    user_id = await come(ask)
    _, said = await ask("say", {"user_id": user_id, "text": "/start"})
    button = InlineKeyboardButton(text="go", callback_data="go")
    sent = await bot.send_message(
        user_id, "hi", reply_markup=InlineKeyboardMarkup(inline_keyboard=[[button]])
    )
    await ask("tap", {"user_id": user_id, "message_id": sent.message_id, "data": "go"})
    edit = {"user_id": user_id, "message_id": said[0]["message_id"], "text": "/start again"}
    await ask("edit", edit)

    _, messages = await ask(f"chats/{user_id}")
    assert [message["text"] for message in messages] == ["/start again", "hi"]
    kinds = [update.event_type for update in await bot.get_updates()]
    assert kinds == ["message", "callback_query", "edited_message"]


async def test_an_act_over_the_api_is_one_of_a_visitor(
    ask: Ask, server: Server, anna: Customer
) -> None:
    assert not server.visitors.are_active(), "anna is simulated"
    await ask("say", {"user_id": anna.user.user_id, "text": "hello"})
    assert server.visitors.are_active()


async def test_only_its_receiver_can_reply_to_an_ephemeral_message(
    bot: Bot, ask: Ask, server: Server
) -> None:
    group = server.world.chats[MODERATORS_CHAT_ID]
    olga, boris = [await come(ask, joins=group.chat_id) for _ in range(2)]
    shown = ephemerals.send(
        server.world, group, server.world.users[olga], Content(fix("Search by a reply"))
    )
    reply = {"chat_id": group.chat_id, "text": "courier", "reply_to_ephemeral": shown.ephemeral_id}
    status, _ = await ask("say", {"user_id": boris, **reply})
    assert status == 400, "the other one does not see it"
    await ask("say", {"user_id": olga, **reply})
    [update] = [one.message for one in await bot.get_updates() if one.message]
    assert (update.text, update.from_user.id) == ("courier", olga)
    assert update.ephemeral_message_id


async def test_people_can_send_forward_and_delete_messages(bot: Bot, ask: Ask) -> None:
    user_id = await come(ask)
    await ask("send", {"user_id": user_id, "kind": "sticker"})
    await ask("send", {"user_id": user_id, "kind": "album", "count": 2})
    _, forwarded = await ask("forward", {"user_id": user_id, "text": "look"})
    await ask("delete", {"user_id": user_id, "message_id": forwarded["message_id"]})

    _, messages = await ask(f"chats/{user_id}")
    assert [("sticker" in m, "photo" in m) for m in messages] == [(True, False)] + 2 * [
        (False, True)
    ]
    assert len(await bot.get_updates()) == 4


async def test_a_moderator_can_join_the_group(bot: Bot, ask: Ask) -> None:
    user_id = await come(ask, joins=MODERATORS_CHAT_ID)
    status, _ = await ask("say", {"user_id": user_id, "chat_id": MODERATORS_CHAT_ID, "text": "hi"})

    assert status == 200
    assert (await bot.get_chat_member(MODERATORS_CHAT_ID, user_id)).status == "creator"


async def test_a_person_can_change_language_and_block_the_bot(bot: Bot, ask: Ask) -> None:
    user_id = await come(ask)
    await ask("language", {"user_id": user_id, "language_code": "en"})
    await ask("say", {"user_id": user_id, "text": "/start"})
    await ask("block", {"user_id": user_id, "blocked": True})

    message, blocked = await bot.get_updates()
    assert message.message is not None
    assert message.message.from_user is not None
    assert message.message.from_user.language_code == "en"
    assert blocked.my_chat_member is not None


async def test_faults_can_be_planned_and_cleared(bot: Bot, ask: Ask, anna: Customer) -> None:
    await ask("faults", {"kind": "broken", "times": 5})
    with pytest.raises(TelegramServerError):
        await bot.send_message(anna.chat.chat_id, "hi")
    await ask("faults", method="DELETE")

    assert await bot.send_message(anna.chat.chat_id, "hi")
    _, calls = await ask("calls")
    assert [call["outcome"] for call in calls] == ["Internal Server Error", "ok"]
    _, later = await ask(f"calls?after={calls[0]['number']}")
    assert later == calls[1:]


async def test_reset_deletes_everything_except_the_people(
    bot: Bot, ask: Ask, server: Server, anna: Customer
) -> None:
    await bot.send_message(anna.chat.chat_id, "hi")
    await ask("reset", {})

    assert anna.messages == ()
    assert anna.user.user_id in server.world.users
    assert await bot.get_updates() == []


@pytest.mark.parametrize(
    ("path", "body", "reason"),
    [
        ("say", {"user_id": 1, "text": "hi"}, "no such person or chat"),
        ("say", {"user_id": "x", "text": "hi"}, "user_id: "),
        ("say", {"user_id": 1}, "text: Field required"),
        ("say", {"user_id": 1, "text": "hi", "sudo": 1}, "sudo: Extra inputs"),
        ("people", {"first_name": "X", "joins": 5}, "no such group"),
        ("chats/77", None, "no such chat"),
    ],
)
async def test_an_invalid_request_gives_an_error_with_the_reason(
    ask: Ask, path: str, body: Any, reason: str
) -> None:
    status, answer = await ask(path, body)

    assert status == 400
    assert reason in answer["error"]


async def test_requests_from_other_origins_are_refused(server: Server) -> None:
    async with ClientSession() as session:

        async def status(**how: Any) -> int:
            async with session.post(f"{server.url}/sim/reset", **how) as response:
                return response.status

        assert await status(json={}, headers={"Host": "evil.example"}) == 403
        assert await status(json={}, headers={"Origin": "https://evil.example"}) == 403
        assert await status(data="{}") == 400
        assert await status(json={}, headers={"Origin": server.url}) == 200


async def test_a_picture_can_be_loaded_by_its_id(bot: Bot, server: Server, anna: Customer) -> None:
    photo = (await anna.sends("photo")).media
    assert photo is not None
    async with ClientSession() as session:
        async with session.get(f"{server.url}/sim/files/{photo.file_id}") as response:
            assert (await response.read()).startswith(b"\x89PNG")
        async with session.get(f"{server.url}/sim/files/unknown") as response:
            assert response.status == 404
