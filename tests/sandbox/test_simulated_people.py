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


async def test_what_is_said_arrives_as_an_update(bot: Bot, world: World) -> None:
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


async def test_a_client_cleans_what_is_typed_and_sends_nothing_invisible(anna: Customer) -> None:
    assert (await anna.says("  a\tb\u202e ")).text == "a b"
    with pytest.raises(Refused, match="text must be non-empty"):
        await anna.says(" \u200b ")


async def test_a_client_splits_what_is_too_long_without_tearing_an_emoji(anna: Customer) -> None:
    await anna.says("x" * 4095 + "😀" + "y" * 10)

    assert [len(m.text) for m in anna.messages[1:]] == [4095, 11]


async def test_a_tap_arrives_with_its_message_and_its_answer_comes_back(
    bot: Bot, anna: Customer
) -> None:
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


async def test_a_tap_waits_for_its_button(bot: Bot, anna: Customer) -> None:
    tapping = asyncio.create_task(anna.taps_without_waiting("Go"))
    await asyncio.sleep(0.05)
    assert not tapping.done()

    await bot.send_message(anna.chat.chat_id, "hi", reply_markup=keyboard(("Go", "x")))

    assert (await asyncio.wait_for(tapping, 10)).data == "x"


async def test_the_exact_button_goes_before_one_that_looks_alike(bot: Bot, anna: Customer) -> None:
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


async def test_a_stale_client_taps_a_button_that_is_gone(bot: Bot, anna: Customer) -> None:
    sent = await bot.send_message(anna.chat.chat_id, "hi", reply_markup=keyboard(("Go", "x")))
    await sent.edit_text("done")

    tap = anna.taps_stale(anna.last, "x")

    assert tap.data == "x"
    await anna.deletes(anna.last)
    with pytest.raises(Refused, match="MESSAGE_ID_INVALID"):
        anna.taps_stale(anna.messages[0], "x")


async def test_a_person_sees_what_comes_and_what_changes(bot: Bot, anna: Customer) -> None:
    seeing = asyncio.create_task(anna.sees_text("answer"))
    sent = await bot.send_message(anna.chat.chat_id, "receipt")
    await sent.edit_text("the answer")

    assert (await seeing).message_id == sent.message_id


async def test_who_waits_in_vain_is_told_what_was_there(anna: Customer) -> None:
    with pytest.raises(NotSeen, match=r"not seen in 0\.05 s; the last of 1 messages is: '/start'"):
        await anna.sees(lambda message: False, timeout_s=0.05)


async def test_people_send_more_than_words(bot: Bot, anna: Customer) -> None:
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


async def test_an_edit_arrives_as_an_edit(bot: Bot, anna: Customer) -> None:
    theirs = await anna.says("one")
    await anna.edits(theirs, "two")

    update = (await bot.get_updates())[-1]
    assert update.edited_message is not None
    assert update.edited_message.text == "two"
    assert update.edited_message.edit_date
    with pytest.raises(Refused, match="their own messages"):
        await Customer(anna.world).edits(theirs, "three")


async def test_writing_lets_a_blocked_bot_in_again(bot: Bot, anna: Customer) -> None:
    await anna.blocks()
    await anna.says("still there?")

    assert await bot.send_message(anna.chat.chat_id, "yes")


async def test_people_write_only_where_they_are_members(olga: Moderator, anna: Customer) -> None:
    anna.chat = olga.chat

    with pytest.raises(Refused, match="where they are members"):
        await anna.says("let me in")
