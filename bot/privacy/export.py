"""What is stored of a person, as a file that a person can read."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from bot.archive.desk_records import Label
from bot.archive.records import Review
from bot.form.draft import Draft
from triage.review import Language
from triage.taxonomy import Taxonomy


def export(
    user_id: int,
    language: Language | None,
    reviews: Sequence[Review],
    draft: Draft | None,
    taxonomy: Taxonomy,
    into: Language,
    checked: Mapping[int, Sequence[Label]] | None = None,
) -> bytes:
    """
    Return UTF-8 JSON of everything stored; class titles are in the language `into`.

    `checked` are the labels of each review, by its number.
    """
    content = {
        "telegram_id": user_id,
        "chosen_language": language,
        "unsent_review": _unsent(draft) if draft else None,
        "reviews": [
            {
                **_sent(review, taxonomy, into),
                "checked_by_people": [
                    _checked(label, taxonomy, into)
                    for label in (checked or {}).get(review.number, ())
                ],
            }
            for review in reviews
        ],
    }
    return json.dumps(content, ensure_ascii=False, indent=2).encode()


def _unsent(draft: Draft) -> dict[str, Any]:
    return {"rating": draft.rating, "topics": list(draft.tags), "text": draft.text}


def _sent(review: Review, taxonomy: Taxonomy, into: Language) -> dict[str, Any]:
    answer = review.answer
    decision = answer.under(taxonomy) if answer else None
    return {
        "number": review.number,
        "accepted": _time(review.accepted_ms),
        "rating": review.rating,
        "topics": list(review.tags),
        "text": review.text,
        "language": review.language,
        "source": review.source,
        "answered": _time(review.answered_ms),
        "model": f"{answer.model.name} {answer.model.version}" if answer else None,
        "classes": [taxonomy.public_title(c, into) for c in decision.classes] if decision else [],
        "confidence": decision.confidence if decision else None,
        "probabilities": {
            taxonomy.public_title(c, into): round(p, 4)
            for c, p in zip(taxonomy.ids, answer.probabilities, strict=True)
        }
        if answer and decision
        else {},
        "shown_to_moderators": _time(review.carded_ms),
    }


def _checked(label: Label, taxonomy: Taxonomy, into: Language) -> dict[str, Any]:
    """Return what a moderator said of a review; not who it was."""
    known = [c for c in label.content.classes if c in taxonomy.by_id]
    return {
        "when": _time(label.content.settled_ms),
        "how": label.content.kind,
        "classes": [taxonomy.public_title(c, into) for c in known],
    }


def _time(ms: int | None) -> str | None:
    return None if ms is None else datetime.fromtimestamp(ms / 1000, UTC).isoformat(" ", "seconds")
