"""
Drafts a taxonomy from the labels of a file. Pure.

A class that the file names by a number keeps it as its id, any other gets the next free one. The
draft's definitions are the titles: a person replaces them.
"""

import re
from collections.abc import Container, Iterable, Mapping, Sequence
from typing import Any

from training.dataset.review_values import name_key, whole_number
from training.drafting.found_labels import FoundLabels
from training.drafting.identifiers import unique_slug, unique_topic_id

ALL = {"en": "All", "ru": "Все"}
OTHER = {"en": "Other", "ru": "Прочее"}

# What separates a group from a class in titles like "Delivery: late".
_GROUP = re.compile(r"(.+?)(?::| [/>—–-]) +\S")

# The highest ratings of usual scales, by the lowest one.
_HIGHEST = {0: (1, 5, 6, 10), 1: (5, 7, 10)}

Json = dict[str, Any]


def draft_taxonomy(found: FoundLabels) -> Json:
    """Return the content of a taxonomy file with all classes, topics and ratings of `found`."""
    names = _class_names(found.classes)
    groups = _groups(names.values())
    return {
        "groups": list(_unique_groups(groups.values())),
        "topics": draft_topics(list(found.topics)),
        "rating": draft_scale(found.ratings),
        "fallback": None,
        "classes": _classes(names, groups, found.examples),
    }


def draft_scale(ratings: Iterable[int]) -> Json | None:
    """Return the smallest usual scale that holds all ratings, None if there are none."""
    found = set(ratings)
    if not found:
        return None
    lowest = min(1, *found)
    highest = next(one for one in _HIGHEST[lowest] if one >= max(found))
    return {"lowest": lowest, "highest": highest}


def draft_topics(names: Sequence[str]) -> list[Json]:
    """Return a topic for each name; a name that is a valid id, such as PRICE, is also the id."""
    made: dict[str, Json] = {}
    keys = set(map(name_key, names))
    for number, name in enumerate(names, start=1):
        topic = unique_topic_id(name, made, otherwise=f"topic-{number}")
        made[topic] = {"id": topic, "title": in_its_language(_title(name, topic, keys))}
    return list(made.values())


def in_its_language(title: str) -> dict[str, str]:
    """Return the title by its language: Russian if it has Cyrillic letters, else English."""
    return {"ru" if re.search("[а-яё]", title.lower()) else "en": title}


def _title(name: str, code: str, keys: Container[str]) -> str:
    """
    Return "Slow service" for the name slow-service, if that is also the code.

    Rows then use the code. Any other name, or one of `keys`, is unchanged.
    """
    words = re.sub("[_-]", " ", name).strip().capitalize()
    is_free = name_key(words) == name_key(name) or name_key(words) not in keys
    is_code = name == code and name in (name.lower(), name.upper())
    return words if is_code and is_free else name


def _class_names(names: Iterable[str]) -> dict[int, str]:
    """Return the names of the classes by their ids, in the order of the names."""
    words: list[str] = []
    ids: set[int] = set()
    for name in names:
        number = whole_number(name)
        if number is None or number < 0:
            words.append(name)
        else:
            ids.add(number)
    numbered = {class_id: f"Class {class_id}" for class_id in sorted(ids)}
    return numbered | dict(enumerate(words, start=max(ids, default=-1) + 1))


def _groups(titles: Iterable[str]) -> Mapping[str, Json]:
    """Return the group of each class by its title; two classes or more make a group."""
    prefix = {title: (found := _GROUP.match(title)) and found[1].strip() for title in titles}
    counts = [name for name in prefix.values() if name]
    shared = {name for name in counts if counts.count(name) > 1}
    slugs: dict[str, Json] = {}
    by_name: dict[str, Json] = {}
    for name in dict.fromkeys(name for name in prefix.values() if name in shared):
        assert name is not None
        slug = unique_slug(name, slugs, otherwise="group")
        by_name[name] = slugs[slug] = {"slug": slug, "title": in_its_language(name)}
    rest = OTHER if shared else ALL
    last = {"slug": unique_slug(rest["en"], slugs, otherwise="all"), "title": rest}
    return {title: by_name.get(name or "", last) for title, name in prefix.items()}


def _unique_groups(groups: Iterable[Json]) -> Iterable[Json]:
    return {group["slug"]: group for group in groups}.values()


def _classes(
    names: Mapping[int, str], groups: Mapping[str, Json], examples: Mapping[str, Sequence[str]]
) -> list[Json]:
    made: dict[str, Json] = {}
    keys = set(map(name_key, names.values()))
    for class_id, name in names.items():
        slug = unique_slug(name, made, otherwise=f"class-{class_id}")
        words = in_its_language(_title(name, slug, keys))
        group = groups[name]["slug"]
        found = {"id": class_id, "slug": slug, "group": group, "title": words, "definition": words}
        if texts := examples.get(name_key(name)):
            found["examples"] = list(texts)
        made[slug] = found
    return list(made.values())
