"""The group that was connected, on SQLite and on PostgreSQL."""

import asyncio

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.archive.groups import GroupPlace, Groups, TopicRefusal
from bot.archive.route_store import Route, RouteStore


@pytest.fixture
def groups(engine: AsyncEngine) -> Groups:
    return Groups(engine)


async def test_only_the_first_group_can_be_connected(groups: Groups) -> None:
    assert await groups.moderators() is None
    assert await groups.connect(-5, 1)
    assert not await groups.connect(-6, 2)
    assert await groups.moderators() == GroupPlace(-5)


async def test_only_one_of_several_concurrent_group_connections_succeeds(groups: Groups) -> None:
    taken = await asyncio.gather(*(groups.connect(-n, 1) for n in range(1, 9)))
    assert taken.count(True) == 1


async def test_the_stored_group_id_follows_the_migration_to_a_supergroup(groups: Groups) -> None:
    await groups.connect(-5, 1)
    assert await groups.moved(-5, -1005)
    assert await groups.moderators() == GroupPlace(-1005)
    assert not await groups.moved(-5, -7)


async def test_the_topic_of_the_cards_is_stored_with_the_group(groups: Groups) -> None:
    await groups.connect(-5, 1, 7)
    assert await groups.moderators() == GroupPlace(-5, 7)
    assert await groups.use_topic(-5, 8)
    assert not await groups.use_topic(-6, 9)
    assert await groups.moderators() == GroupPlace(-5, 8)
    assert await groups.use_topic(-5, None)
    assert await groups.moderators() == GroupPlace(-5)


async def test_a_refused_topic_is_reported_as_new_only_once(groups: Groups) -> None:
    await groups.connect(-5, 1, 7)
    assert not await groups.refuse_topic(-5, 8, TopicRefusal.CLOSED), "another topic"
    assert await groups.refuse_topic(-5, 7, TopicRefusal.CLOSED)
    assert not await groups.refuse_topic(-5, 7, TopicRefusal.DELETED)
    assert await groups.moderators() == GroupPlace(-5, 7, TopicRefusal.CLOSED)
    await groups.accept_topic(-5, 7)
    assert await groups.moderators() == GroupPlace(-5, 7)


async def test_routes_follow_the_migration_of_the_group(engine: AsyncEngine) -> None:
    groups, routes = Groups(engine), RouteStore(engine)
    await groups.connect(-5, 1)
    await routes.put(-5, "courier", 7, "Couriers")
    assert await groups.moved(-5, -1005)
    assert [route.thread_id for route in await routes.all(-1005)] == [7]
    assert await routes.all(-5) == []


async def test_a_route_is_replaced_and_its_refusal_is_reported_as_new_only_once(
    engine: AsyncEngine,
) -> None:
    routes = RouteStore(engine)
    await routes.put(-5, "courier", 7, "Couriers")
    await routes.put(-5, "price", 7, "Couriers")
    news = [await routes.refuse(-5, 7, TopicRefusal.CLOSED, now) for now in (10, 20)]
    assert news == [True, False]
    assert await routes.refuse(-5, 7, TopicRefusal.DELETED, 30), "another reason is news"
    await routes.recreated(-5, 7, 8)
    again = Route(-5, "courier", 8, "Couriers", recreated=True)
    assert await routes.to_topic(-5, 8) == [
        again,
        Route(-5, "price", 8, "Couriers", recreated=True),
    ]
    await routes.put(-5, "courier", 9, "New")
    assert await routes.to_topic(-5, 9) == [Route(-5, "courier", 9, "New")]
    assert await routes.remove(-5, "courier")
    assert not await routes.remove(-5, "courier")
