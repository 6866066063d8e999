"""Moderators correct classes in their private chat: the unchanged bot, in the sandbox."""

import asyncio
from collections.abc import Callable

import pytest

from bot.archive.case_store import CaseStore
from bot.archive.database import open_database
from bot.archive.desk_records import Label, LabelKind
from bot.settings import BotSettings
from sandbox.server import Server
from sandbox.simulated_people import Customer, Moderator, SimulatedPerson
from sandbox.telegram.message import ChatMessage
from tests.bot.samples import TAXONOMY
from tests.conversation.desk import Answering, buttons, title
from tests.conversation.dialogue import TEXT
from triage.queue.streams import Connections
from triage.sealing import Seal

pytestmark = pytest.mark.redis

# The moderator's private chat with the bot.
InPrivate = Callable[[Moderator], SimulatedPerson]


@pytest.fixture
def answering(bot: None, real_connections: Connections, seal: Seal) -> Answering:
    return Answering(real_connections, seal)


@pytest.fixture
async def card(answering: Answering, customer: Customer, moderator: Moderator) -> ChatMessage:
    return await answering.card(customer, moderator)


@pytest.fixture
def private(telegram: Server) -> InPrivate:
    world = telegram.world
    return lambda moderator: SimulatedPerson(
        world, moderator.user, world.chats[moderator.user.user_id]
    )


@pytest.fixture
async def panel(card: ChatMessage, moderator: Moderator, private: InPrivate) -> SimulatedPerson:
    """Open the panel as the link of Fix does, without an earlier /start."""
    told = await moderator.taps("✏️ Исправить")
    assert told.url.endswith("?start=c1")
    at_panel = private(moderator)
    await at_panel.says("/start c1")
    await at_panel.sees_text("Выбрано: ")
    return at_panel


@pytest.fixture
def settles_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.delivery.checked_answers.SETTLE_AFTER_MS", 1)
    monkeypatch.setattr("bot.delivery.checked_answers.LOOK_EVERY_S", 0.05)


async def labels(settings: BotSettings, seal: Seal) -> list[Label]:
    engine = await open_database(settings.database_url.get_secret_value())
    found = await CaseStore(engine, seal).labels(1)
    await engine.dispose()
    return found


async def test_a_panel_offers_three_sets_ten_classes_and_all_groups(
    panel: SimulatedPerson,
) -> None:
    shown = buttons(panel.last)
    groups = [group.title.into("ru") + " ›" for group in TAXONOMY.groups]
    assert next(text for text in shown if text[0] == "=").startswith("= Регулярные опозд… + ")
    assert len([text for text in shown if text.startswith("= ")]) == 3
    assert len([text for text in shown if text[0] in "☑☐"]) == 10
    assert [text for text in shown if text.startswith("☑")] == [f"☑ {title(3)} 80\N{NBSP}%"]
    assert [text for text in shown if text.endswith("›")] == groups
    assert shown[-3:] == ["ℹ️ Что значит", "🔎 Найти", "Готово"]
    assert TEXT in panel.last.text
    assert all(len((b.data or "").encode()) <= 64 for b in panel.last.buttons)


async def test_a_correction_updates_the_card_and_the_answer_without_a_new_message(
    panel: SimulatedPerson,
    moderator: Moderator,
    customer: Customer,
    settings: BotSettings,
    seal: Seal,
) -> None:
    before = len(customer.messages)
    await panel.taps(lambda b: b.text.startswith(f"☐ {title(5)}"))
    await panel.sees_text(f"Выбрано: {title(3, 5)}")
    await panel.taps("Готово")

    await panel.sees_text(f"✅ Сохранено: {title(3, 5)}")
    await moderator.sees_text("Проверил человек (Ольга)")
    answer = await customer.sees_text("Проверил человек")
    assert title(5) in answer.text
    assert "%" not in answer.text
    assert len(customer.messages) == before
    [label] = await labels(settings, seal)
    assert label.content.kind is LabelKind.CORRECT
    assert label.content.classes == (3, 5)
    assert label.content.took_ms is not None


@pytest.fixture
async def unsure(
    answering: Answering, customer: Customer, moderator: Moderator, private: InPrivate
) -> SimulatedPerson:
    """Return a moderator with the panel of a review that the model is not sure about."""
    await answering.card(customer, moderator, shares=((8, 0.1),))
    person = private(moderator)
    await person.says("/start c1")
    return person


