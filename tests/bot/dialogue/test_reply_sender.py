"""A reply is sent at most once, and each that is not sent has a named reason."""

import asyncio
import os
import signal
from pathlib import Path

import pytest
from aiogram import Bot
from aiogram.exceptions import (
    TelegramAPIError,
    TelegramEntityTooLarge,
    TelegramNetworkError,
    TelegramServerError,
)
from aiogram.methods import DeleteMessage, EditMessageText, SendMessage, TelegramMethod
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.archive.database import open_database
from bot.archive.dialogue import Dialogue
from bot.archive.dialogue_records import DialogueMessage, SendState
from bot.clock import now_ms
from bot.dialogue.hold import hold_ms
from bot.dialogue.reply_messages import status
from tests.bot.dialogue.dying_sender import POINTS
from tests.bot.dialogue.replies import CUSTOMER, Replies
from tests.bot.eventually import eventually, running
from tests.bot.fake_telegram import Reaction, Telegram, blocked, cut_off, refused
from tests.bot.group import GROUP
from tests.bot.samples import TEXTS
from tests.forked import Forked


@pytest.fixture
def replies(bot: Bot, sqlite_engine: AsyncEngine) -> Replies:
    return Replies(bot, sqlite_engine)


async def ends(replies: Replies, message: DialogueMessage, *states: SendState) -> DialogueMessage:
    """Run a fresh sender until the message is in one of these states, and return it."""

    async def reached() -> bool:
        return (await replies.again(message)).state in states

    async with running(replies.sender().run()):
        await eventually(reached)
    return await replies.again(message)


def to_customer(telegram: Telegram) -> list[SendMessage]:
    return [call for call in telegram.said(SendMessage) if call.chat_id == CUSTOMER]


async def test_a_reply_is_not_sent_before_its_hold_was_shown(
    replies: Replies, telegram: Telegram
) -> None:
    unshown = await replies.held(shown=False)
    shown = await replies.held(source="group:-5:21")
    await ends(replies, shown, SendState.SENT)
    assert (await replies.again(unshown)).state is SendState.HELD
    assert len(to_customer(telegram)) == 1


@pytest.mark.parametrize(
    ("reaction", "reason"),
    [
        (blocked, "бот заблокирован"),
        (refused("Forbidden: user is deactivated"), "аккаунт удалён"),
        (refused("Bad Request: chat not found"), "чата больше нет"),
        (refused("Bad Request: file is too big"), "файл слишком большой"),
        (
            lambda method: TelegramEntityTooLarge(method, "Request Entity Too Large"),
            "файл слишком большой",
        ),
        (
            refused("Bad Request: wrong file identifier/HTTP URL specified"),
            "файл больше недоступен, пришлите его заново",
        ),
        (refused("Bad Request: PHOTO_INVALID"), "Telegram отказал (Bad Request: PHOTO_INVALID)"),
    ],
)
async def test_the_status_of_a_refused_reply_names_the_reason(
    reaction: Reaction, reason: str, replies: Replies, telegram: Telegram
) -> None:
    telegram.next.append(reaction)
    failed = await ends(replies, await replies.held(), SendState.FAILED)
    words = status(failed, TEXTS["ru"], hold_s=10, now_ms=0).text.render()[0]
    assert words == f"✗ Не доставлено автору отзыва № 1: {reason}"
    assert len(to_customer(telegram)) == 1


def no_connection(method: TelegramMethod[object]) -> TelegramAPIError:
    return TelegramNetworkError(method, "ClientConnectorError: Cannot connect to host")


