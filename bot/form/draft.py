"""
The form as a value: what a person has filled in, and how each tap or text changes it.

Pure: it knows neither Telegram nor Redis. Fields may be filled in any order (a text that comes
before the rating is kept); the step shown is the first one that is still open.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType

from triage.review import RATINGS, TAGS


class Step(StrEnum):
    """What the form asks at the moment."""

    RATING = "rating"
    TAGS = "tags"
    TEXT = "text"
    PREVIEW = "preview"
    EDIT = "edit"


class Do(StrEnum):
    """What a button of the form does; short, because it travels in callback data."""

    RATE = "r"
    TAG_ON = "t"
    TAG_OFF = "u"
    TAGS_DONE = "d"
    BACK = "b"
    EDIT = "e"
    AMEND = "a"
    SEND = "s"
    CANCEL = "c"


LEGAL: Mapping[Step, frozenset[Do]] = MappingProxyType(
    {
        Step.RATING: frozenset({Do.RATE, Do.BACK, Do.CANCEL}),
        Step.TAGS: frozenset({Do.TAG_ON, Do.TAG_OFF, Do.TAGS_DONE, Do.BACK, Do.CANCEL}),
        Step.TEXT: frozenset({Do.BACK, Do.CANCEL}),
        Step.PREVIEW: frozenset({Do.SEND, Do.EDIT, Do.CANCEL}),
        Step.EDIT: frozenset({Do.AMEND, Do.BACK, Do.CANCEL}),
    }
)

_BEFORE: Mapping[Step, Step] = MappingProxyType(
    {Step.RATING: Step.RATING, Step.TAGS: Step.RATING, Step.TEXT: Step.TAGS}
)


@dataclass(frozen=True, slots=True)
class FormPart:
    """One message of the person, cleaned. People split a review over several messages."""

    message_id: int
    text: str


@dataclass(frozen=True, slots=True)
class Draft:
    """
    One form. `form_id` names it in every button, `message_id` is the message that shows it.

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

    @property
    def text(self) -> str:
        """The review's text; empty while there is none."""
        return "\n".join(part.text for part in self.parts)


def complete(draft: Draft) -> bool:
    """Return whether the draft could be sent."""
    return draft.rating is not None and draft.tags_done and bool(draft.text)


def has_left_step_of(draft: Draft, do: Do) -> bool:
    """Return whether a button belongs to a step that the draft does not show any more."""
    return do not in LEGAL[draft.step]


def tapped(draft: Draft, do: Do, value: str = "") -> Draft | None:
    """
    Return the draft after a tap, or None if the tap does not belong to the step shown.

    SEND and CANCEL end a form without changing it: they return the draft as it is.
    """
    if do not in LEGAL[draft.step]:
        return None
    match do:
        case Do.RATE:
            return _rated(draft, value)
        case Do.TAG_ON | Do.TAG_OFF:
            return _tagged(draft, value, on=do is Do.TAG_ON)
        case Do.TAGS_DONE:
            return _forward(replace(draft, tags_done=True))
        case Do.BACK:
            return replace(draft, step=Step.PREVIEW if complete(draft) else _BEFORE[draft.step])
        case Do.EDIT:
            return replace(draft, step=Step.EDIT)
        case Do.AMEND:
            return _amended(draft, value)
        case _:
            return draft


def written(draft: Draft, part: FormPart) -> Draft:
    """
    Return the draft with one more message; at the step TEXT it replaces the text.

    A message that the draft holds already (Telegram repeats updates) replaces its earlier version.
    """
    again = rewritten(draft, part)
    if again is not None:
        return _forward(again)
    known = () if draft.step is Step.TEXT else draft.parts
    return _forward(replace(draft, parts=(*known, part)))


def rewritten(draft: Draft, part: FormPart) -> Draft | None:
    """Return the draft with an edited message, or None if the message is not part of it."""
    if all(old.message_id != part.message_id for old in draft.parts):
        return None
    parts = tuple(part if old.message_id == part.message_id else old for old in draft.parts)
    return replace(draft, parts=parts)


def _forward(draft: Draft) -> Draft:
    """Show the first step that is still open."""
    if draft.rating is None:
        step = Step.RATING
    elif not draft.tags_done:
        step = Step.TAGS
    else:
        step = Step.PREVIEW if draft.text else Step.TEXT
    return replace(draft, step=step)


def _rated(draft: Draft, value: str) -> Draft | None:
    if value not in map(str, RATINGS):
        return None
    return _forward(replace(draft, rating=int(value)))


def _tagged(draft: Draft, tag: str, *, on: bool) -> Draft | None:
    """Switch a tag on or off; the state is in the button, so a repeated update changes nothing."""
    if tag not in TAGS:
        return None
    others = tuple(other for other in draft.tags if other != tag)
    if not on:
        return replace(draft, tags=others)
    return draft if tag in draft.tags else replace(draft, tags=(*others, tag))


def _amended(draft: Draft, value: str) -> Draft | None:
    if value not in (Step.RATING, Step.TAGS, Step.TEXT):
        return None
    return replace(draft, step=Step(value))
