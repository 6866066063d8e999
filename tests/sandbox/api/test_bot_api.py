from typing import Any

import pytest
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import TelegramBadRequest, TelegramUnauthorizedError
from aiogram.types import (
    BotCommand,
    BotCommandScopeAllPrivateChats,
    BufferedInputFile,
    ChatMemberAdministrator,
    InputMediaDocument,
    InputMediaPhoto,
    Message,
)
from aiogram.utils.formatting import Italic
from aiohttp import ClientSession, FormData

from sandbox.server import Server
from sandbox.simulated_people import Customer, Moderator
from sandbox.telegram import acts
from sandbox.telegram.acts import ANONYMOUS_ADMIN
from sandbox.telegram.chat import Membership, Role
from sandbox.telegram.world import BOT, MODERATORS_CHAT_ID, TOKEN, World
from tests.sandbox.pictures import png


async def post(server: Server, method: str, **how: Any) -> tuple[int, Any]:
    """Return status and envelope of a call made by hand."""
    async with (
        ClientSession() as session,
        session.post(f"{server.url}/bot{TOKEN}/{method}", **how) as response,
    ):
        return response.status, await response.json()


async def test_a_wrong_token_gives_unauthorized(server: Server) -> None:
    async with AiohttpSession(api=TelegramAPIServer.from_base(server.url)) as session:
        with pytest.raises(TelegramUnauthorizedError, match="Unauthorized"):
            await Bot("1:wrong", session).get_me()


async def test_an_unknown_method_gives_not_found(server: Server) -> None:
    status, envelope = await post(server, "sendTelegram")

    assert status == 404
    assert envelope == {
        "ok": False,
        "error_code": 404,
        "description": "Not Found: method not found",
    }


@pytest.mark.parametrize("how", ["data", "json", "params", "multipart"])
async def test_any_argument_encoding_and_any_method_case_are_accepted(
    server: Server, anna: Customer, how: str
) -> None:
    arguments = {"chat_id": str(anna.chat.chat_id), "text": "привет & <b>"}
    form = FormData(default_to_multipart=True)
    for name, value in arguments.items():
        form.add_field(name, value)
    given = {"data": form} if how == "multipart" else {how: arguments}

    status, envelope = await post(server, "SENDMESSAGE", **given)

    assert (status, envelope["ok"]) == (200, True)
    assert envelope["result"]["text"] == "привет & <b>"


async def test_json_arguments_may_be_numbers_and_objects(server: Server, anna: Customer) -> None:
    keyboard = {"inline_keyboard": [[{"text": "x", "callback_data": "y"}]]}
    arguments = {"chat_id": anna.chat.chat_id, "text": "hi", "reply_markup": keyboard}

    _, envelope = await post(server, "sendMessage", json=arguments)

    assert envelope["result"]["reply_markup"] == keyboard


