"""A moderator who corrects classes, and what each correction must leave in the archive."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from aiohttp import ClientError, ClientSession

from bot.desk.desk_taps import DeskButton, DeskTap, parse_tap
from sandbox.api.webhook_pusher import SECRET_HEADER
from sandbox.errors import NotSeen
from sandbox.simulated_people import Moderator, SimulatedPerson
from sandbox.telegram.message import ChatMessage
from sandbox.telegram.tap import TapAnswer
from tests.faults.desk_bench import DeskBench

# Longer than a restart of the bots on a busy machine.
STEP_S = 120.0

# A person who acts more often is told to wait: bot/telegram/flood_limit.py.
ACTS, ACTS_S = 20, 10.0

SAVED, OVERTAKEN = "Сохранено: ", ("Вас опередили", "Карточка устарела")

Classes = frozenset[int]


@dataclass(frozen=True, slots=True)
class Settled:
    """A tap that settles classes: its id, the review, and the classes."""

    source: str
    number: int
    classes: Classes


@dataclass
class Corrector:
    """One moderator in the group and in the private chat with the bot."""

    bench: DeskBench
    name: str
    settled: list[Settled] = field(default_factory=list)
    drafts: dict[int, list[Classes]] = field(default_factory=dict)  # by review, as they went
    wanted: dict[int, Classes] = field(default_factory=dict)  # by review, the last one
    overtaken: int = 0
    repeated: int = 0

    def __post_init__(self) -> None:
        self._acted_s: deque[float] = deque(maxlen=ACTS)
        world = self.bench.world
        self.moderator = Moderator(world, self.name)
        self.user_id = self.moderator.user.user_id
        self.private = SimulatedPerson(world, self.moderator.user, world.chats[self.user_id])

    async def confirms(self, number: int, *, second: bool, twice: bool) -> Classes | None:
        """Settle on a set that the card offers by one tap; None if the card offers none now."""
        wanted = DeskButton.ALTERNATIVE if second else DeskButton.RIGHT
        classes = frozenset({3, 5}) if second else frozenset({3})
        found = _newest(self.moderator, number, wanted)
        if found is None:
            return None
        card, tap = found
        answer = await self._tap(self.moderator, card, tap, twice=twice)
        if answer.text.startswith(OVERTAKEN):
            self.overtaken += 1
            return None
        # A tap whose repetition was answered, after a kill, is answered without words.
        assert answer.text.startswith(SAVED) or not answer.text, answer
        self.settled.append(Settled(f"tap:{self._last_id}", number, classes))
        self.wanted[number] = classes
        return classes

    async def corrects(
        self, number: int, classes: Classes, *, done: bool = True, twice: bool = False
    ) -> None:
        """Choose exactly `classes` in the panel, and tap Done or leave the panel."""
        self.wanted[number] = classes
        panel = await self._panel(number)
        chosen = _chosen(panel, number)
        passed = self.drafts.setdefault(number, [])
        switches = [(DeskButton.REMOVE, c) for c in chosen - classes]
        switches += [(DeskButton.ADD, c) for c in classes - chosen]
        for button, class_id in switches:
            tap = DeskTap(button, number, 0, class_id)
            answer = await self._tap(self.private, panel, tap, twice=twice)
            assert not answer.text, answer
            chosen = chosen ^ {class_id}
            passed.append(chosen)
        if done or not switches:
            await self.taps_done(number, classes, panel=panel, twice=twice)

    async def taps_done(
        self,
        number: int,
        classes: Classes,
        *,
        panel: ChatMessage | None = None,
        twice: bool = False,
    ) -> None:
        """Settle on what the panel shows: `classes`."""
        panel = panel or self.private.messages[-1]
        tap = DeskTap(DeskButton.DONE, number, 0)
        answer = await self._tap(self.private, panel, tap, twice=twice)
        assert not answer.text, answer
        self.settled.append(Settled(f"tap:{self._last_id}", number, classes))

    async def _panel(self, number: int) -> ChatMessage:
        """Open the panel by the link of Fix, and return it."""
        await self._not_too_fast()
        before = self.private.messages[-1].message_id if self.private.messages else 0
        said = await self.private.says(f"/start c{number}")
        await self._handled(lambda update: update.get("message", {}).get("text") == said.text)
        found = await self._seen(lambda: _newest(self.private, number, DeskButton.DONE, before))
        return found[0]

    async def _tap(
        self, person: SimulatedPerson, message: ChatMessage, desk_tap: DeskTap, *, twice: bool
    ) -> TapAnswer:
        """Tap, and return the answer; `twice` brings the same update to the bots again."""
        await self._not_too_fast()
        tap = person.taps_stale(message, desk_tap.pack())
        self._last_id = tap.tap_id
        update = self.bench.world.updates.waiting[-1]
        assert update["callback_query"]["id"] == tap.tap_id
        again = asyncio.create_task(self._again(update)) if twice else None
        answer = await person.gets_answer(tap, timeout_s=STEP_S)
        await self._handled(lambda waiting: waiting["update_id"] == update["update_id"])
        if again is not None:
            await again
        return answer

    async def _not_too_fast(self) -> None:
        if len(self._acted_s) == ACTS:
            await asyncio.sleep(max(0.0, self._acted_s[0] + ACTS_S - time.monotonic()))
        self._acted_s.append(time.monotonic())

    async def _again(self, update: dict[str, Any]) -> None:
        """Bring an update to the bots at the same time as Telegram does."""
        headers = {SECRET_HEADER: self.bench.secret}
        try:
            async with ClientSession() as session:
                await session.post(self.bench.balancer.url, json=update, headers=headers)
        except ClientError:
            return
        self.repeated += 1

    async def _handled(self, is_it: Callable[[dict[str, Any]], bool]) -> None:
        """Wait until Telegram has no update of this kind from this person any more."""

        def waits(update: dict[str, Any]) -> bool:
            content = update.get("message") or update.get("callback_query") or {}
            return bool(content.get("from", {}).get("id") == self.user_id and is_it(update))

        async with asyncio.timeout(STEP_S):
            while any(waits(update) for update in self.bench.world.updates.waiting):
                await asyncio.sleep(0.01)

    async def _seen(
        self, find: Callable[[], tuple[ChatMessage, DeskTap] | None]
    ) -> tuple[ChatMessage, DeskTap]:
        try:
            return await self.bench.world.feed.until(self.private.chat.chat_id, find, STEP_S)
        except TimeoutError:
            raise NotSeen(f"{self.name} sees no panel; {self.bench}") from None


def _newest(
    person: SimulatedPerson, number: int, button: DeskButton, after: int = 0
) -> tuple[ChatMessage, DeskTap] | None:
    """Return the newest message with this button of a review, and the tap."""
    for message in reversed(person.messages):
        if message.message_id <= after:
            return None
        for tap in _taps(message, number):
            if tap.button is button:
                return message, tap
    return None


def _chosen(panel: ChatMessage, number: int) -> Classes:
    taps = _taps(panel, number)
    return frozenset(tap.value or 0 for tap in taps if tap.button is DeskButton.REMOVE)


def _taps(message: ChatMessage, number: int) -> Iterator[DeskTap]:
    taps = (parse_tap(button.data or "") for button in message.buttons)
    return (tap for tap in taps if tap is not None and tap.number == number)
