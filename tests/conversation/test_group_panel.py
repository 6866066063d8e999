"""DESK_PANEL=group: the panel in place of the card, seen by the tapper alone."""

import pytest

from bot.desk import group_panels
from bot.settings import BotSettings
from sandbox.server import Server
from sandbox.simulated_people import Customer, Moderator
from sandbox.telegram import ephemerals
from sandbox.telegram.message import ChatMessage
from tests.bot.samples import TAXONOMY
from tests.conversation.desk import Answering, buttons, title
from triage.queue.streams import Connections
from triage.sealing import Seal

pytestmark = pytest.mark.redis


@pytest.fixture
def settings(settings: BotSettings) -> BotSettings:
    return settings.model_copy(update={"desk_panel": "group"})


@pytest.fixture
async def card(
    bot: None,
    real_connections: Connections,
    seal: Seal,
    customer: Customer,
    moderator: Moderator,
) -> ChatMessage:
    return await Answering(real_connections, seal).card(customer, moderator)


async def test_the_panel_of_a_correction_in_the_group_is_visible_only_to_its_moderator(
    card: ChatMessage, moderator: Moderator
) -> None:
    before = len(moderator.messages)
    assert not (await moderator.taps("✏️ Исправить")).url
    panel = await moderator.sees_ephemeral("№ 1")
    assert any(b.text.startswith(f"☑ {title(3)}") for b in panel.buttons)

    await moderator.replies_ephemerally(TAXONOMY.title(16, "ru"))
    found = await moderator.sees_ephemeral("Найдено")
    assert found.ephemeral_id == panel.ephemeral_id
    await moderator.taps_ephemeral(found, f"☐ {TAXONOMY.title(16, 'ru')}"[:12])
    chosen = await moderator.sees_ephemeral(title(3, 16))
    told = await moderator.taps_ephemeral(chosen, "Готово")

    assert told.text == f"Сохранено: {title(3, 16)}"
    edited = await moderator.sees_text("Проверил человек (Ольга)")
    assert edited.message_id == card.message_id, "the card is in its place again"
    bots = [m for m in moderator.chat.ephemerals.values() if m.receiver_id]
    assert (len(moderator.messages), bots) == (before, [])


async def test_a_double_tap_opens_one_panel_and_after_done_fix_opens_another(
    card: ChatMessage, moderator: Moderator
) -> None:
    await moderator.taps("✏️ Исправить")
    panel = await moderator.sees_ephemeral("№ 1")
    told = await moderator.taps("✏️ Исправить")
    assert (told.url, told.text) == ("", "")
    assert (await moderator.sees_ephemeral("№ 1")).ephemeral_id == panel.ephemeral_id

    await moderator.taps_ephemeral(panel, "Готово")
    assert not (await moderator.taps("✏️ Исправить")).url
    await moderator.sees_ephemeral("№ 1")


async def test_a_missing_or_refused_panel_leads_to_the_private_chat(
    card: ChatMessage, moderator: Moderator, telegram: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = f"https://t.me/{telegram.world.bot.username}?start=c1"
    await moderator.taps("✏️ Исправить")
    panel = await moderator.sees_ephemeral("№ 1")
    monkeypatch.setattr(group_panels, "DOUBLE_TAP_MS", 0)
    assert (await moderator.taps("✏️ Исправить")).url == link, "the panel is not seen"
    ephemerals.delete(telegram.world, moderator.chat, panel)
    assert (await moderator.taps_ephemeral(panel, "ℹ️")).url == link
    await moderator.replies_ephemerally("курьер")
    await moderator.sees_ephemeral("Эта панель устарела")

    boris = Moderator(telegram.world, "Борис")
    boris.chat.takes_ephemerals = False
    assert (await boris.taps("✏️ Исправить")).url == link
    assert "✏️ Исправить" in buttons(boris.chat.messages[card.message_id])


async def test_an_erased_review_leaves_no_panel(
    card: ChatMessage, moderator: Moderator, customer: Customer
) -> None:
    await moderator.taps("✏️ Исправить")
    await moderator.sees_ephemeral("№ 1")
    await customer.says("/forget")
    await customer.taps("x:1")
    await customer.sees_text("Готово, всё удалено")
    assert not moderator.chat.ephemerals
