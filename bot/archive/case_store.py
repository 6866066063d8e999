"""
Cases in the archive: each change is one transaction of a compare-and-set and an appended event.

A source (an update or a tap) changes a case once; its repetition changes nothing.
"""

from dataclasses import asdict
from enum import Enum, auto
from typing import Any

from sqlalchemy import Row, delete, exists, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.archive.desk_records import (
    Case,
    CaseEvent,
    CaseState,
    Label,
    LabelDraft,
    LabelKind,
    NewLabel,
)
from bot.archive.draft_store import is_unchanged
from bot.archive.due_versions import show_version
from bot.archive.tables import NAME_LENGTH, cases, drafts, events, labels
from triage.sealing import Seal


class Stored(Enum):
    """How a change of a case ended."""

    DONE = auto()
    REPEATED = auto()  # the source has changed the case before
    LOST = auto()  # the case has another version now, or its review was erased


class _OtherVersion(Exception):
    """The case has another version; the transaction is rolled back."""


class CaseStore:
    """Reads and changes cases, and appends labels."""

    def __init__(self, engine: AsyncEngine, seal: Seal) -> None:
        self._engine = engine
        self._seal = seal

    async def case(self, number: int) -> Case:
        """Return the case of a review; a new one of version 0 if nobody has acted on it."""
        query = select(cases).where(cases.c.number == number)
        async with self._engine.connect() as connection:
            row = (await connection.execute(query)).one_or_none()
        return Case(number) if row is None else _case(row)

    async def change(
        self,
        before: Case,
        after: Case,
        event: CaseEvent,
        label: NewLabel | None = None,
        draft: LabelDraft | None = None,
    ) -> Stored:
        """
        Replace `before` by `after`, append the event, and append the label if there is one.

        All of it is stored or nothing. A label also deletes the draft of its author, unless the
        draft was changed after `draft` was read.
        """
        assert after.version == before.version + 1, f"{before.version} to {after.version}"
        try:
            async with self._engine.begin() as connection:
                # The insert comes first: SQLite then waits for other writers and reads after them.
                await connection.execute(insert(events).values(self._event(after.number, event)))
                await _compare_and_set(connection, before, after, labelled=label is not None)
                await show_version(
                    connection, after.number, after.version, labelled=label is not None
                )
                if label is not None:
                    await _append(connection, after.number, label)
                    await _end_draft(connection, after.number, label.by_id, draft)
        except _OtherVersion:
            return Stored.LOST
        except IntegrityError:
            return Stored.REPEATED if await self.happened(event.source_id) else Stored.LOST
        return Stored.DONE

    async def happened(self, source_id: str) -> bool:
        """Return whether the update or tap has changed a case."""
        query = select(exists().where(events.c.source_id == source_id))
        async with self._engine.connect() as connection:
            return bool(await connection.scalar(query))

    async def labels(self, number: int) -> list[Label]:
        """Return all labels of a review, oldest first."""
        query = select(labels).where(labels.c.number == number).order_by(labels.c.label_id)
        async with self._engine.connect() as connection:
            return [label_of(row) for row in await connection.execute(query)]

    async def events(self, number: int) -> list[CaseEvent]:
        """Return what happened to a case, oldest first."""
        query = select(events).where(events.c.number == number).order_by(events.c.event_id)
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query)).all()
        return [
            CaseEvent(row.kind, row.source_id, row.at_ms, row.actor_id, self._opened(row))
            for row in rows
        ]

    async def times_of(self, number: int, kind: str) -> list[int]:
        """Return when events of a kind happened to a case, oldest first."""
        return [event.at_ms for event in await self.events(number) if event.kind == kind]

    def _event(self, number: int, event: CaseEvent) -> dict[str, Any]:
        return {
            "number": number,
            "at_ms": event.at_ms,
            "actor_id": event.actor_id,
            "kind": event.kind,
            "sealed_note": self._seal.close(event.note.encode()) if event.note else None,
            "source_id": event.source_id,
        }

    def _opened(self, row: Row[Any]) -> str:
        return "" if row.sealed_note is None else self._seal.open(row.sealed_note).decode()


async def _compare_and_set(
    connection: AsyncConnection, before: Case, after: Case, *, labelled: bool
) -> None:
    """Raise _OtherVersion or IntegrityError if the stored case is not `before`."""
    values = asdict(after)
    if labelled:
        values["label_version"] = after.version
    if before.version == 0:
        await connection.execute(insert(cases).values(values))
        return
    unchanged = (cases.c.number == before.number) & (cases.c.version == before.version)
    result = await connection.execute(update(cases).where(unchanged).values(values))
    if result.rowcount != 1:
        raise _OtherVersion


async def _append(connection: AsyncConnection, number: int, label: NewLabel) -> None:
    cut = {
        "model": label.model[:NAME_LENGTH],
        "model_version": label.model_version[:NAME_LENGTH],
        "classes": list(label.classes),
    }
    await connection.execute(insert(labels).values({"number": number, **asdict(label), **cut}))


async def _end_draft(
    connection: AsyncConnection, number: int, user_id: int, draft: LabelDraft | None
) -> None:
    is_theirs = (drafts.c.number == number) & (drafts.c.user_id == user_id)
    ended = is_theirs if draft is None else is_unchanged(draft)
    await connection.execute(delete(drafts).where(ended))


def _case(row: Row[Any]) -> Case:
    return Case(
        number=row.number,
        state=CaseState(row.state),
        version=row.version,
        owner_id=row.owner_id,
        lease_ms=row.lease_ms,
        before_spam=CaseState(row.before_spam) if row.before_spam else None,
        first_reply_ms=row.first_reply_ms,
        closed_ms=row.closed_ms,
        reopened=row.reopened,
        solved=row.solved,
    )


def label_of(row: Row[Any]) -> Label:
    """Return the label in a row of its table."""
    content = NewLabel(
        by_id=row.by_id,
        kind=LabelKind(row.kind),
        classes=tuple(row.classes),
        model=row.model,
        model_version=row.model_version,
        taxonomy=row.taxonomy,
        settled_ms=row.settled_ms,
        base_label=row.base_label,
        took_ms=row.took_ms,
        blind=row.blind,
        sampling=row.sampling,
    )
    return Label(row.label_id, row.number, content)
