"""A person who sends one review and starts the form again when the bot does not react."""

import asyncio
import re

from sandbox.errors import NotSeen, Refused
from sandbox.simulated_people import Customer
from sandbox.telegram.message import ChatMessage

# Longer than a restart of the bot on a busy machine.
STEP_S = 15.0

ACCEPTED = re.compile(r"Отзыв № (\d+) (?:принят|прочитан)")
ANSWERED = re.compile(r"Отзыв № (\d+) прочитан")


class Reviewer:
    """One customer and what they have done so far."""

    def __init__(
        self, customer: Customer, *, step_s: float = STEP_S, thinking_s: float = 0.0
    ) -> None:
        """Wait `step_s` for each reaction of the bot, and `thinking_s` before each own act."""
        self.customer = customer
        self.attempts = 0
        self._step_s = step_s
        self._thinking_s = thinking_s

    async def sends(self, text: str) -> int:
        """Return the number of the accepted review; a person does not give up."""
        while True:
            self.attempts += 1
            try:
                return await self._fills_in(text)
            except (NotSeen, Refused):
                continue

    async def _fills_in(self, text: str) -> int:
        """Do what each new screen asks for; a form that was begun goes on where it was."""
        start = (await self.customer.says("/start")).message_id
        done: tuple[int, str] | None = None
        while True:
            message, do = await self._asked(start, done)
            if found := ACCEPTED.search(message.text):
                return int(found.group(1))
            done = message.message_id, do
            await asyncio.sleep(self._thinking_s)
            if do == "text":
                await self.customer.says(text)
            else:
                self.customer.taps_stale(message, do)

    async def _asked(self, start: int, done: tuple[int, str] | None) -> tuple[ChatMessage, str]:
        """Return the next screen and what it asks for."""

        def is_next(message: ChatMessage) -> bool:
            do = _asks_for(message) if message.message_id > start else None
            return do is not None and (message.message_id, do) != done

        message = await self.customer.sees(is_next, timeout_s=self._step_s)
        return message, _asks_for(message) or ""


def _asks_for(message: ChatMessage) -> str | None:
    """Return a button's data, "text", or "" if nothing is left to do; None: it asks nothing."""
    if not message.sender.is_bot:
        return None
    if ACCEPTED.search(message.text):
        return ""
    for wanted in (["s", ""], ["d", ""], ["r", "3"]):
        data = [b.data for b in message.buttons if (b.data or "").split(":")[2:] == wanted]
        if data and data[0]:
            return data[0]
    return "text" if "Напишите отзыв" in message.text else None
