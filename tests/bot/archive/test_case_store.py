"""Cases, events and labels, on SQLite and on PostgreSQL."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.archive.case_store import CaseStore, Stored
from bot.archive.database import open_database
from bot.archive.desk_records import Case, CaseEvent, CaseState, LabelKind, NewLabel
from bot.archive.personal_data import PersonalData
from bot.archive.reviews import Reviews
from bot.archive.transfer import copy_archive
from bot.desk.cases import Act, decide
from tests.bot.samples import NEW, SEAL, TAXONOMY

LABEL = NewLabel(7, LabelKind.CORRECT, (3, 5), "linear", "1", TAXONOMY.digest, 9, took_ms=1500)


@pytest.fixture
async def case(archive: Reviews) -> Case:
    return Case((await archive.accept(NEW)).number)


@pytest.fixture
def store(engine: AsyncEngine) -> CaseStore:
    return CaseStore(engine, SEAL)


def event(source: str, actor: int = 7, note: str = "") -> CaseEvent:
    return CaseEvent("take", source, 5, actor, note)


def taken(case: Case, actor: int = 7) -> Case:
    found = decide(case, Act.TAKE, actor, 5)
    assert isinstance(found, Case)
    return found


async def test_a_review_without_a_row_has_a_new_case(store: CaseStore, case: Case) -> None:
    assert await store.case(case.number) == case
    assert await store.events(case.number) == []


async def test_a_change_is_stored_with_its_event_and_label(store: CaseStore, case: Case) -> None:
    after = taken(case)
    assert await store.change(case, after, event("tap:1", note="a note"), LABEL) is Stored.DONE

    assert await store.case(case.number) == after
    assert await store.events(case.number) == [event("tap:1", note="a note")]
    [label] = await store.labels(case.number)
    assert (label.number, label.content) == (case.number, LABEL)


async def test_a_change_with_a_repeated_source_is_ignored(store: CaseStore, case: Case) -> None:
    after = taken(case)
    await store.change(case, after, event("tap:1"), LABEL)
    later = replace(after, version=2, state=CaseState.CLOSED)

    assert await store.change(case, after, event("tap:1"), LABEL) is Stored.REPEATED
    assert await store.change(after, later, event("tap:1"), LABEL) is Stored.REPEATED
    assert await store.case(case.number) == after
    assert len(await store.events(case.number)) == len(await store.labels(case.number)) == 1


async def test_a_change_of_an_outdated_version_is_rejected(store: CaseStore, case: Case) -> None:
    after = taken(case)
    await store.change(case, after, event("tap:1"))
    closed = replace(after, version=2, state=CaseState.CLOSED)
    await store.change(after, closed, event("tap:2"))

    assert await store.change(case, after, event("tap:3"), LABEL) is Stored.LOST
    assert await store.change(after, closed, event("tap:4"), LABEL) is Stored.LOST
    assert await store.case(case.number) == closed
    assert not await store.happened("tap:3")
    assert await store.labels(case.number) == []


async def test_only_one_of_several_concurrent_takes_of_a_case_succeeds(
    store: CaseStore, case: Case
) -> None:
    before = case
    for race in range(5):
        ends = await asyncio.gather(
            *(store.change(before, taken(before, n), event(f"{race}:{n}", n)) for n in (1, 2, 3))
        )
        assert sorted(end.name for end in ends) == ["DONE", "LOST", "LOST"]
        stored = await store.case(case.number)
        assert stored.owner_id == [Stored.DONE is end for end in ends].index(True) + 1
        before = replace(stored, owner_id=None, lease_ms=None)


async def test_two_concurrent_copies_of_one_tap_act_once(store: CaseStore, case: Case) -> None:
    both = await asyncio.gather(*(store.change(case, taken(case), event("tap:1")) for _ in "12"))
    assert sorted(end.name for end in both) == ["DONE", "REPEATED"]


async def test_a_case_of_an_erased_review_cannot_be_changed(
    store: CaseStore, case: Case, engine: AsyncEngine
) -> None:
    await store.change(case, taken(case), event("tap:1", note="words"), LABEL)
    await PersonalData(engine).erase(NEW.user_id)

    assert await store.labels(case.number) == await store.events(case.number) == []
    assert await store.change(case, taken(case), event("tap:2")) is Stored.LOST


async def test_ids_continue_in_a_copy_of_the_archive(
    store: CaseStore, case: Case, engine: AsyncEngine, tmp_path: Path
) -> None:
    after = taken(case)
    await store.change(case, after, event("tap:1"), LABEL)
    other = await open_database(f"sqlite+aiosqlite:///{tmp_path}/copy.db")
    await copy_archive(engine, other)
    copied = CaseStore(other, SEAL)
    assert await copied.case(case.number) == after
    assert await copied.labels(case.number) == await store.labels(case.number)

    await PersonalData(engine).erase(NEW.user_id)
    await copy_archive(other, engine)
    await other.dispose()
    again = await store.change(after, decided(after, Act.LABEL), event("tap:2"), LABEL)
    assert again is Stored.DONE


def decided(case: Case, act: Act) -> Case:
    found = decide(case, act, 7, 6)
    assert isinstance(found, Case)
    return found
