"""The classes, topics and ratings in the rows of a labelled file, and examples."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from training.dataset.competition_columns import LABEL_PREFIX, competition_tags, is_competition
from training.dataset.file_records import Record, check_columns, shortened
from training.dataset.folds import text_key
from training.dataset.plain_columns import names_in
from training.dataset.review_files import open_table
from training.dataset.review_values import name_key, whole_number
from training.errors import BadData
from triage.taxonomy import HIGHEST_RATING, LOWEST_RATING, MAX_LENGTH, MAX_TOPICS

# More different names are hardly labels: the column may hold texts.
MOST_CLASSES = 1000


@dataclass(frozen=True, slots=True)
class FoundLabels:
    """
    How often each class and topic is named, the most frequent first, and the ratings used.

    `examples` are texts by class, in `name_key` spelling; none unless they were requested.
    """

    classes: Mapping[str, int]
    topics: Mapping[str, int]
    ratings: frozenset[int]
    rows: int
    unlabelled: int
    examples: Mapping[str, Sequence[str]] = field(default_factory=dict)


class _Names:
    """Counts names; those that differ only in case or spaces are one, in the first spelling."""

    def __init__(self) -> None:
        self._spelling: dict[str, str] = {}
        self._counts: Counter[str] = Counter()

    def add(self, names: Iterable[str]) -> None:
        """Count the names of one row; a repeated one counts once."""
        named = [(name_key(name), " ".join(name.split())) for name in names]
        for key, name in named:
            self._spelling.setdefault(key, name)
        self._counts.update(dict(named).keys())

    def declare(self, names: Iterable[str]) -> None:
        """Add the names with a count of zero."""
        self.add(names)
        self._counts = Counter(dict.fromkeys(self._counts, 0))

    def counts(self) -> dict[str, int]:
        """Return the counts by name, the most frequent first, equal ones in the file's order."""
        return {self._spelling[key]: count for key, count in self._counts.most_common()}


class _Examples:
    """Collects the first different texts of each class that name no other class."""

    def __init__(self, wanted: int) -> None:
        self._wanted = wanted
        self.texts: dict[str, list[str]] = {}
        self._keys: set[str] = set()

    def add(self, record: Record, classes: Sequence[str]) -> None:
        """Add the text of a row of one class, unless it is too long for a taxonomy."""
        text = record.fields.get("text", "").strip()
        keys = {name_key(name) for name in classes}
        if not text or len(text) > MAX_LENGTH or len(keys) != 1 or text_key(text) in self._keys:
            return
        found = self.texts.setdefault(keys.pop(), [])
        if len(found) < self._wanted:
            found.append(text)
            self._keys.add(text_key(text))


def find_labels(path: Path, separator: str | None = None, *, examples: int = 0) -> FoundLabels:
    """
    Read a file of either format; BadData if it cannot be read or names no class.

    `examples` is how many texts of each class are wanted.
    """
    classes, topics, ratings, texts = _Names(), _Names(), set[int](), _Examples(examples)
    rows = unlabelled = 0
    with open_table(path, separator) as table:
        competition = is_competition(table.columns)
        check_columns(table, () if competition else ("classes",))
        classes.declare(_label_columns(table.columns))
        for record in table.records:
            named = _competition_classes(record) if competition else _class_names(record)
            classes.add(named)
            texts.add(record, named)
            topics.add(competition_tags(record) if competition else names_in(record, "topics"))
            ratings |= _rating(record, "assessment" if competition else "rating")
            rows, unlabelled = rows + 1, unlabelled + (not named)
    counts, scale = classes.counts(), frozenset(ratings)
    found = FoundLabels(counts, topics.counts(), scale, rows, unlabelled, texts.texts)
    _check(path, found)
    return found


def _competition_classes(record: Record) -> list[str]:
    return [
        class_id
        for class_id in _label_columns(record.fields)
        if record.fields[f"{LABEL_PREFIX}{class_id}"] == "1"
    ]


def _label_columns(columns: Iterable[str]) -> list[str]:
    """Return the ids of the classes that have a column, as they are written."""
    return [name.removeprefix(LABEL_PREFIX) for name in columns if name.startswith(LABEL_PREFIX)]


def _class_names(record: Record) -> list[str]:
    named = names_in(record, "classes")
    for name in named:
        if len(name) > MAX_LENGTH:
            what = f"{shortened(name)} is longer than {MAX_LENGTH} characters"
            raise record.fault("classes", what)
    return named


def _rating(record: Record, column: str) -> set[int]:
    value = record.fields.get(column, "")
    if not value.strip():
        return set()
    rating = whole_number(value)
    if rating is None or not LOWEST_RATING <= rating <= HIGHEST_RATING:
        what = f"{shortened(value)} is not a whole number from {LOWEST_RATING} to {HIGHEST_RATING}"
        raise record.fault(column, what)
    return {rating}


def _check(path: Path, found: FoundLabels) -> None:
    if not any(found.classes.values()):
        raise BadData(f"{path}: no row names a class")
    if len(found.classes) > MOST_CLASSES:
        raise BadData(
            f"{path}: column classes holds {len(found.classes)} different names, at most "
            f"{MOST_CLASSES} make a taxonomy; does it hold labels?"
        )
    if len(found.topics) > MAX_TOPICS:
        raise BadData(
            f"{path}: column topics holds {len(found.topics)} different names, a form shows at "
            f"most {MAX_TOPICS}; delete the column, or join topics"
        )
