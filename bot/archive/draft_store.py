"""Drafts of labels, and the messages (panels) in which moderators make them."""

from typing import Any

from sqlalchemy import ColumnElement, Row, delete, insert, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.archive.desk_records import LabelDraft, OpenedPanel, PanelPlace
from bot.archive.moments import is_older
from bot.archive.tables import drafts, panels


class DraftStore:
    """One draft for each moderator and review."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._insert = sqlite_insert if engine.dialect.name == "sqlite" else postgresql_insert

    async def open(self, draft: LabelDraft) -> LabelDraft:
        """Store a draft unless the moderator has one of this review; return the stored one."""
        values = {**_values(draft), "number": draft.number, "user_id": draft.user_id}
        statement = self._insert(drafts).values(values)
        async with self._engine.begin() as connection:
            await connection.execute(
                statement.on_conflict_do_nothing(index_elements=["number", "user_id"])
            )
        return await self.draft(draft.number, draft.user_id) or draft

    async def draft(self, number: int, user_id: int) -> LabelDraft | None:
        """Return the moderator's draft."""
        async with self._engine.connect() as connection:
            row = (await connection.execute(select(drafts).where(_is(number, user_id)))).first()
        return None if row is None else _draft(row)

    async def keep(self, draft: LabelDraft) -> bool:
        """Replace the classes of a stored draft; return False if it is no longer there."""
        statement = update(drafts).where(_is(draft.number, draft.user_id)).values(_values(draft))
        async with self._engine.begin() as connection:
            return (await connection.execute(statement)).rowcount == 1

    async def drop(self, number: int, user_id: int) -> None:
        """Delete the moderator's draft."""
        async with self._engine.begin() as connection:
            await connection.execute(delete(drafts).where(_is(number, user_id)))

    async def drop_same(self, draft: LabelDraft) -> None:
        """Delete a draft, unless it was changed meanwhile."""
        async with self._engine.begin() as connection:
            await connection.execute(delete(drafts).where(is_unchanged(draft)))

    async def untouched(self, now_ms: int, age_ms: int, limit: int) -> list[LabelDraft]:
        """Return drafts that were changed, but not for `age_ms`; the oldest first."""
        query = select(drafts).where(is_older(drafts.c.touched_ms, now_ms, age_ms))
        async with self._engine.connect() as connection:
            rows = await connection.execute(query.order_by(drafts.c.touched_ms).limit(limit))
            return [_draft(row) for row in rows]

    async def record_panel(self, place: PanelPlace, number: int, now_ms: int) -> bool:
        """Store which message shows the review; return False if the review was erased."""
        row = {
            "chat_id": place.chat_id,
            "message_id": place.message_id,
            "number": number,
            "sent_ms": now_ms,
            "receiver_id": place.receiver_id,
        }
        # Telegram gives the id of a deleted ephemeral message to another one.
        older = (panels.c.chat_id == place.chat_id) & (panels.c.message_id == place.message_id)
        try:
            async with self._engine.begin() as connection:
                await connection.execute(delete(panels).where(older))
                await connection.execute(insert(panels).values(row))
        except IntegrityError:
            return False
        return True

    async def panel(self, user_id: int, number: int) -> PanelPlace | None:
        """Return the place of the moderator's newest panel of the review."""
        row = await self._newest(_is_seen_by(user_id) & (panels.c.number == number))
        return None if row is None else _place(row)

    async def last_opened(self, user_id: int, number: int) -> OpenedPanel | None:
        """Return when the newest panel of the review was opened, if it is still open."""
        row = await self._newest(_is_seen_by(user_id) & (panels.c.number == number))
        return None if row is None else OpenedPanel(row.sent_ms, row.receiver_id is not None)

    async def newest_in_group(self, chat_id: int, user_id: int) -> tuple[PanelPlace, int] | None:
        """Return the moderator's newest panel in the group, and the number of its review."""
        is_theirs = (panels.c.chat_id == chat_id) & (panels.c.receiver_id == user_id)
        row = await self._newest(is_theirs)
        return None if row is None else (_place(row), row.number)

    async def forget_panel(self, place: PanelPlace) -> None:
        """Delete the record of a panel."""
        where = (panels.c.chat_id == place.chat_id) & (panels.c.message_id == place.message_id)
        async with self._engine.begin() as connection:
            await connection.execute(delete(panels).where(where))

    async def _newest(self, where: ColumnElement[bool]) -> Row[Any] | None:
        newest = (panels.c.sent_ms.desc(), panels.c.message_id.desc())
        query = select(panels).where(where).order_by(*newest).limit(1)
        async with self._engine.connect() as connection:
            return (await connection.execute(query)).first()

    async def shown_in(self, chat_id: int, message_id: int) -> int | None:
        """Return the number of the review that a message shows, None if it is not a panel."""
        query = select(panels.c.number).where(
            panels.c.chat_id == chat_id,
            panels.c.message_id == message_id,
            panels.c.receiver_id.is_(None),
        )
        async with self._engine.connect() as connection:
            found: int | None = await connection.scalar(query)
        return found


def is_unchanged(draft: LabelDraft) -> ColumnElement[bool]:
    """Return the condition for the row of `draft`, unless it was changed after it was read."""
    is_same: ColumnElement[bool] = drafts.c.touched_ms.is_not_distinct_from(draft.touched_ms)
    return _is(draft.number, draft.user_id) & is_same


def _is_seen_by(user_id: int) -> ColumnElement[bool]:
    return (panels.c.chat_id == user_id) | (panels.c.receiver_id == user_id)


def _is(number: int, user_id: int) -> ColumnElement[bool]:
    return (drafts.c.number == number) & (drafts.c.user_id == user_id)


def _place(row: Row[Any]) -> PanelPlace:
    return PanelPlace(row.chat_id, row.message_id, row.receiver_id)


def _values(draft: LabelDraft) -> dict[str, Any]:
    return {
        "classes": list(draft.classes),
        "base_label": draft.base_label,
        "opened_ms": draft.opened_ms,
        "touched_ms": draft.touched_ms,
    }


def _draft(row: Row[Any]) -> LabelDraft:
    return LabelDraft(
        number=row.number,
        user_id=row.user_id,
        classes=tuple(row.classes),
        opened_ms=row.opened_ms,
        touched_ms=row.touched_ms,
        base_label=row.base_label,
    )
