"""
How long a moderator waits with an idle product: python -m benchmarks desk [--reviews N].

The unchanged bot and worker run in one process with a simulated Telegram. Times of each review:

- link: from the tap on Fix to the link to the private chat,
- panel: from the same tap to the panel there; the client opens the link immediately,
- panel_in_group: the same with DESK_PANEL=group, where no link is needed,
- card_after_done: from Done in the panel to the card that names the person who checked it,
- card_after_right: from Right on a card to the same,
- answer_after_done: from Done to the customer's corrected answer.

The clock is moved between reviews, so that the limit of writes to the group has no effect. Prints
JSON with milliseconds.
"""

import argparse
import asyncio
import json
import os
import platform
import re
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.latency.answer_time import percentiles
from bot.desk.desk_taps import DeskButton, DeskTap, parse_tap
from bot.urgency import WINDOW_S
from sandbox.simulated_people import Customer, Moderator, SimulatedPerson
from sandbox.stack import Stack, running
from sandbox.telegram.message import ChatMessage
from sandbox.telegram.tap import Tap

TEXT = "Ждали заказ два часа, курьер не позвонил, а цены снова выросли"

CHECKED = "Проверил человек"

# A timeout for busy machines; the times are printed, not judged.
PATIENCE_S = 60.0

# A program can tap a card before the bot has stored that it was sent; a person reads it first.
READING_S = 0.2

Times = dict[str, list[float]]


class ModeratorClock:
    """Times of one moderator's waiting, in milliseconds, by what they wait for."""

    def __init__(self, times: Times) -> None:
        self._times = times
        self._began_s = 0.0

    def start(self) -> None:
        """Begin with a tap."""
        self._began_s = time.perf_counter()

    def stop(self, name: str) -> None:
        """Store the time since the tap as `name`."""
        self._times[name].append((time.perf_counter() - self._began_s) * 1000)


@dataclass(frozen=True, slots=True)
class Moderating:
    """A moderator, and the product that they wait for."""

    stack: Stack
    moderator: Moderator
    clock: ModeratorClock

    async def card(self, customer: Customer) -> ChatMessage:
        """Send a customer's review, and return its card."""
        await customer.says("/start")
        await customer.taps("3")
        await customer.taps("DELIVERY")
        await customer.taps("d")
        await customer.says(TEXT)
        await customer.taps("s")
        answer = await customer.sees(lambda m: m.media is not None, timeout_s=PATIENCE_S)
        [number] = re.findall(r"№ \d+", answer.text)
        self.stack.world.move_clock(2 * WINDOW_S)
        card = await self.moderator.sees(
            lambda m: m.text.startswith(f"{number} · "), timeout_s=PATIENCE_S
        )
        await asyncio.sleep(READING_S)
        return card

    async def confirms(self) -> None:
        """Tap Right, or the first set if the model is not sure, and wait for the card."""
        card = await self.card(Customer(self.stack.world))
        self.clock.start()
        self._tap(self.moderator, card, DeskButton.RIGHT, DeskButton.ALTERNATIVE)
        await self._checked(card)
        self.clock.stop("card_after_right")

    async def corrects(self) -> None:
        """Open the panel in the private chat, switch a class, and wait for card and answer."""
        customer = Customer(self.stack.world)
        card = await self.card(customer)
        user = self.moderator.user
        private = SimulatedPerson(self.stack.world, user, self.stack.world.chats[user.user_id])
        before = len(private.messages)
        self.clock.start()
        tap = self._tap(self.moderator, card, DeskButton.FIX)
        told = await self.moderator.gets_answer(tap, timeout_s=PATIENCE_S)
        self.clock.stop("link")
        await private.says(f"/start {told.url.rpartition('=')[2]}")
        panel = await private.sees(
            lambda m: m in private.messages[before:] and _has(m, DeskButton.DONE),
            timeout_s=PATIENCE_S,
        )
        self.clock.stop("panel")
        switch = self._tap(private, panel, DeskButton.ADD)
        await private.gets_answer(switch, timeout_s=PATIENCE_S)
        self.clock.start()
        self._tap(private, panel, DeskButton.DONE)
        await self._checked(card)
        self.clock.stop("card_after_done")
        await customer.sees(lambda m: CHECKED in m.text, timeout_s=PATIENCE_S)
        self.clock.stop("answer_after_done")

    async def opens_in_group(self) -> None:
        """Open the panel in place of the card."""
        card = await self.card(Customer(self.stack.world))
        title = card.text.partition(" · ")[0]
        self.clock.start()
        self._tap(self.moderator, card, DeskButton.FIX)
        await self.moderator.sees_ephemeral(title, timeout_s=PATIENCE_S)
        self.clock.stop("panel_in_group")

    async def _checked(self, card: ChatMessage) -> None:
        await self.moderator.sees(
            lambda m: m.message_id == card.message_id and CHECKED in m.text, timeout_s=PATIENCE_S
        )

    def _tap(self, person: SimulatedPerson, message: ChatMessage, *wanted: DeskButton) -> Tap:
        """Tap the first of these buttons that the message has."""
        taps = {tap.button: tap for tap in reversed(_taps(message))}
        return person.taps_stale(message, next(taps[b] for b in wanted if b in taps).pack())


def _taps(message: ChatMessage) -> list[DeskTap]:
    taps = (parse_tap(button.data or "") for button in message.buttons)
    return [tap for tap in taps if tap is not None]


def _has(message: ChatMessage, button: DeskButton) -> bool:
    return any(tap.button is button for tap in _taps(message))


async def measure(reviews: int) -> dict[str, object]:
    """Return median, 95th percentile and the longest of each wait; `reviews` for each way."""
    times: Times = defaultdict(list)
    clock = ModeratorClock(times)
    for panel in ("private", "group"):
        with tempfile.TemporaryDirectory() as folder:
            async with running(Path(folder), paced=True, desk_panel=panel) as stack:
                moderating = Moderating(stack, Moderator(stack.world), clock)
                ways = [moderating.opens_in_group]
                if panel == "private":
                    ways = [moderating.confirms, moderating.corrects]
                for way in ways:
                    await way()  # warm-up
                times.clear() if panel == "private" else times["panel_in_group"].clear()
                for _ in range(reviews):
                    for way in ways:
                        await way()
    return {
        "reviews": reviews,
        "milliseconds": {name: percentiles(taken) for name, taken in times.items()},
        "machine": f"{os.cpu_count()} x {platform.machine()}, Python {platform.python_version()}",
        "load_average": [round(load, 1) for load in os.getloadavg()],
    }


def main(argv: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks desk", description=__doc__)
    parser.add_argument("--reviews", type=int, default=30, help="how many (%(default)s)")
    print(json.dumps(asyncio.run(measure(parser.parse_args(argv).reviews)), indent=2))
