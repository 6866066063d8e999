"""
Plays example reviews: customers, moderators and the clock, with the unchanged bot and worker.

Everything that the desk shows afterwards was made by the bot. Reviews that came within a few
hours are sent first; then people act on them, a few at the same time. Before each step they wait
for a visitor of the page who acts or waits for an answer.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.archive.records import Review
from bot.desk.desk_taps import DeskButton, DeskTap, parse_tap
from bot.dialogue.dialogue_taps import CustomerAct, DialogueTap
from bot.dialogue.hold import HOLD_S
from bot.form.callbacks import TrainingConsent
from sandbox.errors import NotSeen
from sandbox.example_reviews.entries import (
    Agree,
    Answer,
    AnyDeed,
    ExampleReview,
    Fix,
    SolvedAnswer,
    TapOnCard,
    WriteBelowCard,
)
from sandbox.form_filler import fill_form, sees_answer, send_form
from sandbox.simulated_people import SimulatedPerson, Wanted
from sandbox.stack import Stack
from sandbox.telegram.keyboard import Button
from sandbox.telegram.message import ChatMessage
from sandbox.telegram.tap import Tap
from sandbox.telegram.user import User
from sandbox.telegram.world import World
from triage.taxonomy import Taxonomy

# Returns when a simulated person may act.
Turn = Callable[[], Awaitable[None]]

HOUR_S = 3600

# Reviews that are further apart are in different parts of the day.
PART_H = 6.0

# The time between two deeds on a review; longer than the hold of a reply.
PAUSE_S = 6 * HOLD_S

# Long enough for a busy machine.
PATIENCE_S = 300.0

# How many deeds run at the same time: a visitor waits for those that have begun.
AT_ONCE = 3

# A card changes within this time after a tap.
LOOK_S = 5.0

# How often a tap is repeated on a card that a colleague has just changed.
TRIES = 5

_TAPS = {
    "right": (DeskButton.RIGHT, DeskButton.ALTERNATIVE),
    "alternative": (DeskButton.ALTERNATIVE, DeskButton.RIGHT),
    "take": (DeskButton.TAKE,),
    "close": (DeskButton.CLOSE,),
    "spam": (DeskButton.SPAM,),
}


@dataclass(frozen=True, slots=True)
class _Played:
    """A review that was sent: its author, its number, and what people do with it."""

    author: SimulatedPerson
    review: Review
    entry: ExampleReview


class _Author(SimulatedPerson):
    """A customer who waits for a turn before each message and tap."""

    def __init__(self, world: World, user: User, turn: Turn) -> None:
        super().__init__(world, user, world.chats[user.user_id])
        self._turn = turn

    async def says(self, text: str, **how: Any) -> ChatMessage:
        await self._turn()
        return await super().says(text, **how)

    async def taps_without_waiting(self, wanted: Wanted, **how: Any) -> Tap:
        await self._turn()
        return await super().taps_without_waiting(wanted, **how)


class ExamplePlayer:
    """Plays example reviews into a running product."""

    def __init__(
        self,
        stack: Stack,
        taxonomy: Taxonomy,
        moderators: Sequence[SimulatedPerson],
        turn: Turn | None = None,
    ) -> None:
        """`moderators` are two members of the group; without a `turn` visitors go first."""
        self._turn = turn or self._let_visitors_go_first
        self._places = asyncio.Semaphore(AT_ONCE)
        self._stack = stack
        self._world = stack.world
        self._taxonomy = taxonomy
        self._moderators = moderators
        self._authors: dict[str, SimulatedPerson] = {}

    async def play(self, entries: Sequence[ExampleReview]) -> None:
        """Play `entries`, oldest first; the clock is back at the present at the end."""
        if not entries:
            return
        self._world.move_clock(-entries[0].hours_ago * HOUR_S)
        try:
            for part in parts(entries):
                await self._play_part(part)
        finally:
            self._world.move_clock(self._past_s())

    async def _play_part(self, part: Sequence[ExampleReview]) -> None:
        played = [await self._send(entry) for entry in part]
        for place in range(max(len(entry.then) for entry in part)):
            self._world.move_clock(min(PAUSE_S, self._past_s()))
            acting = [each for each in played if len(each.entry.then) > place]
            await asyncio.gather(*(self._do(each, each.entry.then[place]) for each in acting))

    async def _let_visitors_go_first(self) -> None:
        await self._stack.server.visitors.go_first(self._is_answer_due)

    async def _is_answer_due(self) -> bool:
        """Return whether a review waits; an own one is answered before the next step."""
        until_ms = round(self._world.clock() * 1000) + 1
        return bool(
            await self._stack.reviews.unanswered(accepted_before_ms=until_ms, after=0, limit=1)
        )

    def _past_s(self) -> float:
        """Return how many seconds the clock is behind the present."""
        return max(0.0, -self._world.moved_s)

    async def _send(self, entry: ExampleReview) -> _Played:
        self._world.move_clock(max(0.0, self._past_s() - entry.hours_ago * HOUR_S))
        author = self._author(entry)
        await fill_form(author, entry, self._taxonomy, timeout_s=PATIENCE_S)
        review = await send_form(self._stack, author, timeout_s=PATIENCE_S)
        await sees_answer(author, review, entry, timeout_s=PATIENCE_S)
        await self._card(review.number)
        return _Played(author, review, entry)

    def _author(self, entry: ExampleReview) -> SimulatedPerson:
        if entry.author not in self._authors:
            user = self._world.add_person(entry.author, entry.language)
            self._authors[entry.author] = _Author(self._world, user, self._turn)
        return self._authors[entry.author]

    async def _card(self, number: int) -> ChatMessage:
        """Return the card of a review, once the group shows it."""
        group = self._moderators[0]
        return await group.sees(lambda m: any(_desk_taps(m.buttons, number)), timeout_s=PATIENCE_S)

    async def _do(self, played: _Played, deed: AnyDeed) -> None:
        async with self._places:
            await self._turn()
            await self._perform(played, deed)

    async def _perform(self, played: _Played, deed: AnyDeed) -> None:
        number = played.review.number
        match deed:
            case TapOnCard():
                await self._tap(self._moderators[deed.by - 1], number, _TAPS[deed.does])
            case Fix():
                await self._fix(self._moderators[deed.by - 1], number, deed.classes)
            case WriteBelowCard():
                await self._write(played, deed)
            case Answer():
                await played.author.says(deed.text, reply_to=await self._last_of_team(played))
                await self._moderators[0].sees_text(deed.text, timeout_s=PATIENCE_S)
            case Agree():
                agreed = TrainingConsent(is_given=True).pack()
                await played.author.taps(agreed, timeout_s=PATIENCE_S)
            case SolvedAnswer():
                act = CustomerAct.SOLVED if deed.does == "solved" else CustomerAct.UNSOLVED
                await played.author.taps(
                    DialogueTap(act=act, number=number).pack(), timeout_s=PATIENCE_S
                )

    async def _tap(
        self, moderator: SimulatedPerson, number: int, wanted: Iterable[DeskButton]
    ) -> str:
        """Tap the first of these buttons that the card has; return the link of the answer."""
        for _ in range(TRIES):
            card = await self._card(number)
            shown = {tap.button: tap for tap in reversed(list(_desk_taps(card.buttons, number)))}
            tap = next(shown[button] for button in wanted if button in shown)
            answer = await moderator.gets_answer(
                moderator.taps_stale(card, tap.pack()), timeout_s=PATIENCE_S
            )
            if answer.url or await self._is_gone(number, tap.button):
                return answer.url
        raise NotSeen(f"review {number}: the button {tap.button} does nothing")

    async def _is_gone(self, number: int, button: DeskButton) -> bool:
        """Return whether the card loses a button soon; a tap on an older card does nothing."""

        def without(message: ChatMessage) -> bool:
            taps = list(_desk_taps(message.buttons, number))
            return bool(taps) and button not in {tap.button for tap in taps}

        try:
            await self._moderators[0].sees(without, timeout_s=LOOK_S)
        except NotSeen:
            return False
        return True

    async def _fix(self, moderator: SimulatedPerson, number: int, classes: Sequence[int]) -> None:
        url = await self._tap(moderator, number, [DeskButton.FIX])
        chat = self._world.chats[moderator.user.user_id]
        private = SimulatedPerson(self._world, moderator.user, chat)
        await private.says(f"/start {url.rpartition('=')[2]}")
        panel = await private.sees(
            lambda m: any(tap.button is DeskButton.DONE for tap in _desk_taps(m.buttons, number)),
            timeout_s=PATIENCE_S,
        )
        for tap in _switches(list(_desk_taps(panel.buttons, number)), classes):
            await private.gets_answer(private.taps_stale(panel, tap.pack()), timeout_s=PATIENCE_S)

    async def _write(self, played: _Played, deed: WriteBelowCard) -> None:
        """Reply to the card; the reply is held until the clock is moved."""
        moderator, card = self._moderators[deed.by - 1], await self._card(played.review.number)
        text = f"// {deed.text}" if deed.does == "note" else deed.text
        await moderator.says(text, reply_to=card)

    async def _last_of_team(self, played: _Played) -> ChatMessage:
        replies = [d.text for d in played.entry.then if isinstance(d, WriteBelowCard)]
        return await played.author.sees(
            lambda m: any(text in m.text for text in replies), timeout_s=PATIENCE_S
        )


def parts(entries: Sequence[ExampleReview]) -> Iterator[Sequence[ExampleReview]]:
    """Yield the reviews of each part of a day, oldest first."""
    start = 0
    for place in range(1, len(entries) + 1):
        if place == len(entries) or entries[start].hours_ago - entries[place].hours_ago > PART_H:
            yield entries[start:place]
            start = place


def _switches(shown: Sequence[DeskTap], classes: Sequence[int]) -> Iterator[DeskTap]:
    """Yield the taps on a panel that lead from the chosen classes to `classes`, and Done."""
    done = next(tap for tap in shown if tap.button is DeskButton.DONE)
    chosen = [tap for tap in shown if tap.button is DeskButton.REMOVE]
    yield from (tap for tap in chosen if tap.value not in classes)
    missing = [c for c in classes if c not in {tap.value for tap in chosen}]
    yield from (replace(done, button=DeskButton.ADD, value=c) for c in missing)
    yield done


def _desk_taps(buttons: Iterable[Button], number: int) -> Iterator[DeskTap]:
    """Yield what the buttons of a review's card do."""
    taps = (parse_tap(button.data or "") for button in buttons)
    return (tap for tap in taps if tap is not None and tap.number == number)
