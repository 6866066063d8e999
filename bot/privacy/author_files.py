"""Reads what is stored about an author besides reviews and dialogue, for /mydata."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.archive.author_checks import AuthorChecks
from bot.archive.bans import Bans
from bot.archive.consents import Consents
from bot.archive.photo_store import PhotoStore
from bot.privacy.export import AuthorData


@dataclass(frozen=True, slots=True)
class AuthorFiles:
    """Reads consent, ban, own checks and the number of photos."""

    consents: Consents
    bans: Bans
    checks: AuthorChecks
    photos: PhotoStore

    async def of(self, user_id: int, numbers: Sequence[int]) -> AuthorData:
        """Return what is stored about a person and their reviews."""
        checks = {number: await self.checks.of(number) for number in numbers}
        return AuthorData(
            await self.consents.of(user_id),
            await self.bans.of(user_id),
            {number: check for number, check in checks.items() if check is not None},
            {number: await self.photos.count(number) for number in numbers},
        )
