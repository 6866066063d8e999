"""What customers answer to the team: it comes back below the card, and nothing is lost."""

import re

import pytest

from bot.archive.dialogue_records import SendState
from sandbox.simulated_people import Customer, Moderator
from sandbox.telegram.message import ChatMessage
from tests.conversation.conftest import Comes, Stored
from tests.conversation.dialogue import reaches_text, sends
from tests.conversation.two_sides import Desk, said_by_bot

pytestmark = pytest.mark.redis

WORDS = "Вернём деньги."
ANSWER = "Спасибо, жду. Мой сайт shop.example"
TITLE = "Отвечает автор отзыва № 1"


@pytest.fixture
async def card(desk: Desk) -> ChatMessage:
    """Return a card whose customer has had a reply."""
    card = await desk.card()
    await desk.reply_of(WORDS, card)
    return card


async def comes_back(desk: Desk, part: str) -> ChatMessage:
    """Wait for an answer in the group, and return it."""
    return await desk.moderator.sees(lambda m: TITLE in m.text and part in m.text)


async def test_after_a_tap_on_reply_the_next_message_is_shown_below_the_card(
    desk: Desk, card: ChatMessage
) -> None:
    await desk.customer.taps("Ответить")
    await desk.customer.sees_text("Напишите ответ по отзыву № 1")
    sent = await desk.customer.says(ANSWER)
    confirmed = await desk.customer.sees_text("Передано команде: ответ по отзыву № 1")
    shown = await comes_back(desk, "Спасибо, жду")

    assert confirmed.reply_to == sent.message_id
    assert shown.reply_to == card.message_id
    assert "shop.example" not in shown.text  # nothing in it can be tapped
    assert "shop.\u200bexample" in shown.text


async def test_an_answer_may_consist_of_several_messages(desk: Desk, card: ChatMessage) -> None:
    await desk.customer.taps("Ответить")
    await desk.customer.says("Первое")
    await desk.customer.says("Второе")
    await comes_back(desk, "Первое")
    await comes_back(desk, "Второе")


async def test_a_telegram_reply_counts_as_an_answer(desk: Desk, card: ChatMessage) -> None:
    copy = await desk.delivered(WORDS)
    await desk.customer.says(ANSWER, reply_to=copy)
    await comes_back(desk, "Спасибо, жду")


async def test_a_photo_is_passed_on_with_its_caption(desk: Desk, card: ChatMessage) -> None:
    copy = await desk.delivered(WORDS)
    sent = await desk.customer.sends("photo", caption="Вот чек", reply_to=copy)
    shown = await comes_back(desk, "Вот чек")
    assert shown.media is not None
    assert sent.media is not None
    assert shown.media.file_id == sent.media.file_id


async def test_an_album_is_passed_on_completely_and_confirmed_once(
    desk: Desk, card: ChatMessage
) -> None:
    copy = await desk.delivered(WORDS)
    await desk.customer.sends_album(3, reply_to=copy)
    await desk.moderator.sees(lambda _: len(said_by_bot(desk.moderator, TITLE)) == 3)
    assert len(said_by_bot(desk.customer, "Передано команде")) == 1


@pytest.mark.parametrize("kind", ["voice", "document", "sticker"])
async def test_unsupported_attachments_are_refused_with_the_reason(
    kind: str, desk: Desk, card: ChatMessage
) -> None:
    copy = await desk.delivered(WORDS)
    await desk.customer.sends(kind, reply_to=copy)
    await desk.customer.sees_text("Команде можно передать текст или фото")
    assert not said_by_bot(desk.moderator, TITLE)


async def test_for_plain_text_in_an_open_dialogue_the_customer_is_asked(
    desk: Desk, card: ChatMessage
) -> None:
    await desk.customer.says(ANSWER)
    question = await desk.customer.sees_text("Это ответ по отзыву или новый отзыв?")
    assert [button.text for button in question.buttons] == ["Ответ на № 1", "Новый отзыв"]
    assert not said_by_bot(desk.moderator, TITLE)
    await desk.customer.taps("Ответ на № 1")
    await comes_back(desk, "Спасибо, жду")
    await desk.customer.sees(
        lambda m: m.message_id == question.message_id and not m.content.keyboard
    )


async def test_plain_text_may_start_a_new_review(
    desk: Desk, card: ChatMessage, stored: Stored
) -> None:
    await desk.customer.says("Теперь о другом: нет сдачи")
    await desk.customer.taps("Новый отзыв")
    await desk.customer.sees_text("Это новый отзыв, он продолжается ниже")
    await desk.customer.taps("3")
    await desk.customer.taps("d")
    await desk.customer.taps("s")
    await desk.customer.sees_text("Отзыв № 2 принят")
    assert [r.text for r in await stored(desk.customer.user.user_id)][
        1
    ] == "Теперь о другом: нет сдачи"
    assert not said_by_bot(desk.moderator, TITLE)


