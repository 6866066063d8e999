"""Example reviews are played before the unchanged bot and worker."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from bot.archive.case_store import CaseStore
from bot.archive.consents import Consents
from bot.archive.desk_records import CaseState, LabelKind
from sandbox.demo import populate
from sandbox.errors import NotSeen
from sandbox.example_reviews.entries import ExampleReview
from sandbox.example_reviews.player import ExamplePlayer
from sandbox.server import serving
from sandbox.stack import Stack, running
from sandbox.telegram.world import World
from triage.key_file import new_key
from triage.sealing import Seal
from triage.taxonomy import load_taxonomy

CAFE = Path("examples/cafe")

REPLY = {"does": "reply", "text": "Sorry about that."}


def entry(hours_ago: float, *then: Mapping[str, Any]) -> ExampleReview:
    return ExampleReview.model_validate(
        {
            "hours_ago": hours_ago,
            "author": "Grace",
            "language": "en",
            "rating": 2,
            "tags": ["drinks"],
            "text": f"My coffee was cold, it happened {hours_ago} hours ago",
            "then": list(then),
        }
    )


ENTRIES = [
    entry(
        30, {"does": "agree"}, {"does": "right"}, REPLY, {"does": "answer", "text": "Fine"},
        {"does": "close"}, {"does": "solved"},
    ),
    entry(29, {"does": "fix", "classes": [3, 4], "by": 2}),
    entry(2, {"does": "spam"}),
    entry(0.4, {"does": "take", "by": 2}),
]  # fmt: skip


async def test_the_player_performs_the_entries_and_restores_the_clock(tmp_path: Path) -> None:
    taxonomy, seal = load_taxonomy(CAFE / "taxonomy.json"), Seal([new_key()])
    async with running(
        tmp_path,
        language="en",
        model=CAFE / "model",
        taxonomy_file=CAFE / "taxonomy.json",
        seal=seal,
        paced=True,
    ) as stack:
        moderators = populate(stack.world, taxonomy, "en")
        await ExamplePlayer(stack, taxonomy, moderators).play(ENTRIES)
        engine = create_async_engine(stack.bot_settings.database_url.get_secret_value())
        try:
            await _check(stack, engine, seal)
        finally:
            await engine.dispose()


class Archive:
    """An archive in which a visitor's review waits for its answer for some looks."""

    def __init__(self, looks: int = 0) -> None:
        self.looks = looks

    async def unanswered(self, **_: Any) -> Sequence[str]:
        self.looks -= 1
        return ["a review"] if self.looks >= 0 else []


@asynccontextmanager
async def without_bot(archive: Archive) -> AsyncIterator[Stack]:
    """Yield a simulated Telegram in which nobody answers."""
    async with serving(World()) as server:
        yield Stack(server, cast("Any", archive), cast("Any", None))


async def first_act(world: World, playing: asyncio.Task[None]) -> None:
    """Wait for the first act of a person, and stop the play."""
    await world.feed.until(None, lambda: len(world.updates) or None, 30)
    playing.cancel()
    await asyncio.wait({playing})


async def test_people_act_only_in_their_turn() -> None:
    asked, free = asyncio.Event(), asyncio.Event()

    async def turn() -> None:
        asked.set()
        await free.wait()

    async with without_bot(Archive()) as stack:
        player = ExamplePlayer(stack, load_taxonomy(CAFE / "taxonomy.json"), (), turn)
        playing = asyncio.create_task(player.play(ENTRIES))
        await asked.wait()
        assert not stack.world.updates.waiting
        free.set()
        await first_act(stack.world, playing)


async def test_people_wait_until_a_visitors_review_is_answered() -> None:
    archive = Archive(looks=2)
    async with without_bot(archive) as stack:
        player = ExamplePlayer(stack, load_taxonomy(CAFE / "taxonomy.json"), ())
        await first_act(stack.world, asyncio.create_task(player.play(ENTRIES)))
        assert archive.looks < 0, "they looked until no review waited"


async def test_the_clock_is_restored_if_the_play_stops() -> None:
    async def turn() -> None:
        raise NotSeen("the bot does not answer")

    async with without_bot(Archive()) as stack:
        player = ExamplePlayer(stack, load_taxonomy(CAFE / "taxonomy.json"), (), turn)
        with pytest.raises(NotSeen):
            await player.play(ENTRIES)
        assert -60 < stack.world.moved_s <= 0


async def _check(stack: Stack, engine: AsyncEngine, seal: Seal) -> None:
    store = CaseStore(engine, seal)
    cases = [await store.case(number) for number in (1, 2, 3, 4)]
    assert [case.state for case in cases] == [
        CaseState.CLOSED, CaseState.NEW, CaseState.SPAM, CaseState.TAKEN,
    ]  # fmt: skip
    assert cases[0].solved is True
    assert await Consents(engine).may_train(1)
    assert not await Consents(engine).may_train(3), "it is spam"
    first, second = await store.labels(1), await store.labels(2)
    assert [label.content.kind for label in first] == [LabelKind.CONFIRM]
    assert [set(label.content.classes) for label in second] == [{3, 4}]
    reviews = [await stack.reviews.by_number(number) for number in (1, 4)]
    assert all(review is not None for review in reviews)
    ages_h = [(stack.world.clock() * 1000 - r.accepted_ms) / 3_600_000 for r in reviews if r]
    assert 29.5 < ages_h[0] < 31
    assert 0.3 < ages_h[1] < 0.5
    assert -60 < stack.world.moved_s <= 0
