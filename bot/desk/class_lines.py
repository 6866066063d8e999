"""The lines that list an answer's classes, in answers and in cards alike. Pure."""

from collections.abc import Callable, Sequence

from bot.archive.records import StoredAnswer
from bot.form.validation import clipped
from bot.texts import Say
from charts.words import percent
from triage.review import Language
from triage.taxonomy import Taxonomy

# More classes than these are a count: an answer is read at a glance, and captions are short.
CLASSES_SHOWN = 5

# A class's title, UTF-16 units: room for those that ship, and five still fit into a card.
TITLE_LENGTH = 56


def class_lines(
    known: StoredAnswer,
    ids: Sequence[int],
    taxonomy: Taxonomy,
    say: Say,
    title: Callable[[int, Language], str],
) -> list[str]:
    """Return a line for each of the first classes with its per cent, and how many are hidden."""
    probability = dict(zip(taxonomy.ids, known.probabilities, strict=True))
    lines = [
        f"• {clipped(title(c, say.language), TITLE_LENGTH)}: "
        f"{percent(probability[c], say.language)}"
        for c in ids[:CLASSES_SHOWN]
    ]
    hidden = len(ids) - CLASSES_SHOWN
    return [*lines, say("classes-more", count=hidden)] if hidden > 0 else lines
