"""An archive whose key is gone is noticed at the start, not at its first unlucky row."""

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.archive.reviews import Reviews
from bot.errors import BadArchive
from tests.bot.samples import new
from triage.key_file import new_key
from triage.sealing import Seal


async def test_the_error_for_a_wrong_key_names_the_remedy(
    reviews: Reviews, sqlite_engine: AsyncEngine
) -> None:
    await reviews.check_seal()
    await reviews.accept(new())
    await reviews.check_seal()

    with pytest.raises(BadArchive, match="restore the key file"):
        await Reviews(sqlite_engine, Seal([new_key()])).check_seal()
