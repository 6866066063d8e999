"""Moderators act on a card: the unchanged bot on a real Redis, in the sandbox."""

import pytest

from bot.archive.case_store import CaseStore
from bot.archive.database import open_database
from bot.archive.desk_records import Case, Label, LabelKind
from bot.settings import BotSettings
from sandbox.server import Server
from sandbox.simulated_people import Customer, Moderator
from sandbox.telegram.message import ChatMessage
from tests.bot.samples import TAXONOMY
from tests.conversation.desk import Answering, buttons, title
from tests.conversation.dialogue import TEXT, sends
from triage.queue.streams import Connections
from triage.sealing import Seal

pytestmark = pytest.mark.redis


@pytest.fixture
def answering(bot: None, real_connections: Connections, seal: Seal) -> Answering:
    return Answering(real_connections, seal)


@pytest.fixture
async def card(answering: Answering, customer: Customer, moderator: Moderator) -> ChatMessage:
    return await answering.card(customer, moderator)


@pytest.fixture
def boris(bot: None, telegram: Server) -> Moderator:
    return Moderator(telegram.world, "Борис")


async def stored(settings: BotSettings, seal: Seal, number: int = 1) -> tuple[Case, list[Label]]:
    """Return the case and the labels in the archive, past the bot."""
    engine = await open_database(settings.database_url.get_secret_value())
    store = CaseStore(engine, seal)
    found = await store.case(number), await store.labels(number)
    await engine.dispose()
    return found


async def test_a_card_has_a_button_for_each_allowed_act(card: ChatMessage) -> None:
    assert buttons(card) == [
        "✅ Верно",
        "✏️ Исправить",
        f"➜ {title(3, 5)}",
        "💬 Ответить",
        "🙋 Беру",
        "📁 Закрыть",
        "🚫 Спам",
    ]
    assert all(len((button.data or "").encode()) <= 64 for button in card.buttons)


async def test_right_needs_one_tap_and_the_card_names_the_moderator(
    card: ChatMessage, moderator: Moderator, settings: BotSettings, seal: Seal
) -> None:
    told = await moderator.taps("✅ Верно")

    assert (told.text, told.alert) == (f"Сохранено: {title(3)}", False)
    edited = await moderator.sees_text("Проверил человек (Ольга)")
    assert edited.message_id == card.message_id
    assert TEXT in edited.text
    assert buttons(edited)[:2] == ["↩️ Отменить", "✏️ Исправить"]
    case, [label] = await stored(settings, seal)
    assert case.version == 1
    assert label.content.kind is LabelKind.CONFIRM
    assert label.content.by_id == moderator.user.user_id
    assert label.content.classes == (3,)
    assert label.content.taxonomy == TAXONOMY.digest


async def test_the_second_best_set_needs_one_tap_and_can_be_undone(
    card: ChatMessage, moderator: Moderator, settings: BotSettings, seal: Seal
) -> None:
    await moderator.taps(f"➜ {title(3, 5)}")
    await moderator.sees_text(TAXONOMY.title(5, "ru"))
    told = await moderator.taps("↩️ Отменить")

    assert told.text == "Отменено."
    await moderator.sees(lambda m: "✅ Верно" in buttons(m), timeout_s=15)
    _, [correction, undo] = await stored(settings, seal)
    assert (correction.content.kind, correction.content.classes) == (LabelKind.CORRECT, (3, 5))
    assert (undo.content.kind, undo.content.base_label) == (LabelKind.UNDO, correction.label_id)


async def test_undo_is_no_longer_offered_once_its_time_is_over(
    card: ChatMessage, moderator: Moderator, monkeypatch: pytest.MonkeyPatch
) -> None:
    await moderator.taps("✅ Верно")
    await moderator.sees(lambda m: buttons(m)[:2] == ["↩️ Отменить", "✏️ Исправить"])
    monkeypatch.setattr("bot.desk.standing.UNDO_MS", -1)

    assert "в течение 10 минут" in (await moderator.taps("↩️ Отменить")).text
    await moderator.sees(lambda m: buttons(m)[:2] == ["✏️ Исправить", "💬 Ответить"], timeout_s=15)


async def test_a_second_moderator_is_told_who_has_taken_the_case(
    card: ChatMessage, moderator: Moderator, boris: Moderator
) -> None:
    take = next(button.data for button in card.buttons if button.text == "🙋 Беру")
    assert take is not None
    assert (await moderator.taps("🙋 Беру")).text == "Отзыв ваш на 30 минут."

    late = await boris.gets_answer(boris.taps_stale(card, take))

    assert (late.text, late.alert) == ("Этим уже занимается Ольга, 0 мин.", True)
    await moderator.sees_text("🙋 Занимается Ольга")
    assert (await boris.taps("🙋 Забрать себе")).text == "Отзыв ваш на 30 минут."
    await moderator.sees_text("🙋 Занимается Борис", timeout_s=15)


async def test_only_one_of_two_concurrent_takes_succeeds(
    card: ChatMessage, moderator: Moderator, boris: Moderator, settings: BotSettings, seal: Seal
) -> None:
    take = next(button.data for button in card.buttons if button.text == "🙋 Беру")
    assert take is not None
    taps = [person.taps_stale(card, take) for person in (moderator, boris)]
    told = [await moderator.gets_answer(tap) for tap in taps]

    assert sorted(answer.alert for answer in told) == [False, True]
    case, _ = await stored(settings, seal)
    assert case.version == 1
    winner = [moderator, boris][[answer.alert for answer in told].index(False)]
    assert case.owner_id == winner.user.user_id


