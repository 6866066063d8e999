"""The desk in a moderator's private chat: every act is reachable from /r123."""

import pytest

from sandbox.simulated_people import SimulatedPerson
from tests.conversation.desk import buttons
from tests.conversation.two_sides import Desk, said_by_bot

pytestmark = pytest.mark.redis


@pytest.fixture
def private(desk: Desk) -> SimulatedPerson:
    """Return the moderator in their private chat."""
    moderator = desk.moderator
    return SimulatedPerson(
        moderator.world, moderator.user, moderator.world.chats[moderator.user.user_id]
    )


async def test_a_card_in_the_private_chat_has_all_buttons_and_each_works(
    desk: Desk, private: SimulatedPerson
) -> None:
    card = await desk.card()
    await private.says("/r1")
    own = await private.sees_text("№ 1")
    await desk.moderator.says("/r1")
    again = await desk.moderator.sees(lambda m: m.message_id > card.message_id and bool(buttons(m)))
    assert buttons(own) == buttons(again) == buttons(card)

    assert (await private.taps("🙋 Беру")).text == "Отзыв ваш на 30 минут."
    await private.sees_text("🙋 Занимается Ольга")
    await desk.moderator.sees_text("🙋 Занимается Ольга")
    assert "Ответьте на эту карточку" in (await private.taps("💬 Ответить")).text
    await private.taps("✏️ Исправить")
    await private.sees(lambda m: "Готово" in buttons(m))

    said = await private.says("Вернём деньги", reply_to=own)
    await private.sees_text("Уйдёт автору отзыва № 1")
    await private.edits(said, "Вернём все деньги")
    await desk.delivered("Вернём все деньги")
    await private.sees_text("✓")
    assert not said_by_bot(desk.moderator, "Уйдёт автору"), "the group is left alone"


async def test_a_stranger_gets_no_card(desk: Desk) -> None:
    await desk.card()
    await desk.customer.says("/r1")
    await desk.customer.sees_text("/help")
    assert not said_by_bot(desk.customer, "🙋 Беру")


async def test_the_reply_button_explains_how_and_offers_prepared_answers_once(desk: Desk) -> None:
    card = await desk.card()
    assert "Ответьте на эту карточку" in (await desk.moderator.taps("💬 Ответить")).text
    await desk.moderator.says("/canned add Извините!")
    await desk.moderator.sees_text("/c1")
    for _ in range(2):
        assert "выберите заготовку" in (await desk.moderator.taps("💬 Ответить")).text
    offered = await desk.moderator.sees_text("Заготовки к отзыву № 1")
    assert offered.reply_to == card.message_id
    assert len(said_by_bot(desk.moderator, "Заготовки к отзыву № 1")) == 1


@pytest.mark.parametrize(
    "command", ["/queue", "/route курьер", "/canned", "/ban 1", "/unban_1", "/banned"]
)
async def test_a_command_of_the_group_is_not_unknown_in_the_private_chat(
    desk: Desk, private: SimulatedPerson, command: str
) -> None:
    card = await desk.card()
    await private.says("/r1")
    own = await private.sees_text("№ 1")
    name = command.split()[0]
    for reply_to in (None, own):
        said = await private.says(command, reply_to=reply_to)
        told = await private.sees(lambda m, said=said: m.reply_to == said.message_id)
        assert told.text == f"{name} работает в группе модераторов, а не здесь."
    assert desk.moderator.messages[-1] == card, "the group is left alone"


async def test_a_customer_learns_nothing_of_the_commands_of_moderators(desk: Desk) -> None:
    await desk.customer.says("/route")
    await desk.customer.sees_text("Такой команды нет")
    await desk.customer.says("/connect 1234")
    await desk.customer.sees_text("Добавьте меня в группу")


async def test_a_command_of_the_private_chat_is_answered_in_the_group(desk: Desk) -> None:
    card = await desk.card()
    for reply_to in (None, card):
        said = await desk.moderator.says("/mydata", reply_to=reply_to)
        told = await desk.moderator.sees(lambda m, said=said: m.reply_to == said.message_id)
        assert told.text.startswith("/mydata работает в личном чате со мной: https://t.me/")


async def test_a_prepared_answer_without_a_card_is_shown(
    desk: Desk, private: SimulatedPerson
) -> None:
    await desk.moderator.says("/canned add Извините!")
    await desk.moderator.sees_text("/c1")
    await private.says("/c1")
    await private.sees_text("Извините!")


async def test_a_lead_bans_by_the_buttons_of_a_card_in_private(
    desk: Desk, private: SimulatedPerson
) -> None:
    await desk.card()
    await private.says("/r1")
    await private.sees_text("№ 1")
    await private.taps("🚫 Спам")
    spam = await private.sees(lambda m: "⛔ Запретить автору" in buttons(m))
    assert spam
    assert "№ 1" in (await private.taps("⛔ Запретить автору")).text
    await private.sees_text("⛔ Автору запрещено писать")
