"""A person who sends one review and starts the form again when the bot does not react."""

import asyncio
import re
from dataclasses import dataclass

from sandbox.errors import NotSeen, Refused
from sandbox.simulated_people import Customer
from sandbox.telegram.message import ChatMessage
from sandbox.telegram.tap import Tap

# Longer than a restart of the bot on a busy machine.
STEP_S = 15.0

# A form has at most six screens: a person who acts more often without success is in a loop.
ACTS_A_FORM = 12

ACCEPTED = re.compile(r"Отзыв № (\d+) (?:принят|прочитан)")
ANSWERED = re.compile(r"Отзыв № (\d+) прочитан")
# What a tap on Send is answered with if the same text was accepted and its receipt did not arrive.
SAID_BEFORE = re.compile(r"Такой же отзыв .* принят под № (\d+)")
FAILED = "У нас что-то сломалось"

# What a person does who was told that something failed, and how soon.
AGAIN = "start again"
AGAIN_AFTER_S = 1.0


@dataclass(frozen=True, slots=True)
class Asked:
    """What the newest message asks for: a button's data, "text", AGAIN, or "" if all is done."""

    message: ChatMessage
    do: str


class Reviewer:
    """One customer and what they have done so far."""

    def __init__(
        self, customer: Customer, *, step_s: float = STEP_S, thinking_s: float = 0.0
    ) -> None:
        """Wait `step_s` for each reaction of the bot, and `thinking_s` before each own act."""
        self.customer = customer
        self.attempts = 0
        self._acted = "nothing"
        self._tap: Tap | None = None
        self._step_s = step_s
        self._thinking_s = thinking_s

    def __str__(self) -> str:
        shown = self.customer.last.text[:60] if self.customer.messages else ""
        return (
            f"person {self.customer.user.user_id}: attempt {self.attempts}, did {self._acted}, "
            f"last message {shown!r}"
        )

    async def sends(self, text: str) -> int:
        """Return the number of the accepted review; a person does not give up."""
        while True:
            self.attempts += 1
            try:
                number = await self._fills_in(text)
            except (NotSeen, Refused):
                continue
            if number is not None:
                return number
            await asyncio.sleep(AGAIN_AFTER_S)

    async def _fills_in(self, text: str) -> int | None:
        """
        Do what each new screen asks for; a form that was begun goes on where it was.

        Return the number of the accepted review, None if the form must be started again.
        """
        since = (await self._says("/start")).message_id
        done: tuple[int, str] | None = None
        for _ in range(ACTS_A_FORM):
            asked = await self._asked(since, done)
            if found := ACCEPTED.search(asked.message.text) or self._said_before():
                return int(found.group(1))
            if asked.do == AGAIN:
                break
            done = asked.message.message_id, asked.do
            await asyncio.sleep(self._thinking_s)
            if asked.do == "text":
                await self._says(text)
            else:
                self._tap = self.customer.taps_stale(asked.message, asked.do)
                self._acted = f"a tap on {asked.do}"
        return None

    def _said_before(self) -> re.Match[str] | None:
        told = self._tap.answer if self._tap else None
        return SAID_BEFORE.search(told.text) if told else None

    async def _says(self, text: str) -> ChatMessage:
        self._acted = f"a message {text[:20]!r}"
        return await self.customer.says(text)

    async def _asked(self, since: int, done: tuple[int, str] | None) -> Asked:
        """
        Return what the newest screen asks for, when that is something new.

        An older screen does not count, even if it still has buttons: a person who follows two
        screens in turn never ends.
        """

        def newest() -> Asked | None:
            for message in reversed(self.customer.messages):
                do = _asks_for(message) if message.message_id > since else None
                if do is not None:
                    return Asked(message, do)
            return None

        def is_next(message: ChatMessage) -> bool:
            asked = newest()
            if asked is None or asked.message.message_id != message.message_id:
                return False
            if self._said_before():
                return True
            return (message.message_id, asked.do) != done

        await self.customer.sees(is_next, timeout_s=self._step_s)
        asked = newest()
        assert asked is not None, "it was seen"
        return asked


def _asks_for(message: ChatMessage) -> str | None:
    """Return a button's data, "text", AGAIN, or "" if nothing is left; None: it asks nothing."""
    if not message.sender.is_bot:
        return None
    if ACCEPTED.search(message.text):
        return ""
    if FAILED in message.text:
        return AGAIN
    for wanted in (["s", ""], ["d", ""], ["r", "3"]):
        data = [b.data for b in message.buttons if (b.data or "").split(":")[2:] == wanted]
        if data and data[0]:
            return data[0]
    return "text" if "Напишите отзыв" in message.text else None
