"""Routes: which topic of the group gets which cards, and what happens when a topic is lost."""

import pytest

from bot.desk import routing
from sandbox.server import Server
from sandbox.simulated_people import Customer, Moderator
from sandbox.telegram.chat import Membership, TopicState
from sandbox.telegram.group_acts import create_topic, rename_topic, set_topic
from sandbox.telegram.message import ChatMessage
from tests.bot.samples import TAXONOMY
from tests.conversation.desk import Answering
from tests.conversation.two_sides import GROUP_BOT
from triage.queue.streams import Connections
from triage.sealing import Seal

pytestmark = pytest.mark.redis

FIRST, SECOND = (TAXONOMY.by_id[class_id].group for class_id in (3, 16))
assert FIRST != SECOND, "the classes that the answers name belong to two groups"

ALONE = ((3, 0.8), (8, 0.01))
BOTH = ((3, 0.8), (16, 0.79))


class Forum:
    """A group with topics and routes."""

    def __init__(self, telegram: Server, moderator: Moderator, customer: Customer) -> None:
        self.telegram, self.moderator, self.customer = telegram, moderator, customer
        self.chat = moderator.chat

    def opens(self, name: str) -> int:
        """Open a topic."""
        return create_topic(self.telegram.world, self.moderator.user, self.chat, name)

    def sets(self, thread_id: int, state: TopicState) -> None:
        """Close, open or delete a topic."""
        set_topic(self.telegram.world, self.moderator.user, self.chat, thread_id, state)

    async def routes(self, group: str, name: str) -> int:
        """Open a topic for a group of classes."""
        thread_id = self.opens(name)
        await self.moderator.says(f"/route {group}", thread_id=thread_id)
        await self.moderator.sees(lambda m: m.thread_id == thread_id and "Вернуть" in m.text)
        return thread_id

    def said(self, part: str) -> list[ChatMessage]:
        """Return the bot's messages that hold `part`."""
        bot = self.telegram.world.bot
        return [m for m in self.moderator.messages if m.sender == bot and part in m.text]


@pytest.fixture
def forum(bot: None, telegram: Server, moderator: Moderator, customer: Customer) -> Forum:
    telegram.world.chats[moderator.chat.chat_id].membership = Membership.ADMINISTRATOR
    return Forum(telegram, moderator, customer)


@pytest.fixture
def answering(bot: None, real_connections: Connections, seal: Seal) -> Answering:
    return Answering(real_connections, seal)


async def test_a_card_goes_to_the_first_topic_and_an_erasable_link_to_the_second(
    forum: Forum, answering: Answering, customer: Customer
) -> None:
    first, second = await forum.routes(FIRST, "Раз"), await forum.routes(SECOND, "Два")
    card = await answering.card(customer, forum.moderator, shares=BOTH)
    line = await forum.moderator.sees_text("/r1 ·")

    assert (card.thread_id, line.thread_id) == (first, second)
    assert "Ждали" not in line.text
    [link] = [e for e in line.content.words.entities if e.kind == "text_link"]
    assert link.extra["url"] == f"https://t.me/c/1000000001/{card.message_id}"
    await forum.moderator.says("Ответ", reply_to=line)
    await forum.moderator.sees_text("Уйдёт автору отзыва № 1")

    await customer.says("/forget")
    await customer.taps("x:1")
    await forum.moderator.sees(lambda m: m.message_id == line.message_id and "/r1" not in m.text)
    await customer.sees_text("всё удалено")
    assert not forum.said("Ждали")


async def test_a_correction_adds_one_erasable_link_to_the_topic_of_the_new_class(
    forum: Forum, answering: Answering, customer: Customer, telegram: Server
) -> None:
    first, second = await forum.routes(FIRST, "Раз"), await forum.routes(SECOND, "Два")
    card = await answering.card(customer, forum.moderator, shares=(*ALONE, (16, 0.4)))
    assert card.thread_id == first
    await forum.moderator.taps("➜ ")
    line = await forum.moderator.sees_text("/r1 ·")
    assert line.thread_id == second
    assert TAXONOMY.title(16, "ru") in line.text
    [link] = [e for e in line.content.words.entities if e.kind == "text_link"]
    assert link.extra["url"].endswith(f"/{card.message_id}")

    await customer.sees_text("Проверил человек")
    await forum.moderator.taps("↩️ Отменить", timeout_s=15)
    await customer.sees_text("Уверенность: ")
    edited = await forum.moderator.sees(
        lambda m: m.message_id == line.message_id and TAXONOMY.title(16, "ru") not in m.text
    )
    assert TAXONOMY.title(3, "ru") in edited.text
    [kept] = [e for e in edited.content.words.entities if e.kind == "text_link"]
    assert kept.extra == link.extra
    await forum.moderator.taps("➜ ", timeout_s=15)
    await customer.sees_text("Проверил человек")
    await forum.moderator.sees(
        lambda m: m.message_id == line.message_id and TAXONOMY.title(16, "ru") in m.text
    )
    # A line goes out before the next card.
    await answering.card(customer, forum.moderator, "Второй отзыв", shares=ALONE)
    assert len(forum.said("/r1 ·")) == 1

    await customer.says("/forget")
    await customer.taps("x:1")
    await forum.moderator.sees(lambda m: m.message_id == line.message_id and "/r1" not in m.text)


