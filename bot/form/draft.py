"""
The form as a value: what a person has filled in, and how each tap or text changes it.

Pure: it uses neither Telegram nor Redis. Fields may be filled in any order (a text that comes
before the rating is stored); the step shown is the first one that is still open. The taxonomy says
whether the form asks for a rating and for topics.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType

from triage.taxonomy import Taxonomy

# Enough to show damage; moderators would not look at more.
MAX_PHOTOS = 3


class Step(StrEnum):
    """What the form asks at the moment."""

    RATING = "rating"
    TAGS = "tags"
    TEXT = "text"
    PREVIEW = "preview"
    EDIT = "edit"


class Do(StrEnum):
    """What a button of the form does; short, because it is part of callback data."""

    RATE = "r"
    TAG_ON = "t"
    TAG_OFF = "u"
    TAGS_DONE = "d"
    BACK = "b"
    EDIT = "e"
    AMEND = "a"
    SEND = "s"
    CANCEL = "c"
    PHOTOS_OFF = "p"


LEGAL: Mapping[Step, frozenset[Do]] = MappingProxyType(
    {
        Step.RATING: frozenset({Do.RATE, Do.BACK, Do.CANCEL}),
        Step.TAGS: frozenset({Do.TAG_ON, Do.TAG_OFF, Do.TAGS_DONE, Do.BACK, Do.CANCEL}),
        Step.TEXT: frozenset({Do.BACK, Do.CANCEL}),
        Step.PREVIEW: frozenset({Do.SEND, Do.EDIT, Do.CANCEL}),
        Step.EDIT: frozenset({Do.AMEND, Do.PHOTOS_OFF, Do.BACK, Do.CANCEL}),
    }
)


@dataclass(frozen=True, slots=True)
class FormPart:
    """One message of the person, cleaned. People split a review over several messages."""

    message_id: int
    text: str


@dataclass(frozen=True, slots=True)
class FormPhoto:
    """A photo of the person: the message that it came with, and Telegram's id of the file."""

    message_id: int
    file_id: str


@dataclass(frozen=True, slots=True)
class Draft:
    """
    One form. `form_id` names it in every button, `message_id` is the message that shows it.
    `begun` returns a new one at the step that comes first.

    `parts` are the person's messages that make up the text; `source` is the payload of the deep
    link that opened the bot.
    """

    form_id: str
    step: Step = Step.RATING
    rating: int | None = None
    tags: tuple[str, ...] = ()
    tags_done: bool = False
    parts: tuple[FormPart, ...] = ()
    message_id: int | None = None
    source: str = ""
    photos: tuple[FormPhoto, ...] = ()

    @property
    def text(self) -> str:
        """The review's text; empty while there is none."""
        return "\n".join(part.text for part in self.parts)


def begun(form_id: str, taxonomy: Taxonomy) -> Draft:
    """Return an empty draft."""
    return _forward(Draft(form_id), taxonomy)


def asked(taxonomy: Taxonomy) -> tuple[Step, ...]:
    """Return the steps at which the form asks something, in order."""
    rating = (Step.RATING,) if taxonomy.rating else ()
    return (*rating, *((Step.TAGS,) if taxonomy.topics else ()), Step.TEXT)


def fitted(draft: Draft, taxonomy: Taxonomy) -> Draft:
    """
    Return the draft without values that the taxonomy lacks; a company may change its file.

    A step that lost a value is asked again; the text is always kept.
    """
    known = draft.rating is not None and taxonomy.is_rating(draft.rating)
    tags = tuple(tag for tag in draft.tags if tag in taxonomy.topic_ids)
    after = replace(
        draft,
        rating=draft.rating if known else None,
        tags=tags,
        tags_done=draft.tags_done and tags == draft.tags,
    )
    is_open = after.step in asked(taxonomy)
    is_done = after.step in (Step.PREVIEW, Step.EDIT) and complete(after, taxonomy)
    return after if is_open or is_done else _forward(after, taxonomy)


def complete(draft: Draft, taxonomy: Taxonomy) -> bool:
    """Return whether the draft could be sent."""
    return _first_open(draft, taxonomy) is Step.PREVIEW


def has_left_step_of(draft: Draft, do: Do) -> bool:
    """Return whether a button belongs to a step that the draft does not show any more."""
    return do not in LEGAL[draft.step]


