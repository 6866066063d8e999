"""
Moderators correct, take and reply at two bots that are killed meanwhile; the archive holds each act
once. `CORRECTIONS`, `RACES` and `HELD_REPLIES` set the sizes, `SEED` repeats a run's choices.

The clock is shared by all processes. In the long form it moves on by itself, so that ten
corrections take a minute of it; in the short one it is the system's, until all acts are done.
"""

import asyncio
import os
import time
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from random import Random

import pytest

from bot.delivery.checked_answers import SETTLE_AFTER_MS
from sandbox.server import Server, serving
from sandbox.simulated_people import Moderator
from sandbox.telegram.world import World
from tests.faults.bench import START_S
from tests.faults.conftest import Replicated
from tests.faults.corrector import Classes, Corrector
from tests.faults.desk_bench import SETTLE_S, DeskBench, seal_of
from tests.faults.group_writes import LIMIT
from tests.faults.held_reply import held_and_killed
from tests.faults.label_ledger import label_ledger
from tests.faults.racers import race
from tests.faults.shared_clock import SharedClock

SEED = int(os.environ.get("SEED") or time.time_ns() % 1_000_000)

CORRECTIONS = int(os.environ.get("CORRECTIONS", "30"))
RACES = int(os.environ.get("RACES", "20"))
HELD_REPLIES = int(os.environ.get("HELD_REPLIES", "4"))

PEOPLE = ("Ольга", "Борис", "Вера")

# From this many corrections on the clock moves by itself, to this many a minute of it.
LONG_RUN = 300
PER_MINUTE = 10
# The pace of a short run, in real time.
SHORT_PER_MINUTE = 60

# Shares of the corrections: two of a review at once, by updates that come twice, of a review that
# was corrected before, by one tap on the card, and in a panel that is left without Done.
AT_ONCE, TWICE, AGAIN, ON_CARD, LEFT = 0.1, 0.05, 0.2, 0.4, 0.1
BOTH_ON_CARD = 0.8

# So many reviews wait, so that the group shows their cards before somebody corrects them.
AHEAD = 9

# The people of the races, and races at once: nobody taps more often than the bot lets them.
RACERS, RACES_AT_ONCE, KILL_EVERY = 30, 5, 50

# Classes that the panel of the bench's reviews lists first.
OFFERED = (3, 5, 8, 0, 1, 2)

LONGEST_S = 600 + 10 * max(CORRECTIONS, RACES, 10 * HELD_REPLIES)

pytestmark = [
    pytest.mark.redis,
    pytest.mark.timeout(START_S + SETTLE_S + LONGEST_S),
    pytest.mark.xdist_group("processes"),
]


@pytest.fixture
def clock_file(tmp_path: Path) -> Path:
    return tmp_path / "clock"


@pytest.fixture
async def telegram(clock_file: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Server]:
    """Serve a Telegram whose clock is the shared one; it counts the writes and refuses none."""
    # A busy machine answers late; what a late answer shows is the concern of other tests.
    monkeypatch.setattr("sandbox.telegram.rules.TAP_ANSWER_S", float("inf"))
    world = World(clock=SharedClock(clock_file).now_s)
    world.add_group("Moderators")
    async with serving(world) as server:
        yield server


@pytest.fixture
async def bench(
    telegram: Server, replicated: Replicated, clock_file: Path, folder: Path
) -> AsyncIterator[DeskBench]:
    bench = DeskBench(telegram, replicated, clock_file, seal_of(folder))
    async with bench.running():
        yield bench


