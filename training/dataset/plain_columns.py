"""
The columns of a plain file of reviews: `text`, `rating`, `topics`, `classes` and `index`.

To classify reviews, `text` is enough. To train on them, the column `classes` is needed too, and
`rating` if the taxonomy has ratings; an empty rating is unknown.

Topics are named by id or title, classes by id, slug or title. Several are separated by `;` or
written as a JSON list.
"""

import json

from training.dataset.file_records import Record, Table, shortened
from training.dataset.review_values import (
    class_names,
    name_key,
    rating_scale,
    read_rating,
    topic_names,
    unknown_name,
    whole_number,
)
from triage.review import ReviewInput
from triage.taxonomy import Taxonomy

PLAIN_COLUMNS = ("text", "rating", "topics", "classes", "index")


class PlainColumns:
    """Reads the fields of a record; BadData names the first that cannot be read."""

    review_columns = ("text",)

    def __init__(self, taxonomy: Taxonomy) -> None:
        self._taxonomy = taxonomy
        self._scale = rating_scale(taxonomy)
        self._topics = topic_names(taxonomy)
        self._classes = class_names(taxonomy)
        self.label_columns = ("classes",) if self._scale is None else ("classes", "rating")

    def check_labels(self, table: Table) -> None:
        """Check nothing: the classes are named in the records."""

    def review(self, record: Record) -> ReviewInput:
        """Return the review; its text may be empty, and its rating too."""
        rating = read_rating(record, "rating", self._scale)
        return ReviewInput(rating, self._review_topics(record), record.fields.get("text", ""))

    def classes(self, record: Record) -> tuple[int, ...]:
        """Return the ids of the review's classes, in the order of the taxonomy."""
        if not record.fields.get("classes", "").strip():
            raise record.fault("classes", "is empty; name a class, or write [] if none applies")
        given = set()
        for name in names_in(record, "classes"):
            key = name_key(name)
            class_id = self._classes.get(key, self._by_number(key))
            if class_id is None:
                slugs = [one.slug for one in self._taxonomy.classes]
                raise unknown_name(record, "classes", name, slugs)
            given.add(class_id)
        return tuple(class_id for class_id in self._taxonomy.ids if class_id in given)

    def _by_number(self, key: str) -> int | None:
        """Return the id of a class whose number a spreadsheet wrote as 7.0."""
        number = whole_number(key)
        return None if number is None else self._classes.get(str(number))

    def _review_topics(self, record: Record) -> tuple[str, ...]:
        if not self._topics:
            return ()
        found = []
        for name in names_in(record, "topics"):
            topic = self._topics.get(name_key(name))
            if topic is None:
                known = sorted(set(self._topics.values()))
                raise unknown_name(record, "topics", name, known)
            found.append(topic)
        return tuple(dict.fromkeys(found))


def names_in(record: Record, column: str) -> list[str]:
    """Return the names in a list of topics or classes; BadData for a list that is not JSON."""
    value = record.fields.get(column, "").strip()
    if not value.startswith("["):
        return [name.strip() for name in value.split(";") if name.strip()]
    try:
        found = json.loads(value)
    except (ValueError, RecursionError) as e:
        raise record.fault(column, f'{shortened(value)} is not a JSON list like ["a", "b"]') from e
    if not all(isinstance(one, (str, int)) and not isinstance(one, bool) for one in found):
        raise record.fault(column, f"{shortened(value)} holds more than names and numbers")
    return [str(one).strip() for one in found if str(one).strip()]
