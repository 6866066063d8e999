"""
Marks that identify equal texts without storing their words.

A mark is a keyed digest (HMAC-SHA256), so that nobody without the key can guess a text and compare.
Marks of different keys differ: after a rotation of the key, earlier texts are not recognised.
"""

import re
import unicodedata

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.archive.tables import reviews
from triage.sealing import Seal

# A mark is stored with every review; half of the digest is enough to distinguish texts.
MARK_LENGTH = 16

# Shorter texts ("all good") are often equal by chance, so they do not indicate a campaign.
CAMPAIGN_LENGTH = 20

# Equal texts of different authors count only if they were sent within this time.
CAMPAIGN_MS = 30 * 24 * 3_600_000

DAY_MS = 24 * 3_600_000


def normalized(text: str) -> str:
    """Return only the letters and digits of a text; the text itself if it has none."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(re.findall(r"[^\W_]+", folded)) or text.strip()


def mark_of(text: str, seal: Seal) -> bytes:
    """Return the mark of a text."""
    return seal.tag(b"text of a review:" + normalized(text).encode())[:MARK_LENGTH]


class TextMarks:
    """Looks for reviews with the same text."""

    def __init__(self, engine: AsyncEngine, seal: Seal) -> None:
        self._engine = engine
        self._seal = seal

    async def repeated(self, user_id: int, text: str, form_id: str, now_ms: int) -> int | None:
        """Return the person's review of the last day with this text, from another form."""
        query = select(func.max(reviews.c.number)).where(
            reviews.c.user_id == user_id,
            reviews.c.text_mark == mark_of(text, self._seal),
            reviews.c.accepted_ms > now_ms - DAY_MS,
            reviews.c.form_id != form_id,
        )
        async with self._engine.connect() as connection:
            found: int | None = await connection.scalar(query)
        return found

    async def other_authors(self, number: int) -> int:
        """Return how many other people sent a review's text within 30 days before or after."""
        sealed = select(reviews.c.sealed_text).where(reviews.c.number == number)
        async with self._engine.connect() as connection:
            found: bytes | None = await connection.scalar(sealed)
        if found is None or len(normalized(self._seal.open(found).decode())) < CAMPAIGN_LENGTH:
            return 0
        this, others = reviews.alias(), reviews
        query = (
            select(func.count(func.distinct(others.c.user_id)))
            .join(this, this.c.text_mark == others.c.text_mark)
            .where(
                this.c.number == number,
                others.c.user_id != this.c.user_id,
                func.abs(others.c.accepted_ms - this.c.accepted_ms) < CAMPAIGN_MS,
            )
        )
        async with self._engine.connect() as connection:
            return int(await connection.scalar(query) or 0)
