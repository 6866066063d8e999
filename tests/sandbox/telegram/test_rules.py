"""Each refusal as the bot's own client gets it, over HTTP."""

from collections.abc import Awaitable, Callable

import pytest
from aiogram import Bot
from aiogram.exceptions import (
    TelegramBadRequest,
    TelegramForbiddenError,
    TelegramMigrateToChat,
)
from aiogram.types import (
    BufferedInputFile,
    CallbackQuery,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaPhoto,
    Message,
    MessageEntity,
    ReplyParameters,
)
from aiogram.utils.formatting import Bold

from sandbox.simulated_people import Customer, Moderator
from sandbox.telegram import acts
from sandbox.telegram.chat import Membership
from sandbox.telegram.rules import MAX_PHOTO_BYTES, TAP_ANSWER_S
from sandbox.telegram.world import MODERATORS_CHAT_ID, World
from tests.sandbox.conftest import FakeClock
from tests.sandbox.pictures import png

BUTTONS = InlineKeyboardMarkup(
    inline_keyboard=[[InlineKeyboardButton(text="go", callback_data="go")]]
)


async def refused(call: Awaitable[object]) -> str:
    """Return the words with which a call is refused as a bad request."""
    with pytest.raises(TelegramBadRequest) as error:
        await call
    return error.value.message


async def forbidden(call: Awaitable[object]) -> str:
    """Return the words with which a call is forbidden."""
    with pytest.raises(TelegramForbiddenError) as error:
        await call
    return error.value.message


async def test_sending_to_an_unknown_chat_is_refused(bot: Bot, anna: Customer) -> None:
    assert await refused(bot.send_message(999, "hi")) == "Bad Request: chat not found"
    assert await refused(bot.send_message("@nobody", "hi")) == "Bad Request: chat not found"
    assert await refused(bot.send_message("", "hi")) == "Bad Request: chat_id is empty"


async def test_sending_to_a_person_who_never_pressed_start_is_refused(
    bot: Bot, world: World
) -> None:
    stranger = Customer(world)

    words = await forbidden(bot.send_message(stranger.chat.chat_id, "hi"))

    assert words == "Forbidden: bot can't initiate conversation with a user"


async def test_sending_to_a_person_who_blocked_the_bot_is_refused(bot: Bot, anna: Customer) -> None:
    sent = await bot.send_message(anna.chat.chat_id, "hi")
    await anna.blocks()

    for call in (
        bot.send_message(anna.chat.chat_id, "hi"),
        bot.edit_message_text("ho", chat_id=anna.chat.chat_id, message_id=sent.message_id),
    ):
        assert await forbidden(call) == "Forbidden: bot was blocked by the user"
    await anna.unblocks()
    assert await bot.send_message(anna.chat.chat_id, "hi")


@pytest.mark.parametrize(
    ("standing", "words"),
    [
        (Membership.KICKED, "Forbidden: bot was kicked from the supergroup chat"),
        (Membership.LEFT, "Forbidden: bot is not a member of the supergroup chat"),
    ],
)
async def test_sending_to_a_group_without_membership_is_refused(
    bot: Bot, world: World, olga: Moderator, standing: Membership, words: str
) -> None:
    world.set_membership(olga.chat, olga.user, standing)

    assert await forbidden(bot.send_message(MODERATORS_CHAT_ID, "hi")) == words


async def test_the_error_for_a_migrated_group_has_the_new_chat_id(bot: Bot, world: World) -> None:
    world.chats[MODERATORS_CHAT_ID].migrated_to = -1009

    with pytest.raises(TelegramMigrateToChat) as error:
        await bot.send_message(MODERATORS_CHAT_ID, "hi")

    assert error.value.migrate_to_chat_id == -1009


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "Bad Request: message text is empty"),
        (" \n\u200b", "Bad Request: text must be non-empty"),
        ("x" * 4097, "Bad Request: message is too long"),
        ("😀" * 2049, "Bad Request: message is too long"),
    ],
)
async def test_a_text_must_have_1_to_4096_units(
    bot: Bot, anna: Customer, text: str, words: str
) -> None:
    assert await refused(bot.send_message(anna.chat.chat_id, text)) == words


