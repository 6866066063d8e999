"""Turns rows of `reviews`, joined with `outcomes`, into records."""

from typing import Any
from uuid import UUID

from sqlalchemy import Row

from bot.archive.records import Review, StoredAnswer
from bot.archive.tables import NO_RATING
from triage.cascade import Confidence, Decision
from triage.queue.messages import ModelName
from triage.sealing import Seal


def review_of(row: Row[Any], seal: Seal) -> Review:
    """Return the review of a row, with its text decrypted and its answer if there is one."""
    return Review(
        number=row.number,
        review_id=UUID(row.review_id),
        user_id=row.user_id,
        chat_id=row.chat_id,
        message_id=row.message_id,
        language=row.language,
        rating=None if row.rating == NO_RATING else row.rating,
        tags=tuple(row.tags),
        text=seal.open(row.sealed_text).decode(),
        source=row.source,
        accepted_ms=row.accepted_ms,
        entry_id=row.entry_id,
        publishes=row.publishes,
        answered_ms=row.answered_ms,
        undelivered=row.undelivered,
        chart_file_id=row.chart_file_id,
        all_file_id=row.all_file_id,
        carded_ms=row.carded_ms,
        answer=_answer(row),
        photos=row.photos,
    )


def _answer(row: Row[Any]) -> StoredAnswer | None:
    if row.model is None:
        return None
    decision = (
        Decision(tuple(row.classes), row.rung, Confidence(row.confidence))
        if row.confidence
        else None
    )
    return StoredAnswer(
        ModelName(name=row.model, version=row.model_version),
        tuple(row.probabilities),
        decision,
        row.error,
    )
