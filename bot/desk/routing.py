"""
Which topics get a review's card: those of the groups of its classes, the most probable first. Pure.

The first topic gets the card, each other one a line with a link. A review whose classes no route
names, and one that the model left to a person, goes where the cards of the group go. What people
settled on replaces the model's classes; a card that is there stays, and new topics get a line.
"""

from collections.abc import Sequence

from bot.archive.desk_records import Label
from bot.archive.records import Review
from bot.archive.route_store import Route
from bot.desk.standing import standing
from triage.cascade import Confidence
from triage.taxonomy import Group, Taxonomy

# While Telegram refuses a topic, cards go elsewhere, and one in this time tries it again.
TRY_AGAIN_MS = 300_000


def routed_classes(review: Review, labels: Sequence[Label], taxonomy: Taxonomy) -> tuple[int, ...]:
    """Return what people agree on, else what the model answered if it was not left to a person."""
    settled = standing(labels).classes
    if settled is not None:
        return tuple(class_id for class_id in settled if class_id in taxonomy.by_id)
    decision = review.answer.under(taxonomy) if review.answer else None
    if decision is None or decision.confidence is Confidence.PERSON:
        return ()
    return decision.classes


def topics_of(
    classes: Sequence[int], routes: Sequence[Route], taxonomy: Taxonomy, now_ms: int
) -> tuple[int, ...]:
    """Return the thread ids of the topics that a review of these classes belongs to, each once."""
    by_group = {route.class_group: route for route in routes if _may_be_used(route, now_ms)}
    groups = [taxonomy.by_id[class_id].group for class_id in classes]
    threads = [by_group[group].thread_id for group in groups if group in by_group]
    return tuple(dict.fromkeys(threads))


def added_topics(
    review: Review,
    labels: Sequence[Label],
    routes: Sequence[Route],
    taxonomy: Taxonomy,
    now_ms: int,
    *,
    others: int | None,
) -> tuple[int, ...]:
    """
    Return the topics that the newest label adds: those that no earlier state of the labels had.

    `others` is the topic of cards that no route names.
    """

    def topics(count: int) -> tuple[int, ...]:
        classes = routed_classes(review, labels[:count], taxonomy)
        return topics_of(classes, routes, taxonomy, now_ms)

    before = {topic for count in range(len(labels)) for topic in topics(count) or (others,)}
    return tuple(topic for topic in topics(len(labels)) if topic not in before)


def named_groups(words: str, taxonomy: Taxonomy) -> list[Group]:
    """
    Return the groups of classes that `words` name: by slug, title in a language, or part of it.

    An exact name counts alone.
    """
    wanted = _folded(words)
    exact = [group for group in taxonomy.groups if wanted in _names(group)]
    if exact or not wanted:
        return exact
    return [group for group in taxonomy.groups if any(wanted in name for name in _names(group))]


def _names(group: Group) -> list[str]:
    return [_folded(name) for name in (group.slug, *group.title.root.values())]


def _may_be_used(route: Route, now_ms: int) -> bool:
    if route.refusal is None or route.refused_ms is None:
        return True
    return not 0 <= now_ms - route.refused_ms < TRY_AGAIN_MS


def _folded(words: str) -> str:
    return " ".join(words.casefold().replace("ё", "е").split())
