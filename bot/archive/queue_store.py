"""
Which reviews a moderator should label next: those on which moderators disagree, those with an
answer that the author called wrong, and those of which the model is not sure.

A review is shown to one moderator at a time, by a lease that each of their taps renews.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, Text, cast, delete, exists, func, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.archive.author_tables import author_checks
from bot.archive.bans import is_heard
from bot.archive.desk_records import CaseState, LabelKind
from bot.archive.private_tables import queue_leases, queue_skips
from bot.archive.tables import cases, labels, outcomes, reviews
from triage.cascade import Confidence
from triage.sealing import Seal

LEASE_MS = 10 * 60_000

# Prefix of the sources of acts in the queue. Edits of their cards wait until the queue is idle.
QUEUE_SOURCE = "queue:"

# A review that a moderator skipped, or left unchanged in a dispute, is shown again after this time.
SKIP_MS = 24 * 3600 * 1000

# Offered in one round: the newest doubtful reviews, the newest disputes; and the labels read.
POOL = 1_000
DISPUTES = 200
COUNTED_LABELS = 5_000

# Kinds of labels that are a moderator's judgement; bot/desk/standing.py says which are valid.
JUDGEMENTS = (LabelKind.CONFIRM, LabelKind.CORRECT, LabelKind.ADJUDICATED)


@dataclass(frozen=True, slots=True)
class Doubt:
    """A review that no person has labelled, and what the model answered."""

    number: int
    classes: tuple[int, ...]
    probabilities: tuple[float, ...]
    is_undecided: bool  # the model left it to a person, or could not read it


class QueueStore:
    """Reads candidates, and stores leases and skips."""

    def __init__(self, engine: AsyncEngine, seal: Seal) -> None:
        self._engine = engine
        self._seal = seal
        self._insert = sqlite_insert if engine.dialect.name == "sqlite" else postgresql_insert

    async def disputed(self, user_id: int, now_ms: int) -> list[int]:
        """Return disputed reviews that the person has not labelled for a day, newest first."""
        columns = (labels.c.by_id, labels.c.classes, labels.c.settled_ms)
        query = _open_to(user_id, now_ms, select(reviews.c.number, *columns))
        query = query.join(labels, labels.c.number == reviews.c.number)
        query = query.where(reviews.c.number.in_(_differing()), _is_valid())
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query)).all()
        sets, recent = defaultdict[int, set[frozenset[int]]](set), set[int]()
        for row in rows:
            sets[row.number].add(frozenset(row.classes))
            if row.by_id == user_id and now_ms - row.settled_ms < SKIP_MS:
                recent.add(row.number)
        found = [number for number, held in sets.items() if len(held) > 1]
        return [number for number in found if number not in recent][:DISPUTES]

    async def author_said_no(self, user_id: int, now_ms: int) -> list[int]:
        """Return reviews whose authors call the answer wrong, not labelled since; newest first."""
        said = author_checks.c
        settled = exists().where(labels.c.number == said.number, labels.c.settled_ms >= said.at_ms)
        wrong = exists().where(said.number == reviews.c.number, said.is_right.is_(False), ~settled)
        query = _open_to(user_id, now_ms, select(reviews.c.number)).where(wrong).limit(POOL)
        async with self._engine.connect() as connection:
            return [int(number) for number in await connection.scalars(query)]

    async def doubts(self, user_id: int, now_ms: int) -> list[Doubt]:
        """Return the reviews without labels of which the model was not sure, the newest first."""
        held = exists().where(labels.c.number == reviews.c.number, _holds(labels))
        not_sure = func.coalesce(outcomes.c.confidence, "") != Confidence.SURE
        columns = (outcomes.c.classes, outcomes.c.probabilities, outcomes.c.confidence)
        query = _open_to(user_id, now_ms, select(reviews.c.number, *columns))
        query = query.where(not_sure, ~held).limit(POOL)
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query)).all()
        undecided = (None, Confidence.PERSON)
        return [
            Doubt(r.number, tuple(r.classes), tuple(r.probabilities), r.confidence in undecided)
            for r in rows
        ]

    async def labels_of_classes(self) -> Counter[int]:
        """Return how many of the newest labels each class has."""
        query = select(labels.c.classes).where(labels.c.kind.in_(JUDGEMENTS))
        query = query.order_by(labels.c.label_id.desc()).limit(COUNTED_LABELS)
        async with self._engine.connect() as connection:
            return Counter(c for classes in await connection.scalars(query) for c in classes)

    async def texts(self, numbers: Sequence[int]) -> dict[int, str]:
        """Return the texts of these reviews."""
        query = select(reviews.c.number, reviews.c.sealed_text)
        async with self._engine.connect() as connection:
            rows = await connection.execute(query.where(reviews.c.number.in_(numbers)))
            return {row.number: self._seal.open(row.sealed_text).decode() for row in rows}

    async def claim(self, number: int, user_id: int, now_ms: int) -> bool:
        """Take or renew the lease; return False if another has it or the review was erased."""
        values = {"number": number, "user_id": user_id, "until_ms": now_ms + LEASE_MS}
        is_free = (queue_leases.c.until_ms <= now_ms) | (queue_leases.c.user_id == user_id)
        statement = self._insert(queue_leases).values(values)
        statement = statement.on_conflict_do_update(
            index_elements=["number"], set_=values, where=is_free
        )
        try:
            async with self._engine.begin() as connection:
                return (await connection.execute(statement)).rowcount == 1
        except IntegrityError:
            return False

    async def release(self, user_id: int, *, but: int | None = None) -> None:
        """End the leases of a person, except the one for review `but`."""
        theirs = queue_leases.c.user_id == user_id
        others = theirs if but is None else theirs & (queue_leases.c.number != but)
        async with self._engine.begin() as connection:
            await connection.execute(delete(queue_leases).where(others))

    async def skip(self, number: int, user_id: int, now_ms: int) -> None:
        """Leave the review out of this person's queue for a day."""
        values = {"number": number, "user_id": user_id, "until_ms": now_ms + SKIP_MS}
        statement = self._insert(queue_skips).values(values)
        statement = statement.on_conflict_do_update(
            index_elements=["number", "user_id"], set_=values
        )
        try:
            async with self._engine.begin() as connection:
                await connection.execute(statement)
        except IntegrityError:
            return  # the review was erased

    async def unskip(self, number: int, user_id: int) -> None:
        """Put the review back into this person's queue."""
        where = (queue_skips.c.number == number) & (queue_skips.c.user_id == user_id)
        async with self._engine.begin() as connection:
            await connection.execute(delete(queue_skips).where(where))


