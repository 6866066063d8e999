"""After /forget nobody who has the key, the disks and the group can read a word of the person."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from aiogram.utils.formatting import Text
from redis import Redis

import bot.archive.database
import bot.privacy.queue_erasure
from bot.archive.database import open_database
from bot.archive.personal_data import Copy, PersonalData
from bot.archive.reviews import Reviews
from bot.delivery import pacing
from bot.privacy.erasure import Erasure
from bot.settings import BotSettings
from bot.urgency import Urgency, current_urgency
from sandbox.server import Server
from sandbox.simulated_people import Customer, Moderator
from sandbox.telegram.world import FIRST_PERSON_ID, MODERATORS_CHAT_ID
from tests.bot.samples import outcome
from tests.conversation.conftest import LOOK_EVERY_S, Comes
from tests.conversation.copies import Places, found, in_chat, in_files, in_redis
from tests.conversation.dialogue import reaches_preview, sends
from tests.redis_server import RedisServer
from tests.sandbox.pictures import png
from triage.key_file import new_key
from triage.queue.deliveries import Delivery
from triage.queue.limits import BOTS, DEAD, JOBS, OUTCOMES
from triage.queue.messages import Job, Outcome
from triage.queue.stream_factory import job_stream, outcome_stream
from triage.queue.streams import Connections, connect
from triage.sealing import Seal

pytestmark = pytest.mark.redis

# ASCII, because it reads the same in JSON.
CANARY, OTHER = "canary-4711", "sparrow-4712"

ARCHIVE, ARCHIVE_LOG = "triage.db", "triage.db-wal"
REDIS_LOG = "append-only file"
SUPERGROUP = MODERATORS_CHAT_ID - 1
CARD, DIGEST = "message 1", "message 2"
FORM = f"{{triage}}:form:{FIRST_PERSON_ID}:{FIRST_PERSON_ID}:data"

BELONGINGS = "bot.archive.personal_data.PersonalData"

Search = Callable[..., Awaitable[set[str]]]


@pytest.fixture
def redis_client(own_redis: RedisServer) -> Iterator[Redis]:
    with Redis.from_url(own_redis.url) as client:
        # The file is rewritten as commands, in which a seal stands as it is, not compressed.
        client.config_set("aof-use-rdb-preamble", "no")
        yield client


@pytest.fixture
async def real_connections(
    own_redis: RedisServer, redis_client: Redis
) -> AsyncIterator[Connections]:
    connections = connect(own_redis.url)
    yield connections
    await connections.aclose()


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return how many reviews waited for the group each time that the desk looked."""
    looks: list[int] = []

    def plan(waiting: int, *others: Any, **named: Any) -> pacing.Plan:
        looks.append(waiting)
        return pacing.plan(waiting, *others, **named)

    monkeypatch.setattr("bot.delivery.card_sender.plan", plan)
    return looks


@pytest.fixture
def settings(
    settings: BotSettings, monkeypatch: pytest.MonkeyPatch, looks: list[int]
) -> BotSettings:
    """Make the second message to the group a digest; let nothing be taken up again meanwhile."""
    monkeypatch.setattr("bot.delivery.pacing.CARDS_A_WINDOW", 2)
    monkeypatch.setattr("bot.delivery.card_sender.LOOK_EVERY_S", 60.0)
    monkeypatch.setattr("bot.telegram.flood_limit.LIMIT", 100)
    monkeypatch.setattr("bot.privacy.queue_erasure.REWRITE_EVERY_S", 0.1)
    monkeypatch.setattr("bot.privacy.erasure_queue.PAUSES_S", (0.1,))
    monkeypatch.setattr("bot.dialogue.rounds.LOOK_EVERY_S", LOOK_EVERY_S)
    return settings.model_copy(update={"pace_group": True, "lease_s": 60, "reconcile_s": 60})


@dataclass(frozen=True)
class Scene:
    """A person whose words lie in every place, and another who stays."""

    person: Customer
    other: Customer
    ids: tuple[str, ...]  # of the person's reviews


