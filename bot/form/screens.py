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
from bot.form.draft import Do, Draft, Step, complete
from bot.texts import Say
from triage.review import RATINGS, TAGS

# Faces show which end of the scale is good; four a row leave buttons wide enough for a thumb.
FACES = ("😡", "😠", "😕", "😐", "🙂", "😀", "🤩")
RATINGS_A_ROW = 4
TAGS_A_ROW = 2


@dataclass(frozen=True, slots=True)
class Screen:
    """A message: its text with entities, and its buttons if it has any."""

    text: Text
    buttons: InlineKeyboardMarkup | None = None


def form(draft: Draft, say: Say, *, limit: int) -> Screen:
    """Return the screen of the step that `draft` is at."""
    return Screen(_WORDS[draft.step](draft, say, limit), _keyboard(draft, say))


def moved_on(draft: Draft, say: Say) -> Screen:
    """Return what replaces a form's message when the form continues in a later message."""
    return Screen(as_list(*_summary(draft, say), say("form-continued")))


def summary(draft: Draft, say: Say) -> Text:
    """Return rating, topics and text, as the preview shows them and the receipt keeps them."""
    return as_list(*_summary(draft, say), BlockQuote(draft.text))


def picture_button(number: int, say: Say, *, shows_every_class: bool) -> InlineKeyboardMarkup:
    """Return the button below an answer that switches to the other picture."""
    words = say("button-main-classes" if shows_every_class else "button-all-classes")
    data = Picture(number=number, every_class=not shows_every_class).pack()
    return InlineKeyboardMarkup(
        inline_keyboard=[[InlineKeyboardButton(text=words, callback_data=data)]]
    )


def tag_titles(tags: Sequence[str], say: Say) -> str:
    """Return the titles of `tags` in their order."""
    return ", ".join(say(f"tag-{tag}") for tag in tags)


def _summary(draft: Draft, say: Say) -> list[str]:
    return [
        say("summary-no-rating")
        if draft.rating is None
        else say("summary-rating", rating=draft.rating),
        say("summary-tags", tags=tag_titles(draft.tags, say))
        if draft.tags
        else say("summary-no-tags"),
    ]


def _rating_words(draft: Draft, say: Say, limit: int) -> Text:
    return Text(say("form-rating-kept" if draft.text else "form-rating"))


def _tags_words(draft: Draft, say: Say, limit: int) -> Text:
    return Text(say("form-tags", rating=draft.rating or 0))


def _text_words(draft: Draft, say: Say, limit: int) -> Text:
    return as_list(*_summary(draft, say), "", say("form-text", limit=limit))


def _preview_words(draft: Draft, say: Say, limit: int) -> Text:
    return as_list(Bold(say("form-preview")), "", summary(draft, say))


def _edit_words(draft: Draft, say: Say, limit: int) -> Text:
    return as_list(summary(draft, say), "", say("form-edit"))


_WORDS: Mapping[Step, Callable[[Draft, Say, int], Text]] = MappingProxyType(
    {
        Step.RATING: _rating_words,
        Step.TAGS: _tags_words,
        Step.TEXT: _text_words,
        Step.PREVIEW: _preview_words,
        Step.EDIT: _edit_words,
    }
)


def _keyboard(draft: Draft, say: Say) -> InlineKeyboardMarkup:
    def button(words: str, do: Do, value: str = "", style: str | None = None) -> _Button:
        data = FormTap(form=draft.form_id, do=do, value=value).pack()
        return InlineKeyboardButton(text=words, callback_data=data, style=style)

    back, cancel = button(say("button-back"), Do.BACK), button(say("button-cancel"), Do.CANCEL)
    leave = [back, cancel] if draft.step is not Step.RATING or complete(draft) else [cancel]
    rows: Mapping[Step, Callable[[], list[list[_Button]]]] = {
        Step.RATING: lambda: [
            *_rows([button(f"{FACES[r]} {r}", Do.RATE, str(r)) for r in RATINGS], RATINGS_A_ROW),
            leave,
        ],
        Step.TAGS: lambda: [
            *_rows([_tag_button(tag, draft, say, button) for tag in TAGS], TAGS_A_ROW),
            [_done_button(draft, say, button)],
            leave,
        ],
        Step.TEXT: lambda: [leave],
        Step.PREVIEW: lambda: [
            [button(say("button-send"), Do.SEND, style="success")],
            [button(say("button-edit"), Do.EDIT), cancel],
        ],
        Step.EDIT: lambda: [
            [
                button(say(f"button-edit-{step}"), Do.AMEND, step)
                for step in (Step.RATING, Step.TAGS, Step.TEXT)
            ],
            leave,
        ],
    }
    return InlineKeyboardMarkup(inline_keyboard=rows[draft.step]())


_Button = InlineKeyboardButton


def _tag_button(tag: str, draft: Draft, say: Say, button: Callable[..., _Button]) -> _Button:
    title = say(f"tag-{tag}")
    if tag in draft.tags:
        return button(f"✅ {title}", Do.TAG_OFF, tag)
    return button(title, Do.TAG_ON, tag)


def _done_button(draft: Draft, say: Say, button: Callable[..., _Button]) -> _Button:
    if draft.tags:
        return button(say("button-done", count=len(draft.tags)), Do.TAGS_DONE, style="primary")
    return button(say("button-skip"), Do.TAGS_DONE)


def _rows(buttons: list[_Button], width: int) -> list[list[_Button]]:
    return [buttons[i : i + width] for i in range(0, len(buttons), width)]
