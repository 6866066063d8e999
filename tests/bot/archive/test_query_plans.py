"""The duties look every second: each of their queries reads an index of what is due."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.archive.dialogue import Dialogue
from bot.archive.link_store import LinkStore
from bot.archive.shown_cards import ShownCards
from bot.archive.waiting_cases import WaitingCases
from tests.bot.samples import SEAL

GROUP, NOW = -5, 1_000_000

Query = Callable[[AsyncEngine], Awaitable[Any]]

QUERIES: dict[str, tuple[Query, set[str]]] = {
    "stale cards": (lambda e: ShownCards(e).next_stale(GROUP, NOW), {"ix_cards_stale"}),
    "stale links": (lambda e: LinkStore(e).next_stale(GROUP), {"ix_cards_stale"}),
    "answers to correct": (lambda e: ShownCards(e).untold(50), {"ix_cases_untold"}),
    "ended leases": (lambda e: ShownCards(e).ended_leases(NOW, 5, 50), {"ix_cases_lease"}),
    "reviews to remind of": (
        lambda e: WaitingCases(e).unanswered(NOW, below=3),
        {"ix_reviews_accepted"},
    ),
    "closed cases": (lambda e: WaitingCases(e).untold(NOW, 5, 50), {"ix_cases_closed"}),
    "late statuses": (lambda e: Dialogue(e, SEAL).untold(NOW, 5), {"ix_dialogue_untold"}),
    "old statuses": (lambda e: Dialogue(e, SEAL).untidied(NOW), {"ix_dialogue_untidied"}),
    "edits to mirror": (lambda e: Dialogue(e, SEAL).unmirrored(), {"ix_dialogue_unmirrored"}),
    "open dialogues": (
        lambda e: Dialogue(e, SEAL).open_numbers(555, NOW),
        {"ix_reviews_user_id", "ix_dialogue_number"},
    ),
    "a message of the group": (
        lambda e: Dialogue(e, SEAL).in_group(GROUP, 20),
        {"ix_dialogue_group", "ix_dialogue_status"},
    ),
}


@contextmanager
def recorded(engine: AsyncEngine) -> Iterator[list[tuple[str, Any]]]:
    """Collect the statements of the block with their parameters."""
    found: list[tuple[str, Any]] = []

    def note(_c: object, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        found.append((statement, parameters))

    event.listen(engine.sync_engine, "before_cursor_execute", note)
    yield found
    event.remove(engine.sync_engine, "before_cursor_execute", note)


@pytest.mark.parametrize("name", QUERIES)
async def test_what_is_due_is_found_by_an_index(name: str, sqlite_engine: AsyncEngine) -> None:
    query, indexes = QUERIES[name]
    with recorded(sqlite_engine) as statements:
        await query(sqlite_engine)
    [(statement, parameters)] = statements
    async with sqlite_engine.connect() as connection:
        plan = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        steps = [row.detail for row in plan]
    used = {index for index in indexes if any(f"INDEX {index}" in step for step in steps)}
    assert used == indexes, steps
    scans = [s for s in steps if s.startswith("SCAN") and "INDEX ix_" not in s]
    assert [s for s in scans if s.split()[1] in {"cards", "cases", "dialogue", "reviews"}] == []


async def test_the_migration_creates_every_partial_index(
    sqlite_engine: AsyncEngine,
) -> None:
    query = text("SELECT count(*) FROM sqlite_master WHERE type = 'index' AND sql LIKE '% WHERE %'")
    async with sqlite_engine.connect() as connection:
        assert await connection.scalar(query) == 9
