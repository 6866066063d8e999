"""The group that was connected, on SQLite and on PostgreSQL."""

import asyncio

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.archive.groups import Groups


@pytest.fixture
def groups(engine: AsyncEngine) -> Groups:
    return Groups(engine)


async def test_the_first_group_stays_the_one(groups: Groups) -> None:
    assert await groups.moderators() is None
    assert await groups.connect(-5, 1)
    assert not await groups.connect(-6, 2)
    assert await groups.moderators() == -5


async def test_of_groups_that_connect_at_once_one_is_taken(groups: Groups) -> None:
    taken = await asyncio.gather(*(groups.connect(-n, 1) for n in range(1, 9)))
    assert taken.count(True) == 1


async def test_a_group_that_became_a_supergroup_is_followed(groups: Groups) -> None:
    await groups.connect(-5, 1)
    assert await groups.moved(-5, -1005)
    assert await groups.moderators() == -1005
    assert not await groups.moved(-5, -7)