def tapped(draft: Draft, do: Do, value: str, taxonomy: Taxonomy) -> Draft | None:
    """
    Return the draft after a tap, or None if the tap does not belong to the step shown.

    SEND and CANCEL end a form without changing it: they return the draft as it is.
    """
    if do not in LEGAL[draft.step]:
        return None
    match do:
        case Do.RATE:
            return _rated(draft, value, taxonomy)
        case Do.TAG_ON | Do.TAG_OFF:
            return _tagged(draft, value, taxonomy, on=do is Do.TAG_ON)
        case Do.TAGS_DONE:
            return _forward(replace(draft, tags_done=True), taxonomy)
        case Do.BACK:
            return replace(draft, step=_before(draft, taxonomy))
        case Do.EDIT:
            return replace(draft, step=Step.EDIT)
        case Do.AMEND:
            return _amended(draft, value, taxonomy)
        case Do.PHOTOS_OFF:
            return _forward(replace(draft, photos=()), taxonomy)
        case _:
            return draft


def written(draft: Draft, part: FormPart, taxonomy: Taxonomy) -> Draft:
    """
    Return the draft with one more message; at the step TEXT it replaces the text.

    A message that the draft already contains (Telegram repeats updates) replaces its old version.
    """
    again = rewritten(draft, part)
    if again is not None:
        return _forward(again, taxonomy)
    known = () if draft.step is Step.TEXT else draft.parts
    return _forward(replace(draft, parts=(*known, part)), taxonomy)


def rewritten(draft: Draft, part: FormPart) -> Draft | None:
    """Return the draft with an edited message, or None if the message is not part of it."""
    if all(old.message_id != part.message_id for old in draft.parts):
        return None
    parts = tuple(part if old.message_id == part.message_id else old for old in draft.parts)
    return replace(draft, parts=parts)


def pictured(draft: Draft, photo: FormPhoto) -> Draft | None:
    """Return the draft with one more photo, None if it has MAX_PHOTOS; a known one is replaced."""
    if any(old.message_id == photo.message_id for old in draft.photos):
        return replace(draft, photos=_with(draft.photos, photo))
    full = len(draft.photos) >= MAX_PHOTOS
    return None if full else replace(draft, photos=(*draft.photos, photo))


def repictured(
    draft: Draft, photo: FormPhoto, caption: FormPart, taxonomy: Taxonomy
) -> Draft | None:
    """Return the draft after an edit of a photo or its caption, None if it is not part of it."""
    if all(old.message_id != photo.message_id for old in draft.photos):
        return None
    after = replace(draft, photos=_with(draft.photos, photo))
    if caption.text:
        return written(after, caption, taxonomy)
    left = tuple(part for part in after.parts if part.message_id != caption.message_id)
    return after if left == after.parts else _forward(replace(after, parts=left), taxonomy)


def _with(photos: tuple[FormPhoto, ...], photo: FormPhoto) -> tuple[FormPhoto, ...]:
    return tuple(photo if old.message_id == photo.message_id else old for old in photos)


def _forward(draft: Draft, taxonomy: Taxonomy) -> Draft:
    """Show the first step that is still open."""
    return replace(draft, step=_first_open(draft, taxonomy))


def _first_open(draft: Draft, taxonomy: Taxonomy) -> Step:
    filled = {
        Step.RATING: draft.rating is not None,
        Step.TAGS: draft.tags_done,
        Step.TEXT: bool(draft.text),
    }
    return next((step for step in asked(taxonomy) if not filled[step]), Step.PREVIEW)


def _before(draft: Draft, taxonomy: Taxonomy) -> Step:
    """Return the step that BACK leads to; the first step leads to itself."""
    if complete(draft, taxonomy):
        return Step.PREVIEW
    steps = asked(taxonomy)
    return steps[max(0, steps.index(draft.step) - 1)]


def _rated(draft: Draft, value: str, taxonomy: Taxonomy) -> Draft | None:
    if taxonomy.rating is None or value not in map(str, taxonomy.rating.values):
        return None
    return _forward(replace(draft, rating=int(value)), taxonomy)


def _tagged(draft: Draft, tag: str, taxonomy: Taxonomy, *, on: bool) -> Draft | None:
    """Switch a tag on or off; the state is in the button, so a repeated update changes nothing."""
    if tag not in taxonomy.topic_ids:
        return None
    others = tuple(other for other in draft.tags if other != tag)
    if not on:
        return replace(draft, tags=others)
    return draft if tag in draft.tags else replace(draft, tags=(*others, tag))


def _amended(draft: Draft, value: str, taxonomy: Taxonomy) -> Draft | None:
    if value not in asked(taxonomy):
        return None
    return replace(draft, step=Step(value))