class Hands:
    """Does by hand what worker, archive and a second bot would do at a bad moment."""

    def __init__(self, connections: Connections, reviews: Reviews, seal: Seal) -> None:
        self._commands = connections.commands
        self.reviews = reviews
        self.jobs = job_stream(connections, seal)
        self._outcomes = outcome_stream(connections, seal)

    async def take(self) -> tuple[Delivery[Job], Outcome]:
        """Take the next job as a worker, and think of an outcome."""
        [delivery] = await self.jobs.read(1)
        return delivery, outcome(delivery.message.review_id)

    async def answer(self) -> None:
        """Publish an outcome with its chart, as the worker does."""
        delivery, answer = await self.take()
        await self.jobs.settle(delivery.entry_id, self._outcomes.entry(answer, png().data))

    async def answer_unseen(self) -> None:
        """Leave a review answered, but nobody has woken the desk."""
        delivery, answer = await self.take()
        await self.jobs.settle(delivery.entry_id)
        review = await self.reviews.by_id(answer.review_id)
        assert review is not None
        await self.reviews.record(review.number, answer, 1)
        await self.reviews.answered(review.number, 1)

    async def bury(self) -> None:
        """Put a job aside."""
        delivery, _ = await self.take()
        letter = self.jobs.dead_letter(delivery.entry_id, delivery.sealed, "by hand")
        await self.jobs.settle(delivery.entry_id, letter)

    async def hold_outcome(self) -> None:
        """Publish an outcome that another bot holds in the same moment."""
        delivery, answer = await self.take()
        fields: dict[Any, Any] = dict(self._outcomes.entry(answer).fields)
        async with self._commands.pipeline(transaction=True) as pipe:
            pipe.xadd(OUTCOMES, fields)
            pipe.xreadgroup(BOTS, "another bot", {OUTCOMES: ">"})
            await pipe.execute()
        await self.jobs.settle(delivery.entry_id)


@pytest.fixture
async def hands(
    bot: None, settings: BotSettings, real_connections: Connections, seal: Seal
) -> AsyncIterator[Hands]:
    engine = await open_database(settings.database_url.get_secret_value())
    found = Hands(real_connections, Reviews(engine, seal), seal)
    await found.jobs.create_group()
    yield found
    await engine.dispose()


@pytest.fixture
async def scene(
    customer: Customer, someone: Comes, moderator: Moderator, hands: Hands, looks: list[int]
) -> Scene:
    """Leave copies of the person's words in every place where words of theirs may lie."""
    other = someone("ru")
    for person, text in (
        (customer, f"{CANARY} on a card"),
        (customer, f"{CANARY} in a digest"),
        (other, f"{OTHER} in a digest"),
        (customer, f"{CANARY} in a dead letter"),
        (customer, f"{CANARY} in an outcome"),
        (customer, f"{CANARY} in a job"),
        (other, f"{OTHER} in a job"),
    ):
        await sends(person, text)
    await reaches_preview(customer, f"{CANARY} in a draft")
    await hands.answer()
    await moderator.sees_text(CANARY)
    # The desk looks once more after a card, and what it must not see yet would get one of its own.
    async with asyncio.timeout(10):
        while looks[-1] != 0:
            await asyncio.sleep(0.01)
    await hands.answer_unseen()
    await hands.answer()
    await moderator.sees(lambda m: CANARY in m.text and OTHER in m.text)
    await hands.bury()
    await hands.hold_outcome()
    reviews = await hands.reviews.of(customer.user.user_id)
    return Scene(customer, other, tuple(str(review.review_id) for review in reviews))


@pytest.fixture
def search(
    tmp_path: Path,
    telegram: Server,
    redis_client: Redis,
    seal: Seal,
    caplog: pytest.LogCaptureFixture,
) -> Search:
    """Return how to look through all places for words, when Redis has rewritten its log."""

    def places() -> Places:
        return {
            **in_redis(redis_client),
            "log": caplog.text.encode(),
            REDIS_LOG: b"\n".join(in_files(tmp_path, "appendonly*").values()),
            **in_files(tmp_path, f"{ARCHIVE}*"),
            **in_chat(telegram.world.chats[MODERATORS_CHAT_ID]),
        }

    async def look(*words: str) -> set[str]:
        async with asyncio.timeout(10):
            while not _log_is_whole(redis_client, tmp_path):
                await asyncio.sleep(0.01)
        return found(places(), seal, words)

    caplog.set_level("INFO")
    return look


def _log_is_whole(client: Redis, folder: Path) -> bool:
    """Return whether no rewrite is under way and, since Redis 7, the file before it is gone."""
    persistence: Any = client.info("persistence")
    files = len(list(folder.glob("appendonlydir/*")))
    return not persistence["aof_rewrite_in_progress"] and files in (0, 3)