def _holds(label: FromClause) -> ColumnElement[bool]:
    """Return the condition that a label is a moderator's judgement that was not undone."""
    undo = labels.alias()
    return label.c.kind.in_(JUDGEMENTS) & ~exists().where(
        undo.c.number == label.c.number,
        undo.c.kind == LabelKind.UNDO,
        undo.c.base_label == label.c.label_id,
    )


def _is_valid() -> ColumnElement[bool]:
    """Return the condition that a label is valid, as bot/desk/standing.py defines it."""
    later = labels.alias("later")
    replaces = (later.c.by_id == labels.c.by_id) | (later.c.kind == LabelKind.ADJUDICATED)
    return _holds(labels) & ~exists().where(
        later.c.number == labels.c.number,
        later.c.label_id > labels.c.label_id,
        replaces,
        _holds(later),
    )


def _differing() -> Select[Any]:
    """Select the reviews whose valid labels have classes that differ, if only in their order."""
    classes = cast(labels.c.classes, Text)
    several = func.min(classes) != func.max(classes)
    # Most labels agree with those before them: only the others are examined in detail.
    some = select(labels.c.number).where(labels.c.kind.in_(JUDGEMENTS))
    some = some.group_by(labels.c.number).having(several)
    valid = select(labels.c.number).where(labels.c.number.in_(some), _is_valid())
    return valid.group_by(labels.c.number).having(several)


def _open_to(user_id: int, now_ms: int, columns: Select[Any]) -> Select[Any]:
    """Select reviews with an answer that this person may label now, the newest first."""
    spam = exists().where(cases.c.number == reviews.c.number, cases.c.state == CaseState.SPAM)
    skipped = exists().where(
        queue_skips.c.number == reviews.c.number,
        queue_skips.c.user_id == user_id,
        queue_skips.c.until_ms > now_ms,
    )
    with_another = exists().where(
        queue_leases.c.number == reviews.c.number,
        queue_leases.c.user_id != user_id,
        queue_leases.c.until_ms > now_ms,
    )
    return (
        columns.select_from(reviews.join(outcomes, outcomes.c.number == reviews.c.number))
        .where(reviews.c.answered_ms.is_not(None), reviews.c.expired_ms.is_(None))
        .where(~spam, ~skipped, ~with_another, is_heard())
        .order_by(reviews.c.number.desc())
    )
