"""Prepared answers: kept by leads, sent by a person's tap, after the hold."""

import pytest

from sandbox.server import Server
from sandbox.simulated_people import Moderator
from sandbox.telegram.message import ChatMessage
from tests.conversation.test_odd_replies import posts
from tests.conversation.two_sides import CHANNEL_BOT, Desk, said_by_bot

pytestmark = pytest.mark.redis

WORDS = "Извините за опоздание!"


@pytest.fixture
async def card(desk: Desk) -> ChatMessage:
    """Return a card, with two prepared answers of the owner of the group."""
    card = await desk.card()
    await desk.moderator.says(f"/canned add {WORDS}")
    await desk.moderator.sees_text("Заготовка добавлена: /c1")
    await desk.moderator.says("/canned add 3: Вернём деньги за доставку")
    await desk.moderator.sees_text("Заготовка добавлена: /c2")
    return card


async def test_prepared_answers_are_listed_with_their_commands(
    desk: Desk, card: ChatMessage
) -> None:
    await desk.moderator.says("/canned")
    shown = await desk.moderator.sees_text("Заготовки ответов")
    assert f"/c1 · любой класс: {WORDS}" in shown.text
    assert "/c2 · " in shown.text


async def test_a_command_below_a_card_sends_a_prepared_answer_after_the_hold(
    desk: Desk, card: ChatMessage
) -> None:
    await desk.moderator.says("/c1", reply_to=card)
    await desk.moderator.sees_text("Уйдёт автору отзыва № 1")
    copy = await desk.delivered(WORDS)
    assert copy.text == f"Ответ по отзыву № 1\n\n{WORDS}"


async def test_prepared_answers_for_a_card_are_buttons_and_each_is_sent_once(
    desk: Desk, card: ChatMessage
) -> None:
    await desk.moderator.says("/canned", reply_to=card)
    shown = await desk.moderator.sees_text("Заготовки к отзыву № 1")
    [button] = shown.buttons  # the model did not read this review: only those for every class
    assert button.text == f"1. {WORDS}"
    taps = [desk.moderator.taps_stale(shown, button.data or "") for _ in range(2)]
    for tap in taps:
        assert (await desk.moderator.gets_answer(tap)).text == "Уйдёт через 10 с."
    await desk.delivered(WORDS)
    await desk.moderator.sees_text("✓")
    assert len(said_by_bot(desk.customer, WORDS)) == 1


async def test_a_command_without_a_card_shows_the_text_and_sends_nothing(
    desk: Desk, card: ChatMessage
) -> None:
    await desk.moderator.says("/c1")
    await desk.moderator.sees_text(WORDS)
    await desk.reply_of("Ответ", card)
    assert not said_by_bot(desk.customer, WORDS)


async def test_an_edit_of_the_command_is_not_sent(desk: Desk, card: ChatMessage) -> None:
    command = await desk.moderator.says("/c1", reply_to=card)
    await desk.moderator.sees_text("✓")
    await desk.moderator.edits(command, "/c1 и позвоните")
    await desk.moderator.sees_text("с / в начале — это команда")
    assert not said_by_bot(desk.customer, "позвоните")


async def test_a_prepared_answer_can_be_removed(desk: Desk, card: ChatMessage) -> None:
    await desk.moderator.says("/canned remove 1")
    await desk.moderator.sees_text("Заготовка /c1 убрана.")
    await desk.moderator.says("/c1", reply_to=card)
    await desk.moderator.sees_text("Заготовки /c1 нет")
    assert not said_by_bot(desk.customer, WORDS)


@pytest.mark.parametrize(
    ("said", "part"),
    [
        ("/canned add", "Ответьте на карточку командой"),
        ("/canned add 999: нет такого", "Класса 999 нет."),
        ("/canned add " + "я" * 3501, "Слишком длинно: 3\u00a0501 символ"),
        ("/canned remove всё", "Заготовки /cвсё нет"),
        ("/canned remove", "Заготовки /c? нет"),
    ],
)
async def test_a_wrong_command_is_explained(
    said: str, part: str, desk: Desk, card: ChatMessage
) -> None:
    await desk.moderator.says(said)
    await desk.moderator.sees_text(part)


async def test_only_leads_can_change_prepared_answers(
    desk: Desk, card: ChatMessage, telegram: Server
) -> None:
    member = Moderator(telegram.world, "Мария")
    for said in ("/canned add Моё", "/canned remove 1"):
        await member.says(said)
    await member.sees(lambda _: len(said_by_bot(member, "Заготовки меняют админы")) == 2)
    await member.says("/c1", reply_to=card)  # every member sends them
    await desk.delivered(WORDS)


async def test_a_channel_cannot_send_a_prepared_answer(desk: Desk, card: ChatMessage) -> None:
    channel = {"id": -100777, "type": "channel", "title": "Новости"}
    posts(desk, CHANNEL_BOT, "/c1", card, sender_chat=channel)
    await desk.moderator.sees_text(WORDS)
    await desk.reply_of("Ответ", card)
    assert not said_by_bot(desk.customer, WORDS)
