"""Moderators find reviews in their private chats: the unchanged bot, in the sandbox."""

import pytest

from bot.archive.case_store import CaseStore
from bot.archive.database import open_database
from bot.archive.reviews import Reviews
from bot.clock import now_ms
from bot.desk.case_desk import CaseDesk, Doer
from bot.desk.cases import Act
from bot.settings import BotSettings
from sandbox.server import Server
from sandbox.simulated_people import Customer, Moderator, SimulatedPerson
from sandbox.telegram import acts
from sandbox.telegram.chat import Role
from sandbox.telegram.world import MODERATORS_CHAT_ID
from tests.bot.samples import TAXONOMY, new, outcome
from tests.conversation.desk import buttons, title
from triage.sealing import Seal

pytestmark = pytest.mark.redis


COUNT = 6


@pytest.fixture
async def stored_reviews(
    customer: Customer, moderator: Moderator, settings: BotSettings, seal: Seal
) -> None:
    """Store six answered reviews of the customer, the last one taken by the moderator."""
    engine = await open_database(settings.database_url.get_secret_value())
    reviews, desk = Reviews(engine, seal), CaseDesk(CaseStore(engine, seal), TAXONOMY)
    for number in range(COUNT):
        author = {"user_id": customer.user.user_id, "chat_id": customer.chat.chat_id}
        review = await reviews.accept(
            new(text=f"Курьер {number} опоздал", accepted_ms=now_ms(), **author)
        )
        await reviews.record(review.number, outcome(review.review_id), 5)
        card = {"chat_id": MODERATORS_CHAT_ID, "message_id": 10_000 + number, "digest": False}
        await reviews.record_card([review.number], now_ms=5, **card)
        await reviews.answered(review.number, 6)
    await desk.act(COUNT, Act.TAKE, Doer(moderator.user.user_id, "test", now_ms()))
    await engine.dispose()


@pytest.fixture
def olga(moderator: Moderator, telegram: Server) -> SimulatedPerson:
    """Return the moderator, who is no admin, in the private chat with the bot."""
    acts.set_role(telegram.world, moderator.user, moderator.chat, Role.MEMBER)
    mine = telegram.world.chats[moderator.user.user_id]
    return SimulatedPerson(telegram.world, moderator.user, mine)


async def test_a_moderator_finds_reviews_by_words_class_and_case(
    stored_reviews: None, customer: Customer, moderator: Moderator, olga: SimulatedPerson
) -> None:
    await moderator.says("/find КУРЬЕР")
    await moderator.sees_text("Я ещё не могу вам написать")
    await olga.says("/start")
    in_group = len(moderator.messages)
    await moderator.says("/find КУРЬЕР")
    first = await olga.sees_text("Курьер 5")
    assert "Курьер 0" not in first.text
    await olga.taps("Дальше ›")
    await olga.sees_text("Курьер 0")
    await olga.taps("« Новые")
    await olga.sees_text("Курьер 5")

    await olga.says("/classes")
    await olga.taps(f"{title(3)} · 6")
    await olga.sees(lambda m: "‹ Все темы" in buttons(m))
    await olga.taps("✏️ № 4")
    await olga.sees_text("Выбрано: ")
    await olga.says("/mine")
    await olga.sees_text("🙋 Взяты вами: 1")
    await olga.says("/export 30d")
    await olga.sees_text("только администраторы группы")
    await olga.says("/help")
    await olga.sees_text("/unsure: разобрать")
    assert len(moderator.messages) == in_group + 1  # the command

    await customer.says("/forget")
    await customer.taps("x:1")
    await customer.sees_text("всё удалено")
    assert not [m.text for m in olga.messages if "опоздал" in m.text]


async def test_a_customer_cannot_use_the_commands_of_moderators(
    stored_reviews: None, customer: Customer
) -> None:
    await customer.says("/help")
    answer = await customer.sees_text("/forget")
    assert "/unsure" not in answer.text
    for command in ("/unsure", "/find курьер", "/classes", "/mine", "/export 30d"):
        await customer.says(command)
        await customer.sees(lambda m: m.text.startswith("Такой команды нет"))
        await customer.deletes(customer.last)
    for data in ("m:O:1:0", "m:V:0:0", "m:C:0:0:3", "m:L:0:0", "m:X:1:0"):
        told = await customer.gets_answer(customer.taps_stale(answer, data))
        assert told.text == "Это могут только участники группы модераторов."