async def forget(person: Customer) -> None:
    await person.says("/forget")
    await person.taps("x:1")
    await person.sees_text("всё удалено")


async def test_forget_leaves_no_readable_copy(scene: Scene, search: Search) -> None:
    of_both = {JOBS, REDIS_LOG, ARCHIVE_LOG, DIGEST}
    of_person = {*of_both, OUTCOMES, DEAD, FORM, CARD}
    assert await search(CANARY, *scene.ids) == of_person
    assert await search(OTHER) == of_both
    await forget(scene.person)

    assert await search(CANARY, *scene.ids) == set()
    assert await search(OTHER) == (of_both - {ARCHIVE_LOG}) | {ARCHIVE}


async def nothing(*_: object) -> bool:
    return True


def leave_messages(patch: pytest.MonkeyPatch, *, digests: bool) -> None:
    copies = PersonalData.copies

    async def others(self: PersonalData, *whose: int) -> list[Copy]:
        return [copy for copy in await copies(self, *whose) if copy.digest != digests]

    patch.setattr(PersonalData, "copies", others)


def also_configure(patch: pytest.MonkeyPatch, pragma: str) -> None:
    configure = bot.archive.database._configure_sqlite

    def and_this(connection: Any, record: Any) -> None:
        configure(connection, record)
        connection.execute(f"PRAGMA {pragma}")

    patch.setattr(bot.archive.database, "_configure_sqlite", and_this)


def leave_stream(patch: pytest.MonkeyPatch, stream: str) -> None:
    patch.delitem(bot.privacy.queue_erasure._GROUPS, stream)


def leave_out(patch: pytest.MonkeyPatch, step: str) -> None:
    patch.setattr(step, nothing)


# A step of the erasure: how to leave it out, and the places where that leaves a copy.
STEPS: dict[str, tuple[Callable[[pytest.MonkeyPatch], None], set[str]]] = {
    "card": (partial(leave_messages, digests=False), {CARD}),
    "digest": (partial(leave_messages, digests=True), {DIGEST}),
    "jobs": (partial(leave_stream, stream=JOBS), {JOBS, REDIS_LOG}),
    "outcomes": (partial(leave_stream, stream=OUTCOMES), {OUTCOMES, REDIS_LOG}),
    "dead letters": (partial(leave_stream, stream=DEAD), {DEAD, REDIS_LOG}),
    "draft": (partial(leave_out, step="bot.form.session.Form.forget"), {FORM, REDIS_LOG}),
    "Redis' log": (partial(leave_out, step="bot.privacy.erasure_queue.rewrite_log"), {REDIS_LOG}),
    "rows": (partial(leave_out, step=f"{BELONGINGS}.erase"), {ARCHIVE}),
    "SQLite's log": (partial(leave_out, step=f"{BELONGINGS}.truncate_log"), {ARCHIVE_LOG}),
}


