"""A sender of replies that kills its process at a named point: DATABASE_URL LEDGER POINT."""

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Any

from aiogram import Bot
from aiogram.methods import SendMessage, TelegramMethod

from bot.archive.database import open_database
from bot.archive.dialogue import Dialogue
from tests.bot.dialogue.replies import CUSTOMER, Replies
from tests.bot.fake_telegram import Telegram

# Points at which the process dies; "never" lets it work until it is stopped from outside.
POINTS = ("before the claim", "after the claim", "before the call", "after the call", "never")


def die() -> None:
    """End this process as the kernel does when memory runs out."""
    os.kill(os.getpid(), signal.SIGKILL)


class Ledger(Telegram):
    """Writes down what reached the customer before anything else happens."""

    def __init__(self, ledger: Path, point: str) -> None:
        super().__init__()
        self._ledger = ledger
        self._point = point

    async def make_request(self, bot: Bot, method: TelegramMethod[Any], *_: Any, **__: Any) -> Any:
        """Note a message to the customer, and die around it if that is the point."""
        is_reply = isinstance(method, SendMessage) and method.chat_id == CUSTOMER
        if is_reply and self._point == "before the call":
            die()
        if is_reply and isinstance(method, SendMessage):
            with self._ledger.open("a", encoding="utf-8") as file:
                file.write(f"{method.text.splitlines()[-1]}\n")
        if is_reply and self._point == "after the call":
            die()
        return await super().make_request(bot, method)


async def main(url: str, ledger: Path, point: str) -> None:
    """Send replies until killed."""
    claim = Dialogue.claim

    async def deadly(self: Dialogue, *arguments: Any) -> Any:
        if point == "before the claim":
            die()
        claimed = await claim(self, *arguments)
        if point == "after the claim":
            die()
        return claimed

    Dialogue.claim = deadly  # type: ignore[method-assign]
    bot = Bot("123456:TEST", session=Ledger(ledger, point))
    await Replies(bot, await open_database(url)).sender().run()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]), sys.argv[3]))
