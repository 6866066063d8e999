"""
A file of reviews of any length, read lazily in chunks.

It holds no rows and can be pickled to another process, which then reads the file.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from training.dataset.review_files import stream_reviews
from training.prediction.scoring import CHUNK
from triage.review import ReviewInput
from triage.taxonomy import Taxonomy


@dataclass(frozen=True, slots=True)
class Chunks:
    """The reviews of a file after the first `skip`, CHUNK at a time; BadData as they are read."""

    path: Path
    taxonomy: Taxonomy
    separator: str | None = None
    skip: int = 0

    def __iter__(self) -> Iterator[tuple[ReviewInput, ...]]:
        """Open the file and read it to its end."""
        rows = stream_reviews(self.path, self.taxonomy, self.separator, skip=self.skip)
        reviews = (row.review for row in rows)
        while chunk := tuple(islice(reviews, CHUNK)):
            yield chunk
