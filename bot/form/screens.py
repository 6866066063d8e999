"""
What the form shows at each step: words and buttons.

Pure: a draft in, a screen out. Texts are built from nodes with entities, never from markup, so
that text that a person types never becomes formatting.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup
from aiogram.utils.formatting import BlockQuote, Bold, Text, as_list

from bot.form.callbacks import FormTap, Picture
from bot.form.draft import MAX_PHOTOS, Do, Draft, Step, asked, complete
from bot.form.validation import clipped
from bot.texts import Say
from triage.taxonomy import RatingScale, Taxonomy

# Faces show which end of the scale is good; with four in a row buttons are wide enough to tap.
FACES = ("😡", "😠", "😕", "😐", "🙂", "😀", "🤩")
RATINGS_A_ROW = 4
TAGS_A_ROW = 2

# A topic on a button or in a list, UTF-16 units; a longer title ends in an ellipsis.
TOPIC_LENGTH = 40


@dataclass(frozen=True, slots=True)
class Screen:
    """A message: its text with entities, and its buttons if it has any."""

    text: Text
    buttons: InlineKeyboardMarkup | None = None


def form(draft: Draft, taxonomy: Taxonomy, say: Say, *, limit: int) -> Screen:
    """Return the screen of the step that `draft` is at."""
    words = _WORDS[draft.step](draft, taxonomy, say, limit)
    return Screen(words, _keyboard(draft, taxonomy, say))


def moved_on(draft: Draft, taxonomy: Taxonomy, say: Say) -> Screen:
    """Return what replaces a form's message when the form continues in a later message."""
    return Screen(as_list(*_summary(draft, taxonomy, say), say("form-continued")))


def summary(draft: Draft, taxonomy: Taxonomy, say: Say) -> Text:
    """Return rating, topics and text, as the preview and the receipt show them."""
    return as_list(*_summary(draft, taxonomy, say), BlockQuote(draft.text))


def picture_button(number: int, say: Say, *, shows_every_class: bool) -> InlineKeyboardMarkup:
    """Return the button below an answer that switches to the other picture."""
    words = say("button-main-classes" if shows_every_class else "button-all-classes")
    data = Picture(number=number, every_class=not shows_every_class).pack()
    return InlineKeyboardMarkup(
        inline_keyboard=[[InlineKeyboardButton(text=words, callback_data=data)]]
    )


def tag_titles(tags: Sequence[str], taxonomy: Taxonomy, say: Say) -> str:
    """Return the titles of `tags` in their order."""
    return ", ".join(_topic(tag, taxonomy, say) for tag in tags)


def rating_words(rating: int, taxonomy: Taxonomy, say: Say) -> str:
    """Return a rating with the best one; a rating of another scale is shown alone."""
    if taxonomy.rating is None or not taxonomy.is_rating(rating):
        return str(rating)
    return say("rating-of", rating=rating, highest=taxonomy.rating.highest)


def _topic(tag: str, taxonomy: Taxonomy, say: Say) -> str:
    return clipped(taxonomy.topic_title(tag, say.language), TOPIC_LENGTH)


def _summary(draft: Draft, taxonomy: Taxonomy, say: Say) -> list[str]:
    """Return a line for the rating, the topics if they are asked for, and photos if any."""
    steps, lines = asked(taxonomy), []
    if Step.RATING in steps:
        lines.append(_rating_line(draft, taxonomy, say))
    if Step.TAGS in steps:
        tags = tag_titles(draft.tags, taxonomy, say)
        lines.append(say("summary-tags", tags=tags) if tags else say("summary-no-tags"))
    return [*lines, *_photos_line(draft, say)]


def _photos_line(draft: Draft, say: Say) -> list[str]:
    return [say("summary-photos", count=len(draft.photos))] if draft.photos else []


def _rating_line(draft: Draft, taxonomy: Taxonomy, say: Say) -> str:
    if draft.rating is None:
        return say("summary-no-rating")
    return say("summary-rating", rating=rating_words(draft.rating, taxonomy, say))


def _rating_words(draft: Draft, taxonomy: Taxonomy, say: Say, limit: int) -> Text:
    assert taxonomy.rating is not None, "a form without a scale has no such step"
    key = "form-rating-kept" if draft.text else "form-rating"
    question = say(key, lowest=taxonomy.rating.lowest, highest=taxonomy.rating.highest)
    return as_list(*_photos_line(draft, say), question)


