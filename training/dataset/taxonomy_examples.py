"""
The example reviews of a taxonomy as labelled rows: rows to train on that are never measured.
"""

from collections.abc import Sequence

from training.dataset.extra_rows import exclude_identical
from training.dataset.folds import text_key
from training.dataset.review_files import Row
from triage.review import ReviewInput
from triage.taxonomy import Taxonomy


def example_rows(taxonomy: Taxonomy, labelled: Sequence[Row] = ()) -> tuple[Row, ...]:
    """
    Return a row for each different example, without rating and topics.

    An example of several classes is one row. Examples that are also among the `labelled` rows are
    left out: a labelled row has more of the review. Indices are negative, unlike those of files.
    """
    classes: dict[str, list[int]] = {}
    texts: dict[str, str] = {}
    for one in taxonomy.classes:
        for text in one.examples:
            key = text_key(text)
            texts.setdefault(key, text)
            if one.id not in classes.setdefault(key, []):
                classes[key].append(one.id)
    reviews = [ReviewInput(None, (), text) for text in texts.values()]
    named = [tuple(ids) for ids in classes.values()]
    return tuple(
        Row(index=-1 - place, review=reviews[place], classes=named[place])
        for place in exclude_identical(reviews, labelled)
    )
