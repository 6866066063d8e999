"""The line of a chat: the most urgent first, then in the order of arrival."""

import asyncio

from bot.telegram.turns import Turns


async def settled() -> None:
    """Let every task go as far as it can."""
    for _ in range(5):
        await asyncio.sleep(0)


async def test_the_most_urgent_waiter_is_first_and_equal_ones_keep_their_order() -> None:
    turns, went = Turns(), []

    async def go(name: str, urgency: int) -> None:
        place = await turns.take(urgency)
        went.append(name)
        turns.leave(place)

    holder = await turns.take(4)
    tasks = [
        asyncio.create_task(go(name, urgency))
        for name, urgency in (("card", 4), ("edit", 3), ("answer", 1), ("card 2", 4))
    ]
    await settled()
    assert went == []
    turns.leave(holder)
    await asyncio.gather(*tasks)
    assert went == ["answer", "edit", "card", "card 2"]


async def test_a_lent_turn_is_taken_only_by_a_more_urgent_waiter() -> None:
    turns, went = Turns(), []

    async def go(name: str, urgency: int) -> None:
        place = await turns.take(urgency)
        went.append(name)
        turns.leave(place)

    card = await turns.take(4)
    turns.lend(card)
    tasks = [asyncio.create_task(go("card 2", 4)), asyncio.create_task(go("answer", 1))]
    await settled()
    assert went == ["answer"]
    await turns.take_back(card)
    await settled()
    assert went == ["answer"]
    turns.leave(card)
    await asyncio.gather(*tasks)
    assert went == ["answer", "card 2"]


async def test_a_cancelled_waiter_or_lender_does_not_block_others() -> None:
    turns = Turns()
    holder = await turns.take(2)
    waiting = asyncio.create_task(turns.take(1))
    await settled()
    waiting.cancel()
    await asyncio.wait({waiting})
    turns.lend(holder)
    turns.leave(holder)
    async with asyncio.timeout(1):
        last = await turns.take(5)
    turns.leave(last)
    assert not turns.is_taken
