"""Replies in the group that are not for a customer: each gets its clear answer, none is sent."""

import pytest

from bot.delivery import pacing
from bot.settings import BotSettings
from sandbox.server import Server
from sandbox.simulated_people import Moderator
from sandbox.telegram.formatting import FormattedText
from sandbox.telegram.message import ChatMessage, Content
from sandbox.telegram.user import User
from tests.conversation.dialogue import sends
from tests.conversation.two_sides import (
    CHANNEL_BOT,
    GROUP_BOT,
    Desk,
    answer_without_model,
    said_by_bot,
)

pytestmark = pytest.mark.redis

WORDS = "Вернём деньги."


def posts(
    desk: Desk, sender: User, text: str, reply_to: ChatMessage, **extra: object
) -> ChatMessage:
    """Write in the group as an account that no simulated person has."""
    chat, world = desk.moderator.chat, desk.moderator.world
    message = world.post(
        chat, sender, Content(FormattedText(text)), reply_to=reply_to.message_id, extra=extra
    )
    desk.pushes(message)
    return message


async def is_refused(desk: Desk, part: str) -> None:
    """Check that the bot refuses with these words, and that nothing was sent to the customer."""
    refused = await desk.moderator.sees_text(part)
    assert refused.text.startswith("Не отправлено")
    assert not said_by_bot(desk.customer, WORDS)


async def test_a_reply_to_a_delivery_status_is_not_sent(desk: Desk) -> None:
    card = await desk.card()
    _, status = await desk.reply_of("Первый ответ", card)
    await desk.moderator.says(WORDS, reply_to=status)
    await is_refused(desk, "Ответьте на карточку отзыва № 1: её откроет /r1")


async def test_a_reply_to_a_colleague_s_reply_is_not_sent_and_explained_once(desk: Desk) -> None:
    card = await desk.card()
    written = await desk.moderator.says("Первый ответ", reply_to=card)
    await desk.moderator.sees_text("✓")
    for _ in range(2):  # the bot sees these if it is an administrator
        desk.pushes(await desk.moderator.says(WORDS, reply_to=written))
    await is_refused(desk, "это ответ коллеге")
    await desk.reply_of("Второй ответ", card)
    assert len(said_by_bot(desk.moderator, "это ответ коллеге")) == 1


async def test_talk_among_moderators_gets_no_answer(desk: Desk) -> None:
    card = await desk.card()
    said = await desk.moderator.says("Кто на смене?")
    desk.pushes(await desk.moderator.says(WORDS, reply_to=said))
    await desk.reply_of("Ответ", card)
    assert not said_by_bot(desk.moderator, "Не отправлено")


async def test_a_reply_to_another_message_of_the_bot_is_not_sent(desk: Desk) -> None:
    await desk.moderator.says("/queue")
    queue = await desk.moderator.sees_text("Ждут разбора")
    await desk.moderator.says(WORDS, reply_to=queue)
    await is_refused(desk, "непонятно, о каком отзыве речь")


async def test_a_reply_to_an_erased_card_is_not_sent(desk: Desk) -> None:
    card = await desk.card()
    await desk.customer.says("/forget")
    await desk.customer.taps("x:1")
    await desk.customer.sees_text("всё удалено")
    await desk.moderator.says(WORDS, reply_to=card)
    await is_refused(desk, "Либо автор его удалил")


async def test_a_reply_to_a_deleted_card_reaches_the_customer(desk: Desk) -> None:
    """A client that still shows the card may reply to it; the status is then no reply."""
    card = await desk.card()
    rendered = desk.moderator.chat.render(
        desk.moderator.world.post(
            desk.moderator.chat,
            desk.moderator.user,
            Content(FormattedText(WORDS)),
            reply_to=card.message_id,
        )
    )
    await desk.moderator.deletes(card)
    await desk.moderator.deletes(desk.moderator.last)
    desk.moderator.world.updates.push("message", rendered)
    await desk.delivered(WORDS)
    assert (await desk.moderator.sees_text("✓")).reply_to is None


async def test_a_reply_to_a_second_card_of_the_same_review_reaches_the_customer(
    desk: Desk,
) -> None:
    await desk.card()
    await desk.moderator.says("/r1")
    again = await desk.moderator.sees(lambda m: "№ 1 ·" in m.text and m.message_id > 2)
    await desk.moderator.says(WORDS, reply_to=again)
    await desk.delivered(WORDS)


