"""The lines that list an answer's classes, in answers and in cards. Pure."""

from collections.abc import Callable, Sequence

from bot.archive.records import StoredAnswer
from bot.form.validation import clipped
from bot.texts import Say
from charts.words import percent
from triage.review import Language
from triage.taxonomy import Taxonomy

# Further classes are only counted: an answer must be short to read, and captions are limited.
CLASSES_SHOWN = 5

# A class's title, UTF-16 units: enough for the built-in titles, and five still fit into a card.
TITLE_LENGTH = 56


def class_lines(
    known: StoredAnswer | None,
    ids: Sequence[int],
    taxonomy: Taxonomy,
    say: Say,
    title: Callable[[int, Language], str],
    *,
    shown: int = CLASSES_SHOWN,
    by_people: bool = False,
) -> list[str]:
    """
    Return a line for each of the first classes, and how many are hidden.

    A line has the model's percentage for the class, if it gave one. With `by_people` the class was
    chosen by a person, so the line says that the percentage is the model's.
    """
    probability = known.shares(taxonomy) if known is not None else {}
    shares = {c: percent(share, say.language) for c, share in probability.items()}
    lines = [
        f"• {clipped(title(c, say.language), TITLE_LENGTH)}"
        + (_share(shares[c], say, by_people=by_people) if c in shares else "")
        for c in ids[:shown]
        if c in taxonomy.by_id
    ]
    hidden = len(ids) - shown
    return [*lines, say("classes-more", count=hidden)] if hidden > 0 else lines


def _share(share: str, say: Say, *, by_people: bool) -> str:
    return f" ({say('class-share-of-model', share=share)})" if by_people else f": {share}"