async def test_entities_do_not_count_towards_the_text_length(bot: Bot, anna: Customer) -> None:
    bold = Bold("😀" * 2048).as_kwargs()

    sent = await bot.send_message(anna.chat.chat_id, **bold)

    assert sent.text == "😀" * 2048


async def test_a_too_long_edited_text_has_its_own_error_message(bot: Bot, anna: Customer) -> None:
    sent = await bot.send_message(anna.chat.chat_id, "hi")

    assert await refused(sent.edit_text("x" * 4097)) == "Bad Request: MESSAGE_TOO_LONG"


async def test_a_caption_has_at_most_1024_units(bot: Bot, anna: Customer) -> None:
    chat_id, too_long = anna.chat.chat_id, "я" * 1025
    sent = await bot.send_photo(chat_id, png(), caption="я" * 1024)

    words = await refused(bot.send_photo(chat_id, png(), caption=too_long))
    assert words == "Bad Request: message caption is too long"
    words = await refused(sent.edit_caption(caption=too_long))
    assert words == "Bad Request: MEDIA_CAPTION_TOO_LONG"


async def test_parse_mode_is_refused(bot: Bot, anna: Customer) -> None:
    chat_id = anna.chat.chat_id

    for parse_mode in ("HTML", "MarkdownV2"):
        words = await refused(bot.send_message(chat_id, "<b>x</b>", parse_mode=parse_mode))
        assert words == "Bad Request: the sandbox does not parse markup, use entities"
    words = await refused(bot.send_message(chat_id, "x", parse_mode="Word"))
    assert words == "Bad Request: unsupported parse_mode"


async def test_entities_outside_the_text_are_refused(bot: Bot, anna: Customer) -> None:
    wrong = [MessageEntity(type="bold", offset=0, length=9)]

    words = await refused(bot.send_message(anna.chat.chat_id, "short", entities=wrong))

    assert words == (
        "Bad Request: entity beginning at UTF-16 offset 0 ends after the end of the text "
        "at UTF-16 offset 9"
    )


async def test_entities_of_an_unknown_kind_or_without_their_link_are_refused(
    bot: Bot, anna: Customer
) -> None:
    for kind, words in (
        ("sparkle", "Unsupported type specified"),
        ("text_link", 'Can\'t find field "url"'),
    ):
        wrong = [MessageEntity(type=kind, offset=0, length=1)]
        refusal = await refused(bot.send_message(anna.chat.chat_id, "short", entities=wrong))
        assert refusal == f"Bad Request: can't parse MessageEntity: {words}"


async def test_button_data_of_more_than_64_bytes_is_refused(bot: Bot, anna: Customer) -> None:
    button = InlineKeyboardButton(text="go", callback_data="я" * 33)
    keyboard = InlineKeyboardMarkup(inline_keyboard=[[button]])

    words = await refused(bot.send_message(anna.chat.chat_id, "x", reply_markup=keyboard))

    assert words == "Bad Request: BUTTON_DATA_INVALID"


async def test_an_edit_without_changes_is_refused(bot: Bot, anna: Customer) -> None:
    text = await bot.send_message(anna.chat.chat_id, "hi", reply_markup=BUTTONS)
    photo = await bot.send_photo(anna.chat.chat_id, png(), caption="hi")
    assert photo.photo is not None
    same_photo = InputMediaPhoto(media=photo.photo[-1].file_id, caption="hi")

    for call in (
        text.edit_text(" hi ", reply_markup=BUTTONS),
        text.edit_reply_markup(reply_markup=BUTTONS),
        photo.edit_caption(caption="hi"),
        photo.edit_media(same_photo),
    ):
        assert await refused(call) == (
            "Bad Request: message is not modified: specified new message content and reply markup "
            "are exactly the same as a current content and reply markup of the message"
        )


