import asyncio

from sandbox.telegram.feed import KEPT, EventKind, Feed


async def test_a_subscriber_of_one_chat_gets_no_events_of_others() -> None:
    feed = Feed()
    with feed.subscribe(1) as one, feed.subscribe() as everything:
        for chat_id in (1, 2, None):
            feed.publish(EventKind.MESSAGE, chat_id, {})

    assert one.qsize() == 1
    assert everything.qsize() == 3


async def test_a_slow_subscriber_loses_the_oldest_events_and_sees_a_number_gap() -> None:
    feed = Feed()
    with feed.subscribe() as events:
        for _ in range(KEPT + 5):
            feed.publish(EventKind.CALL, None, {})

    assert events.qsize() == KEPT
    assert events.get_nowait().number == 6


async def test_waiting_returns_the_value_when_it_is_found() -> None:
    feed, found = Feed(), []
    waiting = asyncio.create_task(feed.until(1, lambda: found[0] if found else None, 1))
    await asyncio.sleep(0)
    found.append("it")
    feed.publish(EventKind.EDITED, 1, {})

    assert await waiting == "it"
