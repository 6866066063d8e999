"""A reply to a customer whose bots are killed while it is held, or while it is sent."""

import asyncio
from random import Random

from bot.archive.dialogue import Dialogue
from bot.archive.dialogue_records import SendState
from bot.dialogue.hold import HOLD_S
from sandbox.simulated_people import Moderator
from tests.faults.corrector import STEP_S
from tests.faults.desk_bench import DeskBench
from tests.faults.racers import card_of

# A kill comes so long after the reply, in parts of the hold: before its end, or close to it.
EARLIEST, LATEST = 0.0, 1.05

# The clock moves on so far at a time, so that the end of the hold is met.
STEP_OF_CLOCK_S, LOOK_EVERY_S = 0.5, 0.1

# A reply that has no result is asked about after two minutes.
LAST = frozenset({SendState.SENT, SendState.UNKNOWN, SendState.FAILED})


async def held_and_killed(
    bench: DeskBench, moderator: Moderator, rng: Random, turn: int
) -> tuple[str, int]:
    """Return the last state of the reply, and how many messages of it the customer has."""
    review, words = await bench.review(), f"Ответ {turn}"
    customer = bench.world.chats[review.chat_id]
    written = await moderator.says(words, reply_to=await card_of(bench, review.number))
    dialogue = Dialogue(bench.engine, bench.seal)

    async def state() -> SendState | None:
        found = await dialogue.by_source(f"group:{moderator.chat.chat_id}:{written.message_id}")
        return found and found.state

    def arrived() -> int:
        return sum(m.sender.is_bot and words in m.text for m in customer.messages.values())

    await moderator.sees_text(f"Уйдёт автору отзыва № {review.number}", timeout_s=STEP_S)
    assert arrived() == 0, "nothing is sent at once"
    bench.clock.move(rng.uniform(EARLIEST, LATEST) * HOLD_S)
    for bot in bench.bots:
        bot.kill()
        bench.kills += 1
    before = await state()
    async with asyncio.timeout(STEP_S):
        while (now := await state()) not in LAST:
            bench.clock.move(STEP_OF_CLOCK_S)
            await asyncio.sleep(LOOK_EVERY_S)
    assert before is not None, "it was stored before its status was shown"
    # Nothing is sent again later.
    bench.clock.move(2 * HOLD_S)
    await asyncio.sleep(LOOK_EVERY_S)
    return str(now), arrived()