async def test_changing_only_the_keyboard_or_entities_is_a_valid_edit(
    bot: Bot, anna: Customer
) -> None:
    sent = await bot.send_message(anna.chat.chat_id, "hi", reply_markup=BUTTONS)

    without = await sent.edit_text("hi")
    bold = await sent.edit_text(**Bold("hi").as_kwargs())

    assert isinstance(without, Message)
    assert without.reply_markup is None
    assert isinstance(bold, Message)
    assert bold.html_text == "<b>hi</b>"


async def test_a_deleted_message_can_be_neither_edited_nor_deleted(
    bot: Bot, anna: Customer
) -> None:
    sent = await bot.send_message(anna.chat.chat_id, "hi")
    await anna.deletes(anna.last)

    assert await refused(sent.edit_text("ho")) == "Bad Request: message to edit not found"
    assert await refused(sent.delete()) == "Bad Request: message to delete not found"


async def test_messages_of_others_cannot_be_edited(bot: Bot, anna: Customer) -> None:
    theirs = await anna.says("mine")

    call = bot.edit_message_text("x", chat_id=anna.chat.chat_id, message_id=theirs.message_id)

    assert await refused(call) == "Bad Request: message can't be edited"


async def test_texts_have_no_caption_to_edit_and_photos_no_text(bot: Bot, anna: Customer) -> None:
    text = await bot.send_message(anna.chat.chat_id, "hi")
    photo = await bot.send_photo(anna.chat.chat_id, png())

    words = await refused(text.edit_caption(caption="x"))
    assert words == "Bad Request: there is no caption in the message to edit"
    words = await refused(photo.edit_text("x"))
    assert words == "Bad Request: there is no text in the message to edit"


async def test_in_a_group_only_administrators_can_delete_messages_of_others(
    bot: Bot, world: World, olga: Moderator
) -> None:
    theirs = await olga.says("mine")
    group = olga.chat

    words = await refused(bot.delete_message(group.chat_id, theirs.message_id))
    world.set_membership(group, olga.user, Membership.ADMINISTRATOR)

    assert words == "Bad Request: message can't be deleted"
    assert await bot.delete_message(group.chat_id, theirs.message_id)


async def test_several_messages_are_deleted_in_one_call_and_missing_ones_skipped(
    bot: Bot, anna: Customer
) -> None:
    sent = await bot.send_message(anna.chat.chat_id, "hi")
    chat_id = anna.chat.chat_id

    assert await bot.delete_messages(chat_id, [sent.message_id, 999])
    assert sent.message_id not in anna.chat.messages
    words = await refused(bot.delete_messages(chat_id, list(range(101))))
    assert words == "Bad Request: too many message identifiers specified"


async def test_a_reply_to_a_missing_message_is_refused_unless_allowed(
    bot: Bot, anna: Customer
) -> None:
    async def reply(allow: bool) -> Message:
        to = ReplyParameters(message_id=999, allow_sending_without_reply=allow)
        return await bot.send_message(anna.chat.chat_id, "hi", reply_parameters=to)

    assert await refused(reply(False)) == "Bad Request: message to be replied not found"
    assert (await reply(True)).reply_to_message is None
    first = anna.messages[0].message_id
    answered = await bot.send_message(
        anna.chat.chat_id, "hi", reply_parameters=ReplyParameters(message_id=first)
    )
    assert answered.reply_to_message is not None
    assert answered.reply_to_message.text == "/start"


async def tapped(bot: Bot, anna: Customer) -> CallbackQuery:
    """Return a tap as the bot gets it."""
    await bot.send_message(anna.chat.chat_id, "hi", reply_markup=BUTTONS)
    await anna.taps_without_waiting("go")
    query = (await bot.get_updates())[-1].callback_query
    assert query is not None
    return query


GONE = "Bad Request: query is too old and response timeout expired or query ID is invalid"


async def test_a_tap_can_be_answered_only_once(bot: Bot, anna: Customer) -> None:
    query = await tapped(bot, anna)

    assert await bot.answer_callback_query(query.id, "done")
    assert await refused(bot.answer_callback_query(query.id, "again")) == GONE


