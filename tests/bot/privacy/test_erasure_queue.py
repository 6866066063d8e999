"""The queue of erasures: one at a time, failures are repeated, nothing is dropped silently."""

import logging
from collections import deque
from typing import Any

import pytest
from aiogram import Bot
from aiogram.methods import EditMessageText
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.archive.bans import Ban, BanKind, Bans
from bot.archive.erasure_store import ErasureRequest, ErasureState, ErasureStore
from bot.archive.personal_data import StillRead
from bot.archive.reviews import Reviews
from bot.leases import Leases
from bot.privacy import erasure_queue
from bot.privacy.erasure_queue import TELL_TRIES, ErasureQueue
from tests.bot.fake_telegram import Telegram, blocked, cut_off, yes
from tests.bot.samples import TEXTS, new
from triage.errors import QueueUnavailable
from triage.queue.streams import Connections

ANNA, BORIS, MESSAGE = 555, 556, 7
SAY = TEXTS["en"]


class Erasing:
    """Carries out requests as it is told."""

    def __init__(self) -> None:
        self.asked: list[int] = []
        self.next: deque[Exception] = deque()

    async def carry_out(self, request: ErasureRequest) -> None:
        """Note the request; fail if that is next."""
        self.asked.append(request.user_id)
        if self.next:
            raise self.next.popleft()


class Rewrites:
    """Counts the rewrites of Redis' log that begin; refuses as it is told."""

    def __init__(self) -> None:
        self.begun = 0
        self.next: deque[bool | Exception] = deque()

    async def __call__(self, _: Connections) -> bool:
        """Begin a rewrite."""
        answer = self.next.popleft() if self.next else True
        if isinstance(answer, Exception):
            raise answer
        self.begun += answer
        return answer


@pytest.fixture
def rewrites(monkeypatch: pytest.MonkeyPatch) -> Rewrites:
    rewrites = Rewrites()
    monkeypatch.setattr(erasure_queue, "rewrite_log", rewrites)
    return rewrites


@pytest.fixture
def erasing() -> Erasing:
    return Erasing()


@pytest.fixture
def leases(fake_connections: Connections) -> Leases:
    return Leases(fake_connections.commands)


@pytest.fixture
def store(sqlite_engine: AsyncEngine) -> ErasureStore:
    return ErasureStore(sqlite_engine)


@pytest.fixture
def queue(
    bot: Bot,
    store: ErasureStore,
    erasing: Any,
    sqlite_engine: AsyncEngine,
    fake_connections: Connections,
    leases: Leases,
    rewrites: Rewrites,
) -> ErasureQueue:
    bans = Bans(sqlite_engine)
    return ErasureQueue(bot, store, erasing, bans, fake_connections, leases, TEXTS)


async def asked(queue: ErasureQueue, reviews: Reviews, user_id: int = ANNA) -> ErasureRequest:
    await reviews.accept(new(user_id=user_id, chat_id=user_id))
    request = await queue.ask(user_id, MESSAGE, "en", None)
    assert request is not None
    return request


async def state(store: ErasureStore, user_id: int = ANNA) -> ErasureState:
    request = await store.of(user_id, MESSAGE)
    assert request is not None
    return request.state


def told(telegram: Telegram) -> list[tuple[int, str]]:
    return [(edit.chat_id, edit.text) for edit in telegram.said(EditMessageText)]


async def test_a_request_is_executed_once_and_its_result_is_sent_once(
    queue: ErasureQueue, reviews: Reviews, store: ErasureStore, erasing: Erasing, telegram: Telegram
) -> None:
    await queue.show(await asked(queue, reviews))
    for _ in range(3):
        await queue.round()
    assert erasing.asked == [ANNA]
    assert told(telegram) == [(ANNA, SAY("forget-begun")), (ANNA, SAY("forget-done", count=1))]
    assert await state(store) is ErasureState.DONE


