"""What the doctor says of DESK_PANEL=group, without a message to anybody."""

import pytest
from aiogram import Bot
from aiogram.exceptions import TelegramNotFound
from aiogram.methods import DeleteEphemeralMessage

from bot.archive.groups import GroupPlace
from bot.console.doctor import _panels
from tests.bot.fake_telegram import Reaction, Telegram, cut_off, refused

PLACE = GroupPlace(-5)


@pytest.mark.parametrize(
    ("reaction", "ok", "part"),
    [
        (refused("Bad Request: message to delete not found"), True, "supports ephemeral messages"),
        (
            lambda method: TelegramNotFound(method, "Not Found: method not found"),
            False,
            "update the server or set DESK_PANEL=private",
        ),
        (cut_off, False, "cannot be checked"),
    ],
)
async def test_the_doctor_tests_panels_by_deleting_a_missing_message(
    reaction: Reaction, ok: bool, part: str, bot: Bot, telegram: Telegram
) -> None:
    telegram.next.append(reaction)
    [result] = await _panels(bot, PLACE, "group")
    assert (result.ok, part in result.text) == (ok, True)
    [call] = telegram.calls
    assert isinstance(call, DeleteEphemeralMessage)


async def test_the_doctor_does_not_test_panels_by_default_or_without_a_group(
    bot: Bot, telegram: Telegram
) -> None:
    assert await _panels(bot, PLACE, "private") == []
    assert await _panels(bot, None, "group") == []
    assert telegram.calls == []