class Shift:
    """People who correct in rounds, each of them once in a round."""

    def __init__(self, bench: DeskBench, rng: Random, count: int) -> None:
        self.bench = bench
        self.people = [Corrector(bench, name) for name in PEOPLE]
        self.numbers: list[int] = []
        self.done = 0
        self._rng = rng
        self._count = count
        self._is_long = count >= LONG_RUN
        self._waiting: list[int] = []  # reviews that nobody has corrected yet
        self._begun = 0

    async def work(self) -> None:
        """Make all corrections; in every third round a bot is killed."""
        per_minute = PER_MINUTE if self._is_long else SHORT_PER_MINUTE
        round_s = 60 * len(PEOPLE) / per_minute
        while self.done < self._count:
            began_s = self.bench.clock.now_s()
            acting = self.people[: self._count - self.done]
            chosen = await self._reviews(len(acting))
            async with asyncio.TaskGroup() as tasks:
                if self._rng.random() < 1 / 3:
                    tasks.create_task(self.bench.kill_one(self._rng))
                for person, number in zip(acting, chosen, strict=True):
                    both = chosen.count(number) > 1
                    on_card = self._rng.random() < (BOTH_ON_CARD if both else ON_CARD)
                    tasks.create_task(self._correct(person, number, on_card=on_card))
            self.done += len(acting)
            left_s = max(0.0, began_s + round_s - self.bench.clock.now_s())
            if self._is_long:
                self.bench.clock.move(left_s)
            else:
                await asyncio.sleep(left_s)

    async def _reviews(self, count: int) -> list[int]:
        """Return a review for each person: a new one, an earlier one, or one that two have."""
        chosen = [await self._review() for _ in range(count)]
        # Two people at once are two corrections.
        if count > 1 and self._rng.random() < AT_ONCE * count / 2:
            chosen[1] = chosen[0]
        return chosen

    async def _review(self) -> int:
        while len(self._waiting) < AHEAD:
            self._waiting.append((await self.bench.review()).number)
        if self.numbers and self._rng.random() < AGAIN:
            return self._rng.choice(self.numbers[-10:])
        self.numbers.append(self._waiting.pop(0))
        return self.numbers[-1]

    async def _correct(self, person: Corrector, number: int, *, on_card: bool) -> None:
        """Correct on the card, if it offers a set, or in the panel; most people tap Done."""
        self._begun += 1
        rng, twice = self._rng, self._begun % round(1 / TWICE) == 1
        leaves, classes = rng.random() < LEFT, self._other(person.wanted.get(number))
        second, may = rng.random() < 0.5, on_card and number not in person.wanted
        if may and await person.confirms(number, second=second, twice=twice):
            return
        await person.corrects(number, classes, done=not leaves, twice=twice)
        if leaves and self._is_long and rng.random() < 0.5:
            # The draft settles by itself while its author taps Done.
            self.bench.clock.move(SETTLE_AFTER_MS / 1000)
            await asyncio.sleep(rng.uniform(0, 1.2))
            await person.taps_done(number, classes, twice=twice)

    def _other(self, than: Classes | None) -> Classes:
        while True:
            classes = frozenset(self._rng.sample(OFFERED, self._rng.randint(1, 3)))
            if classes != than:
                return classes


async def test_concurrent_corrections_are_all_stored_once_despite_killed_bots(
    bench: DeskBench,
) -> None:
    print(f"\nSEED={SEED}, {CORRECTIONS} corrections")
    shift = Shift(bench, Random(SEED), CORRECTIONS)
    began_s, began_clock_s = time.monotonic(), bench.clock.now_s()
    await shift.work()
    worked_s, worked_clock_s = time.monotonic() - began_s, bench.clock.now_s() - began_clock_s
    await bench.settled()
    found = await label_ledger(bench, shift.people, shift.numbers)
    print(
        f"{found}\n{len(shift.numbers)} reviews; {sum(p.overtaken for p in shift.people)} taps "
        f"overtaken, {sum(p.repeated for p in shift.people)} repeated; {worked_clock_s / 60:.1f} "
        f"minutes of the clock in {worked_s:.0f} s, settled after "
        f"{(bench.clock.now_s() - began_clock_s) / 60:.1f} in {time.monotonic() - began_s:.0f} s\n"
        f"{len(bench.writes.when_s)} writes to the group, at most {bench.writes.busiest} in any "
        f"minute; {bench}"
    )
    assert shift.done == CORRECTIONS
    assert not found.wrong
    assert bench.writes.busiest <= LIMIT


async def test_each_race_for_a_case_has_one_winner_which_the_losers_are_shown(
    bench: DeskBench,
) -> None:
    print(f"\nSEED={SEED}, {RACES} races")
    rng, began_s = Random(SEED), time.monotonic()
    people = [Moderator(bench.world, f"{name} {n}") for n in range(RACERS // 3) for name in PEOPLE]
    wrong = []
    for number in range(0, RACES, RACES_AT_ONCE):
        rng.shuffle(people)
        count = min(RACES_AT_ONCE, RACES - number)
        groups = [people[3 * n : 3 * n + rng.randint(2, 3)] for n in range(count)]
        killing = number % KILL_EVERY == 0 and asyncio.create_task(bench.kill_one(rng))
        wrong += await asyncio.gather(*(race(bench, g, n % 2) for n, g in enumerate(groups)))
        if killing:
            await killing
    took_s = time.monotonic() - began_s
    print(f"{RACES} races in {took_s:.0f} s; {sum(map(bool, wrong))} wrong; {bench}")
    assert len(wrong) == RACES
    assert not any(wrong)


async def test_a_delayed_reply_is_sent_once_after_its_bots_are_killed(bench: DeskBench) -> None:
    print(f"\nSEED={SEED}, {HELD_REPLIES} replies")
    rng, moderator = Random(SEED), Moderator(bench.world)
    ends = Counter([await held_and_killed(bench, moderator, rng, n) for n in range(HELD_REPLIES)])
    print(f"{dict(ends)}; {bench}")
    # A kill amid the sending leaves a reply that may have arrived: a moderator is asked.
    assert ends.keys() <= {("sent", 1), ("unknown", 0), ("unknown", 1)}
    assert ends["sent", 1] > 0