class TestADigest:
    @pytest.fixture
    def settings(self, settings: BotSettings, monkeypatch: pytest.MonkeyPatch) -> BotSettings:
        monkeypatch.setattr("bot.delivery.card_sender.plan", lambda *_, **__: pacing.SendDigest())
        return settings

    async def test_a_reply_to_a_digest_is_not_sent(self, desk: Desk) -> None:
        await sends(desk.customer)
        await answer_without_model(desk.connections, desk.seal)
        digest = await desk.moderator.sees_text("1 новый отзыв")
        await desk.moderator.says(WORDS, reply_to=digest)
        await is_refused(desk, "в этом списке несколько отзывов")


async def test_a_stranger_s_reply_is_not_sent(desk: Desk, telegram: Server) -> None:
    card = await desk.card()
    stranger = telegram.world.add_person("Мария")
    posts(desk, stranger, WORDS, card)
    await is_refused(desk, "отвечать могут только участники группы")


async def test_a_former_member_s_reply_is_not_sent(desk: Desk, telegram: Server) -> None:
    card = await desk.card()
    gone = Moderator(telegram.world, "Мария")
    del gone.chat.members[gone.user.user_id]
    posts(desk, gone.user, WORDS, card)
    await is_refused(desk, "отвечать могут только участники группы")


async def test_a_reply_in_the_name_of_a_channel_is_not_sent(desk: Desk) -> None:
    card = await desk.card()
    channel = {"id": -100777, "type": "channel", "title": "Новости"}
    posts(desk, CHANNEL_BOT, WORDS, card, sender_chat=channel)
    await is_refused(desk, "но не от имени канала")


async def test_an_anonymous_admin_s_reply_waits_for_a_tap(desk: Desk) -> None:
    card = await desk.card()
    posts(desk, GROUP_BOT, WORDS, card, sender_chat=desk.moderator.chat.to_json())
    waits = await desk.moderator.sees_text("Вы пишете анонимно")
    assert [b.text for b in waits.buttons] == ["Отправить", "Отменить", "Заметка"]
    await desk.reply_of("Ответ с именем", card)
    assert not said_by_bot(desk.customer, WORDS)  # the hold of a named reply is over, not this one
    assert (await desk.moderator.taps("Отправить")).text == "Отправляется."
    await desk.delivered(WORDS)


async def test_an_anonymous_admin_may_write_a_note(desk: Desk) -> None:
    card = await desk.card()
    posts(desk, GROUP_BOT, "// позвонить", card, sender_chat=desk.moderator.chat.to_json())
    await desk.moderator.sees_text("Заметка к отзыву № 1")


async def test_a_message_in_a_topic_does_not_count_as_a_reply(desk: Desk) -> None:
    card = await desk.card()
    topic = {"message_thread_id": card.message_id, "is_topic_message": True}
    posts(desk, desk.moderator.user, WORDS, card, **topic)
    await desk.moderator.says("/r1")
    await desk.moderator.sees(lambda m: "№ 1 ·" in m.text and m.message_id > card.message_id)
    assert not said_by_bot(desk.moderator, "Уйдёт")


@pytest.mark.parametrize(
    ("text", "part"),
    [("/refund", "с / в начале — это команда"), ("/ну вот", "с / в начале — это команда")],
)
async def test_a_text_that_looks_like_a_command_is_not_sent(
    text: str, part: str, desk: Desk
) -> None:
    card = await desk.card()
    await desk.moderator.says(text, reply_to=card)
    await is_refused(desk, part)


async def test_a_command_in_a_reply_to_a_card_is_executed(desk: Desk) -> None:
    card = await desk.card()
    await desk.moderator.says("/queue", reply_to=card)
    await desk.moderator.sees_text("Ждут разбора")
    assert not said_by_bot(desk.moderator, "Не отправлено")


@pytest.mark.parametrize("kind", ["voice", "sticker"])
async def test_voice_messages_and_stickers_are_not_sent(kind: str, desk: Desk) -> None:
    card = await desk.card()
    await desk.moderator.sends(kind, reply_to=card)
    await is_refused(desk, "передать можно текст, фото или файл")


async def test_an_album_is_refused_once(desk: Desk) -> None:
    card = await desk.card()
    await desk.moderator.sends_album(3, reply_to=card)
    await is_refused(desk, "альбом я не передам")
    await desk.reply_of("Ответ", card)
    assert len(said_by_bot(desk.moderator, "альбом я не передам")) == 1
