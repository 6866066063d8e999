"""What became of every review: the archive compared with what people and moderators see."""

import re
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from sandbox.telegram.world import MODERATORS_CHAT_ID, World
from tests.faults.reviewer import ANSWERED

# A card names its review in the first line, a digest has a line for each review.
CARD = re.compile(r"\A№ (\d+) · ")
DIGEST_LINE = re.compile(r"^/r(\d+) · ", re.MULTILINE)

ALL_ROWS = text(
    "SELECT number, chat_id, answered_ms, carded_ms, undelivered FROM reviews ORDER BY number"
)


@dataclass(frozen=True, slots=True)
class ArchivedReview:
    """A row of the archive."""

    number: int
    chat_id: int
    is_answered: bool
    is_carded: bool
    undelivered: str | None


@dataclass(frozen=True, slots=True)
class Ledger:
    """Numbers of reviews, by what is wrong with them."""

    accepted: int
    lost: Collection[int]  # the person saw the receipt, the archive has no row
    stuck: Collection[int]  # no visible answer
    answered_twice: Collection[int]
    undelivered: Collection[int]
    not_carded: Collection[int]
    carded_twice: Collection[int]
    group_messages: int
    repeated_messages: int  # cards and digests that show a review again

    def __str__(self) -> str:
        return (
            f"{self.accepted} accepted, {len(self.lost)} lost, {len(self.stuck)} stuck, "
            f"{len(self.answered_twice)} answered twice, {len(self.undelivered)} undelivered; "
            f"{len(self.not_carded)} without card, {len(self.carded_twice)} with two, in "
            f"{self.group_messages} messages to the group of which {self.repeated_messages} "
            "repeat a review"
        )


async def archived(database_url: str) -> list[ArchivedReview]:
    """Return all rows of an archive."""
    engine = create_async_engine(database_url)
    try:
        async with engine.connect() as connection:
            rows = (await connection.execute(ALL_ROWS)).all()
    finally:
        await engine.dispose()
    return [
        ArchivedReview(number, chat_id, answered is not None, carded is not None, undelivered)
        for number, chat_id, answered, carded, undelivered in rows
    ]


def ledger(world: World, rows: Collection[ArchivedReview], receipts: Collection[int]) -> Ledger:
    """Compare the archive with all chats; `receipts` are the numbers that people were told."""
    answers = Counter(
        int(found.group(1))
        for row_chat in {row.chat_id for row in rows}
        for message in world.chats[row_chat].messages.values()
        if message.sender.is_bot and (found := ANSWERED.search(message.text))
    )
    shown = [
        numbers
        for message in world.chats[MODERATORS_CHAT_ID].messages.values()
        if message.sender.is_bot and (numbers := numbers_in(message.text))
    ]
    cards = Counter(number for numbers in shown for number in numbers)
    numbers = {row.number for row in rows}
    return Ledger(
        accepted=len(rows),
        lost=sorted(set(receipts) - numbers),
        stuck=sorted(numbers - answers.keys()),
        answered_twice=sorted(number for number, times in answers.items() if times > 1),
        undelivered=sorted(row.number for row in rows if row.undelivered),
        not_carded=sorted(numbers - cards.keys()),
        carded_twice=sorted(number for number, times in cards.items() if times > 1),
        group_messages=len(shown),
        repeated_messages=_repeated(shown),
    )


def numbers_in(text: str) -> list[int]:
    """Return the reviews that a message to the moderators shows."""
    card = CARD.search(text)
    return [int(card.group(1))] if card else [int(n) for n in DIGEST_LINE.findall(text)]


def _repeated(shown: list[list[int]]) -> int:
    seen: set[int] = set()
    repeated = 0
    for numbers in shown:
        repeated += bool(seen.intersection(numbers))
        seen.update(numbers)
    return repeated