async def test_a_failed_erasure_is_retried_with_back_off_and_does_not_block_others(
    queue: ErasureQueue,
    reviews: Reviews,
    store: ErasureStore,
    erasing: Erasing,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    now = 1_800_000_000_000
    monkeypatch.setattr(erasure_queue, "now_ms", lambda: now)
    await asked(queue, reviews)
    await asked(queue, reviews, BORIS)
    errors = [QueueUnavailable("Redis: away"), StillRead("read"), OSError("disk"), KeyError("bug")]
    with caplog.at_level(logging.WARNING):
        erasing.next.append(errors[0])
        await queue.round()
        await queue.round()
        assert erasing.asked == [ANNA, BORIS]
        assert await state(store, BORIS) is ErasureState.DONE
        for tries, pause_s in enumerate((5, 15, 60), start=1):
            now += pause_s * 1000 - 1
            await queue.round()
            assert len(erasing.asked) == 1 + tries, "too early"
            now += 1
            erasing.next.append(errors[tries])
            await queue.round()
    assert await queue.counts() == (1, 1)
    attempts = [r for r in caplog.records if "attempt" in r.message]
    assert [r.levelname for r in attempts] == ["WARNING"] * 3 + ["ERROR"]
    assert "attempt 4 of an erasure failed, the next one is in 300 s" in attempts[-1].message

    now += 300_000
    await queue.round()
    assert await state(store) is ErasureState.DONE
    assert await queue.counts() == (0, 0)


async def test_one_rewrite_of_the_redis_log_serves_all_waiting_requests(
    queue: ErasureQueue,
    reviews: Reviews,
    store: ErasureStore,
    rewrites: Rewrites,
    telegram: Telegram,
) -> None:
    rewrites.next.extend([False, False])
    for user_id in (ANNA, BORIS):
        await asked(queue, reviews, user_id)
        await queue.round()
        assert await state(store, user_id) is ErasureState.CLEARED
    assert told(telegram) == []
    await queue.round()
    assert rewrites.begun == 1
    assert sorted(chat_id for chat_id, _ in told(telegram)) == [ANNA, BORIS]


async def test_no_result_is_sent_before_redis_has_rewritten_its_log(
    queue: ErasureQueue, reviews: Reviews, rewrites: Rewrites, telegram: Telegram
) -> None:
    rewrites.next.append(QueueUnavailable("Redis: away"))
    await asked(queue, reviews)
    with pytest.raises(QueueUnavailable):
        await queue.round()
    assert told(telegram) == []
    await queue.round()
    assert told(telegram) == [(ANNA, SAY("forget-done", count=1))]


async def test_a_request_waits_without_failing_while_the_erasure_lease_is_held(
    queue: ErasureQueue,
    reviews: Reviews,
    store: ErasureStore,
    erasing: Erasing,
    leases: Leases,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(erasure_queue, "PATIENCE_S", 0.05)
    await asked(queue, reviews)
    async with leases.turn("erasure") as is_mine:
        assert is_mine
        await queue.round()
    assert (erasing.asked, await state(store)) == ([], ErasureState.WAITING)
    await queue.round()
    assert await state(store) is ErasureState.DONE


async def test_a_request_is_completed_even_if_the_person_blocked_the_bot(
    queue: ErasureQueue, reviews: Reviews, store: ErasureStore, telegram: Telegram
) -> None:
    await asked(queue, reviews)
    telegram.next.append(blocked)
    await queue.round()
    assert await state(store) is ErasureState.DONE


async def test_a_result_that_cannot_be_sent_is_retried_and_then_logged(
    queue: ErasureQueue,
    reviews: Reviews,
    store: ErasureStore,
    erasing: Erasing,
    telegram: Telegram,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(erasure_queue, "PAUSES_S", (0.0,))
    await asked(queue, reviews)
    telegram.next.extend([cut_off] * TELL_TRIES)
    for _ in range(TELL_TRIES - 1):
        await queue.round()
        assert await state(store) is ErasureState.ENDED
    await queue.round()
    assert await state(store) is ErasureState.DONE
    assert "could not be delivered" in caplog.text
    assert erasing.asked == [ANNA]


async def test_a_late_progress_notice_does_not_replace_the_result(
    queue: ErasureQueue, reviews: Reviews, store: ErasureStore, telegram: Telegram
) -> None:
    request = await asked(queue, reviews)
    await queue.round()
    await queue.show(request)  # its handler read it before the round
    assert told(telegram)[-1] == (ANNA, SAY("forget-done", count=1))


async def test_the_result_lists_what_could_not_be_erased(
    queue: ErasureQueue,
    reviews: Reviews,
    store: ErasureStore,
    sqlite_engine: AsyncEngine,
    telegram: Telegram,
) -> None:
    request = await asked(queue, reviews)
    await store.cleared(request, (), left=2, exported=1)
    await Bans(sqlite_engine).put(Ban(ANNA, BanKind.OPEN, 1, 5), None)
    telegram.next.append(yes)
    await queue.round()
    [(_, words)] = told(telegram)
    assert words.split("\n\n") == [
        SAY("forget-done", count=1),
        SAY("forget-ban-stays"),
        SAY("forget-out-of-reach", count=2),
        SAY("forget-exported", count=1),
    ]