async def test_a_route_can_be_removed_and_the_table_shows_the_routes(
    forum: Forum, answering: Answering, customer: Customer
) -> None:
    thread_id = await forum.routes(FIRST, "Раз")
    await forum.moderator.says("/route")
    table = await forum.moderator.sees_text("Куда идут карточки")
    assert f"{FIRST} · " in table.text
    assert ": Раз" in table.text
    await forum.moderator.says("/route off", thread_id=thread_id)
    await forum.moderator.sees_text(f"Теперь идут к остальным: {FIRST}")
    await forum.moderator.says(f"/route off {FIRST}")
    await forum.moderator.sees_text("Такого маршрута нет")
    assert (await answering.card(customer, forum.moderator, shares=ALONE)).thread_id is None
    unread = await answering.card(customer, forum.moderator, "Не прочитан", shares=())
    assert unread.thread_id is None


async def test_only_leads_including_anonymous_ones_can_change_routes(
    forum: Forum, telegram: Server
) -> None:
    thread_id = forum.opens("Раз")
    member = Moderator(telegram.world, "Мария")
    await member.says(f"/route {FIRST}", thread_id=thread_id)
    await member.sees_text("Маршруты меняют админы")
    await member.says("/route", thread_id=thread_id)
    await member.sees_text("Куда идут карточки")

    anonymous = await forum.moderator.says(f"/route {SECOND}", thread_id=thread_id)
    update = forum.chat.render(anonymous) | {
        "from": GROUP_BOT.to_json(),
        "sender_chat": forum.chat.to_json(),
        "text": f"/route {FIRST}",
    }
    telegram.world.updates.push("message", update)
    await forum.moderator.sees_text(f"/route off {FIRST}")


async def test_an_invalid_route_command_is_explained(forum: Forum) -> None:
    for said, part in (
        ("/route нет такой группы", "Группы тем «нет такой группы» нет. Есть: "),
        ("/route о", "подходит к нескольким группам"),
        (f"/route {FIRST}", f"Это не тема форума. Напишите /route {FIRST}"),
        ("/route off", "Такого маршрута нет"),
        ("/route off нет такой", "Группы тем «нет такой» нет"),
    ):
        await forum.moderator.says(said)
        await forum.moderator.sees_text(part)


@pytest.mark.parametrize("state", [TopicState.DELETED, TopicState.REDIRECTED])
async def test_a_deleted_topic_is_recreated_once_with_its_latest_name(
    state: TopicState, forum: Forum, answering: Answering, customer: Customer
) -> None:
    first = await forum.routes(FIRST, "Раз")
    rename_topic(forum.telegram.world, forum.moderator.user, forum.chat, first, "Один")
    forum.sets(first, state)
    await answering.card(customer, forum.moderator, "Первый отзыв", ALONE)
    card = await forum.moderator.sees(lambda m: "Первый отзыв" in m.text and bool(m.thread_id))
    second = card.thread_id or 0
    assert second != first
    assert forum.chat.messages[second].extra["forum_topic_created"]["name"] == "Один"
    again = await answering.card(customer, forum.moderator, "Второй отзыв", ALONE)
    assert again.thread_id == second, "the new topic is stored"
    assert [m.thread_id for m in forum.said("Первый отзыв")] == [second]

    forum.sets(second, state)
    third = await answering.card(customer, forum.moderator, "Третий отзыв", ALONE)
    assert third.thread_id is None
    notice = await forum.moderator.sees_text("Темы «Один» больше нет")
    assert notice.thread_id is None


async def test_without_the_right_to_create_topics_cards_are_unrouted_with_one_notice(
    forum: Forum, answering: Answering, customer: Customer
) -> None:
    first = await forum.routes(FIRST, "Раз")
    forum.chat.membership = Membership.MEMBER
    forum.sets(first, TopicState.REDIRECTED)
    for text in ("Первый отзыв", "Второй отзыв"):
        assert (await answering.card(customer, forum.moderator, text, ALONE)).thread_id is None
    assert len(forum.said("Темы «Раз» больше нет")) == 1


async def test_a_closed_topic_is_reported_once_and_used_again_when_it_is_reopened(
    forum: Forum, answering: Answering, customer: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await forum.routes(FIRST, "Раз")
    forum.sets(first, TopicState.CLOSED)
    for text in ("Первый отзыв", "Второй отзыв"):
        assert (await answering.card(customer, forum.moderator, text, ALONE)).thread_id is None
    assert len(forum.said("Тема «Раз» закрыта")) == 1
    monkeypatch.setattr(routing, "TRY_AGAIN_MS", 0)
    forum.sets(first, TopicState.OPEN)
    opened = await answering.card(customer, forum.moderator, "Третий отзыв", ALONE)
    assert opened.thread_id == first


async def test_the_topic_of_the_cards_is_recreated_only_once(
    forum: Forum, answering: Answering, customer: Customer
) -> None:
    first = forum.opens("Отзывы")
    await forum.moderator.says("/connect", thread_id=first)
    await forum.moderator.sees(lambda m: m.thread_id == first and m.text.startswith("Готово"))
    forum.sets(first, TopicState.DELETED)
    second = (await answering.card(customer, forum.moderator, "Первый отзыв")).thread_id
    assert second not in (None, first)
    assert (await answering.card(customer, forum.moderator, "Второй отзыв")).thread_id == second
    forum.sets(second or 0, TopicState.DELETED)
    assert (await answering.card(customer, forum.moderator, "Третий отзыв")).thread_id is None
    await forum.moderator.sees_text("Тема для новых отзывов удалена")
