"""Moderators label the queue of /unsure in their private chats: the unchanged bot, sandboxed."""

import asyncio
from collections.abc import Callable

import pytest

from bot.archive.case_store import CaseStore
from bot.desk.standing import standing
from sandbox.server import Server
from sandbox.simulated_people import Customer, Moderator, SimulatedPerson
from sandbox.telegram.world import MODERATORS_CHAT_ID as GROUP
from tests.conversation.desk import Answering, buttons, title
from triage.queue.streams import Connections
from triage.sealing import Seal

pytestmark = pytest.mark.redis

# The ladder calls these a guess, and one that a person must decide.
GUESS = ((3, 0.3), (5, 0.25))
PERSON = ((8, 0.1),)
SURE = ((3, 0.9),)


@pytest.fixture
def answering(bot: None, real_connections: Connections, seal: Seal) -> Answering:
    return Answering(real_connections, seal)


@pytest.fixture
async def three(answering: Answering, customer: Customer, moderator: Moderator) -> None:
    """Send a sure review, a guess, and one that a person must decide."""
    for text, shares in (("Всё хорошо", SURE), ("Как-то так себе", GUESS), ("Хм, даже", PERSON)):
        await answering.card(customer, moderator, text, shares)


Private = Callable[[Moderator], SimulatedPerson]


@pytest.fixture
def private(telegram: Server) -> Private:
    """Return how to reach a moderator's private chat, in which they have pressed Start."""

    def chat(moderator: Moderator) -> SimulatedPerson:
        mine = telegram.world.chats[moderator.user.user_id]
        return SimulatedPerson(telegram.world, moderator.user, mine)

    return chat


async def test_the_queue_shows_all_doubtful_reviews_in_one_message(
    three: None, moderator: Moderator, private: Private, cases: CaseStore, telegram: Server
) -> None:
    olga = private(moderator)
    in_group, before = len(moderator.messages), len(list(telegram.calls))
    await olga.says("/unsure")
    first = await olga.sees_text("Хм, даже")
    assert "После этого останется: 1" in first.text
    assert "✅ Верно" not in buttons(first)
    await olga.taps(lambda b: b.text.startswith(f"☐ {title(5)}"))
    await olga.sees_text(f"Выбрано: {title(5)}")
    await olga.taps("Готово")
    second = await olga.sees_text("Как-то так себе")
    assert second.message_id == first.message_id
    assert "После этого останется: 0" in second.text
    await asyncio.sleep(1)  # an idle bot edits a card at once
    written = [call.method for call in list(telegram.calls)[before:] if call.chat_id == GROUP]
    assert set(written) <= {"getChatMember"}
    await olga.taps("✅ Верно")
    end = await olga.sees_text("всё разобрано")
    late = olga.taps_stale(second, next(b.data for b in second.buttons if b.text == "✅ Верно"))
    assert (await olga.gets_answer(late)).text == ""
    await olga.taps("↩️ Вернуть № 2")
    again = await olga.sees_text("Как-то так себе")
    assert again.message_id == end.message_id
    assert "После этого останется: 0" in again.text
    await olga.taps("✅ Верно")
    await olga.sees_text("всё разобрано")

    assert len([m for m in olga.messages if m.sender.user_id != olga.user.user_id]) == 1
    await moderator.sees_text("Проверил человек (Ольга)")  # the cards follow
    assert len(moderator.messages) == in_group
    assert [standing(await cases.labels(n)).classes for n in (2, 3)] == [(3,), (5,)]
    assert await cases.labels(1) == []


async def test_two_moderators_search_skip_and_go_back_and_an_author_erases(
    three: None, moderator: Moderator, private: Private, telegram: Server, customer: Customer
) -> None:
    olga, boris = private(moderator), private(Moderator(telegram.world, "Борис"))
    await olga.says("/unsure")
    first = await olga.sees_text("Хм, даже")
    await boris.says("/unsure")
    await boris.sees_text("Как-то так себе")

    await olga.says("доставка", reply_to=first)
    await olga.sees_text("Найдено по «доставка»")
    await olga.taps("‹ Назад")
    await olga.taps("⏭ Пропустить")
    await olga.sees_text("всё разобрано")
    await boris.taps("✅ Верно")
    second = await boris.sees_text("Хм, даже")  # only Olga has put it off
    [back] = [b.data for b in second.buttons if b.data and "Вернуть № 2" in b.text]
    taps = [boris.taps_stale(second, back) for _ in range(2)]
    assert [(await boris.gets_answer(tap)).text for tap in taps] == ["", ""]
    shown = await boris.sees_text("Как-то так себе")
    assert "✅ Верно" in buttons(shown)

    await customer.says("/forget")
    await customer.taps("x:1")
    await customer.sees_text("всё удалено")
    gone = await boris.sees_text("Отзыв № 2 удалён автором. Дальше: /unsure")
    assert not list(gone.buttons)
    private_texts = [m.text for chat in (olga, boris) for m in chat.messages]
    assert not [text for text in private_texts if "Как-то" in text or "Хм" in text]
