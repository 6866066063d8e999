"""Prints what the labels of a training set cannot teach."""

import sys
from collections.abc import Sequence

from training.dataset.class_examples import label_warnings
from training.dataset.review_files import Row
from triage.taxonomy import Taxonomy


def warn_of_labels(rows: Sequence[Row], taxonomy: Taxonomy) -> None:
    """Print a warning for each defect on standard error; BadData if no review has a class."""
    for line in label_warnings(rows, taxonomy):
        print(f"warning: {line}", file=sys.stderr)
