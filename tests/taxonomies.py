"""Invented taxonomies of companies: few and many classes, with and without topics and rating."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from triage.taxonomy import Taxonomy


@dataclass(frozen=True, slots=True)
class Extent:
    """How much a taxonomy has of everything; `scale` are the ends of the rating scale."""

    classes: int
    topics: int = 3
    scale: tuple[int, int] | None = (0, 6)


EXTENTS: Mapping[str, Extent] = MappingProxyType(
    {
        "one class": Extent(1),
        "three classes": Extent(3),
        "120 classes": Extent(120),
        "no topics": Extent(3, topics=0),
        "20 topics": Extent(3, topics=20),
        "1 to 5": Extent(3, scale=(1, 5)),
        "no rating": Extent(3, scale=None),
        "nothing but a text": Extent(3, topics=0, scale=None),
    }
)


def taxonomy_of(extent: Extent) -> Taxonomy:
    """Return classes with ids 10, 11, ... and titles in English alone."""
    return Taxonomy.model_validate(
        {
            "groups": [{"slug": "all", "title": {"en": "All"}}],
            "topics": [
                {"id": f"{'topic-' * 5}{place}", "title": {"en": f"Topic {place}"}}
                for place in range(extent.topics)
            ],
            "rating": extent.scale and dict(zip(("lowest", "highest"), extent.scale, strict=True)),
            "classes": [
                {
                    "id": 10 + place,
                    "slug": f"class-{place}",
                    "group": "all",
                    "title": {"en": f"Class {place}"},
                    "definition": {"en": f"What counts as class {place}."},
                }
                for place in range(extent.classes)
            ],
        }
    )
