"""
The classes of reviews, read from a file.

The file decides how many classes there are; no other code may know their number. A company
brings its own file in the same shape.
"""

import hashlib
import json
from functools import cached_property
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from triage.errors import BadTaxonomy
from triage.review import Language

DEFAULT_TAXONOMY = Path(__file__).with_name("taxonomy.json")

# A title or a definition; drawing a longer one takes seconds.
MAX_LENGTH = 1_000

Slug = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=48)]


class Titles(BaseModel):
    """The same words in each language of the interface."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    ru: str = Field(min_length=1, max_length=MAX_LENGTH)
    en: str = Field(min_length=1, max_length=MAX_LENGTH)

    def into(self, language: Language) -> str:
        """Return the words in `language`."""
        return self.ru if language == "ru" else self.en


class Group(BaseModel):
    """Classes that one team is responsible for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    slug: Slug
    title: Titles


class Class(BaseModel):
    """
    One class: a stable id and slug, what it is called, what it means, the group it is in.

    `public` is what its customers read in place of a title that is not meant for them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: int = Field(ge=0)
    slug: Slug
    group: Slug
    title: Titles
    public: Titles | None = None
    definition: Titles


class Taxonomy(BaseModel):
    """All classes in the order of a model's outputs, and their groups."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    groups: tuple[Group, ...]
    classes: tuple[Class, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _consistent(self) -> "Taxonomy":
        for what, values in (
            ("class id", [str(c.id) for c in self.classes]),
            ("class slug", [c.slug for c in self.classes]),
            ("group slug", [g.slug for g in self.groups]),
        ):
            twice = sorted({value for value in values if values.count(value) > 1})
            if twice:
                raise ValueError(f"{what} is not unique: {', '.join(twice)}")
        known = {group.slug for group in self.groups}
        for c in self.classes:
            if c.group not in known:
                raise ValueError(f"class {c.id} ({c.slug}) is in the unknown group {c.group!r}")
        return self

    @cached_property
    def ids(self) -> tuple[int, ...]:
        """The class ids in order."""
        return tuple(c.id for c in self.classes)

    @cached_property
    def by_id(self) -> dict[int, Class]:
        """The classes by their id."""
        return {c.id: c for c in self.classes}

    @cached_property
    def digest(self) -> str:
        """
        SHA-256 over the ordered ids and slugs.

        Titles are left out, so that a corrected typo in one does not refuse a model.
        """
        order = "\n".join(f"{c.id} {c.slug}" for c in self.classes)
        return hashlib.sha256(order.encode()).hexdigest()

    def title(self, class_id: int, language: Language) -> str:
        """Return what the class is called in `language`."""
        return self.by_id[class_id].title.into(language)

    def public_title(self, class_id: int, language: Language) -> str:
        """Return what customers read of the class in `language`."""
        found = self.by_id[class_id]
        return (found.public or found.title).into(language)


def load_taxonomy(path: Path = DEFAULT_TAXONOMY) -> Taxonomy:
    """Read a taxonomy; BadTaxonomy says in one line what is wrong with the file."""
    try:
        return Taxonomy.model_validate(json.loads(path.read_text(encoding="utf-8")))
    except OSError as e:
        raise BadTaxonomy(f"{path}: {e.strerror}") from e
    except ValidationError as e:
        first = e.errors()[0]
        where = ".".join(map(str, first["loc"])) or "file"
        raise BadTaxonomy(f"{path}: {where}: {first['msg']}") from e
    except ValueError as e:
        raise BadTaxonomy(f"{path}: not UTF-8 JSON: {e}") from e
