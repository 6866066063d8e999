"""
The classes of reviews, the topics that customers may pick and the rating scale, read from a file.

The file decides how many there are; no other code may know their number. A company brings its own
file in the same shape; `docs/taxonomy.schema.json` describes it for editors.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, RootModel, ValidationError, model_validator

from triage.errors import BadTaxonomy
from triage.review import Language

DEFAULT_TAXONOMY = Path(__file__).with_name("taxonomy.json")

# A title or a definition; drawing a longer one takes seconds.
MAX_LENGTH = 1_000

Slug = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=48)]


# A topic's id is part of a button's callback data, which has at most 64 bytes.
TopicId = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,39}$")]

# Five for a class make a difference; hundreds belong in a file of labelled reviews.
MAX_EXAMPLES = 100

# Telegram shows at most 100 buttons below a message; the form needs three more.
MAX_TOPICS = 64

# Eleven values, 0 to 10, is the longest scale in use; it fits into three rows of buttons.
LOWEST_RATING, HIGHEST_RATING = 0, 10

LanguageCode = Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]
Words = Annotated[str, Field(min_length=1, max_length=MAX_LENGTH, pattern=r"\S")]

# The languages of the interface, in the order in which one replaces another that has no words.
FALLBACK_ORDER: tuple[Language, ...] = ("en", "ru")


class Titles(RootModel[Annotated[Mapping[LanguageCode, Words], Field(min_length=1)]]):
    """The same words in one language or several; the keys are the languages' codes."""

    model_config = ConfigDict(frozen=True)

    def into(self, language: Language) -> str:
        """Return the words in `language`, or in another language if there are none in it."""
        for code in (language, *FALLBACK_ORDER):
            if code in self.root:
                return self.root[code]
        return next(iter(self.root.values()))


class Group(BaseModel):
    """Classes that one team is responsible for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    slug: Slug
    title: Titles


class Class(BaseModel):
    """
    One class: a stable id and slug, what it is called, what it means, the group it is in.

    `public` is what its customers read in place of a title that is not meant for them. `examples`
    are reviews that models learn from; no person reads them in the bot.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: int = Field(ge=0)
    slug: Slug
    group: Slug
    title: Titles
    public: Titles | None = None
    definition: Titles
    examples: tuple[Words, ...] = Field(default=(), max_length=MAX_EXAMPLES)


class Topic(BaseModel):
    """What a customer may say that a review is about; a model reads the ids."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: TopicId
    title: Titles


class RatingScale(BaseModel):
    """The ratings that a customer may give, from the worst to the best, both included."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    lowest: int = Field(ge=LOWEST_RATING, lt=HIGHEST_RATING)
    highest: int = Field(gt=LOWEST_RATING, le=HIGHEST_RATING)

    @model_validator(mode="after")
    def _in_order(self) -> "RatingScale":
        if self.lowest >= self.highest:
            raise ValueError(f"lowest, {self.lowest}, is not below highest, {self.highest}")
        return self

    @property
    def values(self) -> range:
        """All ratings, the worst first."""
        return range(self.lowest, self.highest + 1)

    @property
    def steps(self) -> int:
        """How many steps there are from the worst rating to the best."""
        return self.highest - self.lowest

    def reached(self, rating: int | None) -> tuple[float, ...]:
        """
        Return for each step 1 if `rating` reaches it, else 0.

        An unknown rating reaches each step by half; one outside the scale counts as its end.
        """
        if rating is None:
            return (0.5,) * self.steps
        return tuple(float(rating >= step) for step in self.values[1:])


