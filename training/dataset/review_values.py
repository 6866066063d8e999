"""The ratings and topics that a taxonomy allows, as files of reviews spell them."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from training.dataset.file_records import Record, listed, shortened
from training.errors import BadData
from triage.taxonomy import Taxonomy, Titles

Id = TypeVar("Id", int, str)

# A whole number as spreadsheets write it: 4, 4.0 or 4,0.
_WHOLE = re.compile(r"(-?[0-9]{1,9})([.,]0{1,9})?")


def rating_scale(taxonomy: Taxonomy) -> range | None:
    """Return the ratings of a taxonomy, None if its reviews have none."""
    return taxonomy.rating.values if taxonomy.rating else None


def topic_names(taxonomy: Taxonomy) -> Mapping[str, str]:
    """Return the id of each topic by its id and its titles, in `name_key` spelling."""
    titles = _unique_titles((topic.id, topic.title) for topic in taxonomy.topics)
    return titles | {name_key(topic): topic for topic in taxonomy.topic_ids}


def class_names(taxonomy: Taxonomy) -> Mapping[str, int]:
    """
    Return the id of each class by its id, its slug and its titles, in `name_key` spelling.

    A title that several classes share is ignored. A title takes precedence over a slug.
    """
    titles = _unique_titles((one.id, one.title) for one in taxonomy.classes)
    slugs = {name_key(one.slug): one.id for one in taxonomy.classes}
    return {str(one.id): one.id for one in taxonomy.classes} | slugs | titles


def name_key(name: str) -> str:
    """Return a name in the spelling in which names are compared: no case, single spaces."""
    return " ".join(name.casefold().replace("ё", "е").split())


def whole_number(value: str) -> int | None:
    """Return the number, None if the text is not a whole number."""
    found = _WHOLE.fullmatch(value.strip())
    return int(found[1]) if found else None


def read_rating(record: Record, column: str, scale: range | None) -> int | None:
    """Return the rating in a column, None for an empty field; BadData if it is off the scale."""
    value = record.fields.get(column, "")
    if scale is None or not value.strip():
        return None
    rating = whole_number(value)
    if rating is None or rating not in scale:
        what = f"{shortened(value)} is not a rating from {scale[0]} to {scale[-1]}"
        raise record.fault(column, what)
    return rating


def unknown_name(record: Record, column: str, name: str, known: Sequence[str]) -> BadData:
    """Return the error for a name in a list that is not one of `known`."""
    what = "class" if column == "classes" else "topic"
    return record.fault(
        column, f"{shortened(name)} is not a {what} of the taxonomy; it has: {listed(known)}"
    )


def _unique_titles(titled: Iterable[tuple[Id, Titles]]) -> dict[str, Id]:
    """Return the id by title, without the titles that several ids share."""
    owners: dict[str, set[Id]] = {}
    for one, titles in titled:
        for title in titles.root.values():
            owners.setdefault(name_key(title), set()).add(one)
    return {name: next(iter(ids)) for name, ids in owners.items() if len(ids) == 1}
