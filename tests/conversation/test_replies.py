"""What moderators write below cards: held, sent without a name, mirrored, taken back."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy import func, select

from bot.archive.database import open_database
from bot.archive.dialogue import Dialogue
from bot.archive.dialogue_tables import dialogue
from bot.settings import BotSettings
from sandbox.server import Server
from sandbox.simulated_people import Moderator
from sandbox.telegram.world import FIRST_PERSON_ID
from tests.conversation.two_sides import Desk, said_by_bot
from triage.sealing import Seal

pytestmark = pytest.mark.redis

HELD = "Уйдёт автору отзыва № 1"
DELIVERED = "✓ Доставлено автору отзыва № 1"
WORDS = "Извините, курьер застрял. Вернём деньги."


async def test_a_reply_to_a_card_reaches_the_customer_after_the_hold_without_a_name(
    desk: Desk,
) -> None:
    card = await desk.card()
    written = await desk.moderator.says(WORDS, reply_to=card)
    held = await desk.moderator.sees_text(HELD)
    copy = await desk.delivered(WORDS)
    status = await desk.moderator.sees_text(DELIVERED)

    assert copy.text == f"Ответ по отзыву № 1\n\n{WORDS}"
    assert desk.moderator.user.first_name not in copy.text
    assert [button.text for button in copy.buttons] == ["Ответить"]
    assert held.reply_to == written.message_id
    assert status.message_id == held.message_id  # one small message, edited
    assert [button.text for button in status.buttons] == ["Отозвать"]
    assert len(said_by_bot(desk.customer, WORDS)) == 1


@pytest.mark.parametrize("kind", ["photo", "document"])
async def test_a_photo_and_a_file_are_passed_on_with_their_caption(kind: str, desk: Desk) -> None:
    card = await desk.card()
    sent = await desk.moderator.sends(kind, caption=WORDS, reply_to=card)
    copy = await desk.delivered(WORDS)

    assert sent.media is not None
    assert copy.media is not None
    assert (copy.media.kind, copy.media.file_id) == (kind, sent.media.file_id)
    await desk.moderator.sees_text(DELIVERED)


async def test_a_photo_without_a_caption_is_passed_on(desk: Desk) -> None:
    card = await desk.card()
    await desk.moderator.sends("photo", reply_to=card)
    copy = await desk.customer.sees(lambda m: m.text == "Ответ по отзыву № 1")
    assert copy.media is not None


async def test_a_note_is_not_sent_to_the_customer_and_its_text_is_not_stored(
    desk: Desk, stored_messages: Callable[[], Awaitable[list[str]]]
) -> None:
    card = await desk.card()
    note = await desk.moderator.says("// звонил дважды, трубку не берёт", reply_to=card)
    await desk.moderator.sees_text("Заметка к отзыву № 1: остаётся в группе")
    await desk.moderator.edits(note, "звонил трижды")
    _, status = await desk.reply_of(WORDS, card)

    assert "№ 1" in status.text
    assert not said_by_bot(desk.customer, "звонил")
    assert await stored_messages() == ["", WORDS]


async def stored_files(settings: BotSettings) -> int:
    """Return how many messages in the archive have a file."""
    engine = await open_database(settings.database_url.get_secret_value())
    async with engine.connect() as connection:
        count = await connection.scalar(select(func.count(dialogue.c.sealed_file_id)))
    await engine.dispose()
    return count or 0


@pytest.fixture
def stored_messages(settings: BotSettings, seal: Seal) -> Callable[[], Awaitable[list[str]]]:
    """Return how to read the texts of all messages in the archive."""

    async def look() -> list[str]:
        engine = await open_database(settings.database_url.get_secret_value())
        found = await Dialogue(engine, seal).of(FIRST_PERSON_ID)
        await engine.dispose()
        return [message.text for message in found]

    return look


async def test_an_edit_is_mirrored_and_the_status_says_so(desk: Desk) -> None:
    card = await desk.card()
    written = await desk.moderator.says(WORDS, reply_to=card)
    copy = await desk.delivered(WORDS)
    await desk.moderator.sees_text(DELIVERED)
    await desk.moderator.edits(written, "Вернём деньги сегодня.")

    edited = await desk.delivered("Вернём деньги сегодня.")
    assert edited.message_id == copy.message_id
    await desk.moderator.sees_text(f"{DELIVERED}, с правкой")


async def test_a_reaction_to_a_reply_is_not_an_edit(desk: Desk) -> None:
    card = await desk.card()
    written = await desk.moderator.says(WORDS, reply_to=card)
    ticked = await desk.moderator.sees_text(DELIVERED)
    await desk.moderator.reacts_to(written)
    copy, _ = await desk.reply_of("Второй ответ", card)
    assert "Второй ответ" in copy.text
    assert desk.moderator.chat.messages[ticked.message_id] == ticked


async def test_an_edited_caption_of_a_photo_is_mirrored(desk: Desk) -> None:
    card = await desk.card()
    sent = await desk.moderator.sends("photo", caption="Новый заказ", reply_to=card)
    copy = await desk.delivered("Новый заказ")
    await desk.moderator.sees_text(DELIVERED)
    await desk.moderator.edits(sent, "Ваш новый заказ")
    edited = await desk.delivered("Ваш новый заказ")
    assert (edited.message_id, edited.media) == (copy.message_id, copy.media)


async def test_an_edit_that_turns_a_reply_into_a_note_is_not_mirrored(desk: Desk) -> None:
    card = await desk.card()
    written = await desk.moderator.says(WORDS, reply_to=card)
    await desk.moderator.sees_text(DELIVERED)
    await desk.moderator.edits(written, "// сам виноват")
    await desk.moderator.sees_text("с // начинается заметка")
    assert not said_by_bot(desk.customer, "виноват")


async def test_a_reply_can_be_recalled(desk: Desk) -> None:
    copy, _ = await desk.reply_of(WORDS, await desk.card())
    answer = await desk.moderator.taps("Отозвать")
    assert answer.text == "Отозвано."
    await desk.moderator.sees_text("Ответ автору отзыва № 1 отозван")
    assert copy.message_id not in desk.customer.chat.messages
    await desk.moderator.sees_text("Автор ждёт ответа")


async def test_a_reply_that_the_customer_deleted_counts_as_recalled(desk: Desk) -> None:
    copy, _ = await desk.reply_of(WORDS, await desk.card())
    await desk.customer.deletes(copy)
    assert (await desk.moderator.taps("Отозвать")).text == "Отозвано."


async def test_a_reply_older_than_48_hours_is_neither_recalled_nor_edited(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = await desk.card()
    written = await desk.moderator.says(WORDS, reply_to=card)
    copy = await desk.delivered(WORDS)
    await desk.moderator.sees_text(DELIVERED)
    monkeypatch.setattr("bot.handlers.group_replies.RECALL_MS", 0)
    monkeypatch.setattr("bot.dialogue.reply_desk.RECALL_MS", 0)

    assert "48 часов" in (await desk.moderator.taps("Отозвать")).text
    await desk.moderator.edits(written, "Другое")
    await desk.moderator.sees_text("Правка не передана: прошло больше 48 часов")
    assert desk.customer.chat.messages[copy.message_id] == copy


async def test_the_status_says_that_the_customer_blocked_the_bot(desk: Desk) -> None:
    card = await desk.card()
    await desk.customer.blocks()
    await desk.moderator.says(WORDS, reply_to=card)
    status = await desk.moderator.sees_text("✗ Не доставлено автору отзыва № 1: бот заблокирован")
    assert not list(status.buttons)


async def test_editing_a_failed_reply_sends_it_again(desk: Desk) -> None:
    card = await desk.card()
    await desk.customer.blocks()
    written = await desk.moderator.says(WORDS, reply_to=card)
    await desk.moderator.sees_text("бот заблокирован")
    await desk.customer.unblocks()
    await desk.moderator.edits(written, f"{WORDS} Простите.")
    await desk.delivered(f"{WORDS} Простите.")
    await desk.moderator.sees_text(DELIVERED)


async def test_a_too_long_reply_is_refused_and_a_shorter_edit_is_sent(desk: Desk) -> None:
    card = await desk.card()
    written = await desk.moderator.says("я" * 4090, reply_to=card)
    await desk.moderator.sees_text("слишком длинно, лишних символов: 15")
    await desk.moderator.edits(written, "я" * 40)
    await desk.delivered("я" * 40)


async def test_a_repeated_update_is_sent_to_the_customer_once(desk: Desk) -> None:
    card = await desk.card()
    written = await desk.moderator.says(WORDS, reply_to=card)
    desk.pushes(written)
    await desk.moderator.sees_text(DELIVERED)
    desk.pushes(written)
    await desk.reply_of("Второй ответ", card)
    assert len(said_by_bot(desk.customer, WORDS)) == 1
    assert len(said_by_bot(desk.moderator, "автору отзыва № 1")) == 2


class TestInsideTheHold:
    @pytest.fixture
    def hold_s(self) -> float:
        return 60.0

    async def test_cancel_sends_nothing(self, desk: Desk) -> None:
        card = await desk.card()
        await desk.moderator.says(WORDS, reply_to=card)
        assert (await desk.moderator.taps("Отменить")).text == "Отменено."
        status = await desk.moderator.sees_text("Не отправлено автору отзыва № 1: отменено")
        assert not list(status.buttons)
        assert not said_by_bot(desk.customer, WORDS)

    async def test_note_keeps_it_in_the_group(self, desk: Desk) -> None:
        card = await desk.card()
        await desk.moderator.says(WORDS, reply_to=card)
        await desk.moderator.taps("Заметка")
        await desk.moderator.sees_text("Заметка к отзыву № 1: остаётся в группе")
        assert not said_by_bot(desk.customer, WORDS)

    async def test_the_file_of_a_note_is_not_stored(
        self, desk: Desk, settings: BotSettings
    ) -> None:
        card = await desk.card()
        await desk.moderator.sends("photo", caption=WORDS, reply_to=card)
        await desk.moderator.sees_text(HELD)
        assert await stored_files(settings) == 1
        await desk.moderator.taps("Заметка")
        await desk.moderator.sees_text("Заметка к отзыву № 1: остаётся в группе")
        assert await stored_files(settings) == 0

    async def test_an_edit_with_two_slashes_makes_it_a_note(self, desk: Desk) -> None:
        card = await desk.card()
        written = await desk.moderator.says(WORDS, reply_to=card)
        await desk.moderator.sees_text(HELD)
        await desk.moderator.edits(written, f"// {WORDS}")
        await desk.moderator.sees_text("Заметка к отзыву № 1: остаётся в группе")

    async def test_the_second_of_two_taps_comes_too_late(self, desk: Desk) -> None:
        card = await desk.card()
        await desk.moderator.says(WORDS, reply_to=card)
        held = await desk.moderator.sees_text(HELD)
        data = [button.data or "" for button in held.buttons]
        first, second = (desk.moderator.taps_stale(held, each) for each in data)
        texts = {(await desk.moderator.gets_answer(tap)).text for tap in (first, second)}
        assert "Поздно: сообщение уже в другом состоянии." in texts
        assert len(texts) == 2

    async def test_a_stranger_s_tap_changes_nothing(self, desk: Desk, telegram: Server) -> None:
        card = await desk.card()
        await desk.moderator.says(WORDS, reply_to=card)
        held = await desk.moderator.sees_text(HELD)
        stranger = Moderator(telegram.world, "Мария")
        del stranger.chat.members[stranger.user.user_id]
        tap = stranger.taps_stale(held, next(held.buttons).data or "")
        answer = await stranger.gets_answer(tap)
        assert answer.text == "Эти кнопки для участников группы."
        assert stranger.chat.messages[held.message_id] == held
        await desk.moderator.taps("Отменить")

    async def test_a_button_of_the_group_does_nothing_in_a_private_chat(self, desk: Desk) -> None:
        card = await desk.card()
        await desk.moderator.says(WORDS, reply_to=card)
        held = await desk.moderator.sees_text(HELD)
        data = next(held.buttons).data or ""
        tap = desk.customer.taps_stale(await desk.customer.sees_text("№ 1"), data)
        assert (await desk.customer.gets_answer(tap)).text == "Эти кнопки для участников группы."
        await asyncio.sleep(0)
        assert desk.moderator.chat.messages[held.message_id] == held