class Taxonomy(BaseModel):
    """
    All classes in the order of a model's outputs with their groups, topics and rating scale.

    Without topics or without a rating scale the form has no such step. `fallback` is the class
    for reviews that no class is probable enough for; None: the most probable class.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_url: str | None = Field(default=None, alias="$schema", exclude=True)
    groups: tuple[Group, ...]
    topics: tuple[Topic, ...] = Field(default=(), max_length=MAX_TOPICS)
    rating: RatingScale | None = RatingScale(lowest=0, highest=6)
    fallback: int | None = None
    classes: tuple[Class, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _consistent(self) -> "Taxonomy":
        _refuse_repeated("groups", "slug", (group.slug for group in self.groups))
        _refuse_repeated("classes", "id", (c.id for c in self.classes))
        _refuse_repeated("classes", "slug", (c.slug for c in self.classes))
        _refuse_repeated("topics", "id", (topic.id for topic in self.topics))
        known = {group.slug for group in self.groups}
        for place, c in enumerate(self.classes):
            if c.group not in known:
                raise ValueError(f"classes[{place}].group: there is no group {c.group!r}")
        if self.fallback is not None and self.fallback not in {c.id for c in self.classes}:
            raise ValueError(f"fallback: no class has the id {self.fallback}")
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

    def speaks(self, language: Language) -> bool:
        """Return whether every class and topic has a title in `language`."""
        titles = [c.title for c in self.classes] + [topic.title for topic in self.topics]
        return all(language in title.root for title in titles)

    @cached_property
    def internal(self) -> "Taxonomy":
        """The taxonomy as moderators read it: no class has another title for customers."""
        return Taxonomy(
            groups=self.groups,
            topics=self.topics,
            rating=self.rating,
            fallback=self.fallback,
            classes=tuple(c.model_copy(update={"public": None}) for c in self.classes),
        )

    @cached_property
    def topic_ids(self) -> tuple[str, ...]:
        """The topics' ids in order."""
        return tuple(topic.id for topic in self.topics)

    @cached_property
    def topics_digest(self) -> str:
        """SHA-256 over the ordered ids of the topics: models read them."""
        return hashlib.sha256("\n".join(self.topic_ids).encode()).hexdigest()

    @property
    def scale_name(self) -> str:
        """The rating scale in a word: its ends, or "none"."""
        return f"{self.rating.lowest}-{self.rating.highest}" if self.rating else "none"

    def is_rating(self, rating: int) -> bool:
        """Return whether a customer can give `rating`."""
        return self.rating is not None and rating in self.rating.values

    def topic_title(self, topic_id: str, language: Language) -> str:
        """Return what a topic is called in `language`; its id if it is unknown."""
        for topic in self.topics:
            if topic.id == topic_id:
                return topic.title.into(language)
        return topic_id

    def title(self, class_id: int, language: Language) -> str:
        """Return what the class is called in `language`."""
        return self.by_id[class_id].title.into(language)

    def public_title(self, class_id: int, language: Language) -> str:
        """Return what customers read for the class in `language`."""
        found = self.by_id[class_id]
        return (found.public or found.title).into(language)


def load_taxonomy(path: Path = DEFAULT_TAXONOMY) -> Taxonomy:
    """Read a taxonomy; BadTaxonomy says in one line what is wrong with the file, and where."""
    try:
        return Taxonomy.model_validate(json.loads(path.read_text(encoding="utf-8-sig")))
    except OSError as e:
        raise BadTaxonomy(f"{path}: {e.strerror}") from e
    except ValidationError as e:
        raise BadTaxonomy(f"{path}: {_first_error(e)}") from e
    except (ValueError, RecursionError) as e:
        raise BadTaxonomy(f"{path}: not UTF-8 JSON: {e}") from e


def json_schema() -> str:
    """Return the JSON schema of a taxonomy file, the content of docs/taxonomy.schema.json."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **Taxonomy.model_json_schema(),
    }
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _refuse_repeated(where: str, field: str, values: Iterable[int | str]) -> None:
    """Raise ValueError with the place of the first value that occurs twice."""
    first: dict[int | str, int] = {}
    for place, value in enumerate(values):
        if value in first:
            raise ValueError(
                f"{where}[{place}].{field}: {value} is the {field} of {where}[{first[value]}] too"
            )
        first[value] = place


def _first_error(error: ValidationError) -> str:
    """Return the first problem with its place, like `classes[3].title.ru: ...`."""
    first = error.errors(include_url=False)[0]
    place = _place(first["loc"])
    said = first["msg"].removeprefix("Value error, ")
    return f"{place}: {said}" if place else said


def _place(parts: Iterable[Any]) -> str:
    place = ""
    for part in parts:
        if isinstance(part, int):
            place += f"[{part}]"
        elif part != "[key]":  # the part before names the key that is refused
            place += f".{part}" if place else str(part)
    return place
