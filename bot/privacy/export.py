"""All stored data of a person, as a readable file."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from typing import Any

from bot.archive.author_checks import SOMETHING_ELSE, AuthorCheck
from bot.archive.bans import Ban
from bot.archive.consents import Consent
from bot.archive.desk_records import Label
from bot.archive.dialogue_records import DialogueMessage, Direction, SendState
from bot.archive.records import Review
from bot.form.draft import Draft
from bot.texts import local_time
from triage.review import Language
from triage.taxonomy import Taxonomy


@dataclass(frozen=True, slots=True)
class AuthorData:
    """A person's data besides reviews; `checks` and `photos` by a review's number."""

    consent: Consent = field(default_factory=Consent)
    ban: Ban | None = None
    checks: Mapping[int, AuthorCheck] = field(default_factory=dict)
    photos: Mapping[int, int] = field(default_factory=dict)


def export(
    user_id: int,
    language: Language | None,
    reviews: Sequence[Review],
    draft: Draft | None,
    taxonomy: Taxonomy,
    into: Language,
    zone: tzinfo = UTC,
    messages: Sequence[DialogueMessage] = (),
    author: AuthorData | None = None,
    checked: Mapping[int, Sequence[Label]] | None = None,
    exported_ms: Mapping[int, Sequence[int]] | None = None,
    solved_ms: Mapping[int, Sequence[int]] | None = None,
) -> bytes:
    """
    Return UTF-8 JSON of everything stored; titles are in `into`, times in `zone`.

    By the number of a review, `checked` are its labels, `exported_ms` the moments at which it was
    written to a file for training, and `solved_ms` those at which the person called it solved.
    """
    author = author or AuthorData()
    content = {
        "telegram_id": user_id,
        "chosen_language": language,
        "training_allowed": author.consent.is_given,
        "banned": _banned(author.ban, zone),
        "unsent_review": _unsent(draft) if draft else None,
        "reviews": [
            _sent(review, taxonomy, into, zone)
            | _said(review.number, author, taxonomy, into, zone)
            | {"dialogue": _dialogue(review.number, messages, zone)}
            | {"you_said_it_is_solved": _times((solved_ms or {}).get(review.number, ()), zone)}
            | {"checked_by_people": _checked(review.number, checked or {}, taxonomy, into, zone)}
            | {"exported_for_training": _times((exported_ms or {}).get(review.number, ()), zone)}
            for review in reviews
        ],
    }
    return json.dumps(content, ensure_ascii=False, indent=2).encode()


def _unsent(draft: Draft) -> dict[str, Any]:
    return {
        "rating": draft.rating,
        "topics": list(draft.tags),
        "text": draft.text,
        "photos": len(draft.photos),
    }


def _banned(ban: Ban | None, zone: tzinfo) -> dict[str, Any] | None:
    """Return a ban, also a silent one: the file contains everything that is stored."""
    return None if ban is None else {"since": _time(ban.at_ms, zone), "kind": ban.kind}


def _said(
    number: int, author: AuthorData, taxonomy: Taxonomy, into: Language, zone: tzinfo
) -> dict[str, Any]:
    """Return what the person said about the answer, and how many photos they sent."""
    check = author.checks.get(number)
    said = check and {
        "right": check.is_right,
        "about": _about(check.about, taxonomy, into),
        "when": _time(check.at_ms, zone),
    }
    return {"photos": author.photos.get(number, 0), "you_said_of_the_answer": said}


def _about(about: int | None, taxonomy: Taxonomy, into: Language) -> str | None:
    if about == SOMETHING_ELSE:
        return "something else"
    return taxonomy.public_title(about, into) if about in taxonomy.by_id else None


def _sent(review: Review, taxonomy: Taxonomy, into: Language, zone: tzinfo) -> dict[str, Any]:
    answer = review.answer
    decision = answer.under(taxonomy) if answer else None
    return {
        "number": review.number,
        "accepted": _time(review.accepted_ms, zone),
        "rating": review.rating,
        "topics": list(review.tags),
        "text": review.text,
        "language": review.language,
        "source": review.source,
        "answered": _time(review.answered_ms, zone),
        "model": f"{answer.model.name} {answer.model.version}" if answer else None,
        "classes": _classes(review, taxonomy, into),
        "confidence": decision.confidence if decision else None,
        "probabilities": {
            taxonomy.public_title(c, into): round(p, 4)
            for c, p in zip(taxonomy.ids, answer.probabilities, strict=True)
        }
        if answer and decision
        else {},
        "only_ranked": bool(answer and decision and answer.only_ranked),
        "shown_to_moderators": _time(review.carded_ms, zone),
    }


def _classes(review: Review, taxonomy: Taxonomy, into: Language) -> list[str]:
    """Return the titles; the classes of an expired review are kept without probabilities."""
    decision = review.answer.decision if review.answer else None
    known = decision.classes if decision else ()
    fits = review.answer is not None and review.answer.under(taxonomy) is not None
    if not fits and not review.is_expired:
        return []
    return [taxonomy.public_title(c, into) for c in known if c in taxonomy.by_id]


def _checked(
    number: int,
    checked: Mapping[int, Sequence[Label]],
    taxonomy: Taxonomy,
    into: Language,
    zone: tzinfo,
) -> list[dict[str, Any]]:
    """Return what moderators settled on for a review; not who they were."""
    return [
        {
            "when": _time(label.content.settled_ms, zone),
            "how": label.content.kind,
            "classes": [
                taxonomy.public_title(c, into) for c in label.content.classes if c in taxonomy.by_id
            ],
        }
        for label in checked.get(number, ())
    ]


def _dialogue(
    number: int, messages: Sequence[DialogueMessage], zone: tzinfo
) -> list[dict[str, Any]]:
    """Return what was written about a review, without replies that were not sent yet."""
    return [
        {
            "from": "you" if message.direction is Direction.IN else "the team",
            "kind": message.kind,
            "text": message.text,
            "written": _time(message.created_ms, zone),
            "state": message.state,
            "edited": message.edits > 0,
        }
        for message in messages
        if message.number == number and _is_theirs_to_read(message)
    ]


def _is_theirs_to_read(message: DialogueMessage) -> bool:
    arrived = message.state in (SendState.SENT, SendState.UNSENT)
    return message.direction is Direction.IN or (message.direction is Direction.OUT and arrived)


def _times(moments: Sequence[int], zone: tzinfo) -> list[str | None]:
    return [_time(ms, zone) for ms in moments]


def _time(ms: int | None, zone: tzinfo) -> str | None:
    return None if ms is None else local_time(ms, zone).isoformat(" ", "seconds")
