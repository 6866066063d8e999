import asyncio

import pytest
from aiogram import Bot
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

from sandbox.errors import NotSeen, Refused
from sandbox.simulated_people import Customer, Moderator, find_button
from sandbox.telegram.world import World


def keyboard(*buttons: tuple[str, str]) -> InlineKeyboardMarkup:
    """Return a keyboard of buttons, each with text and data."""
    row = [InlineKeyboardButton(text=text, callback_data=data) for text, data in buttons]
    return InlineKeyboardMarkup(inline_keyboard=[row])


async def test_a_message_of_a_person_arrives_as_an_update(bot: Bot, world: World) -> None:
    customer = Customer(world, "Ann", "en")
    await customer.says("/start from_shop_7")

    [update] = await bot.get_updates()
    message = update.message
    assert message is not None
    assert message.from_user is not None
    assert (message.from_user.first_name, message.from_user.language_code) == ("Ann", "en")
    assert message.chat.type == "private"
    assert message.entities is not None
    assert [(e.type, e.offset, e.length) for e in message.entities] == [("bot_command", 0, 6)]


async def test_a_client_cleans_typed_text_and_sends_no_invisible_text(anna: Customer) -> None:
    assert (await anna.says("  a\tb\u202e ")).text == "a b"
    with pytest.raises(Refused, match="text must be non-empty"):
        await anna.says(" \u200b ")


async def test_a_client_splits_long_text_without_splitting_an_emoji(anna: Customer) -> None:
    await anna.says("x" * 4095 + "😀" + "y" * 10)

    assert [len(m.text) for m in anna.messages[1:]] == [4095, 11]


async def test_a_tap_arrives_with_its_message_and_gets_the_answer(bot: Bot, anna: Customer) -> None:
    await bot.send_message(
        anna.chat.chat_id, "hi", reply_markup=keyboard(("Delivery", "t:DELIVERY"))
    )
    tapping = asyncio.create_task(anna.taps("DELIVERY"))
    update = (await bot.get_updates(offset=-1))[0]
    query = update.callback_query
    assert query is not None
    assert query.message is not None
    assert (query.data, query.message.chat.id) == ("t:DELIVERY", anna.chat.chat_id)
    assert query.chat_instance
    await bot.answer_callback_query(query.id, "noted", show_alert=True)

    answer = await tapping
    assert (answer.text, answer.alert) == ("noted", True)


async def test_a_tap_waits_until_its_button_appears(bot: Bot, anna: Customer) -> None:
    tapping = asyncio.create_task(anna.taps_without_waiting("Go"))
    await asyncio.sleep(0.05)
    assert not tapping.done()

    await bot.send_message(anna.chat.chat_id, "hi", reply_markup=keyboard(("Go", "x")))

    assert (await asyncio.wait_for(tapping, 10)).data == "x"


async def test_an_exact_match_of_a_button_precedes_a_partial_match(
    bot: Bot, anna: Customer
) -> None:
    buttons = keyboard(("3 of 6", "a:1"), ("x", "b:3:c"), ("3", "c"), ("y", "3"))
    await bot.send_message(anna.chat.chat_id, "hi", reply_markup=buttons)

    def data(wanted: str) -> str | None:
        found = find_button(anna.last, wanted)
        return found.data if found else None

    assert [data("3"), data("c"), data("b:3:c"), data("of"), data("4")] == [
        "3",
        "c",
        "b:3:c",
        "a:1",
        None,
    ]


async def test_a_stale_client_can_tap_a_removed_button(bot: Bot, anna: Customer) -> None:
    sent = await bot.send_message(anna.chat.chat_id, "hi", reply_markup=keyboard(("Go", "x")))
    await sent.edit_text("done")

    tap = anna.taps_stale(anna.last, "x")

    assert tap.data == "x"
    await anna.deletes(anna.last)
    with pytest.raises(Refused, match="MESSAGE_ID_INVALID"):
        anna.taps_stale(anna.messages[0], "x")


async def test_a_person_sees_new_and_edited_messages(bot: Bot, anna: Customer) -> None:
    seeing = asyncio.create_task(anna.sees_text("answer"))
    sent = await bot.send_message(anna.chat.chat_id, "receipt")
    await sent.edit_text("the answer")

    assert (await seeing).message_id == sent.message_id


async def test_the_error_after_waiting_in_vain_shows_the_last_message(anna: Customer) -> None:
    with pytest.raises(NotSeen, match=r"not seen in 0\.05 s; the last of 1 messages is: '/start'"):
        await anna.sees(lambda message: False, timeout_s=0.05)


async def test_people_can_send_media_albums_and_forwarded_messages(
    bot: Bot, anna: Customer
) -> None:
    for kind in ("sticker", "voice", "photo", "document"):
        await anna.sends(kind)
    await anna.sends_album(3)
    await anna.forwards("look", "A neighbour")

    messages = [u.message for u in await bot.get_updates() if u.message][1:]
    assert [m.content_type for m in messages] == [
        "sticker",
        "voice",
        "photo",
        "document",
        *["photo"] * 3,
        "text",
    ]
    assert len({m.media_group_id for m in messages[4:7]}) == 1
    assert messages[4].media_group_id is not None
    assert messages[7].forward_origin is not None
    assert messages[7].forward_origin.type == "hidden_user"


async def test_an_edit_arrives_as_an_edited_message(bot: Bot, anna: Customer) -> None:
    theirs = await anna.says("one")
    await anna.edits(theirs, "two")

    update = (await bot.get_updates())[-1]
    assert update.edited_message is not None
    assert update.edited_message.text == "two"
    assert update.edited_message.edit_date
    with pytest.raises(Refused, match="their own messages"):
        await Customer(anna.world).edits(theirs, "three")


async def test_writing_a_message_unblocks_the_bot(bot: Bot, anna: Customer) -> None:
    await anna.blocks()
    await anna.says("still there?")

    assert await bot.send_message(anna.chat.chat_id, "yes")


async def test_people_can_write_only_where_they_are_members(
    olga: Moderator, anna: Customer
) -> None:
    anna.chat = olga.chat

    with pytest.raises(Refused, match="where they are members"):
        await anna.says("let me in")
