"""Warnings about the labels of a training set: classes without an example, too few texts."""

import sys
from collections.abc import Iterable, Iterator, Sequence, Set

from training.dataset.file_records import listed
from training.dataset.folds import text_key
from training.dataset.review_files import Row, Unlabelled
from training.errors import BadData
from triage.taxonomy import Taxonomy

# With fewer different texts each fold measures one or two, so metrics are meaningless.
FEW_TEXTS = 10


def warn_of_labels(rows: Sequence[Row], taxonomy: Taxonomy) -> None:
    """Print a warning for each defect on standard error; BadData if no review has a class."""
    _print(label_warnings(rows, taxonomy))


def warn_of_taught_labels(
    rows: Sequence[Row], unlabelled: Sequence[Unlabelled], taxonomy: Taxonomy
) -> None:
    """Print the warnings for labelled rows if a teacher labels others, perhaps of more classes."""
    _print(taught_warnings(rows, unlabelled, taxonomy))


def label_warnings(rows: Sequence[Row], taxonomy: Taxonomy) -> Iterator[str]:
    """Yield a line for each defect of the labels; BadData if no review has a class."""
    used = {class_id for row in rows for class_id in row.classes}
    if not used:
        raise BadData("no review has a class, so there is nothing to learn")
    if unused := _unused(used, taxonomy):
        yield (
            f"classes without an example, which the model will never name "
            f"({len(unused)} of {len(taxonomy.ids)}): {listed(unused)}"
        )
    if len(used) == 1 and all(row.classes for row in rows):
        (only,) = used
        slug = taxonomy.by_id[only].slug
        yield f"every review has the class {slug}, so the model always answers with it"
    texts = len({text_key(row.review.text) for row in rows})
    if texts < FEW_TEXTS:
        yield f"only {texts} different texts; label more before you trust answers or metrics"


def taught_warnings(
    rows: Sequence[Row], unlabelled: Sequence[Unlabelled], taxonomy: Taxonomy
) -> Iterator[str]:
    """Yield a line for each defect of the labels if a teacher labels more reviews."""
    if unused := _unused({class_id for row in rows for class_id in row.classes}, taxonomy):
        yield (
            f"classes without a labelled example, which the teacher alone can teach "
            f"({len(unused)} of {len(taxonomy.ids)}): {listed(unused)}"
        )
    reviews = [row.review for row in rows] + [row.review for row in unlabelled]
    texts = len({text_key(review.text) for review in reviews})
    if texts < FEW_TEXTS:
        yield f"only {texts} different texts; add more before you trust answers or metrics"


def _unused(used: Set[int], taxonomy: Taxonomy) -> list[str]:
    return [one.slug for one in taxonomy.classes if one.id not in used]


def _print(warnings: Iterable[str]) -> None:
    for line in warnings:
        print(f"warning: {line}", file=sys.stderr)
