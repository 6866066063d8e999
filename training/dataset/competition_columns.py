"""
The columns of the competition's files: `index`, `assessment`, `tags`, `text`, `trend_id_res<id>`.

`assessment` is the rating, `tags` are like {DELIVERY,PRICE}, and each class of the taxonomy has a
column with 0 or 1. A file without labels has no such column. In a file with a plain column, a
column `assessment` or `tags` is an unrelated one.
"""

import re

from training.dataset.file_records import Record, Table, shortened
from training.dataset.review_values import rating_scale, read_rating
from training.errors import BadData
from triage.review import ReviewInput
from triage.taxonomy import Taxonomy

REVIEW_COLUMNS = ("index", "assessment", "tags", "text")
LABEL_PREFIX = "trend_id_res"
# Without labels, the first column tells this format, unless one of the others is there.
RATING_COLUMN = "assessment"
ONLY_PLAIN = ("rating", "topics", "classes")

_TAG = r"[A-Za-z][A-Za-z0-9_-]*"
_TAGS = re.compile(rf"(\{{{_TAG}(,{_TAG})*\}}|\{{\}}|)")


def is_competition(columns: tuple[str, ...]) -> bool:
    """Return whether a file with these columns has this format."""
    if any(name.startswith(LABEL_PREFIX) for name in columns):
        return True
    return RATING_COLUMN in columns and not any(name in columns for name in ONLY_PLAIN)


class CompetitionColumns:
    """Reads the fields of a record; BadData names the first that cannot be read."""

    review_columns = REVIEW_COLUMNS

    def __init__(self, taxonomy: Taxonomy) -> None:
        self._taxonomy = taxonomy
        self._scale = rating_scale(taxonomy)
        self.label_columns = tuple(f"{LABEL_PREFIX}{class_id}" for class_id in taxonomy.ids)

    def check_labels(self, table: Table) -> None:
        """Check that no column is of a class outside the taxonomy."""
        for name in table.columns:
            if name.startswith(LABEL_PREFIX) and name not in self.label_columns:
                raise BadData(f"{table.header}: column {name} is of a class outside the taxonomy")

    def review(self, record: Record) -> ReviewInput:
        """Return the review; its text may be empty."""
        rating = read_rating(record, RATING_COLUMN, self._scale)
        return ReviewInput(rating, competition_tags(record), record.fields.get("text", ""))

    def classes(self, record: Record) -> tuple[int, ...]:
        """Return the ids of the review's classes, in the order of the taxonomy."""
        given = []
        for class_id, column in zip(self._taxonomy.ids, self.label_columns, strict=True):
            value = record.fields.get(column, "")
            if value not in ("0", "1"):
                raise record.fault(column, f"{shortened(value)} is neither 0 nor 1")
            if value == "1":
                given.append(class_id)
        return tuple(given)


def competition_tags(record: Record) -> tuple[str, ...]:
    """Return the topics of a record; BadData if they are not like {DELIVERY,PRICE}."""
    value = record.fields.get("tags", "")
    if not _TAGS.fullmatch(value):
        raise record.fault("tags", f"{shortened(value)} is not like {{DELIVERY,PRICE}}")
    return tuple(value.strip("{}").split(",")) if value.strip("{}") else ()
