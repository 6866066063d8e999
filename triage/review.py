"""A review as a model sees it, and the values that a rating and a tag may take."""

from dataclasses import dataclass
from typing import Literal, get_args

Language = Literal["ru", "en"]
LANGUAGES: tuple[Language, ...] = get_args(Language)

RATINGS = range(7)

TAGS = (
    "ASSORTMENT",
    "CATALOG_NAVIGATION",
    "DELIVERY",
    "PAYMENT",
    "PRICE",
    "PRODUCTS_QUALITY",
    "PROMOTIONS",
    "SUPPORT",
)


@dataclass(frozen=True, slots=True)
class ReviewInput:
    """
    One review: rating 0-6, tags in the order in which they were tapped, text as it was written.

    The order of the tags is part of the input: the known models were trained on it.
    """

    rating: int
    tags: tuple[str, ...]
    text: str
