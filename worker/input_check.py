"""
Reports reviews whose rating or topics the worker's taxonomy does not know.

A model reads both, so bot and worker must have the same taxonomy. Such a review is still answered:
a rating outside the scale counts as the end of the scale, and an unknown topic is ignored.
"""

import logging
from collections.abc import Iterator

from triage.review import ReviewInput
from triage.taxonomy import Taxonomy

logger = logging.getLogger(__name__)

# The most problems that are logged; more would not be useful.
MOST_LOGGED = 20


class InputCheck:
    """Logs one line for each rating and topic that is not known, once."""

    def __init__(self, taxonomy: Taxonomy) -> None:
        self._taxonomy = taxonomy
        self._logged: set[str] = set()

    def report(self, review: ReviewInput) -> None:
        """Log the new problems of a review."""
        for problem in self._problems(review):
            if problem not in self._logged and len(self._logged) < MOST_LOGGED:
                self._logged.add(problem)
                logger.warning("%s; give bot and worker the same TAXONOMY_FILE", problem)

    def _problems(self, review: ReviewInput) -> Iterator[str]:
        known = self._taxonomy
        if review.rating is not None and not known.is_rating(review.rating):
            yield f"rating {review.rating} is not of this worker's scale ({known.scale_name})"
        if review.rating is None and known.rating is not None:
            yield f"a review has no rating, this worker's scale is {known.scale_name}"
        for tag in review.tags:
            if tag not in known.topic_ids:
                yield f"topic {tag} is not in this worker's taxonomy"
