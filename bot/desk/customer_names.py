"""
What a card calls the author of a review: only the number, an alias, or the first name.

An alias is made from the person's id with the key of this installation: the same person has the
same alias, and without the key it does not reveal the account. First names are not stored: they are
requested from Telegram and cached for a short time.
"""

import time
from collections.abc import Callable
from typing import Literal

from aiogram import Bot
from aiogram.exceptions import TelegramAPIError

from bot.form.validation import clean, clipped
from bot.texts import Say
from triage.sealing import Seal

NameStyle = Literal["number", "alias", "first_name"]

# A name on a card, UTF-16 units.
NAME_LENGTH = 24

# The second part of an alias has four digits: with 40 animals, 360,000 aliases.
FIRST_NUMBER, NUMBERS = 1000, 9000

CACHE_S = 600.0
MAX_KNOWN = 1_000


class CustomerNames:
    """Names authors as the setting CUSTOMER_NAMES says."""

    def __init__(
        self,
        bot: Bot,
        seal: Seal,
        say: Say,
        style: NameStyle,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._bot = bot
        self._seal = seal
        self._say = say
        self._style = style
        self._clock = clock
        self._known: dict[int, tuple[str, float]] = {}

    async def name(self, user_id: int) -> str:
        """Return what a card calls the person; empty for only the number."""
        match self._style:
            case "alias":
                return alias(user_id, self._seal, self._say)
            case "first_name":
                return await self._first_name(user_id)
            case _:
                return ""

    async def _first_name(self, user_id: int) -> str:
        """Return the first name, empty if Telegram does not return it now."""
        name, until_s = self._known.get(user_id, ("", 0.0))
        if until_s > self._clock():
            return name
        try:
            found = (await self._bot.get_chat(user_id)).first_name or ""
        except TelegramAPIError:
            return ""
        if len(self._known) >= MAX_KNOWN:
            self._known.clear()
        name = clipped(clean(" ".join(found.split())), NAME_LENGTH)
        self._known[user_id] = (name, self._clock() + CACHE_S)
        return name


def alias(user_id: int, seal: Seal, say: Say) -> str:
    """Return an animal and a number, the same for the same person as long as the key is in use."""
    drawn = int.from_bytes(seal.tag(b"alias:" + str(user_id).encode())[:8])
    animals = say("alias-animals").split()
    rest, animal = divmod(drawn, len(animals))
    return f"{animals[animal]} {FIRST_NUMBER + rest % NUMBERS}"
