"""Messages to moderators about prepared answers. Pure."""

from collections.abc import Sequence

from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup
from aiogram.utils.formatting import Bold, Text, as_list

from bot.archive.dialogue_records import CannedAnswer
from bot.dialogue.dialogue_taps import CannedTap
from bot.form.screens import Screen
from bot.form.validation import clipped
from bot.texts import Say
from triage.taxonomy import Taxonomy

# This many lines, each with a clipped class and text, fit into one message.
LISTED = 30
CLASS_LENGTH, EXCERPT_LENGTH = 40, 60

# Buttons under a card, each as long as a phone shows.
SUGGESTED = 5
BUTTON_LENGTH = 40

# A prepared answer with its title fits into a message, also after the company changes the title.
MAX_LENGTH = 3_500


def canned_list(answers: Sequence[CannedAnswer], taxonomy: Taxonomy, say: Say) -> Text:
    """Return all prepared answers with their commands."""
    if not answers:
        return canned_words("canned-none", taxonomy, say)
    hidden = len(answers) - LISTED
    more = [say("classes-more", count=hidden)] if hidden > 0 else []
    lines = [_line(each, taxonomy, say) for each in answers[:LISTED]]
    return as_list(
        Bold(say("canned-title")), *lines, *more, "", canned_words("canned-help", taxonomy, say)
    )


def canned_words(key: str, taxonomy: Taxonomy, say: Say) -> Text:
    """Return the words of a key that tells how to add an answer; a class is the example."""
    return Text(
        say(key, title=clipped(taxonomy.title(taxonomy.ids[0], say.language), CLASS_LENGTH))
    )


def suggestions(
    number: int, answers: Sequence[CannedAnswer], taxonomy: Taxonomy, say: Say
) -> Screen:
    """Return the prepared answers that fit a review, a button each."""
    if not answers:
        return Screen(canned_words("canned-none", taxonomy, say))
    rows = [
        [
            InlineKeyboardButton(
                text=clipped(f"{each.id}. {' '.join(each.text.split())}", BUTTON_LENGTH),
                callback_data=CannedTap(number=number, answer=each.id).pack(),
            )
        ]
        for each in answers
    ]
    words = say("canned-suggested", number=str(number))
    return Screen(Text(words), InlineKeyboardMarkup(inline_keyboard=rows))


def _line(answer: CannedAnswer, taxonomy: Taxonomy, say: Say) -> str:
    is_known = answer.class_id in taxonomy.ids
    title = (
        clipped(taxonomy.title(answer.class_id, say.language), CLASS_LENGTH)
        if answer.class_id is not None and is_known
        else say("canned-any-class")
    )
    return f"/c{answer.id} · {title}: {clipped(' '.join(answer.text.split()), EXCERPT_LENGTH)}"
