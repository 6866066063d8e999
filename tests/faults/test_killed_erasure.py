"""A bot is killed or stopped at several steps of an erasure; the next one goes on."""

import asyncio
import signal
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.archive.database import open_database
from bot.archive.records import Review
from bot.archive.reviews import Reviews
from bot.clock import now_ms
from sandbox.api.faults import Fault, FaultKind
from sandbox.server import Server
from sandbox.simulated_people import Customer
from sandbox.telegram.formatting import FormattedText
from sandbox.telegram.message import Content
from sandbox.telegram.world import MODERATORS_CHAT_ID
from tests.bot.eventually import eventually
from tests.bot.samples import new, outcome
from tests.e2e.processes import Installation
from tests.forked import Forked
from triage.key_file import create_key, read_seal
from triage.sealing import Seal

# Processes that import everything, on a busy machine.
START_S = 240

PATIENCE_S = 120

pytestmark = [
    pytest.mark.redis,
    pytest.mark.timeout(3 * START_S + 4 * PATIENCE_S),
    pytest.mark.xdist_group("processes"),
]

# ASCII, because it reads the same in JSON.
CANARY = "canary-4711"

# Shorter than the call that is held.
STOP_S = 20
HELD_S = 600


class Hold:
    """Lets some edits of texts in a chat pass, and holds those after them."""

    def __init__(self) -> None:
        self.reached = asyncio.Event()
        self._allowed = 0
        self._chat_id: int | None = None

    def after(self, allowed: int, chat_id: int | None = None) -> None:
        """Let so many edits pass from now on; None means any chat."""
        self._allowed, self._chat_id, self.reached = allowed, chat_id, asyncio.Event()

    def __call__(self, method: str, chat_id: int | None) -> Fault | None:
        """Hold an edit for longer than the test."""
        if method != "editmessagetext" or self._chat_id not in (None, chat_id):
            return None
        self._allowed -= 1
        if self._allowed >= 0:
            return None
        self.reached.set()
        return Fault(FaultKind.SLOW, hold_s=HELD_S)


@dataclass(frozen=True)
class Installed:
    """A person whose reviews are in the archive and in the group, and a bot to be killed."""

    installation: Installation
    telegram: Server
    person: Customer
    seal: Seal
    hold: Hold

    async def starts(self) -> Forked:
        """Start a bot and return when it polls."""
        self.telegram.world.updates.polled.clear()
        # The reconciler must not edit the receipt of the review that waits for its answer.
        process = self.installation.start("bot", RECONCILE_S="3600")
        await asyncio.wait_for(self.telegram.world.updates.polled.wait(), START_S)
        assert isinstance(process, Forked)
        return process

    async def dies(self, bot: Forked) -> Forked:
        """Kill the bot and start the next one."""
        bot.kill()
        bot.wait()
        return await self.starts()

    async def asks(self) -> None:
        """Ask for the erasure and confirm it."""
        await self.person.says("/forget")
        asked = await self.person.sees(
            lambda m: any(b.data == "x:1" for b in m.buttons), timeout_s=PATIENCE_S
        )
        self.telegram.faults.draw = self.hold
        self.person.taps_stale(asked, "x:1")

    async def reaches(self) -> None:
        """Wait until the bot is at the edit that is held."""
        await asyncio.wait_for(self.hold.reached.wait(), PATIENCE_S)

    async def adds_review(self, *, carded: bool) -> Review:
        """Store a review; `carded` ones are answered and shown in the group."""
        world, user_id = self.telegram.world, self.person.user.user_id
        engine = await open_database(self.installation.database_url)
        reviews = Reviews(engine, self.seal)
        content = Content(FormattedText(CANARY))
        receipt = world.post(self.person.chat, world.bot, content)
        review = await reviews.accept(
            new(
                user_id=user_id,
                chat_id=user_id,
                message_id=receipt.message_id,
                text=CANARY,
                accepted_ms=now_ms(),
            )
        )
        if carded:
            await reviews.record(review.number, outcome(review.review_id), 5)
            await reviews.answered(review.number, 6)
            card = world.post(world.chats[MODERATORS_CHAT_ID], world.bot, content)
            where = {"chat_id": MODERATORS_CHAT_ID, "message_id": card.message_id}
            await reviews.record_card([review.number], **where, digest=False, now_ms=7)
        await engine.dispose()
        return review

    async def stored(self) -> list[Review]:
        """Return the person's reviews in the archive."""
        engine = await open_database(self.installation.database_url)
        found = await Reviews(engine, self.seal).of(self.person.user.user_id)
        await engine.dispose()
        return found

    def group_says(self) -> str:
        """Return all that the group shows."""
        messages = self.telegram.world.chats[MODERATORS_CHAT_ID].messages.values()
        return "\n".join(message.text for message in messages)


@pytest.fixture
async def installed(installation: Installation, telegram: Server, folder: Path) -> Installed:
    key = folder / "keys" / "triage.key"
    create_key(key)
    person = Customer(telegram.world, "Anna", "en")
    await person.says("/privacy")  # a bot cannot begin a chat
    ready = Installed(installation, telegram, person, read_seal(key), Hold())
    for carded in (True, True, False):
        await ready.adds_review(carded=carded)
    return ready


async def test_an_erasure_completes_although_its_bot_is_killed_repeatedly(
    installed: Installed,
) -> None:
    hold, person = installed.hold, installed.person
    bot = await installed.starts()
    hold.after(0)
    await installed.asks()
    await installed.reaches()  # the request is stored, and its person is not told yet
    later = await installed.adds_review(carded=True)
    hold.after(1, MODERATORS_CHAT_ID)  # one card is cleared, the other is not
    bot = await installed.dies(bot)
    await person.sees_text("The erasure has begun", timeout_s=PATIENCE_S)
    await installed.reaches()
    assert len(await installed.stored()) == 4
    assert installed.group_says().count(CANARY) == 2
    hold.after(0, person.user.user_id)  # the reviews are erased, the receipt still shows one
    bot = await installed.dies(bot)

    async def are_erased() -> bool:
        return len(await installed.stored()) == 1

    await eventually(are_erased, PATIENCE_S)
    hold.after(1, person.user.user_id)
    bot = await installed.dies(bot)
    await installed.reaches()
    installed.telegram.faults.clear()
    await installed.dies(bot)
    done = await person.sees_text("Done, everything", timeout_s=PATIENCE_S)

    assert "3 reviews are gone" in done.text
    assert not [m for m in person.messages if "There were no reviews" in m.text]
    assert [review.number for review in await installed.stored()] == [later.number]
    assert installed.group_says().count(CANARY) == 1
    assert "Отзыв № 3 удалён по вашей просьбе." in [m.text for m in person.messages]


async def test_shutdown_does_not_wait_for_an_erasure_and_the_next_bot_completes_it(
    installed: Installed,
) -> None:
    bot = await installed.starts()
    installed.hold.after(1, MODERATORS_CHAT_ID)
    await installed.asks()
    await installed.person.sees_text("The erasure has begun", timeout_s=PATIENCE_S)
    await installed.reaches()
    bot.send_signal(signal.SIGTERM)
    assert await asyncio.to_thread(bot.wait, STOP_S) == 0
    assert len(await installed.stored()) == 3
    installed.telegram.faults.clear()
    await installed.starts()

    done = await installed.person.sees_text("Done, everything", timeout_s=PATIENCE_S)
    assert "3 reviews are gone" in done.text
    assert CANARY not in installed.group_says()
