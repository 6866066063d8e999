"""What a card shows about a review's author besides the text: consent, check, ban, photos."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.archive.author_checks import AuthorCheck
from bot.archive.author_tables import author_checks, bans, consents, photos
from bot.archive.bans import BanKind
from bot.archive.consents import may_train
from bot.archive.tables import reviews


@dataclass(frozen=True, slots=True)
class AuthorNote:
    """
    What is known about an author and their review.

    `may_train` is whether settled classes of the review enter training.
    """

    user_id: int
    may_train: bool = False
    has_consent: bool = False
    check: AuthorCheck | None = None
    ban: BanKind | None = None
    photos: int = 0


class AuthorNotes:
    """Reads notes."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def of(self, number: int) -> AuthorNote | None:
        """Return the note on a review's author, None if the review was erased."""
        count = (
            select(func.count()).where(photos.c.number == reviews.c.number).scalar_subquery()
        ).label("photos")
        query = (
            select(
                reviews.c.user_id,
                may_train().label("may_train"),
                consents.c.is_given,
                author_checks.c.is_right,
                author_checks.c.about,
                author_checks.c.at_ms,
                bans.c.is_silent,
                count,
            )
            .outerjoin(author_checks, author_checks.c.number == reviews.c.number)
            .outerjoin(consents, consents.c.user_id == reviews.c.user_id)
            .outerjoin(bans, bans.c.user_id == reviews.c.user_id)
            .where(reviews.c.number == number)
        )
        async with self._engine.connect() as connection:
            row = (await connection.execute(query)).one_or_none()
        if row is None:
            return None
        check = None if row.is_right is None else AuthorCheck(row.is_right, row.about, row.at_ms)
        ban = None if row.is_silent is None else BanKind.OPEN
        return AuthorNote(
            row.user_id,
            bool(row.may_train),
            bool(row.is_given),
            check,
            BanKind.SILENT if row.is_silent else ban,
            int(row.photos),
        )
