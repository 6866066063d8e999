"""Edits as Telegram reports them: real ones, and those that change no word."""

import pytest

from bot.seen_messages import MOST_KEPT, SeenMessages
from sandbox.simulated_people import Customer, Moderator
from tests.conversation.conftest import Stored
from tests.conversation.dialogue import TEXT, reaches_preview, reaches_text, sends
from triage.queue.streams import Connections

LATE = "Правка этого сообщения ничего не меняет"
SENT = "эта правка его не меняет"


async def own(customer: Customer, text: str) -> list[str]:
    """Return what the bot said after everything before it is handled."""
    asked = await customer.says("/help")
    await customer.sees(lambda m: m.message_id > asked.message_id and "/forget:" in m.text)
    return [m.text for m in customer.messages if m.sender.is_bot and text in m.text]


async def test_a_reaction_to_a_sent_review_gets_no_answer(
    customer: Customer, stored: Stored
) -> None:
    await reaches_text(customer)
    message = await customer.says(TEXT)
    await customer.taps("s")
    await customer.sees_text("принят")
    await customer.reacts_to(message)

    assert not await own(customer, SENT)
    assert (await stored(customer.user.user_id))[0].text == TEXT


async def test_a_later_link_preview_does_not_change_the_open_form(
    customer: Customer,
) -> None:
    await reaches_text(customer)
    message = await customer.says("Вот фото: https://example.com/1")
    await customer.sees_text("Проверьте отзыв")
    await customer.reacts_to(message)

    assert not await own(customer, LATE)
    assert len([m for m in customer.messages if "Проверьте отзыв" in m.text]) == 1
    await customer.taps("s")
    await customer.sees_text("принят")


@pytest.mark.parametrize("said", ["/start", "/help", "/refund now"])
async def test_a_reaction_to_a_command_gets_no_answer(customer: Customer, said: str) -> None:
    message = await customer.says(said)
    await customer.sees(lambda m: m.sender.is_bot)
    await customer.reacts_to(message)

    assert not await own(customer, LATE)


async def test_a_reaction_to_a_file_gets_no_answer_but_a_changed_caption_does(
    customer: Customer,
) -> None:
    file = await customer.sends("document", caption="Мятая коробка")
    await customer.sees_text("Файлы я не принимаю")
    await customer.reacts_to(file)
    assert not await own(customer, LATE)

    await customer.edits(file, "Очень мятая коробка")
    await customer.sees_text(LATE)
    await customer.reacts_to(file)
    assert len(await own(customer, LATE)) == 1


async def test_an_edit_in_the_group_gets_no_answer(
    customer: Customer, moderator: Moderator
) -> None:
    message = await moderator.says("Разберёмся")
    before = len(moderator.messages)
    await moderator.reacts_to(message)
    await moderator.edits(message, "Разберёмся завтра")

    await own(customer, "")
    assert len(moderator.messages) == before


async def test_an_edit_of_a_message_without_a_stored_digest_gets_no_answer(
    customer: Customer, real_connections: Connections
) -> None:
    await sends(customer)
    [message] = [m for m in customer.messages if m.text == TEXT]
    await SeenMessages(real_connections.commands, "").forget(customer.user.user_id)
    await customer.reacts_to(message)

    assert not await own(customer, SENT)


async def test_an_edit_of_a_draft_is_accepted_without_a_stored_digest(
    customer: Customer, real_connections: Connections
) -> None:
    await reaches_preview(customer)
    [message] = [m for m in customer.messages if m.text == TEXT]
    await SeenMessages(real_connections.commands, "").forget(customer.user.user_id)
    await customer.edits(message, "Ждали три часа")

    await customer.sees_text("Ждали три часа")


async def test_forget_deletes_the_message_digests(
    customer: Customer, real_connections: Connections
) -> None:
    await sends(customer)
    assert await real_connections.commands.keys("*seen*")
    await customer.says("/forget")
    await customer.taps("x:1")
    await customer.sees_text("всё удалено")

    assert not await real_connections.commands.keys("*seen*")


@pytest.mark.redis
async def test_a_limited_number_of_message_digests_is_stored_for_a_chat(
    real_connections: Connections,
) -> None:
    seen = SeenMessages(real_connections.commands, "secret")
    for number in range(MOST_KEPT + 1):
        await seen.remember(1, number, "a")

    assert await real_connections.commands.hlen("{triage}:seen:1") == MOST_KEPT // 2 + 1
    assert await seen.is_changed(1, 0, "a") is None
    assert await seen.is_changed(1, MOST_KEPT, "a") is False
    assert await seen.is_changed(1, MOST_KEPT, "b") is True
