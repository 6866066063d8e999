"""Moderators who tap Take on one card at the same moment."""

import asyncio
from collections.abc import Sequence

from bot.desk.case_desk import CaseDesk, Doer
from bot.desk.cases import Act
from bot.desk.desk_taps import DeskButton, DeskTap
from sandbox.simulated_people import Moderator
from sandbox.telegram.formatting import fix
from sandbox.telegram.message import ChatMessage, Content
from tests.bot.samples import TAXONOMY
from tests.faults.corrector import STEP_S
from tests.faults.desk_bench import DeskBench

WON, LOST = "Отзыв ваш на 30 минут.", "Этим уже занимается"


async def card_of(bench: DeskBench, number: int) -> ChatMessage:
    """
    Return a card of a review, put into the group at once.

    The bots send one every few seconds, which a thousand races cannot wait for.
    """
    group = bench.world.chats[bench.group_id]
    shown = bench.world.post(group, bench.world.bot, Content(fix(f"№ {number} · card")))
    await bench.reviews.record_card(
        [number],
        chat_id=group.chat_id,
        message_id=shown.message_id,
        digest=False,
        now_ms=bench.clock.now_ms(),
    )
    return shown


async def race(bench: DeskBench, racers: Sequence[Moderator], version: int) -> str:
    """
    Let all take one case at once; return what is wrong with its end, empty if all is well.

    The case is a new one (`version` 0, which has no row yet), or one that was acted on (1).
    """
    number = (await bench.review()).number
    if version:
        doer = Doer(None, f"author:{number}", bench.clock.now_ms())
        await CaseDesk(bench.cases, TAXONOMY).act(number, Act.AUTHOR_CHECK, doer)
    card = await card_of(bench, number)
    data = DeskTap(DeskButton.TAKE, number, version).pack()
    taps = [racer.taps_stale(card, data) for racer in racers]
    told = await asyncio.gather(
        *(racer.gets_answer(tap, timeout_s=STEP_S) for racer, tap in zip(racers, taps, strict=True))
    )
    case, events = await bench.cases.case(number), await bench.cases.events(number)
    taken = [(event.kind, event.actor_id) for event in events[version:]]
    words = dict(zip(racers, (answer.text for answer in told), strict=True))
    line = f"review {number}: owner {case.owner_id}, events {taken}, told {list(words.values())}"
    owner = next((r for r in racers if r.user.user_id == case.owner_id), None)
    if owner is None or taken != [(Act.TAKE, case.owner_id)]:
        return line
    # A winner whose tap was repeated after a kill is answered without words.
    others = [text for racer, text in words.items() if racer is not owner]
    is_told = all(text.startswith(f"{LOST} {owner.user.first_name},") for text in others)
    return "" if is_told and words[owner] in (WON, "") else line