async def test_a_reply_that_was_not_sent_is_retried_automatically(
    replies: Replies, telegram: Telegram, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.dialogue.reply_sender.AGAIN_MS", 0)
    monkeypatch.setattr("bot.dialogue.rounds.LOOK_EVERY_S", 0.01)
    telegram.next.append(no_connection)
    await ends(replies, await replies.held(), SendState.SENT)
    assert len(to_customer(telegram)) == 2


@pytest.mark.parametrize(
    "reaction", [cut_off, lambda method: TelegramServerError(method, "Bad Gateway")]
)
async def test_a_reply_that_may_have_arrived_is_sent_again_only_by_a_person(
    reaction: Reaction, replies: Replies, telegram: Telegram
) -> None:
    telegram.next.append(reaction)
    unknown = await ends(replies, await replies.held(), SendState.UNKNOWN)
    screen = status(unknown, TEXTS["ru"], hold_s=10, now_ms=0)
    assert screen.buttons is not None
    assert [b.text for b in screen.buttons.inline_keyboard[0]] == [
        "Отправить ещё раз",
        "Не отправлять",
    ]
    held = {"state": SendState.HELD, "due_ms": 0}
    await replies.dialogue.change(unknown.id, start=[SendState.UNKNOWN], **held)
    await ends(replies, unknown, SendState.SENT)
    assert len(to_customer(telegram)) == 2


async def test_a_reply_that_is_being_sent_is_not_treated_as_lost(
    replies: Replies, telegram: Telegram, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Telegram may let a call wait for minutes: the process that makes it knows that."""
    monkeypatch.setattr("bot.dialogue.reply_sender.LOST_AFTER_MS", 0)
    telegram.slow[CUSTOMER] = asyncio.Event()
    message, sender = await replies.held(), replies.sender()
    async with running(sender.run()):
        await eventually(lambda: _is(replies, message, SendState.SENDING))
        await sender.round()
        await sender.round()
        assert (await replies.again(message)).state is SendState.SENDING
        telegram.slow[CUSTOMER].set()
        await eventually(lambda: _is(replies, message, SendState.SENT))


async def _is(replies: Replies, message: DialogueMessage, state: SendState) -> bool:
    return (await replies.again(message)).state is state


async def test_replies_to_one_customer_arrive_in_the_order_in_which_they_were_written(
    replies: Replies, telegram: Telegram, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await replies.held(text="first")
    second = await replies.held(text="second", source="group:-5:21")
    claim = Dialogue.claim

    async def slow_first(self: Dialogue, message_id: int, now_ms: int) -> DialogueMessage | None:
        if message_id == first.id:
            await asyncio.sleep(0.2)
        return await claim(self, message_id, now_ms)

    monkeypatch.setattr(Dialogue, "claim", slow_first)
    await ends(replies, second, SendState.SENT)
    assert [call.text.splitlines()[-1] for call in to_customer(telegram)] == ["first", "second"]


@pytest.mark.xdist_group("processes")
@pytest.mark.parametrize("point", POINTS)
async def test_after_a_kill_a_reply_was_sent_at_most_once_and_its_state_is_correct(
    point: str, sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, ledger = await open_database(sqlite_url), tmp_path / "ledger"
    ledger.touch()
    telegram = Telegram()
    replies = Replies(Bot("123456:TEST", session=telegram), engine)
    message = await replies.held()
    process = Forked(
        "tests.bot.dialogue.dying_sender",
        *(sqlite_url, str(ledger), point),
        folder=Path.cwd(),
        environment=dict(os.environ),
        output=tmp_path / "output",
    )
    if point == "never":  # killed some time after it was sent
        await eventually(lambda: _is(replies, message, SendState.SENT), within_s=60)
        process.kill()
    assert process.wait(60) == -signal.SIGKILL, (tmp_path / "output").read_text()

    monkeypatch.setattr("bot.dialogue.reply_sender.LOST_AFTER_MS", 0)
    after = await ends(replies, message, SendState.SENT, SendState.UNKNOWN)
    arrived = len(ledger.read_text().splitlines()) + len(to_customer(telegram))
    await engine.dispose()

    assert arrived <= 1
    expected = {"before the claim": (1, SendState.SENT), "never": (1, SendState.SENT)}
    lost = (1 if point == "after the call" else 0, SendState.UNKNOWN)
    assert (arrived, after.state) == expected.get(point, lost)


async def test_a_new_sender_waits_for_the_rest_of_the_hold(
    replies: Replies, telegram: Telegram
) -> None:
    later = now_ms() + hold_ms()
    message = await replies.held(shown=False)
    await replies.dialogue.show_status(message, chat_id=GROUP, status_message_id=120, due_ms=later)
    await replies.sender().round()
    assert (await replies.again(message)).state is SendState.HELD
    assert await replies.dialogue.claim(message.id, later - 1) is None
    assert not to_customer(telegram)


class TestTheStatusInTheGroup:
    async def test_a_status_that_a_killed_handler_did_not_show_is_shown_later(
        self, replies: Replies, telegram: Telegram
    ) -> None:
        message = await replies.held(shown=False)
        await replies.status().round()
        [shown] = telegram.said(SendMessage)
        assert "Уйдёт автору отзыва № 1" in shown.text
        after = await replies.again(message)
        assert after.status_message_id is not None
        assert (after.due_ms or 0) > 11_000  # the hold begins when it is shown

    async def test_of_two_replicas_that_show_a_status_one_deletes_its_own(
        self, replies: Replies, telegram: Telegram
    ) -> None:
        message = await replies.held(shown=False)
        await replies.status().show(message)
        await replies.status().show(message)
        assert len(telegram.said(SendMessage)) == 2
        [deleted] = telegram.said(DeleteMessage)
        assert deleted.message_id != (await replies.again(message)).status_message_id

    async def test_a_tick_is_shown_by_the_next_process_if_a_kill_came_first(
        self, replies: Replies, telegram: Telegram
    ) -> None:
        message = await ends(replies, await replies.held(), SendState.SENT)
        await replies.status().round()
        await replies.status().round()
        [edit] = telegram.said(EditMessageText)
        assert (edit.message_id, edit.text[:1]) == (message.status_message_id, "✓")

    async def test_a_status_waits_for_room_in_the_pace_of_the_group(
        self, replies: Replies, telegram: Telegram, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("bot.dialogue.group_post.WRITES_A_WINDOW", 2)
        for source in ("group:-5:21", "group:-5:22", "group:-5:23"):
            await replies.held(shown=False, source=source)
        await replies.status(paced=True).round()
        assert len(telegram.said(SendMessage)) == 2
        monkeypatch.setattr("bot.dialogue.group_post.WRITES_A_WINDOW", 3)
        await replies.status(paced=True).round()
        assert len(telegram.said(SendMessage)) == 3

    async def test_an_old_status_is_deleted_but_a_failure_stays(
        self, replies: Replies, telegram: Telegram
    ) -> None:
        sent = await ends(replies, await replies.held(), SendState.SENT)
        telegram.next.append(blocked)
        await ends(replies, await replies.held(source="group:-5:21"), SendState.FAILED)
        await replies.status().round()
        [deleted] = telegram.said(DeleteMessage)
        assert deleted.message_id == sent.status_message_id
        assert (await replies.again(sent)).status_message_id is None