def _tags_words(draft: Draft, taxonomy: Taxonomy, say: Say, limit: int) -> Text:
    question = say("form-tags")
    if draft.rating is not None:
        question = f"{_rating_line(draft, taxonomy, say)}. {question}"
    return as_list(*_photos_line(draft, say), question)


def _text_words(draft: Draft, taxonomy: Taxonomy, say: Say, limit: int) -> Text:
    known = _summary(draft, taxonomy, say)
    question = f"{say('form-text', limit=limit)} {say('form-photos', limit=MAX_PHOTOS)}"
    return as_list(*known, *([""] if known else []), question)


def _preview_words(draft: Draft, taxonomy: Taxonomy, say: Say, limit: int) -> Text:
    return as_list(Bold(say("form-preview")), "", summary(draft, taxonomy, say))


def _edit_words(draft: Draft, taxonomy: Taxonomy, say: Say, limit: int) -> Text:
    return as_list(summary(draft, taxonomy, say), "", say("form-edit"))


_Words = Callable[[Draft, Taxonomy, Say, int], Text]
_WORDS: Mapping[Step, _Words] = MappingProxyType(
    {
        Step.RATING: _rating_words,
        Step.TAGS: _tags_words,
        Step.TEXT: _text_words,
        Step.PREVIEW: _preview_words,
        Step.EDIT: _edit_words,
    }
)


def _keyboard(draft: Draft, taxonomy: Taxonomy, say: Say) -> InlineKeyboardMarkup:
    def button(words: str, do: Do, value: str = "", style: str | None = None) -> _Button:
        data = FormTap(form=draft.form_id, do=do, value=value).pack()
        return InlineKeyboardButton(text=words, callback_data=data, style=style)

    back, cancel = button(say("button-back"), Do.BACK), button(say("button-cancel"), Do.CANCEL)
    steps = asked(taxonomy)
    has_back = draft.step is not steps[0] or complete(draft, taxonomy)
    leave = [back, cancel] if has_back else [cancel]
    rows: Mapping[Step, Callable[[], list[list[_Button]]]] = {
        Step.RATING: lambda: [*_rating_rows(taxonomy, button), leave],
        Step.TAGS: lambda: [
            *_rows([_tag_button(tag, draft, taxonomy, say, button) for tag in taxonomy.topic_ids]),
            [_done_button(draft, say, button)],
            leave,
        ],
        Step.TEXT: lambda: [leave],
        Step.PREVIEW: lambda: [
            [button(say("button-send"), Do.SEND, style="success")],
            [button(say("button-edit"), Do.EDIT), cancel],
        ],
        Step.EDIT: lambda: [
            [button(say(f"button-edit-{step}"), Do.AMEND, step) for step in steps],
            *([[button(say("button-photos-off"), Do.PHOTOS_OFF)]] if draft.photos else []),
            leave,
        ],
    }
    return InlineKeyboardMarkup(inline_keyboard=rows[draft.step]())


_Button = InlineKeyboardButton


def _rating_rows(taxonomy: Taxonomy, button: Callable[..., _Button]) -> list[list[_Button]]:
    scale = taxonomy.rating
    assert scale is not None, "a form without a scale has no such step"
    return _rows(
        [button(f"{face(r, scale)} {r}", Do.RATE, str(r)) for r in scale.values], RATINGS_A_ROW
    )


def face(rating: int, scale: RatingScale) -> str:
    """Return the face of a rating: the first for the worst, the last for the best."""
    return FACES[round((rating - scale.lowest) / scale.steps * (len(FACES) - 1))]


def _tag_button(
    tag: str, draft: Draft, taxonomy: Taxonomy, say: Say, button: Callable[..., _Button]
) -> _Button:
    title = _topic(tag, taxonomy, say)
    if tag in draft.tags:
        return button(f"✅ {title}", Do.TAG_OFF, tag)
    return button(title, Do.TAG_ON, tag)


def _done_button(draft: Draft, say: Say, button: Callable[..., _Button]) -> _Button:
    if draft.tags:
        return button(say("button-done", count=len(draft.tags)), Do.TAGS_DONE, style="primary")
    return button(say("button-skip"), Do.TAGS_DONE)


def _rows(buttons: list[_Button], width: int = TAGS_A_ROW) -> list[list[_Button]]:
    return [buttons[i : i + width] for i in range(0, len(buttons), width)]
