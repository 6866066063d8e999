"""
Merges moderators' corrections into labelled rows. Pure.

A correction and a row are of the same review if their texts (`text_key`), ratings and topics are
equal. The text alone is not enough: many customers write "ok", with other ratings and topics.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace

from training.dataset.folds import text_key
from training.dataset.review_files import Row
from triage.corrections import Correction
from triage.review import ReviewInput
from triage.taxonomy import Taxonomy


@dataclass(frozen=True, slots=True)
class CorrectedRows:
    """
    The given rows in their order, then the new ones.

    `new` is the number of rows that were added, `replaced` of rows that got other classes, and
    `present` of rows that had the classes already. `older` is the number of corrections that were
    not used, because a newer one is of the same review.
    """

    rows: tuple[Row, ...]
    new: int
    replaced: int
    present: int
    older: int


def merge_corrections(
    rows: Sequence[Row], corrections: Sequence[Correction], taxonomy: Taxonomy
) -> CorrectedRows:
    """
    Return `rows` with the classes of the newest correction of each review.

    The rows keep their indices. A review without a row gets one, with the next free index. All
    classes of the corrections must be in the taxonomy.
    """
    keys = [_key(one.review(taxonomy)) for one in corrections]
    newest: dict[Hashable, Correction] = {}
    for key, one in sorted(zip(keys, corrections, strict=True), key=lambda pair: pair[1].said_ms):
        newest[key] = one
    classes = {key: _ordered(one.classes, taxonomy) for key, one in newest.items()}

    given = [(row, classes.get(_key(row.review))) for row in rows]
    kept = tuple(row if found is None else replace(row, classes=found) for row, found in given)
    changed = [found != row.classes for row, found in given if found is not None]

    known = {_key(row.review) for row in rows}
    added = [
        one
        for key, one in zip(keys, corrections, strict=True)
        if one is newest[key] and key not in known
    ]
    first = 1 + max((row.index for row in rows), default=-1)
    new = tuple(
        Row(index, one.review(taxonomy), _ordered(one.classes, taxonomy))
        for index, one in enumerate(added, start=first)
    )
    return CorrectedRows(
        rows=(*kept, *new),
        new=len(new),
        replaced=sum(changed),
        present=len(changed) - sum(changed),
        older=len(corrections) - len(newest),
    )


def _key(review: ReviewInput) -> Hashable:
    return text_key(review.text), review.rating, frozenset(review.tags)


def _ordered(classes: Sequence[int], taxonomy: Taxonomy) -> tuple[int, ...]:
    return tuple(class_id for class_id in taxonomy.ids if class_id in classes)