@pytest.mark.parametrize("body", [b"{", b"[]"])
async def test_json_that_is_not_an_object_is_refused(server: Server, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    status, envelope = await post(server, "sendMessage", data=body, headers=headers)

    assert status == envelope["error_code"] == 400


async def test_get_me_returns_the_bot_user(bot: Bot) -> None:
    me = await bot.get_me()

    assert (me.id, me.is_bot, me.username) == (BOT.user_id, True, BOT.username)


async def test_a_photo_is_stored_in_two_sizes_and_can_be_downloaded_and_resent(
    bot: Bot, anna: Customer
) -> None:
    chart = png(800, 500)
    sent = await bot.send_photo(anna.chat.chat_id, chart, caption="&")
    assert sent.photo is not None
    assert [(size.width, size.height) for size in sent.photo] == [(320, 200), (800, 500)]
    file = await bot.get_file(sent.photo[-1].file_id)
    assert file.file_path is not None
    loaded = await bot.download_file(file.file_path)
    again = await bot.send_photo(anna.chat.chat_id, sent.photo[-1].file_id)

    assert loaded is not None
    assert loaded.read() == chart.data
    assert again.photo == sent.photo


async def test_album_messages_share_a_media_group_and_keep_their_media_type(
    bot: Bot, anna: Customer
) -> None:
    chat_id = anna.chat.chat_id
    media = [InputMediaPhoto(media=png(), caption="Damage"), InputMediaPhoto(media=png())]
    first, second = await bot.send_media_group(chat_id, [*media])
    assert first.media_group_id == second.media_group_id is not None
    assert (first.caption, second.caption) == ("Damage", None)

    file = InputMediaDocument(media=BufferedInputFile(b"gone", "gone.txt"))
    with pytest.raises(TelegramBadRequest, match="must stay of its kind"):
        await bot.edit_message_media(file, chat_id=chat_id, message_id=first.message_id)
    with pytest.raises(TelegramBadRequest, match="as an album"):
        await bot.send_media_group(chat_id, media[:1])


async def test_a_document_keeps_its_name(bot: Bot, anna: Customer) -> None:
    sent = await bot.send_document(anna.chat.chat_id, BufferedInputFile(b"a,b", "reviews.csv"))

    assert sent.document is not None
    assert (sent.document.file_name, sent.document.mime_type) == ("reviews.csv", "text/csv")


async def test_editing_a_text_into_a_photo_keeps_the_message_id(bot: Bot, anna: Customer) -> None:
    sent = await bot.send_message(anna.chat.chat_id, "receipt")
    edited = await sent.edit_media(InputMediaPhoto(media=png(), **Italic("x").as_caption_kwargs()))

    assert isinstance(edited, Message)
    assert (edited.message_id, edited.text, edited.html_text) == (sent.message_id, None, "<i>x</i>")
    assert edited.photo
    assert edited.edit_date


async def test_private_chats_share_message_ids_and_a_group_has_its_own(
    bot: Bot, world: World, anna: Customer
) -> None:
    boris = Customer(world, "Борис")
    await boris.says("/start")
    in_private = await bot.send_message(anna.chat.chat_id, "hi")
    in_group = await bot.send_message(MODERATORS_CHAT_ID, "hi")

    assert in_private.message_id == 3
    assert in_group.message_id == 1


async def test_aiogram_can_parse_chats_and_chat_members(
    bot: Bot, world: World, anna: Customer, olga: Moderator
) -> None:
    group = await bot.get_chat(MODERATORS_CHAT_ID)
    person = await bot.get_chat(anna.chat.chat_id)
    olgas = await bot.get_chat_member(MODERATORS_CHAT_ID, olga.user.user_id)
    annas = await bot.get_chat_member(MODERATORS_CHAT_ID, anna.user.user_id)

    assert (group.type, group.title) == ("supergroup", "Moderators")
    assert (person.type, person.first_name) == ("private", "Анна")
    assert (olgas.status, annas.status) == ("creator", "left")
    assert await bot.get_chat_member_count(MODERATORS_CHAT_ID) == 2


@pytest.mark.parametrize("role", [Role.ADMIN, Role.ANONYMOUS])
async def test_a_person_can_become_an_administrator(
    bot: Bot, world: World, olga: Moderator, role: Role
) -> None:
    second = Moderator(world, "Nick")
    acts.set_role(world, second.user, second.chat, role)
    found = await bot.get_chat_member(MODERATORS_CHAT_ID, second.user.user_id)
    said = await second.says("hello")

    assert isinstance(found, ChatMemberAdministrator)
    assert found.is_anonymous == (role is Role.ANONYMOUS)
    assert (said.sender == ANONYMOUS_ADMIN) == (role is Role.ANONYMOUS)
    assert (await second.edits(said, "goodbye")).text == "goodbye"


async def test_administrators_are_the_owner_and_the_bot_if_promoted(
    bot: Bot, world: World, olga: Moderator
) -> None:
    before = await bot.get_chat_administrators(MODERATORS_CHAT_ID)
    world.set_membership(olga.chat, olga.user, Membership.ADMINISTRATOR)
    after = await bot.get_chat_administrators(MODERATORS_CHAT_ID)

    assert [member.status for member in before] == ["creator"]
    assert [member.status for member in after] == ["creator", "administrator"]
    mine = await bot.get_chat_member(MODERATORS_CHAT_ID, BOT.user_id)
    assert mine.status == "administrator"


async def test_a_bot_can_leave_a_group_but_not_a_private_chat(
    bot: Bot, world: World, anna: Customer
) -> None:
    assert await bot.leave_chat(MODERATORS_CHAT_ID)
    assert world.chats[MODERATORS_CHAT_ID].membership is Membership.LEFT
    with pytest.raises(TelegramBadRequest, match="can't be changed in private chats"):
        await bot.leave_chat(anna.chat.chat_id)


async def test_commands_are_stored_per_scope_and_language(bot: Bot, world: World) -> None:
    scope = BotCommandScopeAllPrivateChats()
    english, russian = [
        [BotCommand(command="start", description=words)] for words in ("Begin", "Начать")
    ]
    await bot.set_my_commands(english, scope=scope)
    await bot.set_my_commands(russian, scope=scope, language_code="ru")

    [in_english] = await bot.get_my_commands(scope=scope)
    [in_russian] = await bot.get_my_commands(scope=scope, language_code="ru")
    assert (in_english.description, in_russian.description) == ("Begin", "Начать")
    assert await bot.get_my_commands() == []
    private = scope.model_dump_json()
    shown = [world.menu.shown(private, code)[0].description for code in ("ru", "de", None)]
    assert shown == ["Начать", "Begin", "Begin"]
    await bot.delete_my_commands(scope=scope, language_code="ru")
    assert await bot.get_my_commands(scope=scope, language_code="ru") == []


@pytest.mark.parametrize(
    ("command", "description", "words"),
    [
        ("Start", "x", "BOT_COMMAND_INVALID"),
        ("x" * 33, "x", "BOT_COMMAND_INVALID"),
        ("start", "", "BOT_COMMAND_DESCRIPTION_INVALID"),
    ],
)
async def test_an_invalid_command_is_refused(
    bot: Bot, command: str, description: str, words: str
) -> None:
    with pytest.raises(TelegramBadRequest, match=words):
        await bot.set_my_commands([BotCommand(command=command, description=description)])


async def test_descriptions_fall_back_to_the_default_language(bot: Bot) -> None:
    await bot.set_my_description("What it does")
    await bot.set_my_short_description("Коротко", language_code="ru")

    assert (await bot.get_my_description("ru")).description == "What it does"
    assert (await bot.get_my_short_description("ru")).short_description == "Коротко"
    assert (await bot.get_my_short_description("en")).short_description == ""


async def test_calls_are_logged_with_their_outcome_and_without_message_texts(
    bot: Bot, server: Server, anna: Customer
) -> None:
    await bot.send_message(anna.chat.chat_id, "a secret")
    with pytest.raises(TelegramBadRequest):
        await bot.send_message(999, "a secret")

    sent, refused = server.calls
    assert (sent.method, sent.chat_id, sent.outcome) == ("sendMessage", anna.chat.chat_id, "ok")
    assert refused.outcome == "Bad Request: chat not found"
    assert "secret" not in str([sent, refused])
    assert server.calls.after(sent.number) == [refused]
