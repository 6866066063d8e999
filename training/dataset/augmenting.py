"""
Data augmentation: rows from class definitions, with typing errors, or with cleaned texts.

Pure: the seed decides everything. A row made from another one has the digest of that one's text as
its origin, so that it is never trained on when its origin is measured.
"""

import random
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from statistics import median_low
from types import MappingProxyType

from training.dataset.leaks import text_digest
from training.dataset.review_files import Row
from triage.review import ReviewInput
from triage.taxonomy import Taxonomy

# The share of letters that are mistyped: about one in every third word.
TYPING_ERRORS = 0.05

Augmentation = Callable[[Sequence[Row], Taxonomy, random.Random], Iterator[Row]]


def definitions(rows: Sequence[Row], taxonomy: Taxonomy, rng: random.Random) -> Iterator[Row]:
    """Yield title and definition of each class, with its median rating and most common tags."""
    for found in taxonomy.classes:
        of_class = [row.review for row in rows if found.id in row.classes] or [
            row.review for row in rows
        ]
        ratings = [review.rating for review in of_class if review.rating is not None]
        rating = median_low(ratings) if ratings else None
        tags = Counter(review.tags for review in of_class).most_common(1)[0][0]
        for words in (found.title.into("ru"), found.definition.into("ru")):
            yield Row(0, ReviewInput(rating, tags, words), (found.id,))


def noise(rows: Sequence[Row], taxonomy: Taxonomy, rng: random.Random) -> Iterator[Row]:
    """Yield each row with letters dropped, doubled or swapped."""
    for row in rows:
        yield _with_text(row, _mistype(row.review.text, rng))


def clean(rows: Sequence[Row], taxonomy: Taxonomy, rng: random.Random) -> Iterator[Row]:
    """Yield the rows whose text changes without URLs, repeated signs and letters."""
    for row in rows:
        text = cleaned(row.review.text)
        if text and text != row.review.text:
            yield _with_text(row, text)


WAYS: Mapping[str, Augmentation] = MappingProxyType(
    {"definitions": definitions, "noise": noise, "clean": clean}
)


def augment(
    rows: Sequence[Row], taxonomy: Taxonomy, ways: Sequence[str], *, seed: int
) -> tuple[Row, ...]:
    """Return the new rows of all `ways`, with indices after the largest of `rows`."""
    rng = random.Random(seed)
    made = [row for way in ways for row in WAYS[way](rows, taxonomy, rng)]
    first = 1 + max(row.index for row in rows)
    return tuple(
        Row(number, row.review, row.classes, row.origin)
        for number, row in enumerate(made, start=first)
    )


def cleaned(text: str) -> str:
    """Return `text` without URLs, repeated signs and repeated letters."""
    text = re.sub(r"https?://\S+", " ", text)
    text = re.sub(r"([^\w\s])\1+", r"\1", text)
    text = re.sub(r"(\w)\1{2,}", r"\1", text)
    return re.sub(r"\s+", " ", text).strip()


def _with_text(row: Row, text: str) -> Row:
    review = ReviewInput(row.review.rating, row.review.tags, text)
    origin = text_digest(row.review.text) if row.origin is None else row.origin
    return Row(0, review, row.classes, origin)


def _mistype(text: str, rng: random.Random) -> str:
    letters = list(text)
    for place in range(len(letters) - 1):
        if not letters[place].isalpha() or rng.random() >= TYPING_ERRORS:
            continue
        match rng.randrange(3):
            case 0:
                letters[place] = ""
            case 1:
                letters[place] *= 2
            case _:
                letters[place], letters[place + 1] = letters[place + 1], letters[place]
    return "".join(letters) or text