async def test_the_panel_of_an_unsure_model_starts_empty_and_offers_the_guess(
    unsure: SimulatedPerson, settings: BotSettings, seal: Seal
) -> None:
    shown = await unsure.sees_text("Пока ничего не выбрано")
    assert "Кнопка 💡 выберет её догадку." in shown.text
    assert not [text for text in buttons(shown) if text.startswith("☑")]
    assert [text for text in buttons(shown) if text.startswith("💡")] == [f"💡 {title(8)}"]
    assert (await unsure.taps("Готово")).text.startswith("Отметьте хотя бы одну тему")

    await unsure.taps(f"💡 {title(8)}")
    await unsure.sees_text(f"Выбрано: {title(8)}")
    await unsure.taps(lambda b: b.text.startswith("☑"))
    await unsure.taps(lambda b: b.text.startswith(f"☐ {title(3)}"))
    await unsure.sees_text(f"Выбрано: {title(3)}")
    await unsure.taps("Готово")
    await unsure.sees_text(f"✅ Сохранено: {title(3)}")
    assert [label.content.classes for label in await labels(settings, seal)] == [(3,)]


async def test_the_guess_is_added_to_classes_that_were_chosen_before(
    unsure: SimulatedPerson, settings: BotSettings, seal: Seal
) -> None:
    await unsure.taps(lambda b: b.text.startswith(f"☐ {title(3)}"))
    await unsure.taps(f"💡 {title(8)}")
    await unsure.sees_text(f"Выбрано: {title(3, 8)}")
    await unsure.taps(f"💡 {title(8)}")
    await unsure.taps("Готово")
    await unsure.sees_text(f"✅ Сохранено: {title(3, 8)}")
    assert [label.content.classes for label in await labels(settings, seal)] == [(3, 8)]


async def test_a_draft_is_saved_automatically_after_its_last_change(
    settles_soon: None, panel: SimulatedPerson, moderator: Moderator
) -> None:
    await panel.taps(f"= {title(5)}")
    await panel.sees_text(f"✅ Сохранено: {title(5)}")
    await moderator.sees_text("Проверил человек (Ольга)")


async def test_a_panel_that_was_only_opened_saves_nothing(
    settles_soon: None, panel: SimulatedPerson, settings: BotSettings, seal: Seal
) -> None:
    await panel.taps("ℹ️ Что значит")
    await asyncio.sleep(0.3)
    assert await labels(settings, seal) == []


async def test_an_empty_set_is_saved_neither_by_done_nor_by_timeout(
    settles_soon: None, panel: SimulatedPerson, settings: BotSettings, seal: Seal
) -> None:
    await panel.taps(lambda b: b.text.startswith("☑"))
    await panel.sees_text("ничего не выбрано")
    told = await panel.taps("Готово")
    assert told.text == "Отметьте хотя бы одну тему: пустой набор не сохраняется."
    await asyncio.sleep(0.3)
    assert await labels(settings, seal) == []


async def test_a_label_can_be_undone_in_the_panel(
    panel: SimulatedPerson, customer: Customer, settings: BotSettings, seal: Seal
) -> None:
    await panel.taps(f"= {title(5)}")
    await panel.taps("Готово")
    await customer.sees_text("Проверил человек")
    await panel.taps("↩️ Отменить")
    await panel.sees_text("Отменено.")

    await customer.sees_text("Уверенность: ")
    assert [label.content.kind for label in await labels(settings, seal)] == ["correct", "undo"]
    await panel.taps("✏️ Изменить")
    await panel.sees_text(f"Выбрано: {title(3)}")


async def saves_an_old_label(panel: SimulatedPerson, monkeypatch: pytest.MonkeyPatch) -> None:
    """Save a label whose time for Undo is over while the panel still offers it."""
    await panel.taps(f"= {title(5)}")
    await panel.taps("Готово")
    await panel.sees(lambda m: "↩️ Отменить" in buttons(m))
    monkeypatch.setattr("bot.desk.standing.UNDO_MS", -1)