@pytest.mark.parametrize("step", STEPS)
async def test_skipping_any_erasure_step_leaves_a_copy_that_the_search_finds(
    step: str, scene: Scene, search: Search, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave, places = STEPS[step]
    leave(monkeypatch)
    await forget(scene.person)

    assert await search(CANARY, *scene.ids) == places


@pytest.fixture
def not_overwritten(monkeypatch: pytest.MonkeyPatch) -> None:
    also_configure(monkeypatch, "secure_delete=OFF")


async def test_the_search_finds_rows_that_are_deleted_but_not_overwritten(
    not_overwritten: None, scene: Scene, search: Search
) -> None:
    await forget(scene.person)

    # The pages that are written afterwards hold what was deleted from them, too.
    assert await search(CANARY, *scene.ids) == {ARCHIVE, ARCHIVE_LOG}


async def test_a_job_that_is_requeued_during_the_erasure_is_erased(
    scene: Scene, search: Search, hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    erase = PersonalData.erase

    async def erase_late(self: PersonalData, user_id: int, up_to: int) -> int:
        for review in await hands.reviews.of(user_id):
            await hands.jobs.publish(review.job())
        return await erase(self, user_id, up_to)

    monkeypatch.setattr(PersonalData, "erase", erase_late)
    await forget(scene.person)

    assert await search(CANARY, *scene.ids) == set()


async def test_a_card_that_is_sent_during_the_erasure_is_cleared(
    scene: Scene, search: Search, hands: Hands, telegram: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    clear, group = Erasure._clear, telegram.world.chats[MODERATORS_CHAT_ID]

    async def card_late(self: Erasure, copy: Copy, numbers: set[int]) -> None:
        await clear(self, copy, numbers)
        if copy.digest:
            sent = await self.bot.send_message(group.chat_id, f"{CANARY} on a late card")
            await hands.reviews.record_card(
                [max(numbers)],
                chat_id=group.chat_id,
                message_id=sent.message_id,
                digest=False,
                now_ms=1,
            )

    monkeypatch.setattr(Erasure, "_clear", card_late)
    await forget(scene.person)

    assert len(group.messages) == 3
    assert await search(CANARY, *scene.ids) == set()


async def test_the_edits_of_an_erasure_have_the_lowest_priority(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    clear, urgencies = Erasure._clear, set()

    async def noted(self: Erasure, copy: Copy, numbers: set[int]) -> None:
        urgencies.add(current_urgency())
        await clear(self, copy, numbers)

    monkeypatch.setattr(Erasure, "_clear", noted)
    await forget(scene.person)
    assert urgencies == {max(Urgency)}


async def test_two_concurrent_erasures_do_not_restore_each_others_text(
    scene: Scene, search: Search, monkeypatch: pytest.MonkeyPatch
) -> None:
    without = Erasure._digest_without

    async def slowly(self: Erasure, copy: Copy, forgotten: set[int]) -> Text:
        text = await without(self, copy, forgotten)
        await asyncio.sleep(0.3)
        return text

    monkeypatch.setattr(Erasure, "_digest_without", slowly)
    await asyncio.gather(forget(scene.person), forget(scene.other))

    assert await search(CANARY, OTHER) == set()


async def test_a_running_rewrite_of_the_redis_log_is_followed_by_another_one(
    scene: Scene, search: Search, redis_client: Redis
) -> None:
    redis_client.config_set("rdb-key-save-delay", 50_000)
    redis_client.bgrewriteaof()
    await forget(scene.person)

    assert await search(CANARY, *scene.ids) == set()


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    also_configure(monkeypatch, "busy_timeout=50")


async def test_no_success_is_reported_while_a_reader_blocks_the_sqlite_log(
    hurried: None,
    scene: Scene,
    search: Search,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with closing(sqlite3.connect(tmp_path / ARCHIVE)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM reviews").fetchone()
        await scene.person.says("/forget")
        await scene.person.taps("x:1")
        async with asyncio.timeout(20):
            while "attempt 2 of an erasure failed" not in caplog.text:
                await asyncio.sleep(0.02)
        assert "Удаление началось" in scene.person.last.text
        assert ARCHIVE_LOG in await search(CANARY)
    await scene.person.sees_text("всё удалено")

    assert await search(CANARY, *scene.ids) == set()


def test_the_search_finds_an_encrypted_text_among_other_bytes(seal: Seal) -> None:
    token = seal.close(CANARY.encode())
    places = {
        "clear": CANARY.encode(),
        "alone": token,
        "among letters": b"gAAAA" + token + b"qr7" + token,
        "another key": Seal([new_key()]).close(CANARY.encode()),
        "another word": seal.close(OTHER.encode()),
    }
    assert found(places, seal, [CANARY]) == {"clear", "alone", "among letters"}


async def test_forged_taps_of_a_person_without_data_start_no_log_rewrite(
    customer: Customer, real_connections: Connections, redis_client: Redis
) -> None:
    await customer.says("/forget")
    asked = await customer.sees(lambda m: any(m.buttons))
    erase = next(b.data for b in asked.buttons if b.data)
    before = redis_client.info("stats")["total_forks"]
    for _ in range(10):
        await customer.gets_answer(customer.taps_stale(asked, erase))
    assert redis_client.info("stats")["total_forks"] == before
    assert redis_client.get("{triage}:rewrite-turn") is None


async def test_unreachable_copies_in_a_migrated_group_are_logged(
    scene: Scene, search: Search, telegram: Server, caplog: pytest.LogCaptureFixture
) -> None:
    telegram.world.add_group("Supergroup", SUPERGROUP)
    telegram.world.chats[MODERATORS_CHAT_ID].migrated_to = SUPERGROUP
    await forget(scene.person)

    assert await search(CANARY, *scene.ids) == {CARD, DIGEST}
    for message_id in (1, 2):
        assert f"message {message_id} of chat {MODERATORS_CHAT_ID}, which shows" in caplog.text
    assert f"set MODERATORS_CHAT_ID to {SUPERGROUP}" in caplog.text
