"""
The dialogue about a review: what moderators and customers write to each other, encrypted.

Every change is one UPDATE that names the states it may start from. So only one of two replicas, or
of two taps, succeeds.
"""

from collections.abc import Collection
from dataclasses import asdict
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, func, insert, literal_column, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.archive.bans import is_heard
from bot.archive.dialogue_records import (
    DialogueMessage,
    Direction,
    MessageKind,
    NewMessage,
    SendState,
)
from bot.archive.dialogue_tables import dialogue
from bot.archive.erasure_store import is_being_erased
from bot.archive.moments import is_older, is_reached
from bot.archive.tables import REASON_LENGTH, reviews
from triage.sealing import Seal

# Rows handled in one round.
ROUND = 50

# Kinds of messages that moderators write; the bot itself writes `closing`.
WRITTEN = (MessageKind.TEXT, MessageKind.PHOTO, MessageKind.DOCUMENT)


class Dialogue:
    """Reads and writes messages; texts are encrypted when written and decrypted when read."""

    def __init__(self, engine: AsyncEngine, seal: Seal) -> None:
        self._engine = engine
        self._seal = seal

    async def add(self, new: NewMessage) -> DialogueMessage | None:
        """Store a message; return None if its source is already stored or its review is erased."""
        values = self._sealed(asdict(new))
        stays = select(reviews.c.number).where(reviews.c.number == new.number, _STAYS)
        try:
            async with self._engine.begin() as connection:
                if await connection.scalar(stays) is None:
                    return None
                await connection.execute(
                    insert(dialogue).values(**values, edits=0, mirrored=0, version=1, told=0)
                )
        except IntegrityError:
            return None
        return await self._one(dialogue.c.source == new.source)

    async def change(
        self, message_id: int, *, start: Collection[SendState], **values: Any
    ) -> DialogueMessage | None:
        """
        Change a message whose state is one of `start`; return it, None if it has another state.

        `text` and `file_id` are encrypted. The version is incremented, so that the status message
        is updated.
        """
        values = self._sealed(values)
        if values.get("error"):
            values["error"] = values["error"][:REASON_LENGTH]
        where = (dialogue.c.id == message_id) & dialogue.c.state.in_(start)
        values["version"] = dialogue.c.version + 1
        changed = await self._update(where, **values)
        return await self.by_id(message_id) if changed else None

    async def edit(self, message_id: int, text: str, file_id: str | None) -> None:
        """Store an edit of a message that was sent or is being sent, for its recipient."""
        values = self._sealed({"text": text, "file_id": file_id})
        await self._update(dialogue.c.id == message_id, **values, edits=dialogue.c.edits + 1)

    async def claim(self, message_id: int, now_ms: int) -> DialogueMessage | None:
        """Return a held message that is due; the caller alone may now send it."""
        where = (
            (dialogue.c.id == message_id)
            & (dialogue.c.state == SendState.HELD)
            & (dialogue.c.due_ms <= now_ms)
        )
        # `due_ms` becomes the time of the claim.
        if not await self._update(where, state=SendState.SENDING, due_ms=now_ms):
            return None
        return await self.by_id(message_id)

    async def show_status(
        self, message: DialogueMessage, *, chat_id: int, status_message_id: int, due_ms: int
    ) -> bool:
        """Store the first status message and the end of the hold; False if there is one already."""
        values: dict[str, Any] = {"status_message_id": status_message_id}
        if chat_id != message.group_chat_id:  # the group became a supergroup, with other ids
            values |= {"group_chat_id": chat_id, "group_message_id": None}
        first = (dialogue.c.id == message.id) & dialogue.c.status_message_id.is_(None)
        if not await self._update(first, **values):
            return False
        waits = dialogue.c.due_ms.is_not(None) & (dialogue.c.state == SendState.HELD)
        await self._update((dialogue.c.id == message.id) & waits, due_ms=due_ms)
        return True

    async def told(self, message_id: int, version: int) -> None:
        """Store the version that the status message shows."""
        await self._update(dialogue.c.id == message_id, told=version)

    async def tidied(self, message_id: int) -> None:
        """Store that the status message was deleted."""
        await self._update(dialogue.c.id == message_id, status_message_id=None)

    async def by_id(self, message_id: int) -> DialogueMessage | None:
        """Return a message by its id."""
        return await self._one(dialogue.c.id == message_id)

    async def by_source(self, source: str) -> DialogueMessage | None:
        """Return the message that came with this update or tap."""
        return await self._one(dialogue.c.source == source)

    async def in_group(self, chat_id: int, message_id: int) -> DialogueMessage | None:
        """Return what a message of the group is: a moderator's, a status or a customer's answer."""
        ids = (dialogue.c.group_message_id, dialogue.c.status_message_id)
        shown = (ids[0] == message_id) | (ids[1] == message_id)
        return await self._one((dialogue.c.group_chat_id == chat_id) & shown)

    async def at_customer(self, user_id: int, message_id: int) -> DialogueMessage | None:
        """Return what a message of a private chat is: an answer of either side."""
        return await self._one(
            (dialogue.c.customer_message_id == message_id) & (reviews.c.user_id == user_id) & _STAYS
        )

    async def due(self, now_ms: int, longest_ms: int) -> list[DialogueMessage]:
        """
        Return messages to customers whose hold is over and was shown to the moderators.

        A hold takes less than `longest_ms`; a later end was stored while the clock was ahead.
        """
        shown = dialogue.c.status_message_id.is_not(None) | (dialogue.c.kind == MessageKind.CLOSING)
        return await self._many(
            (dialogue.c.state == SendState.HELD)
            & (dialogue.c.direction == Direction.OUT)
            & is_reached(dialogue.c.due_ms, now_ms, longest_ms)
            & shown
            & _STAYS
        )

    async def for_group(self) -> list[DialogueMessage]:
        """Return customers' messages that are still to be shown in the group."""
        waits = (dialogue.c.direction == Direction.IN) & (dialogue.c.state == SendState.HELD)
        return await self._many(waits & is_heard() & _STAYS)

    async def undecided(self, now_ms: int, age_ms: int) -> list[DialogueMessage]:
        """Return messages for which the customer chose nothing within `age_ms`."""
        return await self._many(
            (dialogue.c.state == SendState.ASKED)
            & is_older(dialogue.c.created_ms, now_ms, age_ms)
            & _STAYS
        )

    async def left_sending(self, now_ms: int, age_ms: int) -> list[DialogueMessage]:
        """Return messages whose sending began `age_ms` ago and has no result."""
        return await self._many(
            (dialogue.c.state == SendState.SENDING) & is_older(dialogue.c.due_ms, now_ms, age_ms)
        )

    async def is_sending_to(self, user_id: int) -> bool:
        """Return whether a message to the person is being sent: its id is not known yet."""
        to_them = (reviews.c.user_id == user_id) & (dialogue.c.direction == Direction.OUT)
        return bool(await self._many(to_them & (dialogue.c.state == SendState.SENDING)))

    async def unmirrored(self) -> list[DialogueMessage]:
        """Return sent messages whose newest edit the recipient has not seen."""
        return await self._many(
            (dialogue.c.state == SendState.SENT) & (dialogue.c.edits > dialogue.c.mirrored) & _STAYS
        )

    async def untold(self, now_ms: int, age_ms: int) -> list[DialogueMessage]:
        """Return replies whose status message is `age_ms` late or shows an earlier version."""
        has_status = dialogue.c.status_message_id.is_not(None)
        missing = is_older(dialogue.c.created_ms, now_ms, age_ms)
        return await self._many(
            # Literals, as in the condition of ix_dialogue_untold.
            (dialogue.c.direction != literal_column(f"'{Direction.IN}'"))
            & (dialogue.c.kind != literal_column(f"'{MessageKind.CLOSING}'"))
            & (dialogue.c.told < dialogue.c.version)
            & (dialogue.c.state != SendState.SENDING)
            & (has_status | missing)
        )

    async def untidied(self, created_before_ms: int) -> list[DialogueMessage]:
        """Return old replies whose status message is still in the group; failures keep theirs."""
        return await self._many(
            dialogue.c.status_message_id.is_not(None)
            & (dialogue.c.created_ms <= created_before_ms)
            & (dialogue.c.state.not_in([SendState.FAILED, SendState.UNKNOWN, SendState.HELD]))
        )

    async def of(self, user_id: int) -> list[DialogueMessage]:
        """Return all messages about the reviews of one person, oldest first."""
        return await self._many(reviews.c.user_id == user_id, limit=None)

    async def expired(self, before_ms: int, limit: int) -> list[DialogueMessage]:
        """Return messages about expired reviews that were written before then, oldest first."""
        is_old = reviews.c.expired_ms.is_not(None) & (dialogue.c.created_ms < before_ms)
        return await self._many(is_old, limit)

    async def delete(self, message_id: int) -> None:
        """Delete a message whose places in the group are cleared."""
        async with self._engine.begin() as connection:
            await connection.execute(delete(dialogue).where(dialogue.c.id == message_id))

    async def exchanged(self, number: int) -> list[DialogueMessage]:
        """Return what both sides have of a dialogue, without the bot's own words, oldest first."""
        # A customer's message counts from its choice as an answer, even before the group shows it.
        undecided = (SendState.ASKED, SendState.CANCELLED)
        spoken = (dialogue.c.direction == Direction.IN) & dialogue.c.state.not_in(undecided)
        return await self._many((dialogue.c.number == number) & (_REACHED | spoken), limit=None)

    async def open_numbers(self, user_id: int, since_ms: int) -> list[int]:
        """Return the person's reviews with a message since then, and not closed after it."""
        theirs = select(reviews.c.number).where(reviews.c.user_id == user_id)
        # Otherwise SQLite reads the index of the states, which holds every sent message.
        is_sent = func.coalesce(dialogue.c.state, "") == SendState.SENT
        last = (
            select(dialogue.c.number, func.max(dialogue.c.id).label("last"))
            .where(dialogue.c.number.in_(theirs))
            .where(dialogue.c.direction == Direction.OUT, is_sent)
            .group_by(dialogue.c.number)
            .subquery()
        )
        query = (
            select(dialogue.c.number)
            .join(last, dialogue.c.id == last.c.last)
            .join(reviews, reviews.c.number == dialogue.c.number)
            .where(_REACHED, _STAYS, dialogue.c.sent_ms >= since_ms)
            .order_by(dialogue.c.id.desc())
        )
        async with self._engine.connect() as connection:
            return [int(number) for number in await connection.scalars(query)]

    def _sealed(self, values: dict[str, Any]) -> dict[str, Any]:
        """Return values for the columns, with `text` and `file_id` encrypted if they are given."""
        sealed = dict(values)
        if "text" in sealed:
            sealed["sealed_text"] = self._seal.close(sealed.pop("text").encode())
        if "file_id" in sealed:
            file_id, sealed["file_id"] = sealed["file_id"], None
            sealed["sealed_file_id"] = self._seal.close(file_id.encode()) if file_id else None
        return sealed

    async def _update(self, where: ColumnElement[bool], **values: Any) -> int:
        async with self._engine.begin() as connection:
            result = await connection.execute(update(dialogue).where(where).values(**values))
        return result.rowcount

    async def _one(self, where: ColumnElement[bool]) -> DialogueMessage | None:
        found = await self._many(where, limit=1)
        return found[0] if found else None

    async def _many(
        self, where: ColumnElement[bool], limit: int | None = ROUND
    ) -> list[DialogueMessage]:
        joined = dialogue.join(reviews, reviews.c.number == dialogue.c.number)
        query = select(*dialogue.c).select_from(joined).where(where)
        async with self._engine.connect() as connection:
            rows = await connection.execute(query.order_by(dialogue.c.id).limit(limit))
            return [self._message(row) for row in rows]

    def _message(self, row: Row[Any]) -> DialogueMessage:
        values = dict(row._mapping)
        text = self._seal.open(values.pop("sealed_text")).decode()
        if sealed := values.pop("sealed_file_id"):
            values["file_id"] = self._seal.open(sealed).decode()
        for name, kind in (("direction", Direction), ("kind", MessageKind), ("state", SendState)):
            values[name] = kind(values[name])
        return DialogueMessage(**values, text=text)


# A review that its author has asked to erase gets no more messages.
_STAYS = ~is_being_erased()

_REACHED = (
    (dialogue.c.direction == Direction.OUT)
    & (dialogue.c.state == SendState.SENT)
    & dialogue.c.kind.in_(WRITTEN)
)