async def test_a_panel_offers_no_undo_once_its_time_is_over(
    panel: SimulatedPerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    await saves_an_old_label(panel, monkeypatch)

    assert "в течение 10 минут" in (await panel.taps("↩️ Отменить")).text
    await panel.sees(lambda m: buttons(m) == ["✏️ Изменить"] and title(5) in m.text)


async def test_an_old_label_that_is_saved_again_offers_no_undo(
    panel: SimulatedPerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    await saves_an_old_label(panel, monkeypatch)

    await panel.taps("✏️ Изменить")
    await panel.taps("Готово")
    await panel.sees(lambda m: bool(m.buttons) and "Готово" not in buttons(m))
    assert buttons(panel.last) == ["✏️ Изменить"]


async def test_groups_and_search_lead_to_every_class(panel: SimulatedPerson) -> None:
    first = TAXONOMY.groups[0]
    await panel.taps(f"{first.title.into('ru')} ›")
    inside = [c for c in TAXONOMY.classes if c.group == first.slug]
    await panel.sees(lambda m: "‹ Назад" in buttons(m))
    shown = [text for text in buttons(panel.last) if text[0] in "☑☐"]
    assert len(shown) == len(inside)
    await panel.taps(lambda b: b.text.startswith("☐"))
    await panel.sees(lambda m: len([text for text in buttons(m) if text[0] == "☑"]) >= 1)
    assert "‹ Назад" in buttons(panel.last)
    await panel.taps("‹ Назад")
    await panel.sees(lambda m: "Готово" in buttons(m) and "🔎 Найти" in buttons(m))

    told = await panel.taps("🔎 Найти")
    assert "Ответьте на это сообщение" in told.text
    await panel.says("ДОСТАВКА", reply_to=panel.last)
    found = await panel.sees_text("Найдено по «ДОСТАВКА»")
    assert any("доставка" in text.lower() for text in buttons(found))
    await panel.sees(lambda _: panel.last.message_id == found.message_id)  # the reply is deleted


async def test_definitions_are_shown_on_demand(panel: SimulatedPerson) -> None:
    definition = TAXONOMY.by_id[3].definition.into("ru")
    await panel.taps("ℹ️ Что значит")
    await panel.sees_text(definition)
    await panel.taps("ℹ️ Что значит")
    await panel.sees(lambda m: "Выбрано" in m.text and definition not in m.text)


async def test_two_moderators_who_disagree_make_a_dispute(
    panel: SimulatedPerson,
    moderator: Moderator,
    telegram: Server,
    private: InPrivate,
    customer: Customer,
) -> None:
    boris = Moderator(telegram.world, "Борис")
    await panel.taps("Готово")
    await customer.sees_text("Проверил человек")
    other = private(boris)
    await other.says("/start c1")
    await other.taps(f"= {title(5)}")
    await other.taps("Готово")

    await other.sees_text("написано «спор»")
    disputed = await moderator.sees_text("⚖️ Спор", timeout_s=15)
    assert f"Ольга: {title(3)}" in disputed.text
    assert f"Борис: {title(5)}" in disputed.text


async def test_the_link_of_a_panel_is_an_ordinary_start_command_for_a_customer(
    card: ChatMessage, customer: Customer
) -> None:
    await customer.says("/start c1")
    await customer.sees_text("Как вам наш сервис?")


async def test_a_customer_who_forges_panel_taps_changes_nothing(
    card: ChatMessage, customer: Customer, settings: BotSettings, seal: Seal
) -> None:
    for data in ("m:D:1:0", "m:+:1:0:5", "m:U:1:0"):
        told = await customer.gets_answer(customer.taps_stale(customer.last, data))
        assert told.text == "Это могут только участники группы модераторов."
    assert await labels(settings, seal) == []


async def test_forget_clears_the_private_panel_and_all_rows(
    panel: SimulatedPerson, customer: Customer, settings: BotSettings, seal: Seal
) -> None:
    await panel.taps(f"= {title(5)}")
    await panel.taps("Готово")
    await panel.sees_text("✅ Сохранено")
    assert len(await labels(settings, seal)) == 1
    await customer.says("/forget")
    await customer.taps("x:1")
    await customer.sees_text("всё удалено")

    assert TEXT not in "".join(message.text for message in panel.messages)
    await panel.sees_text("Отзыв № 1 удалён автором.")
    assert not list(panel.last.buttons)
    assert await labels(settings, seal) == []
    await panel.says("/start c1")
    await panel.sees_text("Отзыва № 1 нет.")


async def test_mydata_contains_the_labels_of_moderators(
    panel: SimulatedPerson, customer: Customer, telegram: Server
) -> None:
    await panel.taps("Готово")
    await customer.sees_text("Проверил человек")
    await customer.says("/mydata")
    sent = await customer.sees(lambda m: m.media is not None and m.text.startswith("Всё"))
    assert sent.media is not None
    stored = telegram.world.files.find(sent.media.file_id)
    assert stored is not None
    assert '"checked_by_people"' in stored.data.decode()
    assert '"how": "confirm"' in stored.data.decode()
