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


@dataclass(frozen=True, slots=True)
class Chunks:
    """The reviews of a file after the first `skip`, CHUNK at a time; BadData as they are read."""

    path: Path
    skip: int = 0

    def __iter__(self) -> Iterator[tuple[ReviewInput, ...]]:
        """Open the file and read it to its end."""
        reviews = (row.review for row in stream_reviews(self.path, self.skip))
        while chunk := tuple(islice(reviews, CHUNK)):
            yield chunk
