"""A review as a model sees it, and the languages of the interface."""

from dataclasses import dataclass
from typing import Literal, get_args

Language = Literal["ru", "en"]
LANGUAGES: tuple[Language, ...] = get_args(Language)


@dataclass(frozen=True, slots=True)
class ReviewInput:
    """
    One review: rating, tags in the order in which they were tapped, text as it was written.

    The rating is None if it is unknown or not asked for. Tags are ids of topics. Their order is
    part of the input: the known models were trained on it.
    """

    rating: int | None
    tags: tuple[str, ...]
    text: str
