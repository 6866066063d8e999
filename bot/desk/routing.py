"""
Which topics get a review's card: those of the groups of its classes, the most probable first. Pure.

The first topic gets the card, each other topic a line with a link. If no route names a review's
classes, or the model left it to a person, its card goes to the group's own topic. Settled classes
replace the model's; an existing card then stays, and new topics get a line.
"""

from collections.abc import Sequence

from bot.archive.desk_records import Label
from bot.archive.records import Review
from bot.archive.route_store import Route
from bot.desk.standing import standing
from triage.cascade import Confidence
from triage.taxonomy import Group, Taxonomy

# While Telegram refuses a topic, cards go elsewhere; one card in this time tries the topic.
TRY_AGAIN_MS = 300_000


def routed_classes(review: Review, labels: Sequence[Label], taxonomy: Taxonomy) -> tuple[int, ...]:
    """Return what people agree on, or the model's answer if it did not leave it to a person."""
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
    """Return the thread ids, each once, of the topics to which these classes belong."""
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
    Return the topics that the newest label adds to those of all earlier states of the labels.

    `others` is the topic of cards without a route.
    """

    def topics(count: int) -> tuple[int, ...]:
        classes = routed_classes(review, labels[:count], taxonomy)
        return topics_of(classes, routes, taxonomy, now_ms)

    before = {topic for count in range(len(labels)) for topic in topics(count) or (others,)}
    return tuple(topic for topic in topics(len(labels)) if topic not in before)


def named_groups(words: str, taxonomy: Taxonomy) -> list[Group]:
    """
    Return the groups of classes that `words` name: by slug, title in a language, or part of it.

    If a name matches exactly, only exact matches are returned.
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
