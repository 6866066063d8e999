"""A moderators' group with topics: where cards go, and where commands are answered."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from bot.__main__ import main
from bot.desk import moderators_group
from bot.settings import BotSettings
from bot.telegram.connect_code import code_of
from sandbox.server import Server
from sandbox.simulated_people import Customer, Moderator
from sandbox.telegram.chat import TopicState
from sandbox.telegram.group_acts import create_topic, set_topic
from sandbox.telegram.message import ChatMessage
from tests.console import runner, told_nothing
from tests.conversation.dialogue import sends
from tests.conversation.test_group import has_answers
from triage.key_file import create_key, read_seal
from triage.queue.streams import Connections
from triage.sealing import Seal

pytestmark = pytest.mark.redis

CLOSED_NOTICE = "The topic for new reviews is closed"
DELETED_NOTICE = "The topic for new reviews is deleted"


@pytest.fixture
def settings(settings: BotSettings) -> BotSettings:
    """Return settings as after the first start, which name no group."""
    return settings.model_copy(update={"moderators_chat_id": None, "moderators_language": "en"})


@pytest.fixture
def seal(tmp_path: Path) -> Seal:
    """Return the seal of the file `key`, which the doctor reads too."""
    create_key(tmp_path / "key")
    return read_seal(tmp_path / "key")


# How to run `python -m bot doctor` beside the bot: exit code and lines.
AskDoctor = Callable[[], Awaitable[tuple[int, list[str]]]]


@pytest.fixture
def ask_doctor(
    settings: BotSettings,
    redis_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> AskDoctor:
    told_nothing(BotSettings, monkeypatch, tmp_path)
    told = {
        "bot_token": settings.bot_token.get_secret_value(),
        "telegram_api_url": settings.telegram_api_url,
        "database_url": settings.database_url.get_secret_value(),
        "redis_url": redis_url,
        "triage_key_file": "key",
    }
    run = runner(main, monkeypatch, capsys)
    return lambda: asyncio.to_thread(run, "doctor", **told)


class Desk:
    """The group after /connect in a topic, and reviews that are answered for it."""

    def __init__(
        self,
        telegram: Server,
        customer: Customer,
        moderator: Moderator,
        answer: Callable[[], Awaitable[None]],
    ) -> None:
        self.world = telegram.world
        self.customer, self.moderator = customer, moderator
        self._answer = answer
        self.thread_id = self.opens("Reviews")
        self._sent = 0

    def opens(self, name: str) -> int:
        return create_topic(self.world, self.moderator.user, self.moderator.chat, name)

    def sets(self, state: TopicState) -> None:
        chat = self.moderator.chat
        set_topic(self.world, self.moderator.user, chat, self.thread_id, state)

    async def card(self) -> ChatMessage:
        """Return the card of a new review."""
        self._sent += 1
        await sends(self.customer, f"Отзыв {self._sent}: курьер опоздал")
        await self._answer()
        return await self.moderator.sees_text(f"No. {self._sent} ·")

    def notices(self, words: str) -> list[int | None]:
        """Return the topics in which the bot has said `words`."""
        return [m.thread_id for m in self.moderator.messages if words in m.text]


@pytest.fixture
async def desk(
    bot: None,
    telegram: Server,
    customer: Customer,
    moderator: Moderator,
    real_connections: Connections,
    seal: Seal,
) -> Desk:
    async def answer() -> None:
        await has_answers(real_connections, seal)

    desk = Desk(telegram, customer, moderator, answer)
    code = code_of(telegram.world.token)
    await moderator.says(f"/connect {code}", thread_id=desk.thread_id)
    connected = await moderator.sees_text("Connected. New reviews will appear here.")
    assert connected.thread_id == desk.thread_id
    return desk


async def test_cards_go_to_the_topic_in_which_the_group_was_connected(desk: Desk) -> None:
    assert (await desk.card()).thread_id == desk.thread_id


async def test_commands_are_answered_in_the_topic_where_they_were_asked(desk: Desk) -> None:
    await desk.card()
    other = desk.opens("Talk")
    for thread_id in (other, None):
        for said, words in (
            ("/r1", "No. 1 ·"),
            ("/queue", "Waiting to be read"),
            ("/r9", "no review No. 9"),
        ):
            before = len(desk.moderator.messages)
            await desk.moderator.says(said, thread_id=thread_id)
            answer = await desk.moderator.sees(
                lambda m, n=before, w=words: m in desk.moderator.messages[n:] and w in m.text
            )
            assert answer.thread_id == thread_id, said


async def test_a_member_moves_the_cards_to_another_topic_and_back_without_a_code(
    desk: Desk,
) -> None:
    other = desk.opens("Other")
    for thread_id in (other, None, desk.thread_id):
        await desk.moderator.says("/connect", thread_id=thread_id)
        await desk.moderator.sees(
            lambda m, t=thread_id: m.thread_id == t and m.text.startswith("Connected.")
        )
        assert (await desk.card()).thread_id == thread_id


@pytest.mark.parametrize(
    ("state", "notice"),
    [
        (TopicState.CLOSED, CLOSED_NOTICE),
        (TopicState.DELETED, DELETED_NOTICE),
        (TopicState.REDIRECTED, DELETED_NOTICE),
    ],
)
async def test_without_their_topic_cards_go_to_general_with_one_notice(
    desk: Desk, state: TopicState, notice: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moderators_group, "TRY_TOPIC_EVERY_S", 0.0)  # each card tries the topic
    desk.sets(state)
    for _ in range(3):
        assert (await desk.card()).thread_id is None
    assert desk.notices(notice) == [None]


async def test_a_reopened_topic_receives_the_cards_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moderators_group, "TRY_TOPIC_EVERY_S", 0.0)
    for round_ in (1, 2):
        desk.sets(TopicState.CLOSED)
        assert (await desk.card()).thread_id is None
        desk.sets(TopicState.OPEN)
        assert (await desk.card()).thread_id == desk.thread_id
        assert desk.notices(CLOSED_NOTICE) == [None] * round_


async def test_a_closed_topic_is_rarely_retried(desk: Desk, telegram: Server) -> None:
    desk.sets(TopicState.CLOSED)
    for _ in range(3):
        assert (await desk.card()).thread_id is None
    refused = [call for call in telegram.calls if "TOPIC_CLOSED" in call.outcome]
    assert len(refused) == 1


async def test_the_doctor_reports_the_current_state_of_the_topic(
    desk: Desk, ask_doctor: AskDoctor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moderators_group, "TRY_TOPIC_EVERY_S", 0.0)
    for state, code, words in (
        (TopicState.CLOSED, 1, "its topic is closed, so cards go to General; reopen it, or send"),
        (TopicState.OPEN, 0, "the bot may write there"),
        (TopicState.DELETED, 1, "its topic is deleted, so cards go to General; send /connect in"),
    ):
        desk.sets(state)
        await desk.card()
        async with asyncio.timeout(20):  # a refusal is stored after the card is shown
            while True:
                found, lines = await ask_doctor()
                if words in lines[-1]:
                    break
        assert found == code


async def test_a_command_in_a_closed_topic_is_answered_in_general(desk: Desk) -> None:
    other = desk.opens("Talk")
    chat = desk.moderator.chat
    set_topic(desk.world, desk.moderator.user, chat, other, TopicState.CLOSED)
    await desk.moderator.says("/queue", thread_id=other)
    assert (await desk.moderator.sees_text("Waiting to be read")).thread_id is None
    assert (await desk.card()).thread_id == desk.thread_id, "the topic of the cards is open"
    assert desk.notices(CLOSED_NOTICE) == []