async def test_an_expired_or_unknown_tap_cannot_be_answered(
    bot: Bot, anna: Customer, clock: FakeClock
) -> None:
    query = await tapped(bot, anna)
    clock.now_s += TAP_ANSWER_S + 1

    assert await refused(bot.answer_callback_query(query.id)) == GONE
    assert await refused(bot.answer_callback_query("1")) == GONE


async def test_an_answer_to_a_tap_has_at_most_200_units(bot: Bot, anna: Customer) -> None:
    query = await tapped(bot, anna)

    words = await refused(bot.answer_callback_query(query.id, "😀" * 101))
    assert words == "Bad Request: MESSAGE_TOO_LONG"
    assert await bot.answer_callback_query(query.id, "😀" * 100, show_alert=True)


NOISE = bytes(range(256))


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (lambda: png(9_000, 1_001), "PHOTO_INVALID_DIMENSIONS"),
        (lambda: png(1, 21), "PHOTO_INVALID_DIMENSIONS"),
        (lambda: BufferedInputFile(NOISE, "chart.png"), "IMAGE_PROCESS_FAILED"),
        (lambda: BufferedInputFile(b"", "chart.png"), "file must be non-empty"),
        (
            lambda: BufferedInputFile(NOISE * (MAX_PHOTO_BYTES // 256 + 1), "chart.png"),
            "file of size 10486016 bytes is too big for a photo; "
            "the maximum size is 10485760 bytes",
        ),
        (lambda: "unknown", "wrong file identifier/HTTP URL specified"),
        (lambda: "https://example.com/a.png", "failed to get HTTP URL content"),
    ],
)
async def test_an_invalid_photo_is_refused(
    bot: Bot, anna: Customer, file: Callable[[], BufferedInputFile | str], words: str
) -> None:
    assert await refused(bot.send_photo(anna.chat.chat_id, file())) == f"Bad Request: {words}"


async def test_a_stored_file_can_be_resent_only_as_its_own_type(bot: Bot, anna: Customer) -> None:
    document = await bot.send_document(anna.chat.chat_id, BufferedInputFile(b"a,b", "a.csv"))
    assert document.document is not None
    again = await bot.send_document(anna.chat.chat_id, document.document.file_id)

    assert again.document == document.document
    words = await refused(bot.send_photo(anna.chat.chat_id, document.document.file_id))
    assert words == "Bad Request: can't use file of type Document as Photo"
    assert await refused(bot.get_file("unknown")) == "Bad Request: invalid file_id"


async def test_an_unknown_chat_action_is_refused(bot: Bot, anna: Customer) -> None:
    assert await bot.send_chat_action(anna.chat.chat_id, "upload_photo")
    words = await refused(bot.send_chat_action(anna.chat.chat_id, "dancing"))
    assert words == "Bad Request: wrong parameter action in request"


@pytest.mark.parametrize(
    ("text", "reaches"),
    [
        ("hello", False),
        ("/r12", True),
        ("/r12@feedback_triage_bot", True),
        ("/r12@another_bot", False),
        ("see /r12", False),
    ],
)
async def test_in_a_group_a_bot_receives_commands_only(
    bot: Bot, olga: Moderator, text: str, reaches: bool
) -> None:
    await olga.says(text)

    assert bool(await bot.get_updates()) is reaches


async def test_in_a_group_a_bot_receives_replies_and_as_administrator_everything(
    bot: Bot, world: World, olga: Moderator
) -> None:
    await bot.send_message(MODERATORS_CHAT_ID, "card")
    await olga.says("thanks", reply_to=olga.last)
    acts.say(world, olga.user, olga.chat, "between us")
    world.set_membership(olga.chat, olga.user, Membership.ADMINISTRATOR)
    await olga.says("to all")

    updates = await bot.get_updates()
    assert [u.message.text for u in updates if u.message] == ["thanks", "to all"]
