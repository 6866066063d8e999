"""Two bots behind a webhook, an archive with answered reviews, and one clock for all of them."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.archive.case_store import CaseStore
from bot.archive.database import open_database
from bot.archive.records import NewReview, Review
from bot.archive.reviews import Reviews
from sandbox.server import Server
from sandbox.simulated_people import Customer
from sandbox.telegram.chat import Membership
from sandbox.telegram.formatting import fix
from sandbox.telegram.message import ChatMessage, Content
from sandbox.telegram.world import MODERATORS_CHAT_ID
from tests.bot.samples import TAXONOMY, new, outcome, probabilities
from tests.faults.bench import START_S
from tests.faults.conftest import Replicated
from tests.faults.group_writes import GroupWrites
from tests.faults.shared_clock import SharedClock
from tests.faults.supervisor import Supervised
from tests.sandbox.pictures import png
from triage.cascade import Ladder, decide
from triage.key_file import create_key, read_seal
from triage.sealing import Seal

CUSTOMERS = 20

# What the model finds likely of each review: the card offers the first, and the first two.
SHARES = ((3, 0.8), (5, 0.45), (8, 0.2))

# Without progress; the clock moves on by STEP_S each LOOK_EVERY_S meanwhile.
SETTLE_S = 120
STEP_S, LOOK_EVERY_S = 5.0, 0.25

# What the bots have still to do: drafts to settle, cards and customers' answers to edit.
_LEFT = text(
    "SELECT (SELECT count(*) FROM drafts WHERE touched_ms IS NOT NULL),"
    " (SELECT count(*) FROM reviews WHERE carded_ms IS NULL),"
    " (SELECT count(*) FROM cards JOIN cases USING (number)"
    "   WHERE NOT digest AND shown_version < version),"
    " (SELECT count(*) FROM cases WHERE told_version < label_version)"
)

_CARDS = text(
    "SELECT message_id FROM cards WHERE number = :number AND chat_id = :chat_id AND NOT digest"
)


class DeskBench:
    """Bots that may be killed, and the reviews that moderators act on."""

    def __init__(
        self, telegram: Server, replicated: Replicated, clock_file: Path, seal: Seal
    ) -> None:
        self.clock = SharedClock(clock_file)
        self.world = telegram.world
        self.writes = GroupWrites(self.clock.now_s)
        self.group_id = MODERATORS_CHAT_ID
        self.kills = 0
        self.balancer = replicated.balancer
        self.bots = [
            Supervised(
                replicated.installation,
                "tests.faults.clocked_bot",
                BOT_PORT=str(port),
                SHARED_CLOCK=str(clock_file),
            )
            for port in replicated.balancer.ports
        ]
        telegram.faults.draw = self.writes
        self.seal = seal
        self._url = replicated.installation.database_url
        self._customers = [Customer(self.world) for _ in range(CUSTOMERS)]
        self._picture = self.world.files.photo(png().data)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run the bots in the block."""
        self.engine: AsyncEngine = await open_database(self._url)
        self.reviews = Reviews(self.engine, self.seal)
        self.cases = CaseStore(self.engine, self.seal)
        try:
            for bot in self.bots:
                await bot.start()
            async with asyncio.timeout(START_S):
                while not (self.world.webhook and await self.balancer.all_listen()):
                    await asyncio.sleep(0.1)
            yield
        finally:
            for bot in self.bots:
                await bot.stop_watching()
            await self.engine.dispose()

    async def review(self) -> Review:
        """Return a new review whose author sees the model's answer; the group gets its card."""
        number = await self.reviews.count_answered(0, 2**62)
        author = self._customers[number % CUSTOMERS]
        author.chat.membership = Membership.MEMBER
        answer = self.world.post(
            author.chat, self.world.bot, Content(fix("Отзыв прочитан"), self._picture)
        )
        asked: NewReview = new(
            user_id=author.user.user_id,
            chat_id=author.chat.chat_id,
            message_id=answer.message_id,
            rating=4,
            text=f"Отзыв {number}: курьер опоздал",
            accepted_ms=self.clock.now_ms(),
        )
        stored = await self.reviews.accept(asked)
        known = probabilities(*SHARES)
        decision = decide(known, TAXONOMY.ids, Ladder(fallback="most_probable"))
        said = outcome(stored.review_id, probabilities=known, decision=decision)
        await self.reviews.record(stored.number, said, self.clock.now_ms())
        await self.reviews.answered(stored.number, self.clock.now_ms(), self._picture.file_id)
        found = await self.reviews.by_number(stored.number)
        assert found is not None, "it is stored"
        return found

    @property
    def secret(self) -> str:
        """What Telegram sends with each update."""
        assert self.world.webhook is not None, "a bot has registered it"
        return self.world.webhook.secret

    async def cards(self, number: int) -> list[ChatMessage]:
        """
        Return the cards of a review in the group that the archive knows; one in a digest has none.

        A card that was sent by a bot which was killed before it recorded it is sent again.
        """
        async with self.engine.connect() as connection:
            found = await connection.scalars(_CARDS, {"number": number, "chat_id": self.group_id})
            return [self.world.chats[self.group_id].messages[message_id] for message_id in found]

    async def answer(self, number: int) -> ChatMessage:
        """Return the answer that the author of a review sees."""
        review = await self.reviews.by_number(number)
        assert review is not None, f"review {number} is stored"
        return self.world.chats[review.chat_id].messages[review.message_id]

    async def kill_one(self, rng: Random, within_s: float = 0.5) -> None:
        """Kill one of the bots soon."""
        await asyncio.sleep(rng.uniform(0, within_s))
        rng.choice(self.bots).kill()
        self.kills += 1

    async def settled(self) -> None:
        """Move the clock on until nothing is left to do; fail after SETTLE_S without progress."""
        least, deadline = (2**62,), 0.0
        while True:
            async with self.engine.connect() as connection:
                left = tuple((await connection.execute(_LEFT)).one())
            if not any(left):
                return
            if (sum(left),) < least:
                least, deadline = (sum(left),), time.monotonic() + SETTLE_S
            if time.monotonic() > deadline:
                pytest.fail(f"left are drafts, cards, edits, answers: {left}; {self}")
            self.clock.move(STEP_S)
            await asyncio.sleep(LOOK_EVERY_S)

    def __str__(self) -> str:
        bots = ", ".join(str(bot) for bot in self.bots)
        return f"{self.kills} kills; {bots}; pushed updates {dict(self.balancer.statuses)}"


def seal_of(folder: Path) -> Seal:
    """Make the key of an installation before its first bot does, and return its seal."""
    key = folder / "keys" / "triage.key"
    create_key(key)
    return read_seal(key)
