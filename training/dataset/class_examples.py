"""What the labels of a training set cannot teach: classes without an example, too few texts."""

from collections.abc import Iterator, Sequence

from training.dataset.file_records import listed
from training.dataset.folds import text_key
from training.dataset.review_files import Row
from training.errors import BadData
from triage.taxonomy import Taxonomy

# With fewer different texts a model learns words by chance, and its metrics mean nothing.
FEW_TEXTS = 10


def label_warnings(rows: Sequence[Row], taxonomy: Taxonomy) -> Iterator[str]:
    """Yield a line for each defect of the labels; BadData if no review has a class."""
    used = {class_id for row in rows for class_id in row.classes}
    if not used:
        raise BadData("no review has a class, so there is nothing to learn")
    unused = [one.slug for one in taxonomy.classes if one.id not in used]
    if unused:
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
        yield f"{texts} different texts: a model needs at least {FEW_TEXTS}, and better hundreds"