async def test_consecutive_taps_of_one_moderator_all_count(
    card: ChatMessage, moderator: Moderator, settings: BotSettings, seal: Seal
) -> None:
    data = {button.text: button.data or "" for button in card.buttons}
    for text in ("🙋 Беру", "✅ Верно", "📁 Закрыть"):
        await moderator.gets_answer(moderator.taps_stale(card, data[text]))

    case, [label] = await stored(settings, seal)
    assert (case.version, case.state) == (3, "closed")
    assert label.content.kind is LabelKind.CONFIRM
    await moderator.sees_text("📁 Закрыт", timeout_s=15)


async def test_spam_can_be_undone_and_is_never_a_label(
    card: ChatMessage, moderator: Moderator, settings: BotSettings, seal: Seal
) -> None:
    await moderator.taps("🚫 Спам")
    edited = await moderator.sees_text("🚫 Спам")
    assert buttons(edited) == ["↩️ Не спам", "⛔ Запретить автору", "🔇 Скрывать молча"]
    await moderator.taps("↩️ Не спам")
    await moderator.sees(lambda m: "🚫 Спам" in buttons(m), timeout_s=15)

    case, labels = await stored(settings, seal)
    assert (case.state, labels) == ("new", [])


async def test_a_tap_from_outside_the_group_changes_nothing(
    card: ChatMessage, telegram: Server, settings: BotSettings, seal: Seal
) -> None:
    mallory = Moderator(telegram.world, "Mallory")
    del mallory.chat.members[mallory.user.user_id]
    for button in card.buttons:
        told = await mallory.gets_answer(mallory.taps_stale(card, button.data or ""))
        assert told.text == "Это могут только участники группы модераторов."
        assert not told.url

    case, labels = await stored(settings, seal)
    assert (case.version, labels) == (0, [])


@pytest.mark.parametrize("data", ["unknown", "d:", "f:1", "p:1:1"])
async def test_an_unknown_button_in_the_group_is_answered(
    card: ChatMessage, moderator: Moderator, data: str
) -> None:
    told = await moderator.gets_answer(moderator.taps_stale(card, data))
    assert (told.text, told.alert) == ("Эта кнопка больше не действует.", True)


async def test_a_tap_on_an_outdated_card_shows_the_state_and_updates_the_card(
    card: ChatMessage, moderator: Moderator, boris: Moderator
) -> None:
    close = next(button.data for button in card.buttons if button.text == "📁 Закрыть")
    assert close is not None
    await moderator.taps("🙋 Беру")
    told = await boris.gets_answer(boris.taps_stale(card, close))

    assert told.text == "Вас опередили (Ольга). Сейчас: в работе"
    edited = await moderator.sees_text("🙋 Занимается Ольга")
    assert "🙋 Забрать себе" in buttons(edited)

    await moderator.taps("📁 Закрыть")
    told = await boris.gets_answer(boris.taps_stale(card, close))
    assert told.text == "Вас опередили (Ольга). Сейчас: закрыт", "a closed case has no owner"


async def test_fix_answers_with_a_link_to_the_private_chat(
    card: ChatMessage, moderator: Moderator, telegram: Server
) -> None:
    told = await moderator.taps("✏️ Исправить")
    assert told.url == f"https://t.me/{telegram.world.bot.username}?start=c1"


async def test_the_card_of_an_unread_review_offers_only_fix(
    answering: Answering, customer: Customer, moderator: Moderator
) -> None:
    card = await answering.card(customer, moderator, shares=())
    assert buttons(card)[0] == "✏️ Исправить"
    assert "✅ Верно" not in buttons(card)


async def test_the_card_of_an_undecided_review_offers_two_sets(
    answering: Answering, customer: Customer, moderator: Moderator
) -> None:
    card = await answering.card(customer, moderator, shares=((3, 0.19), (5, 0.18)))
    assert buttons(card)[:3] == ["✏️ Исправить", f"➜ {title(3)}", f"➜ {title(5)}"]


@pytest.mark.parametrize("data", ["m:t:zzzzzzzzzzzz:0", "m:a:1:0:9", "m:a:1:0", "m:r:2:0"])
async def test_forged_taps_are_answered_and_change_nothing(
    data: str, card: ChatMessage, moderator: Moderator, settings: BotSettings, seal: Seal
) -> None:
    told = await moderator.gets_answer(moderator.taps_stale(card, data))
    assert told.text
    assert (await stored(settings, seal))[0].version == 0


async def test_a_deleted_card_does_not_block_other_cards(
    answering: Answering, card: ChatMessage, customer: Customer, moderator: Moderator
) -> None:
    take = moderator.taps_stale(card, "m:t:1:0")
    await moderator.deletes(card)
    await moderator.gets_answer(take)
    other = await answering.card(customer, moderator, "Другой отзыв о доставке")
    await moderator.taps("✅ Верно")

    edited = await moderator.sees_text("Проверил человек")
    assert edited.message_id == other.message_id


async def test_a_correction_reaches_an_answer_in_a_new_message(
    answering: Answering, customer: Customer, moderator: Moderator
) -> None:
    receipt = await sends(customer)
    await customer.deletes(receipt)
    await answering.next_job()
    await moderator.sees_text(TEXT)
    answer = await customer.sees_text("Уверенность: ")
    await moderator.taps(f"➜ {title(3, 5)}")
    checked = await customer.sees_text("Проверил человек")
    assert checked.message_id == answer.message_id > receipt.message_id