async def test_a_text_that_is_too_long_for_a_review_may_still_be_an_answer(
    desk: Desk, card: ChatMessage
) -> None:
    await desk.customer.says("я" * 400)
    refused = await desk.customer.taps("Новый отзыв")
    assert "400 символов, а можно до 300" in refused.text
    await desk.customer.taps("Ответ на № 1")
    await comes_back(desk, "я" * 400)


async def test_an_undecided_message_is_passed_on_after_the_timeout(
    desk: Desk, card: ChatMessage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.dialogue.answer_bringer.UNDECIDED_MS", 0)
    await desk.customer.says(ANSWER)
    await comes_back(desk, "Спасибо, жду")
    await desk.customer.sees_text("Передано команде: ответ по отзыву № 1")
    assert (await desk.customer.taps("Новый отзыв")).text == "С этим сообщением уже всё решено."
    assert not said_by_bot(desk.customer, "Оцените")


async def test_plain_text_is_added_to_an_open_form(
    desk: Desk, card: ChatMessage, stored: Stored
) -> None:
    await reaches_text(desk.customer)
    await desk.customer.says("Это о другом")
    await desk.customer.taps("s")
    await desk.customer.sees_text("Отзыв № 2 принят")
    assert len(await stored(desk.customer.user.user_id)) == 2


async def test_start_after_a_tap_on_reply_starts_a_review(desk: Desk, card: ChatMessage) -> None:
    await desk.customer.taps("Ответить")
    await desk.customer.sees_text("Напишите ответ")
    await reaches_text(desk.customer)
    await desk.customer.says("Это о другом")
    await desk.customer.sees_text("Проверьте отзыв")
    assert not said_by_bot(desk.moderator, TITLE)


async def test_a_customer_can_cancel_an_answer(desk: Desk, card: ChatMessage) -> None:
    await desk.customer.taps("Ответить")
    await desk.customer.taps("Не отвечать")
    await desk.customer.sees_text("Хорошо, ответа не будет")
    await desk.customer.says(ANSWER)
    await desk.customer.sees_text("Это ответ по отзыву или новый отзыв?")


async def test_for_a_photo_in_an_open_dialogue_the_customer_is_asked(
    desk: Desk, card: ChatMessage
) -> None:
    await desk.customer.sends("photo", caption="Вот чек")
    question = await desk.customer.sees_text("Передать это команде?")
    assert [b.text for b in question.buttons] == ["Ответ на № 1", "Не передавать"]
    await desk.customer.taps("Не передавать")
    await desk.customer.sees_text("Не передано.")
    assert not said_by_bot(desk.moderator, TITLE)


async def test_an_edit_of_an_answer_is_mirrored_in_the_group(desk: Desk, card: ChatMessage) -> None:
    await desk.customer.taps("Ответить")
    sent = await desk.customer.says("Спасибо")
    shown = await comes_back(desk, "Спасибо")
    await desk.customer.edits(sent, "Большое спасибо")
    edited = await comes_back(desk, "Большое спасибо")
    assert edited.message_id == shown.message_id


async def test_an_edit_before_the_choice_changes_what_is_passed_on(
    desk: Desk, card: ChatMessage
) -> None:
    sent = await desk.customer.says("Спасибо")
    await desk.customer.sees_text("Это ответ по отзыву")
    await desk.customer.edits(sent, "Большое спасибо")
    await desk.customer.taps("Ответ на № 1")
    await comes_back(desk, "Большое спасибо")


async def test_a_long_answer_reaches_the_group_completely_and_in_order(
    desk: Desk, card: ChatMessage
) -> None:
    await desk.customer.taps("Ответить")
    words = " ".join(f"{n:04}" for n in range(1200))  # a client sends 5,999 units as two messages
    sent = await desk.customer.says(words)
    await comes_back(desk, "1199")
    shown = [m.text.partition("\n")[2] for m in said_by_bot(desk.moderator, TITLE)]
    assert len(shown) == 3
    found = re.findall(r"\d+", " ".join(shown))
    assert "".join(found) == words.replace(" ", "")
    assert len(said_by_bot(desk.customer, "Передано команде")) == 2
    assert not said_by_bot(desk.customer, "Это ответ по отзыву или новый отзыв?")

    first = next(m for m in desk.customer.messages if m.text.startswith("0000"))
    assert first.message_id != sent.message_id
    await desk.customer.edits(first, "короче")
    await desk.customer.sees_text("команда получила этот длинный ответ по частям")


async def test_an_undecided_text_that_is_too_long_is_refused_completely(
    desk: Desk, card: ChatMessage
) -> None:
    await desk.customer.says("я" * 4096 + "хвост")
    await desk.customer.sees_text("4\u00a0096 символов, а в ответе можно до 2\u00a0500")
    await desk.customer.says("/help")
    await desk.customer.sees_text("/start")
    assert not said_by_bot(desk.customer, "Это ответ по отзыву или новый отзыв?")


async def test_too_long_edits_and_captions_are_refused_with_length_and_limit(
    desk: Desk, card: ChatMessage
) -> None:
    await desk.customer.taps("Ответить")
    await desk.customer.sends("photo", caption="я" * 601)
    await desk.customer.sees_text("601 символ, а в ответе можно до 600")
    sent = await desk.customer.says("короче")
    await comes_back(desk, "короче")
    await desk.customer.edits(sent, "я" * 2502)
    await desk.customer.sees_text("Правка не передана: 2\u00a0502 символа, а можно до 2\u00a0500")


async def test_the_longest_answer_fits_even_if_all_of_it_is_made_inert(
    desk: Desk, card: ChatMessage
) -> None:
    await desk.customer.taps("Ответить")
    await desk.customer.says("@a" * 1250)
    await comes_back(desk, "@\u200ba" * 1250)
    copy = await desk.delivered(WORDS)
    await desk.customer.sends("photo", caption="@a" * 300, reply_to=copy)
    shown = await comes_back(desk, "@\u200ba" * 300)
    assert shown.media or "@\u200ba" * 301 in shown.text


async def test_answers_above_the_rate_limit_are_refused_with_a_notice(
    desk: Desk, card: ChatMessage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.handlers.customer_answers.ANSWERS_A_MINUTE", 2)
    await desk.customer.taps("Ответить")
    for word in ("раз", "два", "три"):
        await desk.customer.says(word)
    await desk.customer.sees_text("Это не передано: пришлите его ещё раз через")
    await comes_back(desk, "раз")
    await comes_back(desk, "два")
    assert not said_by_bot(desk.moderator, "три")


async def test_a_repeated_update_is_passed_on_once(desk: Desk, card: ChatMessage) -> None:
    await desk.customer.taps("Ответить")
    sent = await desk.customer.says(ANSWER)
    await comes_back(desk, "Спасибо, жду")
    desk.customer.world.updates.push("message", desk.customer.chat.render(sent))
    await desk.customer.says("Ещё")
    await comes_back(desk, "Ещё")
    assert len(said_by_bot(desk.moderator, TITLE)) == 2


async def test_a_reply_to_a_customer_s_answer_is_sent_to_the_customer(
    desk: Desk, card: ChatMessage
) -> None:
    await desk.customer.taps("Ответить")
    await desk.customer.says(ANSWER)
    shown = await comes_back(desk, "Спасибо, жду")
    await desk.moderator.says("Деньги отправлены", reply_to=shown)
    await desk.delivered("Деньги отправлены")


async def test_an_answer_waits_until_the_group_can_be_reached(
    desk: Desk, card: ChatMessage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.dialogue.rounds.RETRY_S", 0.1)
    group = desk.moderator.chat
    membership, group.membership = group.membership, group.membership.KICKED
    await desk.customer.taps("Ответить")
    await desk.customer.says(ANSWER)
    await desk.customer.sees_text("Передано команде")
    group.membership = membership
    await comes_back(desk, "Спасибо, жду")


async def test_another_person_s_review_cannot_be_answered(
    desk: Desk, card: ChatMessage, someone: Comes
) -> None:
    other = someone("en")
    preview = await sends(other, "Mine")
    for data in ("a:r:1", "a:s:1", "a:u:1"):
        tap = other.taps_stale(preview, data)
        assert (await other.gets_answer(tap)).text.startswith("This review is erased")
    await desk.customer.says(ANSWER)
    await desk.customer.sees_text("Это ответ по отзыву")
    tap = other.taps_stale(preview, "w:2:1")
    assert (await other.gets_answer(tap)).text == "This message has already been handled."
    assert not said_by_bot(desk.moderator, TITLE)


async def test_the_dialogue_is_in_the_customer_s_language(
    desk: Desk, moderator: Moderator, someone: Comes
) -> None:
    other: Customer = someone("en")
    card = await desk.card("It was cold", other)
    await moderator.says("Sorry!", reply_to=card)
    copy = await other.sees_text("Answer to your review No. 1")
    assert [button.text for button in copy.buttons] == ["Reply"]
    await other.taps("Reply")
    await other.sees_text("Write your answer to review No. 1")
    await other.says("Never mind")
    await other.sees_text("Passed on to the team: your answer to review No. 1.")
    await moderator.sees_text(TITLE)


def test_every_state_name_fits_its_database_column() -> None:
    assert max(map(len, SendState)) <= 10
